// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// The terms by which attempts were charged; triggers forbid changing or removing any.
enum KeptCardTable {
    static func put(_ kept: KeptCard, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO kept_card (number, provider, model, effective_from, factor, terms, owner, kept_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING
                """,
            arguments: [
                kept.number, kept.card.provider.rawValue, kept.card.model.storable,
                kept.card.effectiveFrom.nanoseconds, kept.factorMillionths, try StoredJSON.text(kept.card.terms),
                kept.card.owner.rawValue, kept.keptAt.nanoseconds,
            ]
        )
    }

    static func all(_ database: Database) throws -> [KeptCard] {
        let sql = "SELECT * FROM kept_card ORDER BY provider, model, effective_from, kept_at, number"
        return try Row.fetchAll(database, sql: sql).map { row in
            let reader = RowReader(row, of: "kept_card")
            var card = PriceCard(
                provider: try reader.id("provider"),
                model: try reader.text("model"),
                effectiveFrom: try reader.moment("effective_from"),
                rates: PriceCard.Rates(input: 0, output: 0),
                owner: try reader.word("owner")
            )
            card.terms = try StoredJSON.value(PriceCard.Terms.self, try reader.text("terms"), of: "kept_card")
            return KeptCard(
                number: try reader.number("number"),
                card: card,
                factorMillionths: try reader.number("factor"),
                keptAt: try reader.moment("kept_at")
            )
        }
    }
}

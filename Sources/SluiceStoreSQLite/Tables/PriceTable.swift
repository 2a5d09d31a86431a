// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Prices made by the API; those of former releases have their rates in rows of their own.
enum PriceTable {
    static func all(_ database: Database) throws -> [PriceCard] {
        try Row.fetchAll(database, sql: "SELECT * FROM price ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "price")
            var card = PriceCard(
                provider: try reader.id("provider"),
                model: try reader.text("model"),
                effectiveFrom: try reader.moment("effective_from"),
                rates: PriceCard.Rates(input: 0, output: 0),
                owner: try reader.word("owner")
            )
            card.terms = try terms(reader, in: database)
            return card
        }
    }

    private static func terms(_ reader: RowReader, in database: Database) throws -> PriceCard.Terms {
        if let text = reader.text(orNone: "terms") {
            return try StoredJSON.value(PriceCard.Terms.self, text, of: "price")
        }
        let sql = "SELECT * FROM price_rates WHERE price = ? ORDER BY place"
        let rows = try Row.fetchAll(database, sql: sql, arguments: [try reader.number("ordinal")])
            .map { RowReader($0, of: "price_rates") }
        return PriceCard.Terms(
            rates: try rates(try reader.known(rows.first)),
            tiers: try rows.dropFirst().map { tier in
                PriceCard.Tier(fromInputTokens: try tier.number("from_input_tokens"), rates: try rates(tier))
            },
            variants: [],
            perRequest: try reader.number("per_request")
        )
    }

    static func put(_ price: PriceCard, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO price (provider, model, effective_from, per_request, owner, terms) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (provider, model, effective_from) DO UPDATE SET per_request = excluded.per_request,
                    owner = excluded.owner, terms = excluded.terms
                """,
            arguments: [
                price.provider.rawValue, price.model.storable, price.effectiveFrom.nanoseconds,
                price.perRequest.rawValue, price.owner.rawValue, try StoredJSON.text(price.terms),
            ]
        )
    }

    private static func rates(_ reader: RowReader) throws -> PriceCard.Rates {
        PriceCard.Rates(
            input: try reader.number("input"),
            cachedInput: try reader.number(orNone: "cached_input"),
            cacheWrite5m: try reader.number(orNone: "cache_write_5m"),
            cacheWrite1h: try reader.number(orNone: "cache_write_1h"),
            output: try reader.number("output"),
            reasoning: try reader.number(orNone: "reasoning")
        )
    }
}

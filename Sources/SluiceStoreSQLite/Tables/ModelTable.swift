// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Model cards made by the API.
enum ModelTable {
    static func all(_ database: Database) throws -> [ModelCard] {
        try Row.fetchAll(database, sql: "SELECT * FROM model ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "model")
            return ModelCard(
                provider: try reader.id("provider"),
                model: try reader.text("model"),
                qualityScore: reader.double(orNone: "quality_score"),
                contextWindow: try reader.number(orNone: "context_window"),
                prefill: try reader.word(orNone: "prefill"),
                owner: try reader.word("owner")
            )
        }
    }

    static func put(_ card: ModelCard, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO model (provider, model, quality_score, context_window, prefill, owner)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (provider, model) DO UPDATE SET quality_score = excluded.quality_score,
                    context_window = excluded.context_window, prefill = excluded.prefill, owner = excluded.owner
                """,
            arguments: [
                card.provider.rawValue, card.model.storable, card.qualityScore, card.contextWindow,
                card.prefill?.rawValue, card.owner.rawValue,
            ]
        )
    }
}

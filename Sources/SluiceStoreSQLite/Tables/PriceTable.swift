// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Prices made by the API, with their rates: the base and the tiers.
enum PriceTable {
    static func all(_ database: Database) throws -> [PriceCard] {
        try Row.fetchAll(database, sql: "SELECT * FROM price ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "price")
            let sql = "SELECT * FROM price_rates WHERE price = ? ORDER BY place"
            let rows = try Row.fetchAll(database, sql: sql, arguments: [try reader.number("ordinal")])
                .map { RowReader($0, of: "price_rates") }
            return PriceCard(
                provider: try reader.id("provider"),
                model: try reader.text("model"),
                effectiveFrom: try reader.moment("effective_from"),
                rates: try rates(try reader.known(rows.first)),
                tiers: try rows.dropFirst().map { tier in
                    PriceCard.Tier(fromInputTokens: try tier.number("from_input_tokens"), rates: try rates(tier))
                },
                perRequest: NanoUSD(try reader.number("per_request")),
                owner: try reader.word("owner")
            )
        }
    }

    static func put(_ price: PriceCard, in database: Database) throws {
        let sql = """
            INSERT INTO price (provider, model, effective_from, per_request, owner) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (provider, model, effective_from) DO UPDATE SET per_request = excluded.per_request,
                owner = excluded.owner
            RETURNING ordinal
            """
        let arguments: StatementArguments = [
            price.provider.rawValue, price.model.storable, price.effectiveFrom.nanoseconds,
            price.perRequest.rawValue, price.owner.rawValue,
        ]
        guard let ordinal = try Int64.fetchOne(database, sql: sql, arguments: arguments) else {
            throw StoreError.damagedRow("price")
        }
        try database.execute(sql: "DELETE FROM price_rates WHERE price = ?", arguments: [ordinal])
        try insert(price.rates, price: ordinal, position: 0, from: nil, into: database)
        for (index, tier) in price.tiers.enumerated() {
            try insert(tier.rates, price: ordinal, position: index + 1, from: tier.fromInputTokens, into: database)
        }
    }

    private static func insert(
        _ rates: PriceCard.Rates,
        price: Int64,
        position: Int,
        from tokens: Int64?,
        into database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO price_rates (price, place, from_input_tokens, input, cached_input, cache_write_5m,
                    cache_write_1h, output, reasoning)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                price, position, tokens, rates.input, rates.cachedInput, rates.cacheWrite5m, rates.cacheWrite1h,
                rates.output, rates.reasoning,
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

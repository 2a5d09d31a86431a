// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /ledger/corrections`.
package struct CorrectLedgerRequest: DescribedShape {
    package var request = ""
    package var attempt = 1
    package var costUSD = ""
    package var reason = ""

    package init() {}

    package static let component = (name: "CorrectLedgerRequest", about: "What an attempt cost in truth.")

    package static let fields: [Field<CorrectLedgerRequest>] = [
        .must("request", \.request, .text(32...36), "The request's id."),
        .must("attempt", \.attempt, .integer(in: 1...1_000), "The attempt's number, from 1."),
        .must(
            "cost_usd",
            \.costUSD,
            .text(1...24, pattern: "^[0-9]{1,9}([.][0-9]{1,9})?$"),
            "What it costs from now on, US dollars as text with nine decimals at most."
        ),
        .must("reason", \.reason, .reason, "Why; kept for ever."),
    ]
}

/// A correction: an entry beside the ledger's.
package struct CorrectionView: DescribedShape, Equatable {
    package var request = ""
    package var attempt = 1
    package var at = ""
    package var correctionNanoUSD: Int64 = 0
    package var correctionUSD = ""
    package var actor = ""
    package var reason = ""
    package var costUSDBefore: String?
    package var costUSDAfter: String?

    package init() {}

    package static let component = (name: "LedgerCorrection", about: "A correction of what an attempt cost.")

    package static let fields: [Field<CorrectionView>] = [
        .must("request", \.request, .string, column: .text("request")),
        .must("attempt", \.attempt, .integer, column: .number("attempt")),
        .must("at", \.at, .moment, column: .text("at")),
        .must("correction_nano_usd", \.correctionNanoUSD, .integer, "What it adds, or takes away; exact."),
        .must("correction_usd", \.correctionUSD, .string, "The same as decimal text.", column: .number("correction")),
        .must("actor", \.actor, .string, column: .text("by")),
        .must("reason", \.reason, .string, column: .text("reason")),
        .may(
            "cost_usd_before",
            \.costUSDBefore,
            .string,
            "When it was made; absent where nobody knew.",
            column: .number("before")
        ),
        .may("cost_usd_after", \.costUSDAfter, .string, "When it was made.", column: .number("after")),
    ]
}

/// Whether the ledger's invariants hold.
package struct LedgerVerdictView: DescribedShape {
    package var isSound = false
    package var until: String?
    package var rows: Int64 = 0
    package var reckoned: Int64 = 0
    package var corrections: Int64 = 0
    package var open: Int64 = 0
    package var charges: Int64 = 0
    package var budgets: Int64 = 0
    package var costUSD = ""
    package var problems: Int64 = 0
    package var findings: [String] = []

    package init() {}

    package static let component = (name: "LedgerVerdict", about: "Whether the ledger's invariants hold.")

    package static let fields: [Field<LedgerVerdictView>] = [
        .must("sound", \.isSound, .boolean, column: .text("sound"), shown: { $0 ? "yes" : "NO" }),
        .must("rows", \.rows, .integer, "Settled attempts that were looked at.", column: .number("settled attempts")),
        .must(
            "reckoned",
            \.reckoned,
            .integer,
            "Those whose amount was reckoned again, by the card it was charged by.",
            column: .number("reckoned again")
        ),
        .must("corrections", \.corrections, .integer, column: .number("corrections")),
        .must("open", \.open, .integer, "Attempts that are not settled yet.", column: .number("open")),
        .must(
            "charges",
            \.charges,
            .integer,
            "Charges to budgets that were held against what their attempts cost.",
            column: .number("charges")
        ),
        .must(
            "budgets",
            \.budgets,
            .integer,
            "Budgets whose window was held against the store's rows; not those in use just now.",
            column: .number("budgets")
        ),
        .must("cost_usd", \.costUSD, .string, "All amounts, corrections included.", column: .number("cost")),
        .must("problems", \.problems, .integer, column: .number("problems")),
        .must("findings", \.findings, .array(.string), "The first of them, one sentence each."),
    ]
}

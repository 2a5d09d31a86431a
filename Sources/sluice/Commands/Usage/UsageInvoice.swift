// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

struct UsageInvoice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice",
        abstract: "Write a team's bill of a month as a page that can be printed.",
        discussion: """
              sluice usage invoice --team search --month 2026-11 > search-2026-11.html
              sluice usage invoice --team search --month 2026-11 --currency EUR > search-2026-11.html

            The page is HTML in one file, with nothing to fetch; its lines add up to its total exactly.
            """
    )

    @Option(help: "The team.")
    var team: String

    @Option(help: "The month, UTC: 2026-11.")
    var month: String

    @Option(help: "Amounts in this currency; each day at that day's rate.")
    var currency: String?

    @OptionGroup var connection: Connection

    mutating func validate() throws {
        if UsagePeriod(month: month) == nil { throw ValidationError("--month must be a month such as 2026-11.") }
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let period = UsagePeriod(month: command.month)
            let answer = try await client.call(
                "GET",
                ["usage"],
                query: [
                    ("from", period?.from?.description), ("until", period?.until?.description),
                    ("group_by", "team,provider,model"), ("currency", command.currency),
                ]
            )
            let usage = try AdminClient.shape(UsageView.self, of: answer, from: client.base)
            let rows = usage.groups.filter { $0.team == command.team }
            guard !rows.isEmpty else {
                throw CommandFailure.usage("The team '\(command.team)' used nothing in \(command.month).")
            }
            try terminal.show(try AdminJSON.value(of: rows)) {
                Invoice(team: command.team, month: command.month, currency: usage.currency, rows: rows).html
            }
        }
    }
}

/// A team's bill.
struct Invoice {
    var team: String
    var month: String
    var currency: String?
    var rows: [UsageRowView]

    /// The sum of the lines, in billionths of the currency's unit.
    var total: Int64 {
        rows.reduce(0) { sum, row in
            let (next, overflow) = sum.addingReportingOverflow(Invoice.amount(row, currency))
            return overflow ? .max : next
        }
    }

    private static func amount(_ row: UsageRowView, _ currency: String?) -> Int64 {
        guard currency != nil else { return row.costNanoUSD }
        let text = row.cost ?? "0"
        let amount = ExactRate.scaled(text.hasPrefix("-") ? String(text.dropFirst()) : text, by: 9) ?? 0
        return text.hasPrefix("-") ? -amount : amount
    }

    private var doubts: String {
        let unpriced = rows.reduce(0) { $0 + $1.unpricedAttempts }
        let unknown = rows.reduce(0) { $0 + $1.unknownAttempts }
        guard unpriced + unknown > 0 else { return "" }
        return
            "<p class=\"note\">Not in the total: \(unpriced) attempts without a price, \(unknown) of unknown usage.</p>"
    }

    var html: String {
        let unit = Invoice.escaped(currency ?? "USD")
        let lines = rows.map { row in
            let cells = [
                row.provider ?? "", row.model ?? "", "\(row.requests)", "\(row.inputTokens)",
                "\(row.cachedInputTokens)", "\(row.outputTokens)", "\(NanoUSD(Invoice.amount(row, currency)))",
            ]
            return "<tr>" + cells.map { "<td>\(Invoice.escaped($0))</td>" }.joined() + "</tr>"
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(Invoice.escaped(team)) \(Invoice.escaped(month))</title>
            <style>
            body{font:14px/1.5 system-ui,sans-serif;max-width:60em;margin:3em auto;padding:0 1em;color:#111}
            table{border-collapse:collapse;width:100%}th,td{padding:.4em .6em;border-bottom:1px solid #ccc;text-align:right}
            th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}tfoot td{font-weight:bold;border-top:2px solid #111}
            .note{color:#555}@media print{body{margin:0;max-width:none}thead{display:table-header-group}}
            </style></head><body>
            <h1>Usage of \(Invoice.escaped(team))</h1><p>\(Invoice.escaped(month)), UTC. Amounts in \(unit).</p>
            <table><thead><tr><th>provider</th><th>model</th><th>requests</th><th>input tokens</th><th>of them cached</th>\
            <th>output tokens</th><th>\(unit)</th></tr></thead><tbody>
            \(lines.joined(separator: "\n"))
            </tbody><tfoot><tr><td>total</td><td></td><td></td><td></td><td></td><td></td><td>\(NanoUSD(total))</td></tr></tfoot>
            </table>\(doubts)</body></html>
            """
    }

    static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.append(character)
            }
        }
        return out
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import NIOCore
import SluiceAdminModel
import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `sluice usage`: what was used and what it cost.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Sum up or export what was used and what it cost.",
        discussion: """
              sluice usage
              sluice usage --group-by day,version --from 2026-11-01
              sluice usage --group-by team
              sluice usage --key app --group-by model
              sluice usage export --format csv --route chat > usage.csv

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [UsageSummary.self, UsageExport.self],
        defaultSubcommand: UsageSummary.self
    )
}

/// Which entries of the ledger are meant.
struct LedgerOptions: ParsableArguments {
    @Option(help: "Requests from then on: 2026-11-20, or 2026-11-20T08:00:00Z.")
    var from: String?

    @Option(help: "Requests before then.")
    var until: String?

    @Option(help: "Only of this key: its id, or its name.")
    var key: String?

    @Option(help: "Only of this route.")
    var route: String?

    @Option(help: "Only of this version.")
    var version: String?

    @Option(help: "Only of this provider.")
    var provider: String?

    var query: [(String, String?)] {
        [
            ("from", from), ("until", until), ("key", key), ("route", route), ("version", version),
            ("provider", provider),
        ]
    }
}

struct UsageSummary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Sum up requests, tokens and money, grouped (the default).",
        discussion: """
            Money is that of attempts whose amount is there; how sure it is stands beside it where it is not known
            exactly. "left" are attempts whose caller went away, "failed" those that came to nothing by themselves, and
            "lost" those that were answered without a word on usage: nobody knows what they cost.
            """
    )

    @Option(name: .customLong("group-by"), help: "Any of day, key, team, route, version, provider, model, with commas.")
    var groupBy = "version"

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call(
                "GET",
                ["usage"],
                query: command.ledger.query + [("group_by", command.groupBy)]
            )
            try terminal.show(answer) {
                UsageSummary.text(try AdminClient.shape(UsageView.self, of: answer, from: client.base))
            }
        }
    }

    static func text(_ usage: UsageView) -> String {
        guard usage.total.attempts > 0 else { return "\(period(usage)): nothing was used." }
        let isTotal = usage.groups.count > 1
        let rows = usage.groups + (isTotal ? [usage.total] : [])
        // What never happened needs no column.
        let optional: [(name: String, value: KeyPath<UsageRowView, Int64>)] = [
            ("estimated", \.estimatedAttempts), ("inconsistent", \.inconsistentAttempts),
            ("unpriced", \.unpricedAttempts), ("lost", \.lostUsageAttempts),
        ]
        let shown = optional.filter { usage.total[keyPath: $0.value] > 0 }
        var table = Table(
            columns: [
                .text(usage.groupBy.isEmpty ? "all" : usage.groupBy.joined(separator: " / ")), .number("requests"),
                .number("attempts"), .number("failed"), .number("left"), .number("input tokens"), .number("cached"),
                .number("written"), .number("output tokens"), .number("reasoning"), .number("cost"), .text("state"),
            ] + shown.map { .number($0.name) }
        )
        for (index, row) in rows.enumerated() {
            let isLast = isTotal && index == rows.count - 1
            let group = usage.groupBy.map { row.value(of: $0) ?? "-" }.joined(separator: " / ")
            table.add(
                cells: [
                    isLast ? "total" : group, "\(row.requests)", "\(row.attempts)", "\(row.failedAttempts)",
                    "\(row.callerGoneAttempts)", "\(row.inputTokens)", "\(row.cachedInputTokens)",
                    "\(row.cacheWriteTokens)", "\(row.outputTokens)", "\(row.reasoningTokens)",
                    "$\(NanoUSD(row.costNanoUSD))", row.costState,
                ] + shown.map { "\(row[keyPath: $0.value])" }
            )
        }
        return "\(period(usage))\n\n\(table.text(nothing: "Nothing was used."))"
    }

    /// Which time is summed up.
    private static func period(_ usage: UsageView) -> String {
        let begin = usage.from.map { "From \($0)" } ?? usage.since.map { "From the first entry, \($0)," }
        return "\(begin ?? "From the beginning") until \(usage.until ?? "now")"
    }
}

extension UsageRowView {
    /// The value this row is grouped under, as people call it.
    fileprivate func value(of name: String) -> String? {
        switch name {
        case "day": day
        case "key": keyName.map { name in team.map { "\(name) (\($0))" } ?? name } ?? key
        case "team": team
        case "route": route
        case "version": version
        case "provider": provider
        case "model": model
        default: nil
        }
    }
}

struct UsageExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write every attempt of the ledger, one line each.",
        discussion: """
            An attempt is one try at a provider: a request that was retried has several. The fields are those of the
            traffic log. The lines are written as they come, so that exports of any size
            work; if the answer breaks off, the exit code says so.

              sluice usage export --format csv --from 2026-11-01 --until 2026-12-01 > november.csv
              sluice usage export | jq 'select(.status >= 500)'
            """
    )

    @Option(help: "jsonl or csv.")
    var format = "jsonl"

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, _ in
            try await client.stream(
                ["usage", "export"],
                query: command.ledger.query + [("format", command.format)]
            ) { part in
                switch Terminal.write(Array(part.readableBytesView)) {
                case nil: break
                // Whoever reads has seen enough, as `head` does.
                case EPIPE?: throw ExitCode.success
                case let code?: throw CommandFailure.unwritable(code)
                }
            }
        }
    }
}

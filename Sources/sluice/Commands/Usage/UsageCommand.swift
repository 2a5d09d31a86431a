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

    @Option(help: "Only of this key, by its id.")
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
        abstract: "Sum up requests, tokens and money, grouped (the default)."
    )

    @Option(name: .customLong("group-by"), help: "Any of day, key, route, version, provider, model, with commas.")
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

    private static func text(_ usage: UsageView) -> String {
        guard usage.total.attempts > 0 else { return "Nothing was used." }
        var table = Table(
            .text(usage.groupBy.isEmpty ? "all" : usage.groupBy.joined(separator: " / ")),
            .number("requests"),
            .number("attempts"),
            .number("failed"),
            .number("input tokens"),
            .number("cached"),
            .number("output tokens"),
            .number("reasoning"),
            .number("cost"),
            .number("unpriced"),
            .number("unknown")
        )
        func add(_ name: String, _ row: UsageRowView) {
            table.add(
                name,
                "\(row.requests)",
                "\(row.attempts)",
                "\(row.failedAttempts)",
                "\(row.inputTokens)",
                "\(row.cachedInputTokens)",
                "\(row.outputTokens)",
                "\(row.reasoningTokens)",
                "$\(NanoUSD(row.costNanoUSD))",
                "\(row.unpricedAttempts)",
                "\(row.unknownAttempts)"
            )
        }
        for row in usage.groups { add(usage.groupBy.map { row.value(of: $0) ?? "-" }.joined(separator: " / "), row) }
        if usage.groups.count > 1 { add("total", usage.total) }
        return table.text(nothing: "Nothing was used.")
    }
}

extension UsageRowView {
    /// The value this row is grouped under.
    fileprivate func value(of name: String) -> String? {
        switch name {
        case "day": day
        case "key": key
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

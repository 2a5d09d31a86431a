// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import NIOCore
import SluiceAdminModel
import SluiceCore
import SluiceNode

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
              sluice usage --by tag:project --tag prod
              sluice usage --month 2026-11 --by day --time-zone Europe/Berlin
              sluice usage --key app --group-by model
              sluice usage --month 2026-11 --group-by team --currency CNY
              sluice usage --month 2026-11 --focus > november-focus.csv
              sluice usage invoice --team search --month 2026-11 > search.html
              sluice usage export --format csv --route chat > usage.csv

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [UsageSummary.self, UsageExport.self, UsageInvoice.self],
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

    @Option(help: "Only requests with this tag, whatever others they have.")
    var tag: String?

    @Option(name: .customLong("end-user"), help: "Only of whom requests name so.")
    var endUser: String?

    @Option(name: .customLong("time-zone"), help: "By whose clocks days are: UTC, +08:00, Europe/Berlin.")
    var timeZone: String?

    var query: [(String, String?)] {
        [
            ("from", from), ("until", until), ("key", key), ("route", route), ("version", version),
            ("provider", provider), ("tag", tag), ("end_user", endUser), ("time_zone", timeZone),
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

    @Option(
        name: [.customLong("group-by"), .customLong("by")],
        help: "Any of day, key, team, route, version, provider, model, end_user, tag, tag:NAME, with commas."
    )
    var groupBy = "version"

    @Option(help: "Of this month, of UTC or --time-zone: 2026-11; instead of --from and --until.")
    var month: String?

    @Option(help: "Show cost in this currency, too; each day at that day's rate.")
    var currency: String?

    @Flag(help: "Write CSV.")
    var csv = false

    @Flag(help: "Write CSV in the form of FOCUS 1.2, by day, key, route, version and model.")
    var focus = false

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var connection: Connection

    mutating func validate() throws {
        if let month, UsagePeriod(month: month) == nil {
            throw ValidationError("--month must be a month such as 2026-11.")
        }
        if month != nil, ledger.from != nil || ledger.until != nil {
            throw ValidationError("Say --month, or --from and --until.")
        }
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let now = WallClock.now()
            let period =
                command.month.flatMap { UsagePeriod(month: $0) }
                ?? UsagePeriod(
                    from: command.ledger.from.flatMap { Timestamp($0) },
                    until: command.ledger.until.flatMap { Timestamp($0) }
                )
            let answer = try await command.ask(client, command.month == nil ? nil : period)
            let usage = try AdminClient.shape(UsageView.self, of: answer, from: client.base)
            if command.focus || command.csv {
                return try Terminal.put(command.focus ? FocusExport.csv(usage) : UsageCSV.text(usage))
            }
            var story = UsageStory(usage: usage)
            if let earlier = period.before(now: now) {
                story.before = try await command.asked(client, earlier)
            }
            story.forecast = period.forecast(of: NanoUSD(usage.total.costNanoUSD), now: now)
            try terminal.show(try story.json(answer)) {
                ([UsageSummary.text(usage)] + (story.lines.isEmpty ? [] : [""]) + story.lines).joined(separator: "\n")
            }
        }
    }

    /// The same of an earlier time; in dollars alone where a day of that time has no rate.
    private func asked(_ client: AdminClient, _ earlier: UsagePeriod) async throws -> UsageView {
        var command = self
        do {
            return try AdminClient.shape(UsageView.self, of: try await ask(client, earlier), from: client.base)
        } catch let failure as CommandFailure where failure.exit == .refused && currency != nil {
            command.currency = nil
            let answer = try await command.ask(client, earlier)
            return try AdminClient.shape(UsageView.self, of: answer, from: client.base)
        }
    }

    private func ask(_ client: AdminClient, _ period: UsagePeriod?) async throws -> JSONValue {
        var query = ledger.query
        if let period {
            query.removeAll { $0.0 == "from" || $0.0 == "until" }
            query += [("from", period.from.map(text)), ("until", period.until.map(text))]
        }
        query += [("group_by", focus ? FocusExport.grouping : groupBy), ("currency", currency)]
        return try await client.call("GET", ["usage"], query: query)
    }

    /// A moment; a day's beginning as the day, which begins by the clocks of the zone.
    private func text(_ moment: Timestamp) -> String {
        let text = moment.description
        return ledger.timeZone != nil && text.hasSuffix("T00:00:00Z") ? String(text.prefix(10)) : text
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
        let further: [Table.Column] =
            (usage.currency.map { [$0] } ?? []).map { .number($0) } + shown.map { .number($0.name) }
        var table = Table(
            columns: [
                .text(usage.groupBy.isEmpty ? "all" : usage.groupBy.joined(separator: " / ")), .number("requests"),
                .number("attempts"), .number("failed"), .number("left"), .number("input tokens"), .number("cached"),
                .number("written"), .number("output tokens"), .number("reasoning"), .number("cost"), .text("state"),
            ] + further
        )
        for (index, row) in rows.enumerated() {
            let isLast = isTotal && index == rows.count - 1
            let group = usage.groupBy.map { row.value(of: $0) ?? "-" }.joined(separator: " / ")
            var rest: [String?] = usage.currency == nil ? [] : [row.cost]
            rest += shown.map { "\(row[keyPath: $0.value])" }
            table.add(
                cells: [
                    isLast ? "total" : group, "\(row.requests)", "\(row.attempts)", "\(row.failedAttempts)",
                    "\(row.callerGoneAttempts)", "\(row.inputTokens)", "\(row.cachedInputTokens)",
                    "\(row.cacheWriteTokens)", "\(row.outputTokens)", "\(row.reasoningTokens)",
                    "$\(NanoUSD(row.costNanoUSD))", row.costState,
                ] + rest
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
    /// The value this row is grouped under, without what people call it.
    func plainValue(of name: String) -> String? { name == "key" ? key : value(of: name) }

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
        case "end_user": endUser
        case "tag": tag
        default: name.hasPrefix("tag:") ? tags?[String(name.dropFirst(4))] : nil
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

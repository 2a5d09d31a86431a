// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice ledger`: what keeps the bill true.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Prove that the bill is right; correct what an attempt cost.",
        discussion: """
              sluice ledger verify
              sluice ledger correct 0194f0c2-7b1e-7000-8000-0123456789ab --cost 0.0125 --reason "invoice of November"
              sluice ledger corrections

            Exit codes: 0 done, 1 refused, not found or not sound, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [LedgerVerify.self, LedgerCorrect.self, LedgerCorrections.self]
    )
}

/// Which time is meant.
struct PeriodOptions: ParsableArguments {
    @Option(help: "Requests from then on: 2026-11-20, or 2026-11-20T08:00:00Z.")
    var from: String?

    @Option(help: "Requests before then.")
    var until: String?

    var query: [(String, String?)] { [("from", from), ("until", until)] }
}

struct LedgerVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove the ledger's invariants on a node that runs.",
        discussion: """
            Every attempt is settled once, and none is open for more than a day; the sums by key, route, version, provider,
            model and day are the same; each amount is reckoned again by the card it was charged by; corrections are what the
            audit has of them.
            Requests of the last quarter of an hour are left out unless --until says otherwise.
            """
    )

    @OptionGroup var period: PeriodOptions
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["ledger", "verify"], query: command.period.query)
            let verdict = try AdminClient.shape(LedgerVerdictView.self, of: answer, from: client.base)
            try terminal.show(answer) {
                let lines = verdict.findings.map { "  \($0)" }
                let rest = Int(verdict.problems) - lines.count
                return ([Table.list(of: verdict)] + lines + (rest > 0 ? ["  and \(rest) more"] : []))
                    .joined(separator: "\n")
            }
            guard verdict.isSound else { throw ExitCode(CommandFailure.Exit.refused.rawValue) }
        }
    }
}

struct LedgerCorrect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: "Say what an attempt cost in truth.",
        discussion: """
            The entry stays as it is; the correction is an entry beside it, in the audit, and in every sum. `sluice usage
            export` lists attempts with request_id and attempt.
            """
    )

    @Argument(help: "The request's id; with /2 behind it its second attempt.")
    var attempt: String

    @Option(help: "US dollars, with nine decimals at most.")
    var cost: String

    @Option(help: "Why; kept for ever.")
    var reason: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let parts = command.attempt.split(separator: "/", maxSplits: 1)
            var body = CorrectLedgerRequest()
            body.request = parts.first.map { String($0) } ?? ""
            if parts.count == 2 {
                guard let number = Int(parts[1]) else {
                    throw CommandFailure.usage(
                        "'\(command.attempt)' names no attempt.",
                        hint: "Write REQUEST, or REQUEST/2."
                    )
                }
                body.attempt = number
            }
            body.costUSD = command.cost
            body.reason = command.reason
            let answer = try await client.call("POST", ["ledger", "corrections"], body: try AdminJSON.value(of: body))
            let done = try AdminClient.shape(CorrectionView.self, of: answer, from: client.base)
            try terminal.show(answer) { Table.list(of: done) }
        }
    }
}

struct LedgerCorrections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corrections",
        abstract: "List corrections, the oldest first."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let all = try await client.all(CorrectionView.self, ["ledger", "corrections"])
            try terminal.show(try AdminJSON.value(of: all)) { Table(of: all).text(nothing: "Nothing was corrected.") }
        }
    }
}

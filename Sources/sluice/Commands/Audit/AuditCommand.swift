// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice audit`: who changed what, when and why.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who changed what, when and why; prove that nothing was altered.",
        discussion: """
              sluice audit list
              sluice audit list --after 120 --json
              sluice audit verify
              sluice audit verify --known-head 118:3f5a...   (a head kept elsewhere)

            Exit codes: 0 done, 1 refused, not found or not intact, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [AuditList.self, AuditVerify.self]
    )
}

struct AuditList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List changes, oldest first.")

    @Option(help: "Only entries after this number.")
    var after: Int64 = 0

    @Option(help: "At most so many (default: all).")
    var limit: Int?

    @OptionGroup var connection: Connection

    mutating func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more.") }
        if after < 0 { throw ValidationError("--after must be 0 or more.") }
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let entries = try await AuditTrail.read(client, after: command.after, limit: command.limit ?? .max)
            try terminal.show(try AdminJSON.value(of: entries)) {
                var table = Table(
                    .number("#"),
                    .text("at"),
                    .text("actor"),
                    .text("action"),
                    .text("subject"),
                    .text("reason")
                )
                for entry in entries {
                    table.add("\(entry.sequence)", entry.at, entry.actor, entry.action, entry.subject, entry.reason)
                }
                return table.text(nothing: "Nothing was changed.")
            }
        }
    }
}

struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compute the hash chain again, here, over all entries.",
        discussion: """
            The chain shows that an entry was altered, dropped or moved. That its end was cut off, or all of it written
            anew, is shown only by a head kept elsewhere: keep the line this prints, and give it as --known-head.
            """
    )

    @Option(name: .customLong("known-head"), help: ArgumentHelp("A head kept elsewhere.", valueName: "number:hash"))
    var knownHead: [String] = []

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var verifier = AuditVerifier(knownHeads: try command.heads())
            var cursor: Int64 = 0
            while true {
                let page = try await AuditTrail.read(client, after: cursor, limit: 1_000)
                verifier.take(page.map(\.entry))
                guard let last = page.last, last.sequence > cursor else { break }
                cursor = last.sequence
            }
            let verdict = AuditVerdictView(verifier.finish())
            try terminal.show(try AdminJSON.value(of: verdict)) {
                verdict.intact
                    ? "The audit is intact: \(verdict.entries) entries. Head \(verdict.entries):\(verdict.head ?? "")"
                    : "The audit is NOT intact: \(verdict.problem ?? "unknown")."
            }
            guard verdict.intact else { throw ExitCode(CommandFailure.Exit.refused.rawValue) }
        }
    }

    private func heads() throws(CommandFailure) -> [AuditChain.Head] {
        var heads: [AuditChain.Head] = []
        for text in knownHead {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, parts[1].utf8.count == 64 else {
                throw .usage("'\(text)' is no head.", hint: "Write NUMBER:HASH, the hash in 64 hex digits.")
            }
            heads.append(AuditChain.Head(sequence: sequence, hash: parts[1].lowercased()))
        }
        return heads
    }
}

/// Reads the audit page by page.
enum AuditTrail {
    static func read(_ client: AdminClient, after: Int64, limit: Int) async throws(CommandFailure) -> [AuditView] {
        var entries: [AuditView] = []
        var cursor: String? = "\(after)"
        while cursor != nil, entries.count < limit {
            let page = try await client.call(
                Page<AuditView>.self,
                "GET",
                ["audit"],
                query: [("limit", "\(min(1_000, limit - entries.count))"), ("cursor", cursor)]
            )
            entries += page.items
            cursor = page.nextCursor
        }
        return entries
    }
}

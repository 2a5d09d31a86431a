// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice savings`: what routes that choose would have saved.
struct SavingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "savings",
        abstract: "Tell what requests of the past would have cost, had each route's policy chosen; nothing is sent."
    )

    @Option(help: "Requests that began then or later, as 2026-11-01 or 2026-11-01T00:00:00Z; default: 30 days ago.")
    var from: String?

    @Option(help: "Requests that began before; default: now.")
    var until: String?

    @Option(help: "Only of this route.")
    var route: String?

    @Option(help: "premium, balanced or economy; default: what each request asked for, else the route's.")
    var tier: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let query = [("from", from), ("until", until), ("route", route), ("tier", tier)].filter { $0.1 != nil }
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["savings"], query: query)
            let savings = try AdminClient.shape(SavingsView.self, of: answer, from: client.base)
            try terminal.show(answer) { savings.text }
        }
    }
}

extension SavingsView {
    fileprivate var text: String {
        let table = Table(of: routes).text(
            nothing:
                "No route has two versions to weigh; give one `choose: {tier: balanced}` and its models quality scores."
        )
        var parts = ["\(from) to \(until)", table]
        let advice = routes.flatMap(\.recommendations)
        if !advice.isEmpty { parts.append(Table(of: advice).text(nothing: "")) }
        let skipped = routes.reduce(0) { $0 + $1.skipped }
        if skipped > 0 { parts.append("\(skipped) requests without known cost or usage are left out.") }
        if isPartial {
            parts.append("The ledger has more rows than one report reads: narrow it with --from and --until.")
        }
        parts.append(
            "Potential, not realised: each request at the price of its day for its own input. Moves are not added up twice."
        )
        return parts.joined(separator: "\n\n")
    }
}

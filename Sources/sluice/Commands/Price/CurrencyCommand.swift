// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel

/// `sluice currency`: what dollars are worth elsewhere.
struct CurrencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "currency",
        abstract: "List what a US dollar is worth in other currencies, or set it.",
        discussion: """
              sluice currency list
              sluice currency set CNY 7.1032 --from 2026-11-01
              sluice usage --currency CNY

            All money is counted in US dollars; reports convert each day at that day's rate.

            Exit codes: 0 done, 1 refused by the server, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [CurrencyList.self, CurrencySet.self]
    )
}

struct CurrencyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List rates by currency and day.")

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let rates = try await client.all(CurrencyRateView.self, ["currencies"])
            try terminal.show(try AdminJSON.value(of: rates)) {
                Table(of: rates).text(nothing: "There are no rates: sluice currency set --help")
            }
        }
    }
}

struct CurrencySet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Say what a US dollar is worth in a currency from a day on."
    )

    @Argument(help: "Three capital letters: CNY, EUR.")
    var currency: String

    @Argument(help: "Units of it for a US dollar, nine decimals at most.")
    var rate: String

    @Option(help: "A day, UTC: 2026-11-01.")
    var from: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var body = CurrencyRateView()
            body.currency = command.currency
            body.from = command.from
            body.perUSD = command.rate
            let answer = try await client.call("PUT", ["currencies"], body: try AdminJSON.value(of: body))
            let rate = try AdminClient.shape(CurrencyRateView.self, of: answer, from: client.base)
            try terminal.show(answer) { Table.list(of: rate) }
        }
    }
}

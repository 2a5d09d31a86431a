// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice limit`: how often and how much somebody may ask.
struct LimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "List and set the rate limits of keys, teams, routes and models.",
        discussion: """
              sluice limit set key:app requests_per_minute=60 tokens_per_minute=100000
              sluice limit set team:search concurrency=16
              sluice limit set key:app                (takes them away)

            Limits: requests, tokens, input_tokens or output_tokens, then _per_minute, _per_hour or _per_day; concurrency.

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [LimitSet.self, LimitList.self]
    )
}

struct LimitSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set the limits of an entity, in the place of those it had."
    )

    @Argument(help: .about("entity", of: EntityLimitsView.self))
    var entity: String

    @Argument(help: "NAME=NUMBER, such as requests_per_minute=60.")
    var limits: [String] = []

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    func validate() throws {
        for text in limits { _ = try LimitSet.pair(text) }
    }

    static func pair(_ text: String) throws -> (String, Int64) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let names = RateLimitsView.fields.map(\.name)
        guard parts.count == 2, names.contains(parts[0]), let number = Int64(parts[1]) else {
            throw ValidationError("\"\(text)\" is no limit: write NAME=NUMBER, of \(names.joined(separator: ", ")).")
        }
        return (parts[0], number)
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = EntityLimitsView()
            request.entity = command.entity
            for text in command.limits {
                let (name, number) = try LimitSet.pair(text)
                request.limits[name] = number
            }
            request.reason = command.reason.reason
            let answer = try await client.call("PUT", ["rate_limits"], body: try AdminJSON.value(of: request))
            try terminal.show(answer) {
                Table.list(of: try AdminClient.shape(EntityLimitsView.self, of: answer, from: client.base))
            }
        }
    }
}

struct LimitList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List limits.")

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let limits = try await client.all(EntityLimitsView.self, ["rate_limits"])
            try terminal.show(try AdminJSON.value(of: limits)) {
                Table(of: limits).text(nothing: "There are no limits: sluice limit set key:NAME requests_per_minute=60")
            }
        }
    }
}

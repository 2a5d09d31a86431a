// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice route`: the names callers put in `model`.
struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "List the names callers put in `model`, and tell how a route chooses among its versions.",
        subcommands: [RouteList.self, RouteTry.self, RouteExplain.self]
    )
}

struct RouteList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List routes, aliases and versions.")

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let routes = try await client.all(RouteView.self, ["routes"])
            try terminal.show(try AdminJSON.value(of: routes)) {
                Table(of: routes).text(nothing: "There are no routes; the configuration file defines them.")
            }
        }
    }
}

/// `sluice provider`: upstream accounts.
struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "List upstream accounts, and set credentials that are sealed in the store.",
        subcommands: [ProviderList.self, ProviderCredentialCommand.self]
    )
}

struct ProviderList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List providers; credentials are never shown."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let providers = try await client.all(ProviderView.self, ["providers"])
            try terminal.show(try AdminJSON.value(of: providers)) {
                Table(of: providers).text(nothing: "There are no providers; the configuration file defines them.")
            }
        }
    }
}

/// `sluice status`: how the node is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell how the node is; exit code 1 when it is not ready."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["status"])
            let status = try AdminClient.shape(StatusView.self, of: answer, from: client.base)
            try terminal.show(answer) {
                Table.list(
                    [("state", status.state)] + status.problems.map { ("problem", $0) } + [
                        ("version", status.version), ("epoch", "\(status.epoch)"), ("routes", "\(status.routes)"),
                        ("versions", "\(status.versions)"), ("valid keys", "\(status.keys)"),
                    ]
                )
            }
            guard status.state != "not_ready" else { throw ExitCode(CommandFailure.Exit.refused.rawValue) }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice team`: those who share keys and a bill.
struct TeamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "team",
        abstract: "Make, list, change, block and delete teams.",
        discussion: """
            Keys name their team; what is said of the team holds for all of them.

              sluice team create search --title "Search" --route 'gpt-*'
              sluice team block search            (all its keys are refused at once)
              sluice key create app --team search

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [
            TeamCreate.self, TeamList.self, TeamShow.self, TeamUpdate.self, TeamBlock.self, TeamUnblock.self,
            TeamDelete.self,
        ]
    )
}

struct TeamCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a team.")

    @Argument(help: .about("team", of: CreateTeamRequest.self))
    var team: String

    @Option(help: .about("title", of: CreateTeamRequest.self))
    var title: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = CreateTeamRequest()
            request.team = command.team
            request.title = command.title
            request.routes = command.scope.chosenRoutes
            request.operations = command.scope.chosenOperations
            request.reason = command.reason.reason
            let answer = try await client.call("POST", ["teams"], body: try AdminJSON.value(of: request))
            try terminal.show(answer) { try TeamShow.text(answer, from: client) }
        }
    }
}

struct TeamList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List teams, and those that only keys name."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let teams = try await client.all(TeamView.self, ["teams"])
            try terminal.show(try AdminJSON.value(of: teams)) {
                Table(of: teams).text(nothing: "There are no teams yet: sluice team create NAME")
            }
        }
    }
}

struct TeamShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a team.")

    @Argument(help: "The team.")
    var team: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["teams", command.team])
            try terminal.show(answer) { try TeamShow.text(answer, from: client) }
        }
    }

    static func text(_ answer: JSONValue, from client: AdminClient) throws(CommandFailure) -> String {
        let team = try AdminClient.shape(TeamView.self, of: answer, from: client.base)
        let scope = [("routes", team.routes), ("operations", team.operations)]
        let lines = scope.compactMap { name, list in
            list.map { "\n\(name)  " + $0.map(Terminal.clean).joined(separator: " ") }
        }
        return Table.list(of: team) + lines.joined()
    }
}

struct TeamUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change some things of a team; what is not named stays."
    )

    @Argument(help: "The team.")
    var team: String

    @Option(help: .about("title", of: UpdateTeamRequest.self))
    var title: String?

    @OptionGroup var scope: ScopeOptions

    @Flag(help: "Its keys may use all routes that theirs say.")
    var allRoutes = false

    @Flag(help: "Its keys may ask for everything that theirs say.")
    var allOperations = false

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = UpdateTeamRequest()
            request.title = command.title
            request.routes = command.allRoutes ? [] : command.scope.chosenRoutes
            request.operations = command.allOperations ? [] : command.scope.chosenOperations
            request.reason = command.reason.reason
            let body = try AdminJSON.value(of: request)
            let answer = try await client.call("PATCH", ["teams", command.team], body: body)
            try terminal.show(answer) { try TeamShow.text(answer, from: client) }
        }
    }
}

struct TeamBlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Have all keys of a team refused, at once."
    )

    @Argument(help: "The team.")
    var team: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["teams", command.team, "block"], body: body)
            try terminal.show(answer) { Terminal.clean("Team \(command.team) is blocked.") }
        }
    }
}

struct TeamUnblock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Have the keys of a team taken again."
    )

    @Argument(help: "The team.")
    var team: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["teams", command.team, "unblock"], body: body)
            try terminal.show(answer) { Terminal.clean("Team \(command.team) is taken again.") }
        }
    }
}

struct TeamDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take a team away; one with valid keys stays unless they go with it."
    )

    @Argument(help: "The team.")
    var team: String

    @Flag(help: .about("revoke_keys", of: DeleteTeamRequest.self))
    var revokeKeys = false

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = DeleteTeamRequest()
            request.revokeKeys = command.revokeKeys ? true : nil
            request.reason = command.reason.reason
            let body = try AdminJSON.value(of: request)
            let answer = try await client.call("DELETE", ["teams", command.team], body: body)
            try terminal.show(answer) { Terminal.clean("Team \(command.team) is deleted.") }
        }
    }
}

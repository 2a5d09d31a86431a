// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice user`: persons who have admin tokens, and for whom keys are made.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Make, list, change, block and delete users.",
        discussion: """
              sluice user create ada@example.com --role operator --team search
              sluice user block ada@example.com   (neither their tokens nor their keys are taken)
              sluice key create ada-laptop --user ada@example.com

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [
            UserCreate.self, UserList.self, UserShow.self, UserUpdate.self, UserBlock.self, UserUnblock.self,
            UserDelete.self,
        ]
    )
}

/// What may be said of a user.
struct UserOptions: ParsableArguments {
    @Option(help: .about("name", of: CreateUserRequest.self))
    var name: String?

    @Option(help: "Their address.")
    var email: String?

    @Option(help: "What admin tokens made without a role may do: viewer, operator, key-admin or owner.")
    var role: String?

    @Option(
        name: .customLong("team"),
        help: ArgumentHelp("A team they are a member of; give it again for more.", valueName: "team")
    )
    var teams: [String] = []
}

struct UserCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a user.")

    @Argument(help: .about("user", of: CreateUserRequest.self))
    var user: String

    @OptionGroup var options: UserOptions
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = CreateUserRequest()
            request.user = command.user
            request.name = command.options.name
            request.email = command.options.email
            request.role = command.options.role
            request.teams = command.options.teams.isEmpty ? nil : command.options.teams
            request.reason = command.reason.reason
            let answer = try await client.call("POST", ["users"], body: try AdminJSON.value(of: request))
            try terminal.show(answer) {
                Table.list(of: try AdminClient.shape(UserView.self, of: answer, from: client.base))
            }
        }
    }
}

struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List users.")

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let users = try await client.all(UserView.self, ["users"])
            try terminal.show(try AdminJSON.value(of: users)) {
                Table(of: users).text(nothing: "There are no users yet: sluice user create NAME")
            }
        }
    }
}

struct UserShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a user.")

    @Argument(help: "The user.")
    var user: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["users", command.user])
            try terminal.show(answer) {
                Table.list(of: try AdminClient.shape(UserView.self, of: answer, from: client.base))
            }
        }
    }
}

struct UserUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change some things of a user; what is not named stays."
    )

    @Argument(help: "The user.")
    var user: String

    @OptionGroup var options: UserOptions
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = UpdateUserRequest()
            request.name = command.options.name
            request.email = command.options.email
            request.role = command.options.role
            request.teams = command.options.teams.isEmpty ? nil : command.options.teams
            request.reason = command.reason.reason
            let body = try AdminJSON.value(of: request)
            let answer = try await client.call("PATCH", ["users", command.user], body: body)
            try terminal.show(answer) {
                Table.list(of: try AdminClient.shape(UserView.self, of: answer, from: client.base))
            }
        }
    }
}

struct UserBlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Have a user's tokens and keys refused, at once."
    )

    @Argument(help: "The user.")
    var user: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["users", command.user, "block"], body: body)
            try terminal.show(answer) { Terminal.clean("User \(command.user) is blocked.") }
        }
    }
}

struct UserUnblock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Have a user's tokens and keys taken again."
    )

    @Argument(help: "The user.")
    var user: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["users", command.user, "unblock"], body: body)
            try terminal.show(answer) { Terminal.clean("User \(command.user) is taken again.") }
        }
    }
}

struct UserDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take a user away; their tokens and the keys that were made for them end."
    )

    @Argument(help: "The user.")
    var user: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("DELETE", ["users", command.user], body: body)
            try terminal.show(answer) { Terminal.clean("User \(command.user) is deleted.") }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice token`: persons' tokens for the admin API.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke admin tokens, one for each person.",
        discussion: """
            A token's text is shown once, when it is made; its person stands in the audit.

              sluice token create ada --role operator --expires 90d
              sluice token create bob --role viewer --team search   (sees the keys and the usage of that team alone)
              sluice token revoke ada

            Roles: viewer reads, operator releases versions, key-admin makes keys and teams, owner does everything.
            Who deploys does not make keys, and the other way round.

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self]
    )
}

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an admin token for a person; its text is shown once."
    )

    @Argument(help: .about("person", of: CreateTokenRequest.self))
    var person: String

    @Option(help: "What it may do: viewer, operator, key-admin or owner (default: the role of the user of this name).")
    var role: String?

    @Option(help: .about("team", of: CreateTokenRequest.self))
    var team: String?

    @Option(help: ArgumentHelp("How long it is valid: 12h, 90d (default: until it is revoked).", valueName: "time"))
    var expires: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = CreateTokenRequest()
            request.person = command.person
            request.role = command.role
            request.team = command.team
            request.expiresInSeconds = try command.expires.map { text throws(CommandFailure) in try Seconds.read(text) }
            request.reason = command.reason.reason
            let answer = try await client.call("POST", ["tokens"], body: try AdminJSON.value(of: request))
            try terminal.show(answer) {
                let made = try AdminClient.shape(NewTokenView.self, of: answer, from: client.base)
                return Table.list(of: made) + "\nStore the token now: it is not shown again."
            }
        }
    }
}

struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List persons' admin tokens, without their texts."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let tokens = try await client.all(TokenView.self, ["tokens"])
            try terminal.show(try AdminJSON.value(of: tokens)) {
                Table(of: tokens).text(
                    nothing: "There are no tokens of persons yet: sluice token create NAME --role ROLE"
                )
            }
        }
    }
}

struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End an admin token now.")

    @Argument(help: "The token's id, or its person.")
    var token: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["tokens", command.token, "revoke"], body: body)
            try terminal.show(answer) {
                let token = try AdminClient.shape(TokenView.self, of: answer, from: client.base)
                return Terminal.clean("Token \(token.id) of \(token.person) is revoked.")
            }
        }
    }
}

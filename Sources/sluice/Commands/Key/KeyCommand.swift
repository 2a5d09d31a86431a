// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice key`: the keys callers show.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, list, rotate and revoke the keys callers show.",
        discussion: """
            A key's text is shown once, when it is made; only its hash is kept.

              sluice key create app --team search --max-concurrency 32
              sluice key rotate app               (the old key lives on for 24 h)
              sluice key rotate app --grace 0s
              sluice key revoke a1B2c3D4

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [KeyCreate.self, KeyList.self, KeyRotate.self, KeyRevoke.self]
    )

    static func text(_ json: JSONValue, from client: AdminClient) throws(CommandFailure) -> String {
        let made = try AdminClient.shape(NewKeyView.self, of: json, from: client.base)
        return Table.list(of: made) + "\nStore the key now: it is not shown again."
    }
}

struct KeyCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key; its text is shown once.",
        discussion: """
              sluice key create app
              KEY=$(sluice key create app --json | jq -r .key)
            """
    )

    @Argument(help: .about("name", of: CreateKeyRequest.self))
    var name: String

    @Option(help: .about("team", of: CreateKeyRequest.self))
    var team: String?

    @Option(help: .about("max_concurrency", of: CreateKeyRequest.self))
    var maxConcurrency: Int?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = CreateKeyRequest()
            request.name = command.name
            request.team = command.team
            request.maxConcurrency = command.maxConcurrency
            request.reason = command.reason.reason
            let answer = try await client.call("POST", ["keys"], body: try AdminJSON.value(of: request))
            try terminal.show(answer) { try KeyCommand.text(answer, from: client) }
        }
    }
}

struct KeyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List keys, without their texts.")

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let keys = try await client.all(KeyView.self, ["keys"])
            terminal.show(try AdminJSON.value(of: keys)) {
                Table(of: keys).text(nothing: "There are no keys yet: sluice key create NAME")
            }
        }
    }
}

struct KeyRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a key in the place of another, which lives on for a while."
    )

    @Argument(help: "The key's id, or its name.")
    var key: String

    @Option(help: "How long the old key lives: 0s, 1h, 24h (default: the configuration's, 24h).")
    var grace: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = RotateKeyRequest()
            request.graceSeconds = try command.grace.map { text throws(CommandFailure) in try Seconds.read(text) }
            request.reason = command.reason.reason
            let answer = try await client.call(
                "POST",
                ["keys", command.key, "rotate"],
                body: try AdminJSON.value(of: request)
            )
            try terminal.show(answer) { try KeyCommand.text(answer, from: client) }
        }
    }
}

struct KeyRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End a key now.")

    @Argument(help: "The key's id, or its name.")
    var key: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call(
                "POST",
                ["keys", command.key, "revoke"],
                body: try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            )
            try terminal.show(answer) {
                let key = try AdminClient.shape(KeyView.self, of: answer, from: client.base)
                return Terminal.clean("Key \(key.id) (\(key.name)) is revoked.")
            }
        }
    }
}

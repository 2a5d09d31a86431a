// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice key`: the keys callers show.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, list, change, rotate, block and revoke the keys callers show.",
        discussion: """
            A key's text is shown once, when it is made; only its hash is kept.

              sluice key create app --team search --max-concurrency 32
              sluice key create bot --route gpt-4o --route 'claude-*' --operation chat --expires 30d
              sluice key update bot --route gpt-4o --tag prod
              sluice key block bot                (refused until sluice key unblock bot)
              sluice key rotate app               (the old key lives on for 24 h)
              sluice key rotate app --grace 0s
              sluice key revoke a1B2c3D4

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [
            KeyCreate.self, KeyList.self, KeyShow.self, KeyUpdate.self, KeyRotate.self, KeyBlock.self, KeyUnblock.self,
            KeyRevoke.self,
        ]
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

    @Option(help: .about("user", of: CreateKeyRequest.self))
    var user: String?

    @OptionGroup var scope: ScopeOptions

    @Option(
        name: .customLong("tag"),
        help: ArgumentHelp("A tag for reports; give it again for more.", valueName: "tag")
    )
    var tags: [String] = []

    @Option(help: ArgumentHelp("How long it is valid: 12h, 30d (default: until it is revoked).", valueName: "time"))
    var expires: String?
    @Option(help: "Requests a minute (rate_limits.requests_per_minute).")
    var rpm: Int64?

    @Option(help: "Tokens a minute, in and out (rate_limits.tokens_per_minute).")
    var tpm: Int64?

    @Option(help: "Requests a day (rate_limits.requests_per_day).")
    var rpd: Int64?

    @Option(name: .customLong("budget-usd"), help: "A hard budget of its own, in US dollars.")
    var budgetUSD: String?

    @Option(name: .customLong("budget-window"), help: "Of which time: total, hourly, daily, weekly or monthly.")
    var budgetWindow = "monthly"

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = CreateKeyRequest()
            request.user = command.user
            request.routes = command.scope.chosenRoutes
            request.operations = command.scope.chosenOperations
            request.tags = command.tags.isEmpty ? nil : command.tags
            request.expiresInSeconds = try command.expires.map { text throws(CommandFailure) in try Seconds.read(text) }
            request.name = command.name
            request.team = command.team
            request.maxConcurrency = command.maxConcurrency
            var limits = RateLimitsView()
            limits["requests_per_minute"] = command.rpm
            limits["tokens_per_minute"] = command.tpm
            limits["requests_per_day"] = command.rpd
            request.rateLimits = limits.numbers.isEmpty ? nil : limits
            request.budget = command.budgetUSD.map { amount in
                var budget = KeyBudgetView()
                budget.limitUSD = amount
                budget.window = command.budgetWindow
                return budget
            }
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
            try terminal.show(try AdminJSON.value(of: keys)) {
                Table(of: keys).text(nothing: "There are no keys yet: sluice key create NAME")
            }
        }
    }
}

struct KeyShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a key, without its text.")

    @Argument(help: "The key's id, or its name.")
    var key: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["keys", command.key])
            try terminal.show(answer) {
                let key = try AdminClient.shape(KeyView.self, of: answer, from: client.base)
                let scope = [("routes", key.routes), ("operations", key.operations), ("tags", key.tags)]
                return Table.list(of: key)
                    + scope.compactMap { name, list in
                        list.map { "\n\(name)  " + $0.map(Terminal.clean).joined(separator: " ") }
                    }.joined()
            }
        }
    }
}

struct KeyUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change some things of a key; requests go by them at once.",
        discussion: """
            What is not named stays. --all-routes, --all-operations, --no-team, --no-expiry take a limit away.

              sluice key update app --route gpt-4o --operation chat
              sluice key update app --all-routes --expires 7d
            """
    )

    @Argument(help: "The key's id, or its name.")
    var key: String

    @Option(help: .about("name", of: UpdateKeyRequest.self))
    var name: String?

    @Option(help: .about("team", of: UpdateKeyRequest.self))
    var team: String?

    @Flag(help: "No team pays.")
    var noTeam = false

    @Option(help: .about("max_concurrency", of: UpdateKeyRequest.self))
    var maxConcurrency: Int?

    @Option(help: .about("user", of: UpdateKeyRequest.self))
    var user: String?

    @OptionGroup var scope: ScopeOptions

    @Flag(help: "It may use all routes.")
    var allRoutes = false

    @Flag(help: "It may ask for everything.")
    var allOperations = false

    @Option(name: .customLong("tag"), help: ArgumentHelp("Its tags instead of those it has.", valueName: "tag"))
    var tags: [String] = []

    @Option(help: ArgumentHelp("How long it is valid from now on: 12h, 30d.", valueName: "time"))
    var expires: String?

    @Flag(help: "It is valid until it is revoked.")
    var noExpiry = false

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = UpdateKeyRequest()
            request.name = command.name
            request.team = command.team
            request.maxConcurrency = command.maxConcurrency
            request.user = command.user
            request.routes = command.allRoutes ? [] : command.scope.chosenRoutes
            request.operations = command.allOperations ? [] : command.scope.chosenOperations
            request.tags = command.tags.isEmpty ? nil : command.tags
            request.expiresInSeconds = try command.expires.map { text throws(CommandFailure) in try Seconds.read(text) }
            request.reason = command.reason.reason
            var body: JSONObject =
                if case .object(let object) = try AdminJSON.value(of: request) { object } else { [:] }
            if command.noTeam { body["team"] = .null }
            if command.noExpiry { body["expires_in_seconds"] = .null }
            let answer = try await client.call("PATCH", ["keys", command.key], body: .object(body))
            try terminal.show(answer) {
                Table.list(of: try AdminClient.shape(KeyView.self, of: answer, from: client.base))
            }
        }
    }
}

struct KeyBlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Have a key refused until it is unblocked."
    )

    @Argument(help: "The key's id, or its name.")
    var key: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["keys", command.key, "block"], body: body)
            try terminal.show(answer) {
                let key = try AdminClient.shape(KeyView.self, of: answer, from: client.base)
                return Terminal.clean("Key \(key.id) (\(key.name)) is blocked.")
            }
        }
    }
}

struct KeyUnblock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unblock", abstract: "Have a key taken again.")

    @Argument(help: "The key's id, or its name.")
    var key: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["keys", command.key, "unblock"], body: body)
            try terminal.show(answer) {
                let key = try AdminClient.shape(KeyView.self, of: answer, from: client.base)
                return Terminal.clean("Key \(key.id) (\(key.name)) is \(key.state).")
            }
        }
    }
}

/// What a key or a team may ask for.
struct ScopeOptions: ParsableArguments {
    @Option(
        name: .customLong("route"),
        help: ArgumentHelp(
            "A route that may be used, or the beginning of names: gpt-*; give it again for more.",
            valueName: "route"
        )
    )
    var routes: [String] = []

    @Option(
        name: .customLong("operation"),
        help: ArgumentHelp(
            "What may be asked for: chat, responses, embeddings, …; give it again for more.",
            valueName: "operation"
        )
    )
    var operations: [String] = []

    /// Nothing where none was given.
    var chosenRoutes: [String]? { routes.isEmpty ? nil : routes }
    var chosenOperations: [String]? { operations.isEmpty ? nil : operations }
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

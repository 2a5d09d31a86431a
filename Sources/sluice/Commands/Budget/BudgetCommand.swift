// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice budget`: what may be spent.
struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Make, list, show, reset and remove budgets.",
        discussion: """
            A budget says what may be spent for somebody in a window of time. What was spent there before it was made counts.

              sluice budget create --entity key:app --window monthly --limit-usd 50.00
              sluice budget create --entity team:search --window daily --limit-usd 5 --mode soft --time-zone +08:00
              sluice budget reset key.app.monthly --reason "asked for by Ada"

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [BudgetCreate.self, BudgetList.self, BudgetShow.self, BudgetReset.self, BudgetRemove.self]
    )

    static func text(_ json: JSONValue, from client: AdminClient) throws(CommandFailure) -> String {
        let budget = try AdminClient.shape(BudgetView.self, of: json, from: client.base)
        return Table.list(of: budget) + (budget.warning.map { "\n" + Terminal.clean("Warning: \($0)") } ?? "")
    }
}

struct BudgetCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Put a budget in force.")

    @Option(help: .about("entity", of: BudgetRequest.self))
    var entity: String

    @Option(help: .about("window", of: BudgetRequest.self))
    var window: String

    @Option(name: .customLong("limit-usd"), help: .about("limit_usd", of: BudgetRequest.self))
    var limitUSD: String

    @Option(help: .about("mode", of: BudgetRequest.self))
    var mode: String?

    @Option(help: .about("time_zone", of: BudgetRequest.self))
    var timeZone: String?

    @Option(name: .customLong("alert-at"), parsing: .upToNextOption, help: .about("alert_at", of: BudgetRequest.self))
    var alertAt: [Int] = []

    @Option(name: .customLong("budget-fallback"), help: .about("budget_fallback", of: BudgetRequest.self))
    var fallback: String?

    @Option(help: .about("id", of: BudgetRequest.self))
    var id: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            var request = BudgetRequest()
            request.id = command.id
            request.entity = command.entity
            request.window = command.window
            request.limitUSD = command.limitUSD
            request.mode = command.mode
            request.timeZone = command.timeZone
            request.alertAt = command.alertAt.isEmpty ? nil : command.alertAt
            request.fallback = command.fallback
            request.reason = command.reason.reason
            let answer = try await client.call("POST", ["budgets"], body: try AdminJSON.value(of: request))
            try terminal.show(answer) { try BudgetCommand.text(answer, from: client) }
        }
    }
}

struct BudgetList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List budgets and where each stands."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let budgets = try await client.all(BudgetView.self, ["budgets"])
            try terminal.show(try AdminJSON.value(of: budgets)) {
                Table(of: budgets).text(
                    nothing:
                        "There are no budgets: sluice budget create --entity key:NAME --window monthly --limit-usd 10"
                )
                    + budgets.compactMap { budget in
                        budget.warning.map { "\n" + Terminal.clean("Warning about \(budget.id): \($0)") }
                    }.joined()
            }
        }
    }
}

struct BudgetShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show where a budget stands.")

    @Argument(help: "The budget's id.")
    var budget: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let budget = budget
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["budgets", budget])
            try terminal.show(answer) { try BudgetCommand.text(answer, from: client) }
        }
    }
}

struct BudgetReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Let a budget begin its window with nothing spent; the audit keeps who did it and why."
    )

    @Argument(help: "The budget's id.")
    var budget: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("POST", ["budgets", command.budget, "reset"], body: body)
            try terminal.show(answer) { try BudgetCommand.text(answer, from: client) }
        }
    }
}

struct BudgetRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Take a budget out of force.")

    @Argument(help: "The budget's id.")
    var budget: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            let answer = try await client.call("DELETE", ["budgets", command.budget], body: body)
            try terminal.show(answer) { Terminal.clean("Budget \(command.budget) is removed.") }
        }
    }
}

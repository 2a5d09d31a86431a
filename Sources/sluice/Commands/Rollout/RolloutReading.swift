// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import NIOCore
import SluiceAdminModel
import SluiceCore

struct RolloutList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List rollouts, the newest first."
    )

    @Option(help: "Only those of one route.")
    var route: String?

    @Flag(help: "Only those that have not ended.")
    var open = false

    @Option(help: "At most so many.")
    var limit = 50

    @OptionGroup var connection: Connection

    func validate() throws {
        if !(1...1_000).contains(limit) { throw ValidationError("--limit must be 1 to 1000") }
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call(
                "GET",
                ["rollouts"],
                query: [
                    ("route", command.route), ("open", command.open ? "true" : nil), ("limit", "\(command.limit)"),
                ]
            )
            try terminal.show(answer) {
                let page = try AdminClient.shape(Page<RolloutView>.self, of: answer, from: client.base)
                return RolloutLines.table(page.items)
            }
        }
    }
}

struct RolloutShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show where a rollout stands: step, weights, both arms, evidence, what is awaited."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let id = try await command.choice.resolve(client)
            let answer = try await client.call("GET", ["rollouts", id])
            try terminal.show(answer) {
                let view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
                return RolloutScreen(view).lines.joined(separator: "\n")
            }
        }
    }
}

struct RolloutExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what happened, which evidence decided, how sure that is, and what to do next."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let id = try await command.choice.resolve(client)
            let answer = try await client.call("GET", ["rollouts", id, "explain"])
            try terminal.show(answer) {
                let view = try AdminClient.shape(RolloutExplanationView.self, of: answer, from: client.base)
                return view.text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { Terminal.clean(String($0)) }.joined(separator: "\n")
            }
        }
    }
}

struct RolloutReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Compute every verdict again from the stored evidence, and compare with what was acted upon.",
        discussion: """
              sluice rollout replay v2-1
              sluice rollout replay v2-1 --export > evidence.ndjson && sluice judge replay evidence.ndjson

            Exit code 1 where the evidence gives another verdict than the one that was acted upon.
            """
    )

    @OptionGroup var choice: RolloutChoice
    @Flag(help: "Write the evidence itself, one entry a line, as `sluice judge replay` reads it.")
    var export = false
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let id = try await command.choice.resolve(client)
            if command.export {
                try await client.stream(["rollouts", id, "evidence"], query: []) { part in
                    let code = Terminal.write(Array(part.readableBytesView))
                    if let code { throw CommandFailure.unwritable(code) }
                }
                return
            }
            let answer = try await client.call("GET", ["rollouts", id, "replay"])
            let replay = try AdminClient.shape(RolloutReplayView.self, of: answer, from: client.base)
            try terminal.show(answer) { ReplayText.text(replay) }
            if replay.agrees == false { throw ExitCode(CommandFailure.Exit.refused.rawValue) }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

struct RolloutWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a rollout until it has ended.",
        discussion: """
            On a terminal one screen that is drawn anew each second; in a pipe a line for every change, and one each
            half minute; with --json the rollout itself, one line each. A node that restarts is waited for.

            Exit codes: 0 promoted, 1 rolled back or aborted.
            """
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let id = try await command.choice.resolve(client)
            try await RolloutFollower(client: client, terminal: terminal, id: id).follow()
        }
    }
}

struct RolloutStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how a rollout stands, with an exit code for CI.",
        discussion: """
              sluice rollout status v2-1 --timeout 60s

            Exit codes: 0 promoted, 1 rolled back or aborted, 2 undecided when the time was over.
            """
    )

    @OptionGroup var choice: RolloutChoice

    @Option(help: ArgumentHelp("Wait so long for the end: 60s, 10m, 2h.", valueName: "time"))
    var timeout = "0s"

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let deadline = ContinuousClock.now.advanced(by: .seconds(try Seconds.read(command.timeout)))
            let id = try await command.choice.resolve(client)
            var answer = try await client.call("GET", ["rollouts", id])
            var view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
            while view.open, ContinuousClock.now < deadline {
                try await Task.sleep(for: min(.seconds(1), deadline - .now))
                answer = try await client.call("GET", ["rollouts", id])
                view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
            }
            terminal.show(answer) { RolloutText.line(view) }
            try RolloutEnd(view).leave()
        }
    }
}

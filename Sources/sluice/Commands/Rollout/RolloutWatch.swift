// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

struct RolloutWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a rollout until it has ended.",
        discussion: """
            On a terminal one screen that is drawn anew each second; in a pipe a line for every change, and one each
            half minute; with --json the rollout itself, one line each. A node that restarts is waited for. The server
            leads the rollout: ending this command changes nothing.

              sluice rollout watch
              sluice rollout watch v2 --timeout 30m | tee rollout.log

            Exit codes: 0 promoted, 1 rolled back or aborted, 2 undecided after --timeout, 3 not reached or not found.
            """
    )

    @OptionGroup var choice: RolloutChoice

    @Option(help: ArgumentHelp("Follow it so long at most: 60s, 10m, 2h.", valueName: "time"))
    var timeout: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let deadline = try command.timeout.map { text throws(CommandFailure) in
                ContinuousClock.now.advanced(by: .seconds(try Seconds.read(text)))
            }
            let id = try await command.choice.known(client)
            let follower = RolloutFollower(client: client, terminal: terminal, id: id, deadline: deadline)
            try await follower.follow()
        }
    }
}

struct RolloutStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how a rollout stands, with an exit code for CI.",
        discussion: """
              sluice rollout status v2-1 --timeout 60s
              sluice rollout status --timeout 2h && echo "in production"

            Exit codes: 0 promoted, 1 rolled back or aborted, 2 undecided when the time was over (or a wrong command
            line), 3 not reached, or no such rollout.
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
            let id = try await command.choice.known(client)
            var answer = JSONValue.null
            let view: RolloutView
            do {
                let follower = RolloutFollower(client: client, terminal: terminal, id: id, deadline: deadline)
                view = try await follower.look { _, json in
                    answer = json
                    return false
                }
            } catch let failure as CommandFailure {
                throw failure.asUnknown
            }
            try terminal.show(answer) { RolloutLines.line(view) }
            try RolloutEnd(view).leave()
        }
    }
}

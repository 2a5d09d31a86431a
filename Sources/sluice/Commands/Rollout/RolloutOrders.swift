// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

extension AdminClient {
    /// A person's word to a rollout; answers the rollout.
    func order(
        _ order: String,
        of rollout: String,
        because reason: String?,
        to target: String? = nil,
        from step: Int? = nil
    ) async throws(CommandFailure) -> JSONValue {
        let body = PromoteRequest(to: target, step: step, reason: reason)
        return try await call("POST", ["rollouts", rollout, order], body: try AdminClient.json(of: body))
    }

    /// A body as JSON.
    static func json(of body: some Encodable) throws(CommandFailure) -> JSONValue {
        do {
            return try AdminJSON.value(of: body)
        } catch {
            throw .usage("The call cannot be written as JSON: \(error)")
        }
    }
}

/// What all orders have in common.
protocol RolloutOrderCommand: AsyncParsableCommand {
    /// The call's last segment.
    static var order: String { get }
    /// Whether it is said to a rollout that has ended.
    static var isForEnded: Bool { get }
    var choice: RolloutChoice { get }
    var reason: ReasonOption { get }
    var connection: Connection { get }
    var target: String? { get }
    /// The step that is meant, from 1; the server refuses where another runs by then.
    func meantStep(_ client: AdminClient, of rollout: String) async throws(CommandFailure) -> Int?
}

extension RolloutOrderCommand {
    static var isForEnded: Bool { false }
    var target: String? { nil }
    func meantStep(_ client: AdminClient, of rollout: String) async throws(CommandFailure) -> Int? { nil }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let id = try await command.choice.resolve(client, endedCount: Self.isForEnded)
            let answer = try await client.order(
                Self.order,
                of: id,
                because: command.reason.reason,
                to: command.target,
                from: try await command.meantStep(client, of: id)
            )
            let view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
            try terminal.show(answer) { RolloutLines.line(view) }
        }
    }
}

struct RolloutPromote: RolloutOrderCommand {
    static let order = "promote"
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Go on to the next step without waiting for this one's demands, or with --full to the end.",
        discussion: """
              sluice rollout promote
              sluice rollout promote v2-1 --step 2     only if step 2 is the one that runs

            Where somebody else promotes at the same moment, one of the two goes on, and the other is refused.
            """
    )

    @OptionGroup var choice: RolloutChoice
    @Flag(help: "To the end: the canary becomes production now.")
    var full = false
    @Option(help: "The step that is to end, from 1; without it the one that runs when the command begins.")
    var step: Int?
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    var target: String? { full ? "full" : "next" }

    func meantStep(_ client: AdminClient, of rollout: String) async throws(CommandFailure) -> Int? {
        if let step { return step }
        return try await client.call(RolloutView.self, "GET", ["rollouts", rollout]).step
    }
}

struct RolloutPause: RolloutOrderCommand {
    static let order = "pause"
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Keep the canary at its weight; it is judged on, and still rolled back if it turns bad."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection
}

struct RolloutResume: RolloutOrderCommand {
    static let order = "resume"
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on after a pause or a hold."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection
}

struct RolloutApprove: RolloutOrderCommand {
    static let order = "approve"
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Open the gate a rollout waits at."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection
}

struct RolloutAbort: RolloutOrderCommand {
    static let order = "abort"
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "End a rollout and take the canary out of traffic at once."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection
}

struct RolloutRetry: RolloutOrderCommand {
    static let order = "retry"
    static let isForEnded = true
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Begin an aborted rollout anew, with the same plan and without its old evidence."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection
}

struct RolloutUndo: RolloutOrderCommand {
    static let order = "undo"
    static let isForEnded = true
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take a completed rollout back: the former version serves again."
    )

    @OptionGroup var choice: RolloutChoice
    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection
}

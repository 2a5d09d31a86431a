// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

struct VersionTransition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transition",
        abstract: "Move a version to another state.",
        discussion: """
            Promotion to production gives the version all of the route that canaries leave; the former production
            version stays warm at weight 0 until it is deprecated, so that there is something to roll back to.

              sluice version transition v2 canary --reason "first look"
              sluice version transition v2 production
            """
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @Argument(help: "staging, canary, production, deprecated or rollback.")
    var targetState: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let request = TransitionRequest(targetState: command.targetState, reason: command.reason.reason)
            let answer = try await client.call(
                "POST",
                ["versions", command.versionID, "transition"],
                body: try AdminJSON.value(of: request)
            )
            try terminal.show(answer) { try VersionText.detail(answer, from: client) }
        }
    }
}

struct VersionWeight: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weight",
        abstract: "Change a version's share of its route.",
        discussion: """
            A canary takes its own weight of the route; production versions share the rest. Raising a canary moves
            nobody who was on it.

              sluice version weight v2 5%
              sluice version weight v2 0.25 --reason "healthy for two days"
            """
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @Argument(help: "0.05 or 5%.")
    var weight: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let request = WeightRequest(weight: try Weight.read(command.weight), reason: command.reason.reason)
            let answer = try await client.call(
                "PATCH",
                ["versions", command.versionID, "weight"],
                body: try AdminJSON.value(of: request)
            )
            try terminal.show(answer) { try VersionText.detail(answer, from: client) }
        }
    }
}

struct VersionThresholds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thresholds",
        abstract: "Set or clear a version's limits.",
        discussion: """
              sluice version thresholds v2 --error-rate 5% --p99-latency-ms 1800
              sluice version thresholds v2 --clear p99_latency_ms
            """
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @Option(name: .customLong("error-rate"), help: "Share of attempts that may fail, as 0.05 or 5%.")
    var errorRate: String?

    @Option(name: .customLong("p99-latency-ms"), help: "Milliseconds.")
    var p99LatencyMilliseconds: Double?

    @Option(name: .customLong("p99-ttft-ms"), help: "Milliseconds to the first token.")
    var p99FirstTokenMilliseconds: Double?

    @Option(name: .customLong("cost-spike-ratio"), help: "Cost per token against the production version.")
    var costSpikeRatio: Double?

    @Option(help: "Takes a limit away, by the name the API has for it; may be repeated.")
    var clear: [String] = []

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call(
                "PATCH",
                ["versions", command.versionID, "thresholds"],
                body: try command.body().json
            )
            try terminal.show(answer) { try VersionText.detail(answer, from: client) }
        }
    }

    private func body() throws(CommandFailure) -> ThresholdsBody {
        var fields: [String: Double?] = [:]
        for name in clear {
            guard ThresholdsView.names.contains(name) else {
                let known = ThresholdsView.names.joined(separator: ", ")
                throw .usage("There is no threshold '\(name)'.", hint: "There are \(known).")
            }
            fields.updateValue(nil, forKey: name)
        }
        if let errorRate { fields.updateValue(try Weight.read(errorRate), forKey: "error_rate") }
        if let p99LatencyMilliseconds { fields.updateValue(p99LatencyMilliseconds, forKey: "p99_latency_ms") }
        if let p99FirstTokenMilliseconds {
            fields.updateValue(p99FirstTokenMilliseconds, forKey: "p99_ttft_ms")
        }
        if let costSpikeRatio { fields.updateValue(costSpikeRatio, forKey: "cost_spike_ratio") }
        guard !fields.isEmpty else {
            throw .usage("There is nothing to change.", hint: "See sluice version thresholds --help.")
        }
        return ThresholdsBody(fields: fields, reason: reason.reason)
    }
}

struct VersionRollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Take a version out of traffic at once; another gets its share.",
        discussion: """
            Without --to, the newest other production version of the route takes over, a warm one included. Streams in
            flight finish where they are.

              sluice version rollback v2 --reason "wrong answers in German"
            """
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @Option(name: .customLong("to"), help: "The production version that takes over.")
    var target: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let request = RollbackRequest(reason: command.reason.reason, targetVersion: command.target)
            let answer = try await client.call(
                "POST",
                ["versions", command.versionID, "rollback"],
                body: try AdminJSON.value(of: request)
            )
            try terminal.show(answer) {
                Terminal.clean(try AdminClient.shape(RollbackView.self, of: answer, from: client.base).message)
            }
        }
    }
}

struct VersionDeprecate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deprecate",
        abstract: "Take a version out of service."
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call(
                "POST",
                ["versions", command.versionID, "deprecate"],
                body: try AdminJSON.value(of: ReasonRequest(reason: command.reason.reason))
            )
            try terminal.show(answer) { try VersionText.detail(answer, from: client) }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

struct VersionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List versions, with state, weight and what was measured.",
        discussion: """
              sluice version list
              sluice version list --route chat --state production,canary     those that take traffic
            """
    )

    @Option(help: "Only those of one route.")
    var route: String?

    @Option(help: "Only those in these states, as production,canary.")
    var state: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let query = [("route", command.route), ("state", command.state)]
            let answer = try await client.call("GET", ["versions"], query: query)
            try terminal.show(answer) {
                VersionText.table(try AdminClient.shape([VersionView].self, of: answer, from: client.base))
            }
        }
    }
}

struct VersionShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one version with its config and thresholds."
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["versions", command.versionID])
            try terminal.show(answer) { try VersionText.detail(answer, from: client) }
        }
    }
}

struct VersionDistribution: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distribution",
        abstract: "Show who gets how much of each route."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["versions", "distribution"])
            try terminal.show(answer) {
                VersionText.distribution(
                    try AdminClient.shape([String: ShareView].self, of: answer, from: client.base)
                )
            }
        }
    }
}

struct VersionMetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Show what a version did in the last window.",
        discussion: """
              sluice version metrics v2
              sluice version metrics v2 --window 1h
            """
    )

    @Argument(help: "The version's id.")
    var versionID: String

    @Option(help: "How far to look back: 10s to 1h (default: 5m).")
    var window: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let seconds = try command.window.map { text throws(CommandFailure) in try Seconds.read(text) }
            let answer = try await client.call(
                "GET",
                ["versions", command.versionID, "metrics"],
                query: [("window", seconds.map { "\($0)" })]
            )
            try terminal.show(answer) {
                VersionText.metrics(try AdminClient.shape(MetricsView.self, of: answer, from: client.base))
            }
        }
    }
}

/// A length of time as people write it: `300`, `5m`, `24h`.
enum Seconds {
    static func read(_ text: String) throws(CommandFailure) -> Int64 {
        if let seconds = Int64(text), seconds >= 0 { return seconds }
        guard let duration = Duration(configText: text) else {
            throw .usage("'\(text)' is no length of time.", hint: "Write 30s, 5m, 24h or 7d.")
        }
        return duration.components.seconds
    }
}

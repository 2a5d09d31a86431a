// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice alert`: see whether alerts arrive.
struct AlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert",
        abstract: "List alert channels and test them.",
        discussion: "Channels stand in the configuration: docs/alerts.md.",
        subcommands: [AlertList.self, AlertTest.self]
    )
}

struct AlertList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List alert channels, and how they do since the node started."
    )

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        try await connection.run { client, terminal in
            let channels = try await client.all(AlertChannelView.self, ["alerts"])
            try terminal.show(try AdminJSON.value(of: channels)) {
                var table = Table(
                    .text("channel"),
                    .text("type"),
                    .number("delivered"),
                    .number("failed"),
                    .number("given up"),
                    .number("waiting"),
                    .text("last delivered"),
                    .text("failing since"),
                    .text("error")
                )
                for channel in channels {
                    table.add(
                        channel.channel,
                        channel.type,
                        "\(channel.delivered)",
                        "\(channel.failed)",
                        "\(channel.givenUp)",
                        "\(channel.waiting)",
                        channel.lastDeliveredAt,
                        channel.failingSince,
                        channel.lastError
                    )
                }
                return table.text(nothing: "There are no alert channels; the configuration file defines them.")
            }
        }
    }
}

struct AlertTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a test to a channel, or to all of them.",
        discussion: "Exit code 1 where a receiver did not take it."
    )

    private static func text(_ result: AlertTestView) -> String {
        let outcome = result.delivered ? "delivered" : "NOT delivered: \(result.error ?? "unknown")"
        return Terminal.clean("\(result.channel): \(outcome)")
    }

    @Argument(help: "The channel; all of them without it.")
    var channel: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let names =
                if let channel = command.channel {
                    [channel]
                } else {
                    try await client.all(AlertChannelView.self, ["alerts"]).map(\.channel)
                }
            guard !names.isEmpty else {
                throw CommandFailure.usage(
                    "There is no alert channel to test.",
                    hint: "Name one in the configuration: alerts.channels (docs/alerts.md)."
                )
            }
            var results: [AlertTestView] = []
            for name in names {
                let body = try AdminClient.json(of: AlertTestRequest(channel: name))
                let answer = try await client.call("POST", ["alerts", "test"], body: body)
                let result = try AdminClient.shape(AlertTestView.self, of: answer, from: client.base)
                // A channel may take ten seconds: people see each as it comes, programs get them together.
                if !terminal.writesJSON { Terminal.say(AlertTest.text(result)) }
                results.append(result)
            }
            if terminal.writesJSON, let first = results.first {
                let json = try command.channel == nil ? AdminJSON.value(of: results) : AdminJSON.value(of: first)
                try terminal.show(json) { "" }
            }
            if results.contains(where: { !$0.delivered }) { throw ExitCode(CommandFailure.Exit.refused.rawValue) }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The `sluice` command: `serve` and the operator verbs.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "A relay for LLM APIs whose speciality is the gray release.",
        subcommands: [
            VersionCommand.self, KeyCommand.self, UsageCommand.self, AuditCommand.self, PriceCommand.self,
            RouteCommand.self, ProviderCommand.self, StatusCommand.self, MockCommand.self, JudgeCommand.self,
        ]
    )
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `sluice config`: what concerns the configuration file.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check a configuration file.",
        subcommands: [ConfigCheckCommand.self]
    )
}

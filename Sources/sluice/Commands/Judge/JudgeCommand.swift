// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `sluice judge`: the statistics without a server.
struct JudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "The statistics of a rollout: replay recorded blocks, plan a step, simulate.",
        discussion: "None of these needs a running server. docs/judge.md explains the figures.",
        subcommands: [JudgeReplay.self, JudgePlan.self, JudgeSimulate.self]
    )
}

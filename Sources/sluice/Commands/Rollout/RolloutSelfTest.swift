// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

struct RolloutSelfTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract:
            "Say how often the judge would roll back a canary that is production itself, on a route's own traffic.",
        discussion: """
              sluice rollout selftest --route chat
              sluice rollout selftest --route chat --share 20% --salts 500

            Production's recorded requests of the last hour are split into two arms by a salted hash of their units, again
            and again with other salts, and each split is judged as a rollout is. Both arms are the same version, so every
            rollback is a false alarm: at most alpha of the splits should have one. Nothing is changed, no request is made.

            The splits share their traffic, so they are no independent trials: one bad minute shows in many of them.

            Exit code 1 where more than alpha (and more than one) of the splits had a false alarm.
            """
    )

    @Option(help: "The route.")
    var route: String

    @Option(help: "The pretended canary's share, as 0.05 or 5%.")
    var share = "5%"

    @Option(help: "How many splits, at most 1000; the server stops after 20 seconds.")
    var salts = 100

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let body = SelfTestRequest(
                route: command.route,
                share: try Weight.read(command.share),
                salts: command.salts
            )
            let answer = try await client.call("POST", ["rollouts", "selftest"], body: try AdminClient.json(of: body))
            let view = try AdminClient.shape(SelfTestView.self, of: answer, from: client.base)
            try terminal.show(answer) { SelfTestText.text(view) }
            if view.rolledBack > 1, view.falseAlarmRate > view.alpha {
                throw ExitCode(CommandFailure.Exit.refused.rawValue)
            }
        }
    }
}

/// A self-test as people read it.
enum SelfTestText {
    static func text(_ view: SelfTestView) -> String {
        let share = Show.share(view.share)
        var lines = [
            "\(Terminal.clean(view.route)): \(view.requests) requests of production, \(view.failures) of them failed"
                + (view.from.map { ", from \(Terminal.clean($0))" } ?? ""),
            "\(view.salts) splits with a pretended canary of \(share): \(view.rolledBack) rolled back"
                + " (\(Show.share(view.falseAlarmRate))); the bound is \(Show.share(view.alpha))",
        ]
        for (metric, count) in view.byMetric.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("  \(RolloutLines.metric(Terminal.clean(metric))): \(count)")
        }
        lines.append("largest evidence of all: \(Figures.evidence(view.largestLogEvidence))")
        return lines.joined(separator: "\n")
    }
}

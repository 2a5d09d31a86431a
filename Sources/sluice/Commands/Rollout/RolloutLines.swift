// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore
import SluiceRelease

/// Rollouts as people read them.
enum RolloutLines {
    static func table(_ rollouts: [RolloutView]) -> String {
        var table = Table(
            .text("rollout"),
            .text("route"),
            .text("canary"),
            .text("baseline"),
            .text("state"),
            .number("step"),
            .number("share"),
            .number("evidence"),
            .text("updated")
        )
        for rollout in rollouts {
            table.add(
                rollout.rolloutID,
                rollout.route,
                rollout.canary,
                rollout.baseline,
                short(rollout.state),
                "\(rollout.step)/\(rollout.steps.count)",
                Show.share(rollout.effectiveWeight),
                rollout.verdict.map { Figures.evidence($0.logEvidence) },
                rollout.updatedAt
            )
        }
        return table.text(nothing: "There are no rollouts yet: sluice rollout start VERSION --plan careful")
    }

    /// A state with its reason, as far as there is room for it in a row.
    private static func short(_ state: String) -> String { state.count <= 40 ? state : "\(state.prefix(39))…" }

    /// One sentence.
    static func line(_ view: RolloutView) -> String {
        "\(view.rolloutID): \(view.canary) is \(view.state), step \(view.step) of \(view.steps.count),"
            + " \(Show.share(view.effectiveWeight)) of route \(view.route). \(view.awaited)"
    }

    static func began(_ view: RolloutView) -> String {
        let id = Terminal.clean(view.rolloutID)
        let next =
            view.phase == "pending"
            ? "Begin it:    sluice rollout start \(id)" : "Follow it:   sluice rollout watch \(id)"
        return "\(line(view))\n\(next)\nStop it:     sluice rollout abort \(id)"
    }

    /// The plan on one line, the running step in brackets: `[5% 48h] > 25% 7d > gate > 100% bake 24h`.
    static func steps(_ view: RolloutView) -> String {
        view.steps.enumerated().map { index, step in
            let text = self.step(step)
            return index + 1 == view.step ? "[\(text)]" : text
        }
        .joined(separator: " > ")
    }

    static func step(_ step: RolloutStepView) -> String {
        guard let weight = step.weight else { return "gate" }
        var text = Show.share(weight)
        if let seconds = step.seconds, seconds > 0 {
            text += step.bake == true ? " bake \(Figures.duration(seconds))" : " \(Figures.duration(seconds))"
        }
        if let least = step.minRequests { text += " \(least) requests" }
        if step.require != nil { text += " certificate" }
        return text
    }

    /// How much of the way to a rollback has been gone: `[####----------------]`.
    static func bar(_ verdict: RolloutVerdictView, width: Int = 20) -> String {
        guard verdict.logThreshold > 0 else { return "" }
        let share = min(1, max(0, verdict.logEvidence / verdict.logThreshold))
        let full = Int((share * Double(width)).rounded())
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "]"
    }

    static func metric(_ name: String) -> String { Metric(rawValue: name)?.facts.label ?? name }

    /// `median`, `p99`, `p99.9`.
    static func quantile(_ level: Double) -> String { level == 0.5 ? "median" : "p\(Show.decimal(level * 100, 1))" }

    static func standing(_ name: String) -> String {
        switch name {
        case "regressed": "worse"
        case "certified": "certified not worse"
        case "undecided": "nothing shown"
        case "no_data": "no data"
        default: name
        }
    }
}

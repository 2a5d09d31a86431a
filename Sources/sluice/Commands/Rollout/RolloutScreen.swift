// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// Where a rollout stands, on one screen.
struct RolloutScreen {
    let view: RolloutView

    init(_ view: RolloutView) { self.view = view }

    var lines: [String] {
        var lines = [
            "Rollout \(Terminal.clean(view.rolloutID))  route \(Terminal.clean(view.route))  "
                + "\(Terminal.clean(view.canary)) against \(Terminal.clean(view.against))",
            "state     \(Terminal.clean(view.state))\(view.frozen ? "  (evidence cannot be stored: nothing moves)" : "")",
            "plan      \(RolloutLines.steps(view))",
            "awaited   \(Terminal.clean(view.awaited))",
            "",
        ]
        lines += arms
        if let verdict = view.verdict { lines += [""] + evidence(verdict) }
        return lines
    }

    // MARK: Both arms

    private var arms: [String] {
        let canary = view.canaryMetrics
        let baseline = view.baselineMetrics
        let window = (canary ?? baseline).map { "last \(Figures.duration($0.windowSeconds))" } ?? ""
        var table = Table(.text(window), .number("canary"), .number("baseline"))
        table.add("weight", Show.share(view.effectiveWeight), "")
        func row(_ name: String, _ cell: (MetricsView) -> String?) {
            table.add(name, canary.flatMap { cell($0) }, baseline.flatMap { cell($0) })
        }
        row("requests") { "\($0.totalRequests)" }
        row("error rate") { $0.totalRequests == 0 ? nil : Show.share($0.errorRate) }
        row("p50 latency") { Show.milliseconds($0.p50LatencyMilliseconds) }
        row("p99 latency") { $0.totalRequests == 0 ? nil : Show.milliseconds($0.p99LatencyMilliseconds) }
        row("p50 to first token") { Show.milliseconds($0.p50FirstTokenMilliseconds) }
        row("p99 to first token") { Show.milliseconds($0.p99FirstTokenMilliseconds) }
        row("cost per 1k tokens") {
            $0.totalRequests == 0 ? nil : $0.priced == false ? "not known" : Show.dollars($0.costPer1kTokens)
        }
        return table.text(nothing: "").split(separator: "\n").map(String.init)
    }

    // MARK: Evidence

    private func evidence(_ verdict: RolloutVerdictView) -> [String] {
        var table = Table(
            .text("metric"),
            .number("canary"),
            .number("baseline"),
            .number("evidence"),
            .text("standing")
        )
        for metric in verdict.metrics where metric.canaryRequests > 0 || metric.baselineRequests > 0 {
            table.add(
                RolloutLines.metric(metric.metric)
                    + (metric.quantile.map { " above \(RolloutLines.quantile($0))" } ?? ""),
                "\(metric.canaryEvents) of \(metric.canaryRequests)",
                "\(metric.baselineEvents) of \(metric.baselineRequests)",
                Figures.evidence(metric.logEvidence),
                RolloutLines.standing(metric.standing)
            )
        }
        return table.text(nothing: "No request has been judged yet.").split(separator: "\n").map(String.init) + [
            "together  \(Figures.evidence(verdict.logEvidence, rollsBackAt: verdict.logThreshold))"
                + "  \(RolloutLines.bar(verdict))",
            "verdict   \(Terminal.clean(verdict.decision))"
                + (verdict.reasons.isEmpty
                    ? "" : ": " + verdict.reasons.map { Terminal.clean($0.text) }.joined(separator: "; ")),
        ]
    }

    // MARK: One line

    /// What makes a new line worth printing where there is no screen.
    var landmark: String {
        "\(view.phase) \(view.state) \(view.step) \(view.effectiveWeight) \(view.verdict?.decision ?? "")"
    }

    /// The whole on one line, for pipes and logs; of two figures the first is the canary's.
    func line(at moment: Timestamp) -> String {
        var parts = [
            "\(moment.description.prefix(19))Z", Terminal.clean(view.rolloutID), Terminal.clean(view.state),
            "step \(view.step)/\(view.steps.count)", "weight \(Show.share(view.effectiveWeight))",
        ]
        if view.frozen { parts.append("FROZEN") }
        if let canary = view.canaryMetrics, let baseline = view.baselineMetrics {
            func pair(_ name: String, _ cell: (MetricsView) -> String) {
                parts.append("\(name) \(cell(canary)) vs \(cell(baseline))")
            }
            pair("requests") { "\($0.totalRequests)" }
            pair("errors") { $0.totalRequests == 0 ? "-" : Show.share($0.errorRate) }
            pair("p50") { Show.milliseconds($0.p50LatencyMilliseconds) ?? "-" }
            pair("p99") { $0.totalRequests == 0 ? "-" : Show.milliseconds($0.p99LatencyMilliseconds) ?? "-" }
            if canary.p50FirstTokenMilliseconds != nil || baseline.p50FirstTokenMilliseconds != nil {
                pair("first token") { Show.milliseconds($0.p50FirstTokenMilliseconds) ?? "-" }
            }
            if let ratio = canary.costRatio { parts.append("cost per token \(Show.decimal(ratio, 2)) times") }
        }
        if let verdict = view.verdict {
            parts.append(
                "evidence \(Figures.evidence(verdict.logEvidence, rollsBackAt: verdict.logThreshold))"
            )
        }
        return parts.joined(separator: "  ") + "  " + Terminal.clean(view.awaited)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// What a plan can find out, as people read it.
enum EstimateText {
    static func text(_ estimate: RolloutEstimateView) -> String {
        let production = (estimate.production ?? [estimate.baseline].compactMap { $0 }).map { Terminal.clean($0) }
        var lines = [
            "\(Terminal.clean(estimate.canary)) on route \(Terminal.clean(estimate.route)),"
                + " against \(production.isEmpty ? "-" : production.joined(separator: " and ")):"
                + " \(rate(estimate.requestsPerSecond)),"
                + " \(Show.share(estimate.baselineErrorRate)) errors of \(production.count > 1 ? "production" : "the baseline")"
        ]
        var table = Table(
            .number("step"),
            .number("weight"),
            .number("time"),
            .number("canary requests"),
            .number("finds a bad one in"),
            .number("finds error rates from"),
            .number("certificate in")
        )
        for step in estimate.steps {
            let isTimed = step.weight != nil
            table.add(
                "\(step.step)",
                step.weight.map { Show.share($0) } ?? "gate",
                isTimed ? (step.seconds == 0 ? "-" : Figures.duration(step.seconds)) : nil,
                isTimed ? Show.decimal(step.canaryRequests, 0) : nil,
                step.secondsToFindErrors.map { time($0) },
                step.leastDetectableErrorRate.map { Show.share($0) },
                step.secondsToCertificate.map { time($0) }
            )
        }
        let bad = Show.share(max(0.05, 5 * min(max(estimate.baselineErrorRate, 0.001), 0.15)))
        lines += [
            "", table.text(nothing: ""), "", "a bad one: \(bad) errors, or five times the baseline's if that is more",
        ]
        lines.append(price(estimate))
        if let bursts = estimate.bursts { lines.append(Terminal.clean(bursts)) }
        lines += limits(estimate.limits ?? [])
        for warning in estimate.steps.compactMap(\.warning) + estimate.warnings {
            lines.append("warning: \(Terminal.clean(warning))")
        }
        return lines.joined(separator: "\n")
    }

    /// `25.75 requests per second`, `50 requests a day`.
    private static func rate(_ perSecond: Double) -> String {
        perSecond >= 0.1 || perSecond == 0
            ? "\(Show.decimal(perSecond, 2)) requests per second"
            : "\(Show.decimal(perSecond * 86_400, 0)) requests a day"
    }

    /// Every limit of the plan beside production's figure of the last hour.
    private static func limits(_ limits: [RolloutEstimateView.Limit]) -> [String] {
        guard !limits.isEmpty else { return [] }
        var table = Table(.text("limit"), .number("production now"), .number("canary may have"), .text(""))
        for limit in limits {
            let at = limit.quantile.map { " \(RolloutLines.quantile($0))" } ?? ""
            let kind = limit.factor.map { "\(Show.decimal($0, 3)) times\(limit.unit == "share" ? " the odds" : "")" }
            table.add(
                "\(RolloutLines.metric(limit.metric))\(at), \(kind ?? limit.kind)",
                limit.production.map { figure($0, limit.unit) },
                limit.limit.map { figure($0, limit.unit) },
                remark(limit)
            )
        }
        return ["", table.text(nothing: ""), ""]
    }

    private static func remark(_ limit: RolloutEstimateView.Limit) -> String {
        if limit.broken { return "BROKEN by production: start refuses it without --force" }
        let isUntold = limit.kind == "ceiling" && limit.production == nil
        return isUntold || limit.unclear == true ? "not enough requests yet to compare (\(limit.requests))" : ""
    }

    private static func figure(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "share": Show.share(value)
        case "ms": Figures.milliseconds(value)
        case "usd": "$\(Figures.number(value))"
        default: "\(Figures.number(value)) \(Terminal.clean(unit))"
        }
    }

    private static func price(_ estimate: RolloutEstimateView) -> String {
        guard let ratio = estimate.priceRatio else { return "price: not known of one or both versions" }
        let limit = estimate.priceLimit.map { ", \(Show.decimal($0, 2)) times is tolerated" } ?? ""
        return "price: \(Show.decimal(ratio, 3)) times the baseline's by the cards\(limit)"
            + (estimate.tooDear ? "; too expensive: start refuses it without --force" : "")
    }

    private static func time(_ seconds: Double) -> String {
        guard seconds < 3 * 365 * 86_400 else { return "never" }
        return Figures.duration(Int64(seconds.rounded(.up)))
    }
}

/// Verdicts computed again, as people read them.
enum ReplayText {
    static func text(_ replay: RolloutReplayView) -> String {
        var lines = ["\(Terminal.clean(replay.rolloutID)): \(replay.entries) entries, \(replay.blocks) blocks"]
        var table = Table(.text("at"), .number("entry"), .text("verdict"), .number("evidence"), .text("reasons"))
        for turn in replay.turns {
            table.add(
                turn.at,
                "\(turn.sequence)",
                turn.verdict.decision,
                Figures.evidence(turn.verdict.logEvidence),
                turn.verdict.reasons.map(\.text).joined(separator: "; ")
            )
        }
        lines.append(table.text(nothing: "No verdict was reached."))
        switch replay.agrees {
        case true?: lines.append("The stored evidence gives the verdict again that was acted upon.")
        case false?: lines.append("The stored evidence does NOT give the verdict again that was acted upon.")
        case nil: lines.append("No verdict was acted upon.")
        }
        return lines.joined(separator: "\n")
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// A rollout in words: for news, status and alerts.
struct RolloutText {
    var record: RolloutRecord
    var catalogue: Catalogue

    private var state: RolloutState { record.state }

    /// The production versions it is compared with: `v1`, `v1 and p2`.
    var against: String {
        let names = (state.production ?? []).map(\.version.rawValue)
        if names.isEmpty { return state.baseline?.rawValue ?? "production" }
        return names.joined(separator: " and ")
    }

    /// The same with their weights where there are several.
    var shares: String {
        guard let production = state.production, production.count > 1 else { return against }
        return production.map { "\($0.version) (weight \(Figures.number($0.weight.fraction)))" }.joined(separator: ", ")
    }

    /// A notice of the machine as people read it.
    func announcement(of notice: RolloutEffect.Notice) -> (RolloutNews.Kind, String) {
        let id = state.id
        let canary = state.canary
        switch notice {
        case .started: return (.started, "Rollout \(id) of \(canary) on route \(state.route) has started.")
        case .stepped(let index):
            return (
                .stepped,
                "Rollout \(id): \(canary) has \(percent(weight)) of route \(state.route)"
                    + " (step \(index + 1) of \(state.plan.steps.count))."
            )
        case .held(let reasons):
            return (
                .held,
                "Rollout \(id) is on hold at \(percent(weight)): \(Self.list(reasons)). Nothing was rolled back. "
                    + (state.endsByItself ? "\(byItself) " : state.isDiverted ? "\(diverting) " : "")
                    + "`sluice rollout resume \(id)` goes on\(state.endsByItself ? " at once" : ""),"
                    + " `sluice rollout abort \(id)` rolls back."
            )
        case .braked(let reason):
            return (
                .braked,
                "A node stopped sending to \(canary), whose requests fail (\(reason)). Rollout \(id) is \(hold); single"
                    + " requests try again, and if they fail while \(against) is well, \(canary) is rolled back."
                    + (state.endsByItself ? " \(byItself)" : "")
            )
        case .gateWaiting:
            return (
                .gateWaiting,
                "Rollout \(id) waits at a gate, with \(canary) at \(percent(weight)): `sluice rollout approve \(id)` opens it."
            )
        case .regressed(let reasons):
            return (
                .regressed, "Rollout \(id) goes on, as its plan says, although \(Self.list(reasons))."
            )
        case .rolledBack(let reasons):
            return (
                .rolledBack,
                "Rollout \(id) was rolled back: \(Self.list(reasons)). \(canary) gets no new request;"
                    + " \(serving)."
            )
        case .brokenOff(let reason):
            return (
                .rolledBack,
                "Rollout \(id) was rolled back: \(canary) fails outright, and did so again each time it was tried"
                    + " anew"
                    + " (\(reason)). \(canary) gets no new request; \(serving)."
            )
        case .aborted(let reason):
            return (.aborted, "Rollout \(id) was aborted: \(reason). Now \(serving).")
        case .completed:
            return (
                .completed,
                "Rollout \(id) is done: \(canary) is in production on route \(state.route);"
                    + " \(against) \(against.contains(" and ") ? "stay" : "stays") warm at weight 0."
            )
        case .undone(let reason):
            return (.undone, "Rollout \(id) was taken back (\(reason)): now \(serving).")
        }
    }

    /// How a hold ends that was nobody's fault.
    private var byItself: String {
        "It goes on by itself when both versions have been well for \(Figures.duration(state.plan.quiet))."
    }

    /// What is waited for, or how it ended.
    ///
    /// - Parameter quiet: Seconds for which both arms have been well, where it goes on by itself after some.
    func awaited(_ verdict: Verdict?, now: Int64, quiet: Int64? = nil) -> String {
        switch state.phase {
        case .pending: return "Waits for start."
        case .paused(.gate): return "Waits at a gate: approve opens it."
        case .paused(.person(let reason)): return "Paused by a person (\(reason)): resume goes on."
        case .paused(.held(let reasons)):
            let isSilent = reasons.allSatisfy { $0.code == .noTraffic }
            return "On hold: \(Self.list(reasons)). "
                + (isSilent
                    ? "Goes on with the traffic."
                    : state.endsByItself
                        ? easing(quiet) : state.isDiverted ? "\(diverting) Resume goes on at once." : "Resume goes on.")
        case .paused(.brake(let reason)):
            return "On hold, a node stopped sending to the canary: \(reason). \(easing(quiet))"
        case .progressing, .baking: return running(verdict, now)
        case .completed: return "Done: \(state.canary) is in production."
        case .aborted(.regression(let reasons)): return "Rolled back: \(Self.list(reasons))."
        case .aborted(.brake(let reason)): return "Rolled back by the brake: \(reason)."
        case .aborted(.person(let reason)): return "Ended by a person: \(reason)."
        case .aborted(.canaryMoved(let to)): return "Ended: \(state.canary) was moved to \(to.rawValue) by hand."
        }
    }

    /// Nothing else holds than refusals of quota or credential.
    private var isRefusedOnly: Bool {
        guard case .paused(.held(let reasons)) = state.phase else { return false }
        return reasons.allSatisfy { $0.code == .quota || $0.code == .credential }
    }

    /// What becomes of a refused canary's units, and how that ends.
    private var diverting: String {
        let others = isRefusedOnly ? "Goes on by itself" : "That part of the hold ends by itself"
        return
            "\(against) \(against.contains(" and ") ? "serve" : "serves") its callers meanwhile, but for a request now and"
            + " then that tries \(state.canary). \(others) after three of them in a row that were not refused."
    }

    /// When it goes on by itself, as far as that can be told.
    private func easing(_ quiet: Int64?) -> String {
        let whole = state.plan.quiet
        guard let quiet, quiet > 0 else {
            return "Goes on by itself \(Figures.duration(whole)) after both versions are well again; resume goes on at"
                + " once."
        }
        if quiet >= whole { return "Both versions are well: goes on by itself within seconds." }
        return "Goes on by itself in \(Figures.duration(whole - quiet)) if both versions stay as well as they are now;"
            + " resume goes on at once."
    }

    private func running(_ verdict: Verdict?, _ now: Int64) -> String {
        var parts: [String] = []
        let left = (state.hold?.seconds ?? 0) - (now - state.stepStartedAt)
        if left > 0 { parts.append("\(Figures.duration(left)) of the step's time") }
        let seen = verdict?.stepRequests ?? 0
        if seen == 0 {
            parts.append("the canary's first requests")
        } else if let wanted = state.hold?.minimumRequests, seen < wanted {
            parts.append("\(wanted - seen) more canary requests")
        }
        for metric in state.hold?.certificates ?? []
        where verdict?.metrics.contains(where: { $0.metric == metric && $0.standing == .certified }) != true {
            parts.append("the certificate that \(Self.name(metric)) is no worse")
        }
        guard let last = parts.popLast() else { return "Goes on with the next block of evidence." }
        return "Waits for " + (parts.isEmpty ? "" : parts.joined(separator: ", ") + " and ") + "\(last)."
    }

    /// Who serves the route now; absent where nobody does.
    var taker: String? {
        let serving = catalogue.production(of: state.route).filter { $0.release.weight > .none }.map(\.id.rawValue)
        return serving.isEmpty ? nil : serving.joined(separator: " and ")
    }

    /// The same as a sentence's end.
    var serving: String {
        guard let taker else { return "no version is left to serve route \(state.route), whose requests get 503" }
        return "\(taker) \(taker.contains(" and ") ? "serve" : "serves") route \(state.route)"
    }

    private var hold: String {
        switch state.phase {
        case .paused(.gate): "at its gate still"
        case .paused(.person): "paused still"
        default: "on hold"
        }
    }

    private var weight: BasisPoints {
        catalogue.versions.first { $0.id == state.canary }?.release.weight ?? .none
    }

    func percent(_ weight: BasisPoints) -> String { Figures.percent(weight.fraction) }
}

// MARK: - Numbers and reasons

extension RolloutText {
    static func list(_ reasons: [Reason]) -> String {
        reasons.isEmpty ? "no reason given" : reasons.map { text($0) }.joined(separator: "; ")
    }

    static func text(_ reason: Reason) -> String {
        switch reason.code {
        case .regression:
            return "\(name(reason.metric)) of the canary is worse than the baseline's beyond what is tolerated"
        case .thresholdExceeded: return "\(name(reason.metric)) of the canary is above the plan's plain threshold"
        case .sharedOutage:
            return
                "\(name(reason.metric)) of the canary is above its ceiling, and it is not shown (yet) that the canary alone"
                + " is at fault"
        case .unattributable:
            return
                "\(name(reason.metric)) of the canary is above its ceiling, and production has no traffic to compare it with"
        case .sampleRatioMismatch: return "units are not split as planned (sample-ratio mismatch)"
        case .quota: return "the provider's quota refuses the canary more often than the baseline (429)"
        case .credential: return "the provider refuses the canary's credential (401, 402, 403)"
        case .held:
            return "\(name(reason.metric)) of the canary is worse than the baseline's, and the plan says to hold"
        case .notice:
            return "\(name(reason.metric)) of the canary is worse than the baseline's; the plan says to notify"
        case .noTraffic: return "the canary gets no traffic"
        case .undecided:
            return
                "the step's time is over, and the certificate it asks for, that \(name(reason.metric)) is no worse, is"
                + " not given"
        case .tooFewUnits:
            return
                "the canary serves fewer than \(StepDemand.fewestUnits) different callers or conversations, too few to compare"
        case .unmeasured:
            return
                "\(name(reason.metric)) is known of the baseline and of not one request of the canary, so it cannot be compared"
        case .minimumRequests: return "the canary has had fewer requests than the step asks for"
        case .stepTime: return "the step's time is not over"
        }
    }

    static func name(_ metric: MetricID?) -> String {
        guard let metric else { return "a metric" }
        return Metric(metric)?.facts.name ?? metric.rawValue
    }

    /// A value of a metric, as it is judged.
    static func figure(_ value: Double, of metric: MetricID) -> String {
        guard let unit = Metric(metric)?.facts.unit else { return Figures.number(value) }
        return figure(value * unit.shown, PlanLimit.Unit(unit))
    }

    /// What production has, and what the plan allows.
    private static func figures(_ limit: PlanLimit) -> (now: String, most: String) {
        func text(_ value: Double?) -> String { value.map { figure($0, limit.unit) } ?? "unknown" }
        return (text(limit.production) + (limit.quantile.map { " at \(quantile($0))" } ?? ""), text(limit.limit))
    }

    /// Why a plan's ceiling cannot be met, with both numbers.
    static func broken(_ limit: PlanLimit) -> String {
        let (now, most) = figures(limit)
        return "production breaks the plan's ceiling on \(name(limit.metric)) already: it has \(now) (last hour,"
            + " \(limit.requests) requests), and the ceiling is \(most)"
    }

    /// Why a plan's ceiling that production seems to break does not keep it from its start.
    static func unclear(_ limit: PlanLimit) -> String {
        let (now, most) = figures(limit)
        let above = limit.above.map { "\($0) of \(limit.requests) requests are above" } ?? "\(limit.requests) requests"
        return
            "production's figure for \(name(limit.metric)) is above the plan's ceiling of \(most): \(now) in the last hour,"
            + " where \(above); not enough requests yet to compare, so the start is not refused for it"
    }

    static func figure(_ value: Double, _ unit: PlanLimit.Unit) -> String {
        switch unit {
        case .share: Figures.percent(value)
        case .milliseconds: Figures.milliseconds(value)
        case .dollars: "$\(Figures.number(value))"
        case .tokens: "\(Figures.number(value)) tokens"
        }
    }

    /// `median`, `p99`, `p99.9`.
    static func quantile(_ level: Double) -> String {
        level == 0.5 ? "median" : "p\(Figures.number((level * 1_000).rounded() / 10))"
    }

    /// The key of the plan behind a judge's setting: `error.tolerance` is `metrics.error.tolerance_odds`.
    static func key(_ setting: String, in rules: [MetricRule]) -> String {
        guard let dot = setting.lastIndex(of: "."), setting != "thresholds" else { return setting }
        let (metric, name) = (setting[..<dot], setting[dot...])
        let isEvent = rules.contains { $0.metric.rawValue == metric && $0.form == .event }
        return "metrics.\(metric)\(name)" + (isEvent && name == ".tolerance" ? "_odds" : "")
    }

    /// `p-value 0.004`; none where there is nothing to tell, and what is smaller than people can picture is not spelled out.
    static func probability(_ value: Double) -> String? {
        if value >= 0.5 { return nil }
        if value >= 0.001 { return "p-value \(Figures.number(value))" }
        return value < 1e-6 ? "p-value below 1 in 1 million" : "p-value 1 in \(Int64((1 / value).rounded()))"
    }

    static func standing(_ standing: MetricReport.Standing) -> String {
        switch standing {
        case .regressed: "WORSE"
        case .certified: "certified as not worse"
        case .undecided: "nothing shown"
        case .noData: "no data"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A rollout in words: for news, status and alerts.
struct RolloutText {
    var record: RolloutRecord
    var catalogue: Catalogue

    private var state: RolloutState { record.state }
    private var baseline: String { state.baseline?.rawValue ?? "production" }

    /// A notice of the machine as people read it.
    func told(_ notice: RolloutEffect.Notice) -> (RolloutNews.Kind, String) {
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
                "Rollout \(id) is on hold at \(percent(weight)): \(Self.list(reasons)). Nothing was rolled back;"
                    + " `resume` goes on, `abort` rolls back."
            )
        case .braked(let reason):
            return (
                .braked,
                "A node stopped sending to \(canary), which fails outright (\(reason)). Rollout \(id) is \(hold); now and"
                    + " then one request tries again, and if they fail while the baseline is well, \(canary) is rolled back."
            )
        case .gateWaiting:
            return (
                .gateWaiting, "Rollout \(id) waits at a gate, with \(canary) at \(percent(weight)): `approve` opens it."
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
                    + " \(baseline) stays warm at weight 0."
            )
        case .undone(let reason):
            return (.undone, "Rollout \(id) was taken back (\(reason)): now \(serving).")
        }
    }

    /// What is waited for, or how it ended.
    func awaited(_ verdict: Verdict?, now: Int64) -> String {
        switch state.phase {
        case .pending: return "Waits for start."
        case .paused(.gate): return "Waits at a gate: approve opens it."
        case .paused(.person(let reason)): return "Paused by a person (\(reason)): resume goes on."
        case .paused(.held(let reasons)):
            let isQuiet = reasons.allSatisfy { $0.code == .noTraffic }
            return "On hold: \(Self.list(reasons)). " + (isQuiet ? "Goes on with the traffic." : "Resume goes on.")
        case .paused(.brake(let reason)):
            return "On hold, a node stopped sending to the canary: \(reason). Resume goes on."
        case .progressing, .baking: return running(verdict, now)
        case .completed: return "Done: \(state.canary) is in production."
        case .aborted(.regression(let reasons)): return "Rolled back: \(Self.list(reasons))."
        case .aborted(.brake(let reason)): return "Rolled back by the brake: \(reason)."
        case .aborted(.person(let reason)): return "Ended by a person: \(reason)."
        case .aborted(.canaryMoved(let to)): return "Ended: \(state.canary) was moved to \(to.rawValue) by hand."
        }
    }

    private func running(_ verdict: Verdict?, _ now: Int64) -> String {
        var parts: [String] = []
        let left = (state.hold?.seconds ?? 0) - (now - state.stepStartedAt)
        if left > 0 { parts.append("\(Self.duration(left)) of the step's time") }
        let seen = verdict?.stepRequests ?? 0
        if seen == 0 {
            parts.append("canary requests")
        } else if let wanted = state.hold?.minimumRequests, seen < wanted {
            parts.append("\(wanted - seen) more canary requests")
        }
        for metric in state.hold?.certificates ?? []
        where verdict?.metrics.contains(where: { $0.metric == metric && $0.standing == .certified }) != true {
            parts.append("the certificate for \(metric.rawValue)")
        }
        return parts.isEmpty
            ? "Goes on with the next block of evidence." : "Waits for \(parts.joined(separator: ", "))."
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

    func percent(_ weight: BasisPoints) -> String { Self.percent(weight.fraction) }
}

// MARK: - Numbers and reasons

extension RolloutText {
    static func list(_ reasons: [Reason]) -> String {
        reasons.isEmpty ? "no reason given" : reasons.map { text($0) }.joined(separator: "; ")
    }

    static func text(_ reason: Reason) -> String {
        let metric = reason.metric?.rawValue ?? "a metric"
        switch reason.code {
        case .regression:
            return "\(name(reason.metric)) of the canary is worse than the baseline's beyond what is tolerated"
        case .thresholdExceeded: return "\(metric) is above the plain threshold"
        case .sharedOutage:
            return "\(metric) is above its ceiling, but not shown to be worse than the baseline (shared outage)"
        case .unattributable: return "\(metric) is above its ceiling, and no baseline traffic tells whose fault it is"
        case .sampleRatioMismatch: return "units are not split as planned (sample-ratio mismatch)"
        case .quota: return "the provider's quota refuses the canary more often than the baseline (429)"
        case .credential: return "the provider refuses the canary's credential (401, 402, 403)"
        case .held: return "\(metric) has regressed, and the plan says to hold"
        case .notice:
            return "\(name(reason.metric)) of the canary is worse than the baseline's; the plan says to notify"
        case .noTraffic: return "the canary gets no traffic"
        case .undecided: return "the step's time is over without the certificate for \(metric)"
        case .tooFewUnits: return "too few sticky units for a valid test"
        case .minimumRequests: return "the step's requests are not reached"
        case .stepTime: return "the step's time is not over"
        }
    }

    static func name(_ metric: MetricID?) -> String {
        switch metric {
        case .error?: "the error rate"
        case .ttft?: "the time to the first token"
        case .latency?: "the latency"
        case .tpot?: "the time per output token"
        case .cost?: "the cost per request"
        case let other?: other.rawValue
        case nil: "a metric"
        }
    }

    /// `5%`, `12.5%`, `0.03%`; `sample` 0.00034 is `0.034%`.
    static func percent(_ share: Double) -> String {
        "\(number(share * 100))%"
    }

    /// Three significant digits at most.
    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        if value == 0 { return "0" }
        if abs(value) < 1e-6 { return "\(value)" }
        var scale = 1.0
        while abs(value) * scale < 100, scale < 1e8 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }

    /// `log E` as odds: `4.1 to 1`, `1 to 3`.
    static func odds(_ logEvidence: Double) -> String {
        if logEvidence > 13.9 { return "over a million to 1" }
        if logEvidence < -13.9 { return "under 1 to a million" }
        let odds = number(exp(abs(logEvidence)))
        return logEvidence < 0 ? "1 to \(odds)" : "\(odds) to 1"
    }

    /// `p-value 0.004`; what is smaller than people can picture is not spelled out.
    static func probability(_ value: Double) -> String {
        if value >= 0.001 { return "p-value \(number(value))" }
        return value < 1e-6 ? "p-value below 1 in a million" : "p-value 1 in \(Int64((1 / value).rounded()))"
    }

    static func standing(_ standing: MetricReport.Standing) -> String {
        switch standing {
        case .regressed: "WORSE"
        case .certified: "certified as not worse"
        case .undecided: "nothing shown"
        case .noData: "no data"
        }
    }

    /// `90s`, `15m`, `2h 30m`, `2d`.
    static func duration(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<7_200: return "\(seconds / 60)m"
        case ..<172_800:
            let minutes = seconds % 3_600 / 60
            return minutes == 0 ? "\(seconds / 3_600)h" : "\(seconds / 3_600)h \(minutes)m"
        default: return "\(seconds / 86_400)d"
        }
    }
}

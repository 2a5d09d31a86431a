// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// Says what happened to a rollout, to someone who was asleep.
struct RolloutExplainer {
    var status: RolloutStatus
    /// What the ledger tells of failures.
    var faults: FaultReport?
    /// Of each metric the odds ratios that are not excluded.
    var odds: [MetricID: OddsRange] = [:]
    var catalogue: Catalogue
    /// The rollout's audit entries, oldest first.
    var audit: [AuditEntry]
    /// What the judge does not know.
    var gap = EvidenceGap()
    /// What was measured of the production versions together in the last minutes.
    var production = Slice(number: 0)

    /// 1 − level of the intervals.
    static let oddsAlpha = 0.05

    private var record: RolloutRecord { status.record }
    private var verdict: Verdict? { status.verdict }
    private var state: RolloutState { record.state }
    private var text: RolloutText { RolloutText(record: record, catalogue: catalogue) }

    var explanation: RolloutExplanation {
        RolloutExplanation(
            sections: [
                ("In short", inShort), ("What changed", changed), ("Which evidence", evidence + lost),
                ("Which errors", faults?.lines ?? []), ("Where it stands out", faults?.standingOutLines ?? []),
                ("Times and cost", faults?.valueLines ?? []), ("How sure", certainty), ("What was done", done),
                ("What to do next", next),
            ]
            .filter { !$0.1.isEmpty },
            status: status,
            odds: odds,
            faults: faults,
            late: gap.late,
            lostBlocks: gap.blocks,
            commands: commands
        )
    }

    private var lost: [String] {
        var lines: [String] = []
        if gap.late > 0 {
            lines.append(
                "\(gap.late) results came when nobody waited for them any more, and are not counted: their requests took"
                    + " longer than the versions' own limits of time, or a node stood still for seconds."
            )
        }
        if gap.blocks > 0 {
            lines.append(
                "\(gap.blocks) blocks of evidence were dropped, since the store could not take them for too long: the judge"
                    + " knows of fewer requests than were served."
            )
        }
        return lines
    }

    private var inShort: [String] {
        let moment = record.updatedAt.description
        switch state.phase {
        case .aborted(.regression(let reasons)):
            return [
                "\(state.canary), judged against \(text.shares), was rolled back by itself at \(moment):"
                    + " \(RolloutText.list(reasons)).",
                "No new request goes to it; \(text.serving).",
            ]
        case .aborted(.brake(let reason)):
            return [
                "\(state.canary) was rolled back by itself at \(moment): it failed outright, and again each time it was"
                    + " tried anew (\(reason)).",
                "No new request goes to it; \(text.serving).",
            ]
        case .completed: return ["\(state.canary) was promoted at \(moment) and serves route \(state.route)."]
        case .aborted(.person(let reason)): return ["A person ended the rollout at \(moment): \(reason)."]
        case .aborted(.canaryMoved(let to)):
            return ["The rollout ended at \(moment) because \(state.canary) was moved to \(to.rawValue) by hand."]
        case .pending: return ["The rollout was made at \(record.createdAt.description) and has not been started."]
        case .progressing, .baking, .paused:
            return [
                "\(state.canary) is judged against \(text.shares) on route \(state.route),"
                    + " at step \(state.step + 1) of \(state.plan.steps.count); the rollout is \(state.phaseText).",
                status.awaited,
            ]
        }
    }
}

// MARK: - What changed

extension RolloutExplainer {
    private var changed: [String] {
        guard let canary = version(state.canary) else { return ["Version \(state.canary) is not known any more."] }
        guard let baseline = state.baseline.flatMap({ version($0) }) else {
            return ["\(canary.id) is \(canary.apiVersion) at \(canary.provider)."]
        }
        var lines: [String] = []
        func compare(_ what: String, _ before: String, _ after: String) {
            if before != after { lines.append("\(what): \(before) → \(after)") }
        }
        compare("model", baseline.apiVersion, canary.apiVersion)
        compare("provider", baseline.provider.rawValue, canary.provider.rawValue)
        let before = baseline.config.object ?? JSONObject()
        let after = canary.config.object ?? JSONObject()
        for name in before.names + after.names.filter({ before[$0] == nil }) where before[name] != after[name] {
            lines.append("config \(name): \(short(before[name])) → \(short(after[name]))")
        }
        let title = "\(baseline.id) → \(canary.id) on route \(state.route)"
        return [lines.isEmpty ? "\(title): same model, provider and config." : "\(title):"] + lines.map { "- \($0)" }
    }

    private func version(_ id: VersionID) -> Version? { catalogue.versions.first { $0.id == id } }

    private func short(_ value: JSONValue?) -> String {
        guard let text = value?.jsonText else { return "none" }
        return text.count <= 60 ? text : "\(text.prefix(57))…"
    }
}

// MARK: - Evidence

extension RolloutExplainer {
    private var evidence: [String] {
        guard let verdict else { return ["The judge has said nothing yet since this process leads the rollout."] }
        var lines = verdict.metrics.filter { tells($0) }.map { line($0) }
        if !lines.isEmpty {
            lines.append(
                "Together: evidence \(Figures.evidence(verdict.logEvidence, rollsBackAt: verdict.logThreshold))."
            )
        }
        for shown in state.plan.shownCeilings ?? [] {
            let limit = shown.ceiling.above.map { "\(RolloutText.figure($0, of: shown.metric)) for all but " } ?? ""
            lines.append(
                "The ceiling on \(RolloutText.name(shown.metric)), \(limit)\(Figures.percent(shown.ceiling.share)), is only"
                    + " shown: production broke it before the start."
            )
        }
        if let setting { lines.append(setting) }
        if let canary = version(state.canary), state.plan.judging.thresholds == nil, !lines.isEmpty {
            let production = (state.production ?? []).compactMap { version($0.version) }
            lines.append(BurstText(plan: state.plan, canary: canary, production: production).sentence)
        }
        return lines.isEmpty ? ["No request of the canary has been judged yet."] : lines
    }

    /// The settings that would have let it pass, where the judge's word decided.
    private var setting: String? {
        // No tolerance helps a canary that is refused.
        guard let verdict, let reason = verdict.reasons.first, let first = reason.setting,
            reason.metric.flatMap({ Metric($0) })?.facts.isRefusal != true
        else { return nil }
        switch state.phase {
        case .aborted(.regression), .paused(.held): break
        default: return nil
        }
        let rules = state.plan.judging.metrics
        let key = RolloutText.key(first, in: rules)
        let others = verdict.metrics.filter { report in
            report.standing == .regressed && !first.hasPrefix("\(report.metric.rawValue).")
                && rules.contains { $0.metric == report.metric && $0.onRegression == .rollback }
        }
        guard verdict.decision == .rollback, !others.isEmpty else {
            return "The setting that would have let it pass: \(key)."
        }
        let names = others.map { RolloutText.name($0.metric) }.joined(separator: ", ")
        return "The setting that decided: \(key); \(names) would have decided as well."
    }

    /// Whether a metric has something to tell: what only holds, and never happened, has not.
    private func tells(_ report: MetricReport) -> Bool {
        let counts = report.counts
        if Metric(report.metric)?.facts.isRefusal == true {
            return counts.canaryEvents > 0 || counts.baselineEvents > 0
        }
        return counts.canary > 0 || counts.baseline > 0
    }

    private func line(_ report: MetricReport) -> String {
        let counts = report.counts
        let rule = state.plan.judging.metrics.first { $0.metric == report.metric }
        func share(_ events: Int64, _ requests: Int64, _ rate: Double?) -> String {
            "\(events) of \(requests)" + (rate.map { " (\(Figures.percent($0)))" } ?? "")
        }
        guard counts.canary > 0 else {
            return
                "- \(RolloutText.name(report.metric)): known of no request of the canary so far, of \(counts.baseline) of the"
                + " baseline."
        }
        var line = "- \(RolloutText.name(report.metric)): \(RolloutText.standing(report.standing)); "
        line += "canary \(happened(report, rule, .canary)) "
        line += share(counts.canaryEvents, counts.canary, counts.canaryRate)
        line += ", baseline \(happened(report, rule, .baseline)) "
        line += share(counts.baselineEvents, counts.baseline, counts.baselineRate)
        line += "; evidence \(Figures.evidence(report.logEvidence))"
        if let rule { line += "\(reaction(rule))\(tolerated(rule))" }
        // Where the limit lies among equal values, the odds say where it lies and not how the versions differ.
        if let why = equalValues(report) ?? effect(report) { line += "; \(why)" }
        for stratum in report.strata ?? [] where !stratum.version.isEmpty {
            let counts = stratum.counts
            let theirs = share(counts.baselineEvents, counts.baseline, counts.baselineRate)
            line +=
                "; against \(stratum.version) (\(Figures.percent(stratum.part)) of the evidence), which failed \(theirs):"
            line += " evidence \(Figures.evidence(stratum.logEvidence))"
        }
        return line + "."
    }

    /// At which evidence a metric acts that is not among those that roll back together.
    private func reaction(_ rule: MetricRule) -> String {
        let level = Figures.number(1 / (rule.alpha ?? state.plan.judging.alpha))
        return switch rule.onRegression {
        case .rollback: ""
        case .hold: " (holds at \(level))"
        case .notify: " (notifies at \(level))"
        case .display: " (only shown)"
        }
    }

    /// How much worse or better the canary is, as far as anything is excluded.
    private func effect(_ report: MetricReport) -> String? {
        // Beside several production versions the odds against all of them together say little: they are told one by one.
        guard let range = odds[report.metric], (report.strata ?? []).count < 2 else { return nil }
        let isValue = state.plan.judging.metrics.first { $0.metric == report.metric }?.form == .value
        let what = isValue ? "its odds of being above its limit at p99 are" : "its odds are"
        // The interval counts each failure for itself, as if no two had one cause.
        let limit = state.plan.judging.burst == nil ? "" : "; the limit on bursts is left out of it"
        let sure =
            "times the baseline's (\(Figures.percent(1 - range.alpha)) interval, however often one looks\(limit))"
        switch (range.lower.map { Figures.number($0) }, range.upper.map { Figures.number($0) }) {
        case (let lower?, let upper?): return "\(what) \(lower) to \(upper) \(sure)"
        case (let lower?, nil): return "\(what) at least \(lower) \(sure)"
        case (nil, let upper?): return "\(what) at most \(upper) \(sure)"
        case (nil, nil): return nil
        }
    }

    /// Why the baseline is above its own quantile more or less often than its name says: costs, above all, are often the same.
    private func equalValues(_ report: MetricReport) -> String? {
        let counts = report.counts
        guard let quantile = report.quantile, let rate = counts.baselineRate else { return nil }
        let expected = (1 - quantile) * Double(counts.baseline)
        guard expected >= 5, rate < 0.5 * (1 - quantile) || rate > min(2 * (1 - quantile), 0.9) else { return nil }
        return
            "the limit is set by production's earlier requests, and of the later ones \(Figures.percent(rate)) and not"
            + " \(Figures.percent(1 - quantile)) lie above it, since many values are exactly equal, or the traffic has changed"
    }

    /// What the counted events of an arm are; only the canary's limit has the tolerance in it.
    private func happened(_ report: MetricReport, _ rule: MetricRule?, _ arm: Arm) -> String {
        guard rule?.form == .value else {
            guard case .event(let verb, _)? = Metric(report.metric)?.facts.reading else { return "failed" }
            return verb
        }
        guard let quantile = report.quantile else { return "above the ceiling" }
        let name = "\(arm == .canary ? "the baseline's" : "its own") \(RolloutText.quantile(quantile))"
        let times = arm == .canary ? rule?.tolerance.map { "\(Figures.number($0)) times " } ?? "" : ""
        return "above \(times)\(name)"
    }

    private func tolerated(_ rule: MetricRule) -> String {
        var parts: [String] = []
        if let tolerance = rule.tolerance {
            parts.append(
                "tolerated \(Figures.number(tolerance))\(rule.form == .event ? " times the odds" : " times")"
            )
        }
        if let ceiling = rule.ceiling {
            let limit = ceiling.above.map { " above \(RolloutText.figure($0, of: rule.metric))" } ?? ""
            parts.append("ceiling \(Figures.percent(ceiling.share))\(limit)")
        }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    private var certainty: [String] {
        let alpha = state.plan.judging.alpha
        let often = Figures.number(1 / alpha)
        guard state.plan.judging.thresholds == nil else {
            return [
                "The plan asks for plain thresholds, so no error probability is known: noise can roll back as well."
            ]
        }
        var lines: [String] = []
        if case .aborted(.brake) = state.phase {
            lines.append(
                "Its attempts failed one after another while production, which served the canary's units as well, fared well"
                    + " in the same seconds: that decided, and how seldom chance alone does so is said above. What follows is"
                    + " the judge's own evidence from before."
            )
        }
        if let verdict, let probability = RolloutText.probability(verdict.pValue) {
            lines.append(
                "\(probability): were the canary no worse than tolerated, evidence as strong as"
                    + " this would turn up with at most this probability, however often one looks."
            )
        } else if verdict != nil {
            lines.append("Nothing that rolls back speaks for the canary being worse so far.")
        }
        lines.append(
            "alpha is \(Figures.number(alpha)): of \(often) rollouts of versions that are not worse, at most one on average"
                + " is rolled back by chance, over its whole time and all metrics that roll back together."
        )
        return lines
    }
}

// MARK: - What was done, what to do

extension RolloutExplainer {
    private static let lines = 40

    private var done: [String] {
        var lines = audit.suffix(RolloutExplainer.lines).map { entry in
            let what =
                entry.action.split(separator: ".").last.map { $0.split(separator: "_").joined(separator: " ") }
                ?? entry.action
            return "\(entry.at.description)  \(what) by \(entry.actor)"
                + (entry.reason.isEmpty ? "" : ": \(entry.reason)")
        }
        if audit.count > RolloutExplainer.lines {
            lines.insert("… and \(audit.count - lines.count) entries before", at: 0)
        }
        return lines.isEmpty ? ["Nothing yet."] : lines
    }

    private var next: [String] { (unserved.map { [$0] } ?? []) + steps }

    /// Somebody took the last production version away while the rollout runs.
    private var unserved: String? {
        guard state.isJudged, text.taker == nil else { return nil }
        return
            "URGENT: no production version serves route \(state.route): requests that \(state.canary) does not take get 503,"
            + " and there is nothing to compare it with. Move one to production: sluice version transition VERSION production."
    }

    private var steps: [String] {
        let id = state.id
        switch state.phase {
        case .pending:
            return ["Start it: sluice rollout start \(id), or drop it: sluice rollout abort \(id)."]
        case .progressing, .baking:
            return [
                "Nothing: \(status.awaited.lowercasedFirst)",
                "Watch: sluice rollout watch \(id).",
            ]
        case .paused(.gate):
            return ["Open the gate: sluice rollout approve \(id).", "Or go back: sluice rollout abort \(id)."]
        case .paused(.person): return ["Go on: sluice rollout resume \(id), or go back: sluice rollout abort \(id)."]
        case .paused(.brake):
            let failures = "its failed requests: sluice usage export --version \(state.canary)."
            return [
                alsoFailing.map {
                    "Production fails as well, \(Figures.percent($0)) of its requests in the last minutes: look at the provider"
                        + " before the canary."
                }
                    ?? "See why requests to \(state.canary) fail: its provider's address and status, and \(failures)",
                status.awaited,
                "When it is fixed: sluice rollout resume \(id). To go back now: sluice rollout abort \(id).",
                "Single requests try again; only if they fail while \(text.against) is well is it rolled back by itself.",
            ]
        case .paused(.held(let reasons)):
            return reasons.map { advice($0) } + [
                state.isDiverted
                    ? "Until then production serves the callers of \(state.canary); nothing that it serves is judged."
                    : "Until then \(state.canary) keeps its weight, is judged on, and is rolled back if it turns out to be"
                        + " worse."
            ]
        case .completed: return ["Nothing. To go back: sluice rollout undo \(id); the former version is still warm."]
        case .aborted(.regression), .aborted(.brake):
            return [
                text.taker.map { "Nothing is urgent: callers are served by \($0)." } ?? nobody,
                "Find out why \(state.canary) is worse; its requests are in the ledger, one by one:"
                    + " sluice usage export --version \(state.canary).",
                "A fixed release is a new version; to try this one again: sluice rollout retry \(id).",
                "To check the verdict from the stored evidence: sluice rollout replay \(id).",
            ]
        case .aborted:
            return [
                text.taker == nil && state.startedAt != nil
                    ? nobody : "Nothing. To begin again: sluice rollout retry \(id)."
            ]
        }
    }

    /// What could be done now, as commands.
    private var commands: [String] {
        let id = state.id
        func call(_ verb: String) -> String { "sluice rollout \(verb) \(id)" }
        switch state.phase {
        case .pending: return [call("start"), call("abort")]
        case .progressing, .baking: return [call("watch"), call("pause"), call("promote"), call("abort")]
        case .paused(.gate): return [call("approve"), call("abort")]
        case .paused: return [call("resume"), call("abort")]
        case .completed: return [call("undo")]
        case .aborted(.regression), .aborted(.brake):
            return ["sluice usage export --version \(state.canary)", call("replay"), call("retry")]
        case .aborted: return [call("retry")]
        }
    }

    private var nobody: String {
        "URGENT: no version is left to serve route \(state.route), requests get 503. Move one to production:"
            + " sluice version transition VERSION production."
    }

    private func advice(_ reason: Reason) -> String {
        let resume = "then sluice rollout resume \(state.id)"
        switch reason.code {
        case .sharedOutage:
            return suffering(reason) + " \(status.awaited)"
        case .sampleRatioMismatch: return "See why units are not split as planned (a client that pins?), \(resume)."
        case .quota: return "Raise the provider's quota for the canary's model\(refused(resume))."
        case .credential: return "Check the provider's key for the canary's model\(refused(resume))."
        case .noTraffic:
            return "Nothing, it goes on by itself with the traffic; see whether callers use route \(state.route)."
        case .undecided:
            return "Nothing bad was found, but too little was seen: \(resume) gives the step more time,"
                + " sluice rollout promote \(state.id) goes on without."
        case .unmeasured:
            let why = reason.metric.flatMap { Metric($0) }?.facts.unknownWhere ?? ""
            let reasons = why.isEmpty ? "" : " (\(why)?)"
            return
                "See why \(RolloutText.name(reason.metric)) of \(state.canary) is not known\(reasons), \(resume) to go on"
                + " without."
        case .tooFewUnits: return "Use a finer unit (a conversation, not a tenant), \(resume)."
        case .unattributable:
            return "See why production has no traffic, \(resume), or sluice rollout abort \(state.id)."
        case .held:
            return "See why \(RolloutText.name(reason.metric)) of \(state.canary) is worse, then sluice rollout resume"
                + " \(state.id) goes on with that metric's evidence begun anew; sluice rollout abort \(state.id) goes back."
        default:
            return "See why \(RolloutText.text(reason)), \(resume), or sluice rollout abort \(state.id)."
        }
    }

    /// How a hold ends that is about refusals: by itself where requests go on trying.
    private func refused(_ resume: String) -> String {
        state.isDiverted
            ? "; it goes on by itself then, or at once by sluice rollout resume \(state.id)" : ", \(resume)"
    }

    /// How many of production's requests failed in the last minutes, where it fails as well: more than its ceiling lets, or 5 %.
    private var alsoFailing: Double? {
        let limit = state.plan.judging.metrics.first { $0.metric == .error }?.ceiling?.share ?? 0.05
        guard production.judged >= 5 else { return nil }
        let rate = Double(production.errors) / Double(production.judged)
        return rate > limit ? rate : nil
    }

    /// Whose fault a broken ceiling looks like, by the last minutes of both.
    private func suffering(_ reason: Reason) -> String {
        let limit = state.plan.judging.metrics.first { $0.metric == reason.metric }?.ceiling
        if let limit, let metric = reason.metric.flatMap({ Metric($0) }), production.breaks(limit, of: metric) == true {
            return "Production is above it as well in the last minutes: look at the provider, not at the canary."
        }
        return
            "Production is not above it in the last minutes: if that stays so, \(state.canary) is found to be worse and rolled"
            + " back by itself within a few more requests."
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

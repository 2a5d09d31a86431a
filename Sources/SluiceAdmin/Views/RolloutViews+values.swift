// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore
import SluiceJudge
import SluiceRelease

extension RolloutView {
    init(_ status: RolloutStatus) {
        let record = status.record
        let state = record.state
        self.init(
            rolloutID: state.id.rawValue,
            route: state.route.rawValue,
            canary: state.canary.rawValue,
            baseline: state.baseline?.rawValue,
            phase: state.phaseName,
            state: state.phaseText,
            awaited: status.awaited,
            open: state.isOpen,
            frozen: status.isFrozen,
            step: state.step + 1,
            steps: state.plan.steps.map(RolloutStepView.init),
            effectiveWeight: status.effectiveWeight,
            holdback: state.plan.holdback.fraction,
            createdAt: record.createdAt.description,
            createdBy: record.createdBy,
            updatedAt: record.updatedAt.description
        )
        if let shares = state.production, !shares.isEmpty {
            production = shares.map { ProductionShareView(versionID: $0.version.rawValue, weight: $0.weight.fraction) }
        }
        verdict = status.verdict.map(RolloutVerdictView.init)
        canaryMetrics = status.canary.map(MetricsView.init)
        baselineMetrics = status.baseline.map(MetricsView.init)
        startedAt = state.startedAt.map(Moment.text)
        if state.startedAt != nil { stepStartedAt = Moment.text(state.stepStartedAt) }
    }
}

extension RolloutStepView {
    init(_ step: Plan.Step) {
        self.init()
        switch step {
        case .gate: gate = "manual"
        case .hold(let hold):
            weight = hold.weight.fraction
            seconds = hold.seconds
            if hold.isBake { bake = true }
            if hold.minimumRequests > 0 { minRequests = hold.minimumRequests }
            if !hold.certificates.isEmpty { require = "certificate" }
        }
    }
}

extension RolloutEventView {
    init(_ news: RolloutNews) {
        self.init(
            kind: news.kind.rawValue,
            at: news.at,
            text: news.text,
            state: news.record.state,
            verdict: news.verdict ?? news.record.verdict
        )
    }

    /// What a follower receives first: how things are.
    init(_ status: RolloutStatus, at now: Timestamp) {
        self.init(
            kind: "rollout.state",
            at: now,
            text: status.awaited,
            state: status.state,
            verdict: status.verdict
        )
    }

    private init(kind: String, at: Timestamp, text: String, state: RolloutState, verdict: Verdict?) {
        self.init(
            kind: kind,
            at: at.description,
            text: text,
            rolloutID: state.id.rawValue,
            phase: state.phaseName,
            state: state.phaseText,
            step: state.step + 1,
            verdict: verdict.map(RolloutVerdictView.init)
        )
    }
}

extension RolloutVerdictView {
    init(_ verdict: Verdict) {
        self.init(
            decision: verdict.decision.rawValue,
            reasons: verdict.reasons.map(ReasonView.init),
            logEvidence: LogEvidence.shown(verdict.logEvidence),
            logThreshold: LogEvidence.shown(verdict.logThreshold),
            pValue: verdict.significance.flatMap { $0 < 0.999 ? $0 : nil },
            topMetric: verdict.topContributor?.rawValue,
            stepRequests: verdict.stepRequests,
            metrics: verdict.metrics.map(MetricEvidenceView.init)
        )
        evidence = verdict.evidence
        threshold = (verdict.threshold * 1e6).rounded() / 1e6
    }
}

extension RolloutVerdictView.ReasonView {
    init(_ reason: Reason) {
        self.init(
            code: reason.code.rawValue,
            metric: reason.metric?.rawValue,
            setting: reason.setting,
            text: reason.text
        )
    }
}

extension RolloutVerdictView.MetricEvidenceView {
    init(_ report: MetricReport) {
        let counts = report.counts
        self.init(
            metric: report.metric.rawValue,
            standing: report.standing.rawValue,
            logEvidence: LogEvidence.shown(report.logEvidence),
            p99LogEvidence: report.p99LogEvidence.map(LogEvidence.shown),
            quantile: report.quantile,
            canary: (counts.canary, counts.canaryEvents),
            baseline: (counts.baseline, counts.baselineEvents)
        )
        evidence = report.evidence
        let strata = (report.strata ?? []).filter { !$0.version.isEmpty }
        guard !strata.isEmpty else { return }
        versions = strata.map { stratum in
            RolloutVerdictView.VersionEvidenceView(
                versionID: stratum.version,
                logEvidence: LogEvidence.shown(stratum.logEvidence),
                canary: (stratum.counts.canary, stratum.counts.canaryEvents),
                baseline: (stratum.counts.baseline, stratum.counts.baselineEvents)
            )
        }
    }
}

extension RolloutEstimateView {
    init(_ estimate: RolloutEstimate) {
        self.init(
            route: estimate.route.rawValue,
            canary: estimate.canary.rawValue,
            baseline: estimate.baseline?.rawValue,
            requestsPerSecond: estimate.requestsPerSecond,
            baselineErrorRate: estimate.baselineErrorRate,
            steps: estimate.steps.map(Step.init),
            priceRatio: estimate.priceRatio,
            priceLimit: estimate.priceLimit,
            tooDear: estimate.isTooExpensive,
            limits: estimate.limits.map(Limit.init),
            warnings: estimate.warnings
        )
        bursts = estimate.bursts
        production = estimate.production.map(\.rawValue)
    }
}

extension RolloutEstimateView.Limit {
    init(_ limit: PlanLimit) {
        self.init(
            metric: limit.metric.rawValue,
            kind: limit.kind.rawValue,
            unit: limit.unit.rawValue,
            requests: limit.requests,
            broken: limit.isBroken
        )
        quantile = limit.quantile
        factor = limit.factor
        self.limit = limit.limit
        production = limit.production
        unclear = limit.isUnclear ? true : nil
    }
}

extension RolloutEstimateView.Step {
    init(_ step: RolloutEstimate.Step) {
        self.init(
            step: step.index + 1,
            weight: step.weight?.fraction,
            seconds: step.seconds,
            canaryRequests: step.canaryRequests
        )
        secondsToFindErrors = step.secondsToFindErrors.flatMap { $0.isFinite ? $0 : nil }
        leastDetectableErrorRate = step.leastDetectableErrorRate
        secondsToCertificate = step.secondsToCertificate.flatMap { $0.isFinite ? $0 : nil }
        warning = step.warning
    }
}

extension RolloutReplayView {
    init(_ replay: RolloutReplay) {
        self.init(
            rolloutID: replay.id.rawValue,
            entries: replay.entries,
            blocks: replay.blocks,
            agrees: replay.agrees,
            turns: replay.turns.map { turn in
                Turn(
                    sequence: turn.sequence,
                    at: Moment.text(turn.second),
                    verdict: RolloutVerdictView(turn.verdict)
                )
            },
            last: replay.last.map(RolloutVerdictView.init),
            recorded: replay.recorded.map(RolloutVerdictView.init)
        )
    }
}

extension SelfTestView {
    init(_ answer: SelfTest.Answer) {
        self.init(
            route: answer.route.rawValue,
            share: answer.share,
            salts: answer.salts,
            rolledBack: answer.rolledBack,
            falseAlarmRate: answer.salts > 0 ? Double(answer.rolledBack) / Double(answer.salts) : 0,
            byMetric: answer.byMetric,
            alpha: answer.alpha,
            requests: answer.requests,
            failures: answer.failures,
            from: answer.from?.description,
            until: answer.until?.description,
            largestLogEvidence: LogEvidence.shown(answer.largestLogEvidence)
        )
    }
}

/// Seconds since 1970 as a moment.
enum Moment {
    static func text(_ second: Int64) -> String {
        Timestamp(nanoseconds: second.multipliedReportingOverflow(by: 1_000_000_000).partialValue).description
    }
}

/// A `log E` as JSON can hold it.
private enum LogEvidence {
    /// No evidence at all is minus infinity, which JSON does not know: the ends are a million.
    static func shown(_ value: Double) -> Double { value.isNaN ? 0 : min(1_000_000, max(-1_000_000, value)) }
}

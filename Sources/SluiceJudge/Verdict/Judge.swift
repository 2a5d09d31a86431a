// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The judge of one rollout: blocks in, verdicts out.
///
/// A value without clock or I/O. Its state depends on the configuration, the start, the steps and the blocks alone, so the
/// same ones give the same verdicts bit for bit. Blocks must come in the order in which they closed.
///
///     var judge = Judge(configuration, startedAt: 1_700_000_000)
///     judge.begin(StepDemand(startedAt: 1_700_000_000, seconds: 172_800))
///     judge.absorb(block)
///     let verdict = judge.verdict(at: now)
public struct Judge: Sendable {
    public let configuration: JudgeConfiguration
    /// The first second of the rollout, on the clock of the blocks.
    public let startedAt: Int64
    private var metrics: [MetricEvidence]
    /// Where each expected series goes: metric and index in it.
    private let layout: [(series: SeriesID, metric: Int, index: Int)]
    private let slots: [SeriesID: Int]
    /// Series that tell of the baseline's successes, and their metrics.
    private let settled: [(series: SeriesID, metric: Int)]
    private let logThreshold: Double
    private var ratio = SampleRatio()
    private var watch: ThresholdWatch?
    private let watched: (errors: Int?, slow: Int?)
    private var step: StepDemand?
    private var stepRequests: Int64 = 0
    private var stepBaseline: Int64 = 0
    private var lastTraffic: Int64
    /// `log E` of all metrics that may roll back, together.
    public private(set) var logEvidence = 0.0
    private var peak = 0.0
    private var regression: Reason?
    /// Metrics that gave their capital away for want of data, and the part they had.
    private var lent: [Int: Double] = [:]
    private var hasLent = false

    /// Canary requests after which capital of metrics without data goes to those with data.
    private static let requestsToLend: Int64 = 16
    /// What a metric without data keeps.
    private static let kept = 0.1

    /// Starts with no evidence.
    public init(_ configuration: JudgeConfiguration, startedAt: Int64) {
        self.configuration = configuration
        self.startedAt = startedAt
        logThreshold = -.log(configuration.alpha)
        let total = configuration.metrics.filter { $0.onRegression == .rollback }.reduce(0) { $0 + $1.weight }
        metrics = configuration.metrics.map { rule in
            let share = rule.onRegression == .rollback ? rule.weight / total : nil
            return MetricEvidence(rule, share: share, configuration: configuration)
        }
        var layout: [(series: SeriesID, metric: Int, index: Int)] = []
        for (metric, rule) in configuration.metrics.enumerated() {
            for (index, series) in rule.series.enumerated() { layout.append((series, metric, index)) }
        }
        self.layout = layout
        slots = Dictionary(layout.indices.map { (layout[$0].series, $0) }, uniquingKeysWith: { first, _ in first })
        settled = configuration.metrics.enumerated().compactMap { index, rule in
            configuration.tellsSettled(rule) ? (.settled(rule.metric), index) : nil
        }
        watch = configuration.thresholds.map { ThresholdWatch($0) }
        watched = (slots[.event(.error)], slots[.ceiling(.latency)])
        lastTraffic = startedAt
    }

    /// Begins a step, whose demands count from now on.
    ///
    /// Evidence goes on; a change of weight needs no reset.
    public mutating func begin(_ step: StepDemand) {
        self.step = step
        stepRequests = 0
        stepBaseline = 0
        lastTraffic = max(lastTraffic, step.startedAt)
    }

    /// Takes note of how many different units were on the canary in the step so far.
    public mutating func note(canaryUnits: Int64) { step?.canaryUnits = canaryUnits }

    /// Takes one closed block.
    ///
    /// Series that the configuration does not know are passed over. Of the block of one among several production versions only
    /// the evidence relative to that version is taken.
    public mutating func absorb(_ block: Block) {
        pay(through: block.start)
        if configuration.formulation > 1 {
            moveCapital()
            guard block.stratum.isEmpty else { return absorb(version: block) }
        }
        for target in settled {
            for entry in block.entries where entry.series == target.series {
                metrics[target.metric].absorb(settled: entry.counts)
            }
        }
        var requests: Int64 = 0
        var baseline: Int64 = 0
        var errors = Counts.zero
        var slow = Counts.zero
        for (index, entry) in block.entries.enumerated() {
            guard let slot = slot(of: entry.series, guess: index) else { continue }
            let target = layout[slot]
            metrics[target.metric].absorb(entry.counts, at: target.index, of: block)
            if !block.isFurther {
                requests = max(requests, entry.counts.canary)
                baseline = max(baseline, entry.counts.baseline)
            }
            if slot == watched.errors { errors += entry.counts }
            if slot == watched.slow { slow = entry.counts }
        }
        stepRequests = stepRequests.addingClamped(requests)
        stepBaseline = stepBaseline.addingClamped(baseline)
        if requests > 0 { lastTraffic = max(lastTraffic, block.end) }
        if let units = block.assigned { ratio.absorb(units, epoch: block.epoch) }
        watch?.absorb(
            end: block.end,
            errors: errors,
            slow: slow,
            spending: block.spending ?? .zero,
            isFurther: block.isFurther
        )
        settle()
    }

    /// Starts the evidence of a metric that holds or notifies anew, after someone has looked at it.
    ///
    /// Each time spends that metric's own alpha again. Of a metric that may roll back only the evidence against a broken
    /// ceiling begins anew: its leg can only fall by that, so the bound on false rollbacks stands. ``MetricID/sampleRatio``
    /// starts the test of the split anew.
    public mutating func acknowledge(_ metric: MetricID) {
        if metric == .sampleRatio { ratio = SampleRatio() }
        guard let index = metrics.firstIndex(where: { $0.rule.metric == metric }) else { return }
        if metrics[index].logShare == nil {
            metrics[index] = MetricEvidence(metrics[index].rule, share: nil, configuration: configuration)
        } else if metrics[index].breaksCeiling(at: logThreshold) {
            metrics[index].forgetCeiling()
        }
    }

    /// Whether the canary has been found worse; it stays found.
    public var hasRegressed: Bool { regression != nil }

    private mutating func absorb(version block: Block) {
        for (index, entry) in block.entries.enumerated() {
            guard let slot = slot(of: entry.series, guess: index) else { continue }
            let target = layout[slot]
            metrics[target.metric].absorb(entry.counts, at: target.index, against: block)
        }
        settle()
    }

    private func slot(of series: SeriesID, guess: Int) -> Int? {
        if guess < layout.count, layout[guess].series == series { return guess }
        return slots[series]
    }

    private mutating func pay(through second: Int64) {
        let elapsed = second.subtractingClamped(startedAt)
        guard elapsed >= 60 else { return }
        let minutes = Int(min(elapsed / 60, 1 << 40))
        for index in metrics.indices { metrics[index].pay(through: minutes) }
    }

    private mutating func settle() {
        var whole = -Double.infinity
        for index in metrics.indices {
            metrics[index].settle()
            if let share = metrics[index].logShare { whole = logAddExp(whole, share + metrics[index].logEvidence) }
        }
        logEvidence = whole == -.infinity ? 0 : whole
        peak = max(peak, logEvidence)
        guard regression == nil else { return }
        if let watch {
            if let metric = watch.exceeded { regression = Reason(.thresholdExceeded, metric, setting: "thresholds") }
        } else if logEvidence >= logThreshold {
            let top = top()
            regression = Reason(.regression, top?.rule.metric, setting: top?.decidingSetting)
        }
    }

    /// Moves the capital of metrics without data to those with data, and back once they have some.
    ///
    /// What moves is decided by which requests there were before this block, not by how they fared, and what moves in begins to
    /// work only now; so `Σ v_m E_m` stays a supermartingale. A metric without data has won and lost nothing: its part is cash.
    private mutating func moveCapital() {
        if !hasLent {
            let acting = metrics.indices.filter { metrics[$0].logShare != nil }
            let most = acting.flatMap { metrics[$0].totals }.reduce(Int64(0)) { max($0, $1.canary) }
            guard most >= Self.requestsToLend else { return }
            hasLent = true
            let busy = acting.filter { metrics[$0].hasData && metrics[$0].takesCapital }
            let total = busy.reduce(0) { $0 + metrics[$1].share }
            guard total > 0 else { return }
            var moved = 0.0
            for index in acting where !metrics[index].hasData && metrics[index].takesCapital {
                lent[index] = metrics[index].share
                moved += metrics[index].share * (1 - Self.kept)
                metrics[index].give(1 - Self.kept)
            }
            for index in busy { metrics[index].receive(moved * metrics[index].share / total) }
        }
        for (index, part) in lent.sorted(by: { $0.key < $1.key }) where metrics[index].hasData {
            lent[index] = nil
            let others = metrics.indices.filter { $0 != index && metrics[$0].logShare != nil && lent[$0] == nil }
            let total = others.reduce(0) { $0 + metrics[$1].share }
            guard total > 0 else { continue }
            let back = min(0.9, max(0, part - metrics[index].share) / total)
            var amount = 0.0
            for other in others {
                amount += back * metrics[other].share * Verdict.evidence(metrics[other].logEvidence)
                metrics[other].give(back)
            }
            metrics[index].receive(amount)
        }
    }

    private func top() -> MetricEvidence? {
        metrics.filter { $0.logShare != nil }
            .max { ($0.logShare ?? 0) + $0.logEvidence < ($1.logShare ?? 0) + $1.logEvidence }
    }
}

// MARK: - Verdict

extension Judge {
    /// What is to be done at `now`, on the clock of the blocks; without a step it never advances.
    ///
    /// Reading it costs no evidence, however often.
    ///
    /// - Parameters:
    ///   - now: on the clock of the blocks.
    ///   - acknowledged: reasons that somebody has seen and let pass: they hold no longer.
    ///   - odds: 1 − level of the intervals of the odds ratios; none are made without, since each costs some
    ///     ten milliseconds after a day.
    public func verdict(
        at now: Int64,
        acknowledged: Set<Reason.Code> = [],
        odds: Double? = nil
    ) -> Verdict {
        let logCertificate = -Double.log(configuration.certificateAlpha)
        let (decision, reasons) = decide(now, logCertificate, acknowledged)
        return Verdict(
            decision: decision,
            reasons: reasons,
            logEvidence: logEvidence,
            peakLogEvidence: peak,
            logThreshold: logThreshold,
            topContributor: top().flatMap { $0.logEvidence > 0 ? $0.rule.metric : nil },
            metrics: metrics.map { $0.report(certificateAt: logCertificate, odds: odds) },
            sampleRatioLogEvidence: ratio.logEvidence,
            stepRequests: stepRequests
        )
    }

    private func decide(
        _ now: Int64,
        _ logCertificate: Double,
        _ acknowledged: Set<Reason.Code>
    ) -> (Verdict.Decision, [Reason]) {
        let notices = metrics.filter { $0.rule.onRegression == .notify && $0.logEvidence >= $0.logThreshold }
            .map { Reason(.notice, $0.rule.metric) }
        if let regression { return (.rollback, [regression] + notices) }
        let holds = holdReasons(now, logCertificate).filter { !acknowledged.contains($0.code) }
        if !holds.isEmpty { return (.hold, holds + notices) }
        let waits = waitReasons(now)
        if !waits.isEmpty { return (.waiting, waits + notices) }
        return (.advance, notices)
    }

    private func holdReasons(_ now: Int64, _ logCertificate: Double) -> [Reason] {
        var reasons: [Reason] = []
        if ratio.logEvidence >= -.log(configuration.sampleRatioAlpha) { reasons.append(Reason(.sampleRatioMismatch)) }
        for metric in metrics {
            let id = metric.rule.metric
            let setting = "\(id.rawValue).ceiling"
            if metric.rule.onRegression != .display, metric.breaksCeiling(at: logThreshold) {
                reasons.append(Reason(stepBaseline > 0 ? .sharedOutage : .unattributable, id, setting: setting))
            }
            if metric.rule.onRegression == .hold, metric.logEvidence >= metric.logThreshold {
                let code: Reason.Code = id == .quota ? .quota : id == .credential ? .credential : .held
                reasons.append(Reason(code, id, setting: metric.decidingSetting))
            }
        }
        if now.subtractingClamped(lastTraffic) >= configuration.noTrafficSeconds { reasons.append(Reason(.noTraffic)) }
        guard let step else { return reasons }
        if let units = step.canaryUnits, units < StepDemand.fewestUnits { reasons.append(Reason(.tooFewUnits)) }
        if now.subtractingClamped(step.startedAt) >= step.seconds, stepRequests > 0 {
            for id in step.certificates where !isCertified(id, logCertificate) {
                reasons.append(Reason(.undecided, id))
            }
        }
        return reasons
    }

    private func isCertified(_ id: MetricID, _ logCertificate: Double) -> Bool {
        metrics.contains { $0.rule.metric == id && $0.isCertified(at: logCertificate) }
    }

    private func waitReasons(_ now: Int64) -> [Reason] {
        var reasons: [Reason] = []
        if stepRequests == 0 { reasons.append(Reason(.noTraffic)) }
        guard let step else { return reasons + [Reason(.stepTime)] }
        if now.subtractingClamped(step.startedAt) < step.seconds { reasons.append(Reason(.stepTime)) }
        if stepRequests > 0, stepRequests < step.minimumRequests { reasons.append(Reason(.minimumRequests)) }
        return reasons
    }
}

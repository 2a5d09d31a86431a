// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The e-processes of one metric.
struct MetricEvidence: Sendable {
    let rule: MetricRule
    /// `log v_m`: the logarithm of its part of alpha; only for metrics that may roll back.
    let logShare: Double?
    /// `log(1/alpha)` of the metric standing alone.
    let logThreshold: Double
    private var relative: [(logWeight: Double, evidence: RelativeEvidence)] = []
    private var ceiling: (own: CeilingEvidence, versus: RelativeEvidence)?
    private var certificate: Certificate?
    private let pairs: Equivalence?
    private(set) var totals: [Counts]
    private(set) var logEvidence = 0.0

    init(_ rule: MetricRule, share: Double?, configuration: JudgeConfiguration) {
        self.rule = rule
        logShare = share.map { .log($0) }
        logThreshold = -.log(rule.alpha ?? configuration.alpha)
        totals = rule.series.map { _ in .zero }
        pairs = rule.form == .pairs ? Equivalence(limit: rule.ceiling?.share ?? 0.02) : nil
        let funding = configuration.funding
        guard rule.form == .event || rule.form == .value else { return }
        if let tolerance = rule.tolerance {
            relative = Self.weights(rule.form).map { weight in
                // A value's tolerance is in its limits already: the canary's value was divided by it.
                (.log(weight), RelativeEvidence(tolerance: rule.form == .event ? tolerance : 1, funding: funding))
            }
        }
        if let limit = rule.ceiling {
            ceiling = (CeilingEvidence(limit: limit.share, funding: funding), RelativeEvidence(funding: funding))
        }
        if rule.form == .event, share != nil { certificate = Certificate(worst: configuration.certificateOdds) }
    }

    private static func weights(_ form: MetricRule.Form) -> [Double] {
        form == .value ? QuantileLevel.allCases.map(\.weight) : [1]
    }

    mutating func pay(through minutes: Int) {
        for index in relative.indices { relative[index].evidence.pay(through: minutes) }
        ceiling?.own.pay(through: minutes)
        ceiling?.versus.pay(through: minutes)
    }

    /// Takes the metric's series of one block, at their places in it.
    mutating func absorb(_ counts: Counts, at place: Int) {
        totals[place] += counts
        if place < relative.count { relative[place].evidence.absorb(counts) }
        if ceiling != nil, place == totals.count - 1 {
            ceiling?.own.absorb(events: counts.canaryEvents, trials: counts.canary)
            ceiling?.versus.absorb(counts)
        }
        certificate?.absorb(counts)
    }

    /// Brings ``logEvidence`` up to date.
    mutating func settle() {
        switch rule.form {
        case .pairs: logEvidence = pairs?.logExcess(failures: totals[0].canaryEvents, pairs: totals[0].canary) ?? 0
        case .triples:
            logEvidence = Equivalence.logCalibrated(
                canaryOnly: totals[0].canaryEvents,
                baselineOnly: totals[0].baselineEvents
            )
        case .event, .value: settleLegs()
        }
    }

    private mutating func settleLegs() {
        var whole = -Double.infinity
        for index in relative.indices {
            whole = logAddExp(whole, relative[index].logWeight + relative[index].evidence.settle())
        }
        if let own = ceiling?.own.settle(), let versus = ceiling?.versus.settle() {
            let leg = min(own, versus)
            let half = -0.6931471805599453
            whole = relative.isEmpty ? leg : logAddExp(half + whole, half + leg)
        }
        logEvidence = whole
    }

    /// Whether the ceiling alone is broken at the rollout's level.
    func breaksCeiling(at logThreshold: Double) -> Bool {
        (ceiling?.own.logEvidence ?? -.infinity) >= logThreshold
    }

    /// Starts the evidence against the ceiling alone anew.
    mutating func forgetCeiling(funding: Funding) {
        guard let limit = rule.ceiling else { return }
        ceiling?.own = CeilingEvidence(limit: limit.share, funding: funding)
        settle()
    }

    /// Whether the certificate is given at the level.
    func isCertified(at logThreshold: Double) -> Bool {
        (certificate?.logEvidence ?? -.infinity) >= logThreshold
    }

    /// The setting that would have let the stronger leg pass.
    var decidingSetting: String {
        let legs = legs
        let top = legs.max { $0.logEvidence < $1.logEvidence }
        return "\(rule.metric.rawValue).\(top?.kind == .ceiling ? "ceiling" : "tolerance")"
    }

    private var legs: [MetricReport.Leg] {
        var legs: [MetricReport.Leg] = []
        if !relative.isEmpty {
            let all = logSumExp(relative.map { $0.logWeight + $0.evidence.logEvidence })
            legs.append(MetricReport.Leg(kind: .relative, logEvidence: all))
        }
        if let ceiling {
            let own = ceiling.own.logEvidence
            let leg = min(own, ceiling.versus.logEvidence)
            legs.append(MetricReport.Leg(kind: .ceiling, logEvidence: leg, ceilingAlone: own))
        }
        return legs
    }

    func report(certificateAt logCertificate: Double) -> MetricReport {
        let hasData = totals.contains { $0.canary > 0 }
        let standing: MetricReport.Standing =
            logEvidence >= logThreshold
            ? .regressed : isCertified(at: logCertificate) ? .certified : hasData ? .undecided : .noData
        let p99 = QuantileLevel.allCases.firstIndex(of: .q99)
        let strongest = strongest
        return MetricReport(
            metric: rule.metric,
            standing: standing,
            logEvidence: logEvidence,
            legs: legs,
            p99LogEvidence: p99.flatMap { $0 < relative.count ? relative[$0].evidence.logEvidence : nil },
            certificateLogEvidence: certificate?.logEvidence,
            counts: strongest.counts,
            quantile: strongest.quantile
        )
    }

    /// The series that speaks loudest: a quantile, the ceiling, or the events.
    private var strongest: (counts: Counts, quantile: Double?) {
        guard rule.form == .value, let first = totals.first else { return (totals.first ?? .zero, nil) }
        let loudest = relative.indices.max { relative[$0].evidence.logEvidence < relative[$1].evidence.logEvidence }
        let leg = ceiling.map { min($0.own.logEvidence, $0.versus.logEvidence) }
        if let leg, let last = totals.last, loudest.map({ relative[$0].evidence.logEvidence < leg }) ?? true {
            return (last, nil)
        }
        guard let loudest, totals.indices.contains(loudest) else { return (first, nil) }
        return (totals[loudest], QuantileLevel.allCases[loudest].rawValue)
    }
}

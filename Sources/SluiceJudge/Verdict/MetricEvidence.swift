// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The e-processes of one metric.
struct MetricEvidence: Sendable {
    let rule: MetricRule
    /// `log v_m`: the logarithm of its part of alpha; only for metrics that may roll back.
    private(set) var logShare: Double?
    /// `log(1/alpha)` of the metric standing alone.
    let logThreshold: Double
    private let formulation: Int
    /// Relative evidence against each production version; against all of them under the empty name where they are not told apart.
    private var strata: [StratumEvidence] = []
    private var ceiling: CeilingLeg?
    /// The logarithms of the parts of the two legs, where there are both.
    private var legs: (relative: Double, ceiling: Double) = (0, 0)
    private var certificate: Certificate?
    private let pairs: Equivalence?
    private var history = TableHistory()
    private(set) var totals: [Counts]
    private(set) var logEvidence = 0.0

    /// Part of the capital that waits for word whether a ceiling is near.
    private static let ceilingPart = 0.4
    /// What is left of it to a ceiling that is far away.
    private static let farPart = 0.04
    /// Requests of the baseline after which a ceiling is called near or far.
    private static let requestsToDecide: Int64 = 100

    init(_ rule: MetricRule, share: Double?, configuration: JudgeConfiguration) {
        self.rule = rule
        logShare = share.map { .log($0) }
        logThreshold = -.log(rule.alpha ?? configuration.alpha)
        formulation = configuration.formulation
        totals = rule.series.map { _ in .zero }
        pairs = rule.form == .pairs ? Equivalence(limit: rule.ceiling?.share ?? 0.02) : nil
        guard rule.form == .event || rule.form == .value else { return }
        if let whole = StratumEvidence(rule, configuration) { strata = [whole] }
        ceiling = rule.ceiling.map {
            CeilingLeg($0, configuration, logThreshold: logThreshold, isOpen: rule.tolerance == nil)
        }
        if ceiling != nil, !strata.isEmpty {
            let part = formulation == 1 ? 0.5 : Self.ceilingPart
            legs = formulation == 1 ? (-0.6931471805599453, -0.6931471805599453) : (.log(1 - part), .log(part))
        }
        if rule.form == .event, share != nil { certificate = Certificate(worst: configuration.certificateOdds) }
    }

    mutating func pay(through minutes: Int) {
        for index in strata.indices { strata[index].pay(through: minutes) }
        ceiling?.pay(through: minutes)
    }
}

// MARK: - Blocks

extension MetricEvidence {
    /// Takes the metric's series of a block of all traffic, at their slots in it.
    ///
    /// In a further block (see ``Block/isFurther``) the requests of a series of events were counted before.
    mutating func absorb(_ counts: Counts, at slot: Int, of block: Block) {
        if formulation > 1 { decideLegs() }
        let isAgain = block.isFurther && rule.form == .event
        totals[slot] = isAgain ? totals[slot].adding(eventsOf: counts) : totals[slot] + counts
        if formulation == 1 {
            if !strata.isEmpty { strata[0].absorb(counts, at: slot, of: block) }
        } else if block.parts == 0, !strata.isEmpty {
            if strata.count > 1 || !strata[0].name.isEmpty, counts.baseline > 0 { joinStrata() }
            if strata[0].name.isEmpty { strata[0].absorb(counts, at: slot, of: block) }
        }
        if ceiling != nil, slot == totals.count - 1 { ceiling?.absorb(counts, in: block.span, isAgain: isAgain) }
        certificate?.absorb(counts)
        if formulation > 1, slot == reported { history.note(counts, at: block.start, isAgain: isAgain) }
    }

    /// Takes the baseline's requests that have ended without the event (see ``SeriesID/settled(_:)``).
    mutating func absorb(settled counts: Counts) { ceiling?.absorb(successes: counts.baseline - counts.baselineEvents) }

    /// Takes the canary against one of several production versions.
    mutating func absorb(_ counts: Counts, at slot: Int, against version: Block) {
        guard formulation > 1, !strata.isEmpty else { return }
        let index = strata.firstIndex { $0.name == version.stratum } ?? addStratum(version.stratum, counts, slot)
        strata[index].absorb(counts, at: slot, of: version)
    }

    /// A version that was not seen before takes its part of the capital as it stands, by its part of the baseline's requests.
    ///
    /// Capital moves by what requests there are, not by how they fared, so the sum stays a supermartingale.
    private mutating func addStratum(_ name: String, _ counts: Counts, _ slot: Int) -> Int {
        if strata.count == 1, strata[0].name.isEmpty {
            strata[0].name = name
            return 0
        }
        let others = strata.reduce(Int64(0)) { $0.addingClamped($1.lastBaseline) }
        let own = Double(counts.baseline) / Double(max(1, counts.baseline.addingClamped(others)))
        let part = min(max(own, 0.05), 0.95)
        var fresh = average()
        fresh.turn(to: name, part: part)
        for index in strata.indices { strata[index].part *= 1 - part }
        strata.append(fresh)
        return strata.count - 1
    }

    /// There is one production version again: what was found against each of them counts on, by its part.
    private mutating func joinStrata() { strata = [average()] }

    private func average() -> StratumEvidence {
        var whole = strata[0]
        var part = strata[0].part
        for other in strata.dropFirst() {
            part += other.part
            whole.mix(in: other, part: part > 0 ? other.part / part : 0)
        }
        whole.name = ""
        whole.part = 1
        return whole
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
        for index in strata.indices {
            let relative = strata[index].settle()
            whole = strata.count == 1 ? relative : logAddExp(whole, .log(strata[index].part) + relative)
        }
        if let leg = ceiling?.settle() {
            whole = strata.isEmpty ? leg : logAddExp(legs.relative + whole, legs.ceiling + leg)
        }
        logEvidence = whole
    }
}

// MARK: - Capital

extension MetricEvidence {
    /// Whether both arms had requests in some series.
    var hasData: Bool { totals.contains { $0.canary > 0 && $0.baseline > 0 } }

    /// Whether capital from elsewhere can begin to work here: there is relative evidence.
    var takesCapital: Bool { !strata.isEmpty }

    /// Part of alpha, as a number.
    var share: Double { logShare.map { .exp($0) } ?? 0 }

    /// Gives `part` of its capital away, as it stands.
    mutating func give(_ part: Double) { logShare = logShare.map { $0 + .log(1 - part) } }

    /// Takes capital in: so much of the rollout's, to work from now on.
    mutating func receive(_ amount: Double) {
        guard amount > 0, let logShare else { return }
        let share: Double = .exp(logShare)
        takeIn(amount / share)
        self.logShare = .log(share + amount)
    }

    /// `E := (E + amount) / (1 + amount)`, the new part working from now on in the relative leg.
    private mutating func takeIn(_ amount: Double) {
        let own: Double = ceiling == nil ? 1 : .exp(legs.relative)
        for index in strata.indices { strata[index].renew(keeping: own / (own + amount)) }
        if ceiling != nil {
            legs = (.log((own + amount) / (1 + amount)), legs.ceiling - .log(1 + amount))
        }
        settle()
    }

    /// Settles, once the baseline is known a little, whether the ceiling's part stays with the ceiling.
    ///
    /// Where everything above the ceiling is at least twice what is tolerated, the relative leg finds it as soon, and the
    /// part goes there. Until then it has lain idle, so nothing is paid twice: with `L` the ceiling's leg, which has not begun,
    /// `E = (1−h) R + h`, and from now on `(1−h+x) R' + (h−x) L`.
    private mutating func decideLegs() {
        guard let leg = ceiling, !leg.isOpen, let counts = totals.last, counts.baseline >= Self.requestsToDecide else {
            return
        }
        ceiling?.open()
        guard isFar(leg.limit, counts) else { return }
        let part: Double = .exp(legs.ceiling)
        let kept = part * Self.farPart / Self.ceilingPart
        legs.ceiling = .log(kept)
        let own: Double = .exp(legs.relative)
        let moved = part - kept
        for index in strata.indices { strata[index].renew(keeping: own / (own + moved)) }
        legs.relative = .log(own + moved)
        settle()
    }

    private func isFar(_ limit: MetricRule.Ceiling, _ counts: Counts) -> Bool {
        let rate = (Double(counts.baselineEvents) + 0.5) / (Double(counts.baseline) + 1)
        let odds = limit.share / (1 - limit.share) * (1 - rate) / rate
        return odds >= 2 * (rule.form == .event ? max(1, rule.tolerance ?? 1) : 2)
    }
}

// MARK: - What it says

extension MetricEvidence {
    /// Whether the ceiling alone is broken at the rollout's level.
    func breaksCeiling(at logThreshold: Double) -> Bool { (ceiling?.logAlone ?? -.infinity) >= logThreshold }

    /// Starts the evidence against the ceiling alone anew.
    mutating func forgetCeiling() {
        ceiling?.forget()
        settle()
    }

    /// Whether the certificate is given at the level.
    func isCertified(at logThreshold: Double) -> Bool {
        (certificate?.logEvidence ?? -.infinity) >= logThreshold
    }

    /// The setting that would have let the stronger leg pass.
    var decidingSetting: String {
        let legs = reportedLegs
        let top = legs.max { $0.logEvidence < $1.logEvidence }
        return "\(rule.metric.rawValue).\(top?.kind == .ceiling ? "ceiling" : "tolerance")"
    }

    private var reportedLegs: [MetricReport.Leg] {
        var legs: [MetricReport.Leg] = []
        if !strata.isEmpty {
            let all =
                strata.count == 1
                ? strata[0].logEvidence : logSumExp(strata.map { .log($0.part) + $0.logEvidence })
            legs.append(MetricReport.Leg(kind: .relative, logEvidence: all))
        }
        if let ceiling {
            legs.append(
                MetricReport.Leg(
                    kind: .ceiling,
                    logEvidence: ceiling.logEvidence,
                    ceilingAlone: ceiling.logAlone,
                    baselineBelow: ceiling.logBelow
                )
            )
        }
        return legs
    }

    func report(certificateAt logCertificate: Double, odds: Double? = nil) -> MetricReport {
        let hasData = totals.contains { $0.canary > 0 }
        let standing: MetricReport.Standing =
            logEvidence >= logThreshold
            ? .regressed : isCertified(at: logCertificate) ? .certified : hasData ? .undecided : .noData
        let strongest = strongest
        return MetricReport(
            metric: rule.metric,
            standing: standing,
            logEvidence: logEvidence,
            legs: reportedLegs,
            p99LogEvidence: strata.first?.p99LogEvidence,
            certificateLogEvidence: certificate?.logEvidence,
            counts: strongest.counts,
            quantile: strongest.quantile,
            strata: strata.count > 1 || strata.first?.name.isEmpty == false ? strata.map(\.report) : nil,
            odds: odds.flatMap { oddsRange(alpha: $0) }
        )
    }

    /// Every odds ratio of the canary that is not excluded, from the tables of the reported series.
    func oddsRange(alpha: Double) -> OddsRange? {
        guard rule.form == .event || rule.form == .value else { return nil }
        return history.range(alpha: alpha)
    }

    /// The series that intervals are made of: the events, or the values above the p99.
    private var reported: Int {
        guard rule.form == .value, rule.tolerance != nil else { return 0 }
        return QuantileLevel.allCases.firstIndex(of: .q99) ?? 0
    }

    /// The series that speaks loudest: a quantile, the ceiling, or the events.
    private var strongest: (counts: Counts, quantile: Double?) {
        guard rule.form == .value, let first = totals.first else { return (totals.first ?? .zero, nil) }
        let top = strata.max { $0.logEvidence < $1.logEvidence }
        let loudest = top?.loudest
        let leg = ceiling?.logEvidence
        if let leg, let last = totals.last, loudest.map({ $0.logEvidence < leg }) ?? true { return (last, nil) }
        guard let loudest, totals.indices.contains(loudest.slot) else { return (first, nil) }
        return (totals[loudest.slot], QuantileLevel.allCases[loudest.slot].rawValue)
    }
}

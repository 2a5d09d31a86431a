// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Evidence that the canary is worse than one production version beyond the tolerance: one series, or six quantiles.
struct StratumEvidence: Sendable {
    /// The version; empty for production as a whole.
    var name = ""
    /// Its part among the strata; they sum to one.
    var part = 1.0
    /// Requests of the version in its newest block.
    private(set) var lastBaseline: Int64 = 0
    private var series: [(logWeight: Double, evidence: RelativeEvidence)]
    private var totals: [Counts]
    /// Counts of blocks that had one arm only, kept for the next one; for each series.
    private var carried: [(counts: Counts, since: Int64, epoch: Int64)?]
    /// Requests that are carried at most: thin traffic needs no more, and what dense traffic did long ago says nothing of now.
    private static let mostCarried: Int64 = 256
    private let isEvent: Bool
    private let carries: Bool

    /// Nothing without a tolerance.
    init?(_ rule: MetricRule, _ configuration: JudgeConfiguration) {
        guard let tolerance = rule.tolerance else { return nil }
        isEvent = rule.form == .event
        let isEvent = isEvent
        let isFirst = configuration.formulation == 1
        let levels: [QuantileLevel?] = isEvent ? [nil] : QuantileLevel.allCases
        series = levels.map { level in
            // A value's tolerance is in its limits already: the canary's value was divided by it.
            let evidence = RelativeEvidence(
                tolerance: isEvent ? tolerance : 1,
                funding: configuration.funding,
                grid: .standard(level, formulation: configuration.formulation),
                burst: rule.ignoresBurstLimit == true ? nil : configuration.burst,
                formulation: configuration.formulation
            )
            return (.log(level?.weight(formulation: configuration.formulation) ?? 1), evidence)
        }
        totals = levels.map { _ in .zero }
        carries = !isFirst
        carried = levels.map { _ in nil }
    }

    mutating func pay(through minutes: Int) {
        for index in series.indices { series[index].evidence.pay(through: minutes) }
    }

    /// Takes one series of a block; a slot past the quantiles is another leg's.
    mutating func absorb(_ counts: Counts, at slot: Int, of block: Block) {
        guard slot < series.count else { return }
        let isAgain = block.isFurther && isEvent
        totals[slot] = isAgain ? totals[slot].adding(eventsOf: counts) : totals[slot] + counts
        if !isAgain { lastBaseline = counts.baseline }
        let table = carries && !isAgain ? completed(counts, slot, block) : counts
        series[slot].evidence.absorb(table, in: block.span)
    }

    /// The counts with what earlier blocks left; nothing as long as an arm is missing.
    ///
    /// What has waited for longer than the longest block, or was assigned by other weights, is dropped.
    private mutating func completed(_ counts: Counts, _ slot: Int, _ block: Block) -> Counts {
        var all = counts
        var since = block.start
        if let left = carried[slot] {
            carried[slot] = nil
            let age = block.start.subtractingClamped(left.since)
            if left.epoch == block.epoch, age >= 0, age <= Int64(BlockLength.longest) {
                all += left.counts
                since = left.since
            }
        }
        guard all.canary == 0 || all.baseline == 0 else { return all }
        if all.canary + all.baseline > Self.mostCarried {
            all = counts
            since = block.start
        }
        let requests = all.canary + all.baseline
        if requests > 0, requests <= Self.mostCarried { carried[slot] = (all, since, block.epoch) }
        return .zero
    }

    /// Makes `1 − kept` of the evidence new (see ``FundedMixture/renew(keeping:)``).
    mutating func renew(keeping kept: Double) {
        for index in series.indices { series[index].evidence.renew(keeping: kept) }
    }

    /// Becomes the weighted average of itself and another stratum.
    mutating func mix(in other: StratumEvidence, part: Double) {
        for index in series.indices { series[index].evidence.mix(in: other.series[index].evidence, part: part) }
        for index in totals.indices { totals[index] += other.totals[index] }
        for index in carried.indices { carried[index] = nil }
    }

    /// Goes on as the evidence against another version, of which nothing has been counted yet.
    mutating func turn(to name: String, part: Double) {
        self.name = name
        self.part = part
        for index in totals.indices { totals[index] = .zero }
        for index in carried.indices { carried[index] = nil }
    }

    mutating func settle() -> Double {
        var whole = -Double.infinity
        for index in series.indices {
            whole = logAddExp(whole, series[index].logWeight + series[index].evidence.settle())
        }
        return whole
    }

    var logEvidence: Double { logSumExp(series.map { $0.logWeight + $0.evidence.logEvidence }) }

    /// Evidence at p99 alone, where there are quantiles.
    var p99LogEvidence: Double? {
        QuantileLevel.allCases.firstIndex(of: .q99).flatMap {
            $0 < series.count ? series[$0].evidence.logEvidence : nil
        }
    }

    /// The slot with the strongest evidence.
    var loudest: (slot: Int, logEvidence: Double)? {
        series.indices.max { series[$0].evidence.logEvidence < series[$1].evidence.logEvidence }
            .map { ($0, series[$0].evidence.logEvidence) }
    }

    var report: MetricReport.Stratum {
        let slot = loudest?.slot ?? 0
        return MetricReport.Stratum(
            version: name,
            part: part,
            logEvidence: logEvidence,
            counts: totals.indices.contains(slot) ? totals[slot] : .zero
        )
    }
}

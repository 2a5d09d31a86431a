// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Evidence that the canary breaks a ceiling by itself: the least of three e-processes.
///
/// It is above the ceiling, it is worse than the baseline, and the baseline is below the ceiling. Under a canary that is not above, or is
/// not worse, or shares its fate with the baseline, one of the three is a supermartingale that bounds the least of them. So a canary
/// within its tolerance is not blamed for a ceiling that both break. In the first formulation the third part is missing.
///
/// Beside the leg the evidence against the ceiling alone is kept, which makes a `SharedOutage`: an alarm about now, so no
/// ``BurstLimit`` holds it back.
struct CeilingLeg: Sendable {
    let limit: MetricRule.Ceiling
    /// Whether the leg counts; until then it is worth one.
    private(set) var isOpen: Bool
    private let funding: Funding
    private var own: CeilingEvidence
    private var versus: RelativeEvidence
    private var below: BaselineBelow?
    private var alone: CeilingEvidence?
    /// Whether the baseline's successes are told apart from its open requests; from then on only those count.
    private var isSettled = false
    /// Requests of the baseline that were taken, and of which it is not known how they ended.
    private var unsettled: Int64 = 0
    /// The next successes, of requests that began before the leg counted.
    private var skipped: Int64 = 0
    private let settles: Bool
    /// How much above the level of a rollback the baseline's evidence is kept, so that a good past is soon used up.
    private static let logSurplus = 7.0

    init(_ limit: MetricRule.Ceiling, _ configuration: JudgeConfiguration, logThreshold: Double, isOpen: Bool) {
        self.limit = limit
        funding = configuration.funding
        let isFirst = configuration.formulation == 1
        self.isOpen = isOpen || isFirst
        settles = configuration.formulation > 3
        let formulation = configuration.formulation
        let burst = configuration.burst
        own = CeilingEvidence(limit: limit.share, funding: funding, burst: burst, formulation: formulation)
        versus = RelativeEvidence(
            funding: funding,
            grid: .standard(formulation: formulation),
            burst: burst,
            formulation: formulation
        )
        guard !isFirst else { return }
        let most = max(logThreshold, -.log(configuration.alpha)) + Self.logSurplus
        below = BaselineBelow(limit: limit.share, funding: funding, logMost: most)
        alone = CeilingEvidence(limit: limit.share, funding: funding)
    }

    mutating func pay(through minutes: Int) {
        own.pay(through: minutes)
        versus.pay(through: minutes)
        below?.pay(through: minutes)
        alone?.pay(through: minutes)
    }

    /// Takes one block.
    ///
    /// - Parameters:
    ///   - counts: its table.
    ///   - span: its seconds.
    ///   - isAgain: its requests were taken before, as having no event.
    mutating func absorb(_ counts: Counts, in span: Range<Int64>, isAgain: Bool) {
        let begun = isAgain ? 0 : counts.baseline
        unsettled = max(0, unsettled.addingClamped(begun).subtractingClamped(counts.baselineEvents))
        if isAgain {
            alone?.turn(events: counts.canaryEvents, in: span)
            guard isOpen else { return }
            own.turn(events: counts.canaryEvents, in: span)
        } else {
            alone?.absorb(events: counts.canaryEvents, trials: counts.canary)
            guard isOpen else { return }
            own.absorb(events: counts.canaryEvents, trials: counts.canary, in: span)
        }
        if isSettled {
            below?.absorb(events: counts.baselineEvents, trials: counts.baselineEvents)
        } else if isAgain {
            below?.turn(events: counts.baselineEvents)
        } else {
            below?.absorb(events: counts.baselineEvents, trials: counts.baseline)
        }
        versus.absorb(counts, in: span)
    }

    /// Takes so many requests of the baseline that have ended well, before the block's own table.
    mutating func absorb(successes: Int64) {
        guard settles else { return }
        isSettled = true
        unsettled = max(0, unsettled.subtractingClamped(successes))
        guard isOpen else { return }
        let old = min(skipped, successes)
        skipped -= old
        below?.absorb(events: 0, trials: successes - old)
    }

    /// Counts from now on, with requests that begin now.
    mutating func open() {
        isOpen = true
        skipped = unsettled
    }

    mutating func settle() -> Double {
        guard isOpen else { return 0 }
        let two = min(own.settle(), versus.settle())
        guard let third = below?.settle() else { return two }
        return min(two, third)
    }

    var logEvidence: Double {
        guard isOpen else { return 0 }
        let two = min(own.logEvidence, versus.logEvidence)
        return below.map { min(two, $0.logEvidence) } ?? two
    }

    /// The evidence against the ceiling alone.
    var logAlone: Double { alone?.logEvidence ?? own.logEvidence }

    /// The evidence that the baseline is below it.
    var logBelow: Double? { isOpen ? below?.logEvidence : nil }

    /// Starts the evidence against the ceiling alone anew.
    mutating func forget() {
        if alone != nil {
            alone = CeilingEvidence(limit: limit.share, funding: funding)
        } else {
            own = CeilingEvidence(limit: limit.share, funding: funding)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import RealModule

/// One run of a scenario: the traffic second by second, every contender beside it.
struct Trial {
    let scenario: Scenario
    let length: Int
    var chance: Xoshiro256
    private(set) var contenders: [Contender]
    /// Requests of the canary since the onset.
    var requests: Int64 = 0
    /// Whether a contender wants to see each second.
    private let isWatched: Bool
    /// The first series of each metric.
    private let series: [SeriesID]
    /// What is called with the end of each judged block and the evidence of the judges.
    let trace: ((Int, [Double]) -> Void)?

    init(
        _ scenario: Scenario,
        contenders: [Contender],
        blockSeconds: Int,
        chance: Xoshiro256,
        trace: ((Int, [Double]) -> Void)? = nil
    ) {
        self.scenario = scenario
        length = max(1, blockSeconds)
        self.chance = chance
        self.contenders = contenders
        self.trace = trace
        isWatched = contenders.contains { $0.watch != nil }
        series = scenario.rules.compactMap(\.series.first)
    }

    var isOver: Bool { trace == nil && contenders.allSatisfy { $0.fired != nil } }

    /// Runs to the horizon, or until every contender has rolled back.
    mutating func run(_ prepared: PreparedTraffic) {
        switch prepared {
        case .errors(let phases): runErrors(phases)
        case .values(let phases, let limits): runValues(phases, limits)
        case .sticky(let tenants): runSticky(tenants)
        case .observations(let kind): runObservations(kind)
        case .blips(let blips): runBlips(blips)
        case .answers(let phases): runAnswers(phases)
        case .versions(let versions): runVersions(versions)
        }
    }

    // MARK: what the contenders see

    mutating func judge(_ block: Block, sight: Contender.Sight? = nil) {
        let seconds = Int(block.end) - scenario.onset
        for index in contenders.indices where contenders[index].fired == nil && contenders[index].judge != nil {
            if let sight, contenders[index].sight != sight { continue }
            if block.start < contenders[index].warmUp { continue }
            contenders[index].judge?.absorb(block)
            if contenders[index].judge?.hasRegressed == true { contenders[index].fired = (seconds, requests) }
        }
        for index in contenders.indices where contenders[index].fired == nil {
            contenders[index].certificate?.test.absorb(block.entries.first?.counts ?? .zero)
            guard let (test, logThreshold) = contenders[index].certificate else { continue }
            if test.logEvidence >= logThreshold { contenders[index].fired = (seconds, requests) }
        }
        trace?(Int(block.end), contenders.compactMap { $0.judge?.logEvidence })
    }

    mutating func watch(end: Int, errors: Counts, slow: Counts = .zero, spending: Spending = .zero) {
        for index in contenders.indices where contenders[index].fired == nil && contenders[index].watch != nil {
            contenders[index].watch?.absorb(end: Int64(end), errors: errors, slow: slow, spending: spending)
            if contenders[index].watch?.exceeded != nil {
                contenders[index].fired = (end - scenario.onset, requests)
            }
        }
    }

    func block(at start: Int, _ tables: [(SeriesID, Counts)]) -> Block {
        Block(start: Int64(start), seconds: length, entries: tables.map { Block.Entry($0.0, $0.1) })
    }

    /// A block of errors; one series of each other metric holds the same requests, none of which has an event.
    func block(at start: Int, errors counts: Counts) -> Block {
        guard scenario.metrics != nil else { return block(at: start, [(.event(scenario.rule.metric), counts)]) }
        let clean = Counts(clamping: counts.canary, 0, counts.baseline, 0)
        let own = SeriesID.event(scenario.rule.metric)
        return block(at: start, series.map { ($0, $0 == own ? counts : clean) })
    }

    // MARK: errors

    /// Events and successes of each arm are independent Poisson counts, so each can be drawn only where it matters.
    private mutating func runErrors(_ phases: [PreparedTraffic.Errors]) {
        var now = 0
        for phase in phases {
            let phaseEnd = now + phase.seconds
            while now < phaseEnd {
                if now == scenario.onset { requests = 0 }
                let start = now
                var canary: Int64 = 0
                var own: Int64 = 0
                var other: Int64 = 0
                let end = min(start + length, phaseEnd)
                if !isWatched, end == start + length {
                    (canary, own, other) = split(phase.block.events.draw(&chance), phase)
                    canary += phase.block.canarySuccesses.draw(&chance)
                    requests += canary
                    now = end
                }
                while now < end {
                    let (served, failed, others) = second(of: phase)
                    now += 1
                    canary += served
                    own += failed
                    other += others
                    requests += served
                    guard served > 0 else { continue }
                    watch(end: now, errors: Counts(clamping: served, failed, 0, 0))
                }
                // One without events may complete one that had a single arm.
                let baseline = other + phase.baselineSuccesses(end - start).draw(&chance)
                judge(block(at: start, errors: Counts(clamping: canary, own, baseline, other)))
                if isOver { return }
            }
        }
    }

    @inline(__always)
    private mutating func second(of phase: PreparedTraffic.Errors) -> (served: Int64, failed: Int64, others: Int64) {
        var counts = split(phase.events.draw(&chance), phase)
        counts.served += phase.canarySuccesses.draw(&chance)
        return counts
    }

    /// The events of each arm; the canary's are its only requests so far.
    @inline(__always)
    private mutating func split(
        _ events: Int64,
        _ phase: PreparedTraffic.Errors
    ) -> (served: Int64, failed: Int64, others: Int64) {
        var failed: Int64 = 0
        for _ in 0..<events where chance.uniform() < phase.canaryPart { failed += 1 }
        return (failed, failed, events - failed)
    }

    // MARK: values

    private mutating func runValues(_ phases: [PreparedTraffic.Values], _ limits: [PreparedTraffic.Limit]) {
        var now = 0
        for phase in phases {
            let phaseEnd = now + phase.seconds
            while now < phaseEnd {
                let start = now
                let end = min(start + length, phaseEnd)
                var cells = [Int64](repeating: 0, count: 2 * limits.count)
                var served = (canary: Int64(0), baseline: Int64(0))
                while now < end {
                    now += 1
                    var spent = Spending.zero
                    var slow: Int64 = 0
                    let canary = phase.canaryRequests.draw(&chance)
                    for _ in 0..<canary {
                        let value = phase.canary.draw(&chance)
                        for index in limits.indices where value > limits[index].canary { cells[2 * index] += 1 }
                        if value > 500 { slow += 1 }
                        spent.canaryNanoUSD = spent.canaryNanoUSD.addingClamped(Int64(value))
                    }
                    let baseline = phase.baselineRequests.draw(&chance)
                    for _ in 0..<baseline {
                        let value = phase.baseline.draw(&chance)
                        for index in limits.indices where value > limits[index].baseline { cells[2 * index + 1] += 1 }
                        spent.baselineNanoUSD = spent.baselineNanoUSD.addingClamped(Int64(value))
                    }
                    spent.canaryTokens = canary
                    spent.baselineTokens = baseline
                    served.canary += canary
                    served.baseline += baseline
                    requests += canary
                    let isCost = scenario.rule.metric == .cost
                    let table = Counts(clamping: canary, slow, baseline, 0)
                    let served = Counts(clamping: canary, 0, baseline, 0)
                    watch(end: now, errors: served, slow: isCost ? .zero : table, spending: isCost ? spent : .zero)
                }
                let tables = limits.indices.map { index in
                    (
                        limits[index].series,
                        Counts(clamping: served.canary, cells[2 * index], served.baseline, cells[2 * index + 1])
                    )
                }
                judge(block(at: start, tables))
                if isOver { return }
            }
        }
    }

    // MARK: tenants

    private mutating func runSticky(_ tenants: PreparedTraffic.Sticky) {
        var positions = (0..<tenants.units).map { _ in chance.uniform() }
        if tenants.hasBadUnit { positions[0] = 0 }
        var kept = UnitCap(series: 1)
        var anew = kept
        let hasAnew = contenders.contains { $0.sight == .anew }
        var now = 0
        while now < scenario.horizon {
            let start = now
            if tenants.begins(at: start) { anew = UnitCap(series: 1) }
            let share = tenants.share(at: start)
            var capped = BlockCounters(start: Int64(start), series: 1)
            var again = capped
            var whole = capped
            while now < start + length {
                now += 1
                var second = BlockCounters(start: Int64(now), series: 1)
                let served = tenants.requests.draw(&chance)
                for _ in 0..<served {
                    let unit = tenants.unit(chance.uniform())
                    let arm: Arm = positions[unit] < share ? .canary : .baseline
                    let isEvent = chance.uniform() < tenants.rate(unit, arm)
                    second.count(0, arm, event: isEvent)
                    if kept.admits(UInt64(unit), series: 0, event: isEvent) { capped.count(0, arm, event: isEvent) }
                    guard hasAnew, anew.admits(UInt64(unit), series: 0, event: isEvent) else { continue }
                    again.count(0, arm, event: isEvent)
                }
                let counts = second.counts(0)
                whole.merge(second)
                requests += counts.canary
                watch(end: now, errors: counts)
            }
            judge(block(at: start, errors: capped.counts(0)), sight: .capped)
            if hasAnew { judge(block(at: start, errors: again.counts(0)), sight: .anew) }
            judge(block(at: start, errors: whole.counts(0)), sight: .uncapped)
            if isOver { return }
        }
    }

    // MARK: observations

    private mutating func runObservations(_ kind: Scenario.Observations) {
        var sample = SampleRatio()
        let series = SeriesID.event(scenario.rule.metric)
        for step in 0..<scenario.horizon {
            requests += 1
            switch kind {
            case .pairs(let rate, _):
                let failed: Int64 = chance.uniform() < rate ? 1 : 0
                judge(block(at: step, [(series, Counts(clamping: 1, failed, 0, 0))]))
            case .triples(let own, let canary):
                let canaryFails = chance.uniform() < canary
                let ownFails = chance.uniform() < own
                let table = Counts(clamping: 1, canaryFails && !ownFails ? 1 : 0, 1, ownFails && !canaryFails ? 1 : 0)
                judge(block(at: step, [(series, table)]))
            case .units(let planned, let actual):
                let isCanary = chance.uniform() < actual
                sample.absorb(
                    AssignedUnits(canary: isCanary ? 1 : 0, baseline: isCanary ? 0 : 1, share: planned),
                    epoch: 1
                )
                if sample.logEvidence >= -Double.log(scenario.alpha) { contenders[0].fired = (step, requests) }
            }
            if isOver { return }
        }
    }
}

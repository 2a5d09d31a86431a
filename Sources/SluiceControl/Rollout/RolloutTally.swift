// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// The evidence of one rollout on its way from records to closed blocks.
///
/// A stretch is the time in which weights and limits stay the same; a record counts in the stretch of its start second
/// if it was assigned by the same weights and read by the same limits.
struct RolloutTally: Sendable {
    let rollout: RolloutID
    let route: RouteID
    let canary: VersionID
    private let configuration: JudgeConfiguration
    /// Where each series of the configuration has its place in the cap.
    private let places: [SeriesID: Int]
    private var cap: UnitCap
    private var units = FirstSeenUnits()
    private var quantiles: [MetricID: PredictableQuantiles]
    private var gathered: [MetricID: Int64] = [:]
    private var stretches: [Stretch] = []
    private(set) var ready: [Block] = []
    /// Seconds before this one are closed.
    private(set) var closedThrough: Int64
    private var stepStartedAt: Int64
    private var requests: Int64 = 0
    private var firstRequestAt: Int64?
    private var lastRequestAt = Int64.min
    private var blocksThrough = Int64.min
    private var knowsRate: Bool
    /// Blocks dropped because the store was away for too long.
    private(set) var lost: Int64 = 0
    private(set) var health = BaselineHealth()
    private var arms = (canary: ArmHealth(), baseline: ArmHealth())
    /// Present while a node's brake keeps units from the canary.
    private(set) var brakeCase: BrakeCase?

    /// Values needed before the baseline has limits.
    private static let leastValues: Int64 = 200
    /// Blocks kept while the store cannot take them.
    private static let mostReady = 20_000

    private struct Stretch: Sendable {
        var serial: Int64
        /// Grows when the weights change.
        var epoch: Int64
        var watch: Watch
        /// Per item: its place in the cap.
        var places: [Int]
        var start: Int64
        var end: Int64
        var assembler: BlockAssembler
        var seconds: [Int64: BlockCounters] = [:]
    }

    /// - Parameters:
    ///   - share: the canary's share of both arms.
    ///   - rate: requests per second of both arms from earlier traffic; 0 where unknown.
    ///   - history: values of the baseline from earlier traffic.
    init(
        _ state: RolloutState,
        share: Double,
        rate: Double,
        history: [MetricID: ValueHistogram],
        serial: Int64,
        now: Int64
    ) {
        rollout = state.id
        route = state.route
        canary = state.canary
        configuration = state.plan.judging
        let series = configuration.series
        places = Dictionary(series.indices.map { (series[$0], $0) }, uniquingKeysWith: { first, _ in first })
        cap = UnitCap(series: series.count)
        closedThrough = now
        stepStartedAt = state.stepStartedAt
        knowsRate = rate > 0
        var quantiles: [MetricID: PredictableQuantiles] = [:]
        for rule in configuration.metrics where rule.form == .value && rule.tolerance != nil {
            quantiles[rule.metric] =
                history[rule.metric].map { PredictableQuantiles(history: $0, leastValues: RolloutTally.leastValues) }
                ?? PredictableQuantiles(leastValues: RolloutTally.leastValues)
        }
        self.quantiles = quantiles
        open(serial: serial, epoch: 1, share: share, rate: rate, at: now)
    }

    /// What the data plane is to watch.
    var watch: RolloutWatch? {
        stretches.last.map {
            RolloutWatch(rollout: rollout, route: route, canary: canary, serial: $0.serial, watch: $0.watch)
        }
    }

    /// The canary's share in force.
    private(set) var share = 0.0

    /// Requests of both arms per second, as far as known.
    var rate: Double { stretches.last?.assembler.requestsPerSecond ?? 0 }

    /// Whether all that was counted is in a block that was handed over.
    var hasNothingPending: Bool { ready.isEmpty && lastRequestAt < blocksThrough || firstRequestAt == nil }
}

// MARK: - Weights and steps

extension RolloutTally {
    /// Takes note of the weights and the step in force; other weights begin a new stretch.
    mutating func follow(_ state: RolloutState, share: Double, serial: () -> Int64, now: Int64) {
        if state.stepStartedAt != stepStartedAt {
            stepStartedAt = state.stepStartedAt
            cap.beginStep()
        }
        guard share != self.share, let last = stretches.last else { return }
        open(serial: serial(), epoch: last.epoch + 1, share: share, rate: rate, at: now + 1)
    }

    /// Renews the baseline's limits when it is time, and the length of blocks once the traffic is known.
    mutating func renew(serial: () -> Int64, now: Int64) {
        guard let last = stretches.last, last.start <= now else { return }
        var changed = false
        for metric in quantiles.keys where gathered[metric, default: 0] >= RolloutTally.leastValues {
            // The first limits come as soon as there are values enough, the next ones after five minutes.
            if quantiles[metric]?.refresh(at: now) == true { changed = true }
        }
        var rate = rate
        if !knowsRate, let first = firstRequestAt, now - first >= 5 {
            knowsRate = true
            rate = Double(requests) / Double(now - first)
            changed = true
        }
        guard changed else { return }
        open(serial: serial(), epoch: last.epoch, share: share, rate: rate, at: now + 1)
    }

    private mutating func open(serial: Int64, epoch: Int64, share: Double, rate: Double, at start: Int64) {
        if !stretches.isEmpty {
            stretches[stretches.count - 1].end = start
            // A stretch that never began leaves nothing behind but its serial, which late records may carry.
            if stretches.count > 8 { stretches.removeFirst() }
        }
        let watch = Watch(configuration, quantiles: quantiles.mapValues(\.limits))
        self.share = share
        stretches.append(
            Stretch(
                serial: serial,
                epoch: epoch,
                watch: watch,
                places: watch.items.map { places[$0.series] ?? -1 },
                start: start,
                end: .max,
                assembler: BlockAssembler(
                    watch: watch,
                    start: start,
                    share: share,
                    epoch: epoch,
                    requestsPerSecond: rate,
                    countsUnits: share > 0 && share < 1
                )
            )
        )
    }
}

// MARK: - The brake

extension RolloutTally {
    /// A node's brake has moved: what the conductor is to be told, if anything.
    ///
    /// Where it is put on the block ends, so that what was seen so far is judged at once.
    mutating func move(_ move: BrakeMove, serial: () -> Int64, now: Int64) -> BrakeNews? {
        switch move {
        case .on(let failures, let reason):
            brakeCase = BrakeCase(failures: failures, second: now)
            if let last = stretches.last, last.start <= now {
                open(serial: serial(), epoch: last.epoch, share: self.share, rate: rate, at: now + 1)
            }
            return .on("\(reason), while \(health.text(at: now))")
        case .stays(let reason):
            guard var brakeCase else { return nil }
            brakeCase.countTrial(health, at: now)
            self.brakeCase = brakeCase
            let text = "\(reason), while \(health.text(at: now))"
            return brakeCase.isProven ? .proven(text) : .stays(text)
        case .off:
            brakeCase = nil
            return nil
        }
    }
}

/// What a node's brake means for its rollout.
enum BrakeNews: Sendable, Hashable {
    case on(String)
    /// The canary failed again, and it may be that the baseline fares no better.
    case stays(String)
    /// The canary failed again, and it is its own fault.
    case proven(String)
}

// MARK: - Records

extension RolloutTally {
    /// Counts what a record tells; seconds that are closed stay closed.
    ///
    /// - Parameters:
    ///   - second: when its request started.
    ///   - now: when it was told.
    mutating func take(_ record: EvidenceRecord, second: Int64, at now: Int64? = nil) {
        guard let told = stretches.lastIndex(where: { $0.serial == record.serial }) else { return }
        note(record)
        noteHealth(record, stretches[told].watch, at: now ?? second)
        guard !record.isAside, second >= closedThrough else { return }
        let home = stretches.lastIndex { $0.start <= second && second < $0.end }
        guard let home, stretches[home].epoch == stretches[told].epoch else { return }
        var counters =
            stretches[home].seconds[second]
            ?? BlockCounters(start: second, series: stretches[home].watch.items.count)
        if record.isAssignment {
            requests += 1
            if firstRequestAt == nil { firstRequestAt = second }
            if record.unit.map({ units.insert($0) }) ?? true { counters.assign(record.arm) }
        }
        lastRequestAt = max(lastRequestAt, second)
        var left = record.settled
        while left != 0 {
            let item = left.trailingZeroBitCount
            left &= left - 1
            count(item, of: record, told: told, home: home, in: &counters)
        }
        if record.isEnd, let cost = record.cost {
            counters.spend(record.arm, nanoUSD: cost.rawValue, tokens: record.tokens)
        }
        stretches[home].seconds[second] = counters
    }

    private mutating func count(
        _ item: Int,
        of record: EvidenceRecord,
        told: Int,
        home: Int,
        in counters: inout BlockCounters
    ) {
        let teller = stretches[told]
        guard teller.watch.items.indices.contains(item) else { return }
        let entry = teller.watch.items[item]
        guard entry.isCounted else { return }
        var place = item
        if told != home {
            guard let same = stretches[home].watch.items.firstIndex(of: entry) else { return }
            place = same
        }
        // A unit's first request after a switch finds a cold prompt cache: no evidence on times or money.
        if record.isSwitch, !entry.isEvent { return }
        let event = record.events >> UInt64(item) & 1 == 1
        if let unit = record.unit, !cap.admits(unit, series: teller.places[item], event: event) { return }
        counters.count(place, record.arm, event: event)
    }

    private mutating func noteHealth(_ record: EvidenceRecord, _ watch: Watch, at now: Int64) {
        guard record.isEnd, let item = watch.items.firstIndex(where: { $0.metric == .error && $0.isEvent }),
            record.settled >> UInt64(item) & 1 == 1
        else { return }
        let failed = record.events >> UInt64(item) & 1 == 1
        if record.arm == .canary { return arms.canary.note(failed: failed, at: now) }
        arms.baseline.note(failed: failed, at: now)
        health.note(failed: failed, at: now)
    }

    /// How both arms fared in the last `window` seconds before `now`, that second included.
    func recentHealth(window: Int64, at now: Int64) -> RecentHealth {
        let range = (now - max(0, window))...now
        return RecentHealth(
            window: window,
            canary: arms.canary.sum(in: range),
            baseline: arms.baseline.sum(in: range)
        )
    }

    /// The baseline's values make later limits.
    private mutating func note(_ record: EvidenceRecord) {
        guard record.isEnd, record.arm == .baseline, !record.isSwitch else { return }
        note(record.firstToken, of: .ttft)
        note(record.latency, of: .latency)
        note(record.perToken, of: .tpot)
        note(record.cost.map { Double($0.rawValue) }, of: .cost)
    }

    private mutating func note(_ value: Double?, of metric: MetricID) {
        guard let value, quantiles[metric] != nil else { return }
        quantiles[metric]?.note(value)
        gathered[metric, default: 0] += 1
    }
}

// MARK: - Blocks

extension RolloutTally {
    /// Closes all seconds before one; what it completes is in ``ready``.
    mutating func close(through second: Int64) {
        guard second > closedThrough else { return }
        closedThrough = second
        var index = 0
        while index < stretches.count {
            let end = min(second, stretches[index].end)
            for start in stretches[index].seconds.keys.sorted() where start < end {
                if let counters = stretches[index].seconds.removeValue(forKey: start) {
                    stretches[index].assembler.add(counters)
                }
            }
            let isOver = second >= stretches[index].end
            let blocks =
                isOver
                ? stretches[index].assembler.finish(at: stretches[index].end)
                : stretches[index].assembler.close(through: end)
            for block in blocks { blocksThrough = max(blocksThrough, block.end) }
            ready += blocks
            index += 1
        }
        // A stretch that ended two seconds ago can still be named by a late record, but holds nothing any more.
        stretches.removeAll { $0.end < second - 60 }
        if ready.count > RolloutTally.mostReady {
            lost += Int64(ready.count - RolloutTally.mostReady)
            ready.removeFirst(ready.count - RolloutTally.mostReady)
        }
    }

    /// The oldest closed block was taken in.
    mutating func dropFirst() { if !ready.isEmpty { ready.removeFirst() } }

    /// Whether a record's watch is one of this rollout's.
    func knows(_ serial: Int64) -> Bool { stretches.contains { $0.serial == serial } }
}

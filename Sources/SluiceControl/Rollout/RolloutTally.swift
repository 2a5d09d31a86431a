// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// The evidence of one rollout on its way from records to closed blocks.
///
/// A stretch is the time in which weights and limits stay the same; a record counts in the stretch of its start second
/// if it was assigned by the same weights and read by the same limits. Each kind of series has its own lane, since each is
/// settled after another time: errors and refusals when they happen (``EventLane``), times when their limits are past,
/// money and time per token when the request has ended.
struct RolloutTally: Sendable {
    let rollout: RolloutID
    let route: RouteID
    let canary: VersionID
    private let configuration: JudgeConfiguration
    /// Where each series of the configuration has its index in the cap.
    private let seriesIndices: [SeriesID: Int]
    private var cap: UnitCap
    /// Requests under way that were not at risk in a series from their start, which their end must not take out of it.
    private var excluded: [Exclusion: Int] = [:]
    /// Of the metrics whose blocks tell them: the baseline's requests that have ended well, and that no block has told yet.
    private var settled: [MetricID: Int64]
    private var units = FirstSeenUnits()
    private var stepUnits = StepUnits()
    private var quantiles: [MetricID: PredictableQuantiles]
    private var gathered: [MetricID: Int64] = [:]
    private var stretches: [Stretch] = []
    /// Serials of the stretches that were forgotten last.
    private var forgotten: [Int64] = []
    private(set) var ready: [Block] = []
    /// Seconds before this one take no further requests.
    private(set) var closedThrough: Int64
    /// When open requests that nobody waits for any more were forgotten last.
    private var forgotAt: Int64
    private var stepStartedAt: Int64
    /// Seconds of the step that are no evidence.
    private var warmUp: Int64
    /// Seconds a request may take.
    private var patience: Int64
    private var requests: Int64 = 0
    private var firstRequestAt: Int64?
    private var knowsRate: Bool
    /// Blocks kept while the store cannot take them.
    var mostReady = 20_000
    /// Blocks dropped because the store was away for too long.
    private(set) var lost: Int64 = 0
    /// Events and values that came when nobody waited for them any more: they are in no block.
    private(set) var late: Int64 = 0
    var arms = (canary: ArmHealth(), baseline: ArmHealth())
    /// The canary's units on production while a brake holds them.
    var moved = ArmHealth()
    /// Of production, and of the canary's units there while a brake holds them.
    private(set) var open = (baseline: OpenRequests(), moved: OpenRequests())
    /// When production was asked for callers of failed trials that it has not answered yet; the oldest first.
    var rescues: [Int64] = []
    /// The canary's newest failures: when they were told, and how old their requests were.
    private(set) var failureAges: [(second: Int64, age: Int64)] = []
    /// Seconds that a brake lasts at least before it rolls back; `nil` where it only holds.
    let tolerated: Int64?
    /// Requests of the canary, evidence or not.
    private(set) var canaryRequests: Int64 = 0
    /// Present while a node's brake keeps units from the canary.
    var brakeCase: BrakeCase?
    /// The canary's units are on production, since its provider refuses it.
    private(set) var isDiverted = false
    /// Trials in a row that were not refused meanwhile.
    var accepted = 0

    /// Values needed before the baseline has limits.
    private static let leastValues: Int64 = 200
    private static let mostStretches = 64
    private static let mostAges = 64
    /// Seconds between two times of forgetting.
    private static let forgetting: Int64 = 60

    /// Requests of a unit that began in a second and were never at risk in a series: the unit had left it before.
    private struct Exclusion: Sendable, Hashable {
        var unit: UInt64
        var series: Int
        var second: Int64
    }

    /// Where an item of the watch is counted.
    private enum Slot: Sendable {
        case event(Int)
        case time(Int)
        case ending(Int)
    }

    private struct Lanes: Sendable {
        var events: EventLane
        var times: ValueLane
        var endings: ValueLane
    }

    /// What the records of a stretch are read by; shared, so that a record looks things up without a copy.
    private final class Layout: Sendable {
        let watch: Watch
        /// Per item: its index in the cap.
        let series: [Int]
        /// Per item: its lane, and its index there.
        let slots: [Slot]
        /// Bit i: item i is an event itself.
        let events: UInt64
        /// Per row of the event lane: its index in the cap.
        let eventSeries: [Int]
        /// The item that counts errors.
        let errors: Int?
        /// Several production versions; empty where there is one.
        let production: [VersionID]

        init(_ watch: Watch, seriesIndices: [SeriesID: Int], slots: [Slot], production: [VersionID]) {
            self.watch = watch
            self.production = production
            self.series = watch.items.map { seriesIndices[$0.series] ?? -1 }
            self.slots = slots
            var events: UInt64 = 0
            for (item, entry) in watch.items.enumerated().prefix(64) where entry.isEvent { events |= 1 << UInt64(item) }
            self.events = events
            eventSeries = watch.items.filter(\.isEvent).map { seriesIndices[$0.series] ?? -1 }
            errors = watch.items.firstIndex { $0.metric == Metric.error.id && $0.isEvent }
        }
    }

    private struct Stretch: Sendable {
        var serial: Int64
        /// Grows when the weights change.
        var epoch: Int64
        var layout: Layout
        var start: Int64
        var end: Int64
        /// Seconds after which all limits of time are past.
        var limit: Int64
        var lanes: Lanes
    }

    /// - Parameters:
    ///   - share: the canary's share of both arms.
    ///   - production: the production versions with traffic, and their parts.
    ///   - rate: requests per second of both arms from earlier traffic; 0 where unknown.
    ///   - history: values of the baseline from earlier traffic.
    ///   - patience: seconds a request may take, by its version's limits.
    init(
        _ state: RolloutState,
        share: Double,
        production: [RolloutState.ProductionShare] = [],
        rate: Double,
        history: [MetricID: ValueHistogram],
        patience: Int64 = 630,
        serial: Int64,
        now: Int64
    ) {
        rollout = state.id
        route = state.route
        canary = state.canary
        configuration = state.plan.judging
        let series = configuration.series
        seriesIndices = Dictionary(series.indices.map { (series[$0], $0) }, uniquingKeysWith: { first, _ in first })
        cap = UnitCap(series: series.count)
        settled = Dictionary(
            uniqueKeysWithValues: state.plan.judging.metrics.filter(state.plan.judging.tellsSettled)
                .map { ($0.metric, 0) }
        )
        closedThrough = now
        forgotAt = now
        stepStartedAt = state.stepStartedAt
        warmUp = state.warmUp
        isDiverted = state.isDiverted
        tolerated = state.plan.brakeTolerance
        self.patience = patience
        self.production = production
        knowsRate = rate > 0
        // A former process has seen requests of the canary that are not counted here.
        if let began = state.startedAt, now - began > 5 { canaryRequests = 10_000 }
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
            var watch = RolloutWatch(
                rollout: rollout,
                route: route,
                canary: canary,
                serial: $0.serial,
                watch: $0.layout.watch
            )
            watch.isDiverted = isDiverted
            watch.production = $0.layout.production
            return watch
        }
    }

    /// The canary's share in force.
    private(set) var share = 0.0
    /// The versions that share production's part, in force.
    private var production: [RolloutState.ProductionShare] = []

    /// Requests of both arms per second, as far as known.
    var rate: Double { stretches.last?.lanes.events.requestsPerSecond ?? 0 }

    /// Units that have left series since this was asked last.
    mutating func takeLeavers() -> [UnitCap.Departure] { cap.takeNews() }

    /// Units that a former process has counted stay out.
    mutating func restore(_ left: [UnitCap.Departure]) { cap.restore(left) }

    /// What the judge is to know of the units of the step, where that is news.
    mutating func unitsToTell() -> Int64? { stepUnits.news() }

    /// Whether all requests that were counted are in a block that was handed over.
    var hasNothingPending: Bool { ready.isEmpty && stretches.allSatisfy(\.lanes.events.isQuiet) }
}

// MARK: - Weights and steps

extension RolloutTally {
    /// Takes note of the weights and the step in force; other weights begin a new stretch.
    mutating func follow(
        _ state: RolloutState,
        share: Double,
        production: [RolloutState.ProductionShare] = [],
        patience: Int64? = nil,
        serial: () -> Int64,
        now: Int64
    ) {
        if state.stepStartedAt != stepStartedAt { stepUnits = StepUnits() }
        stepStartedAt = state.stepStartedAt
        warmUp = state.warmUp
        if isDiverted != state.isDiverted {
            isDiverted = state.isDiverted
            accepted = 0
        }
        if let patience { self.patience = patience }
        guard share != self.share || production != self.production, let last = stretches.last else { return }
        self.production = production
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
            if stretches.count > RolloutTally.mostStretches { forget(0) }
        }
        let watch = Watch(configuration, quantiles: quantiles.mapValues(\.limits))
        self.share = share
        var parts = (events: [Watch.Item](), times: [Watch.Item](), endings: [Watch.Item]())
        var limit = 0.0
        let slots = watch.items.map { item -> Slot in
            if item.isEvent {
                parts.events.append(item)
                return .event(parts.events.count - 1)
            }
            if Metric(item.metric)?.facts.clock != nil {
                limit = max(limit, item.canaryLimit ?? 0, item.baselineLimit ?? 0)
                parts.times.append(item)
                return .time(parts.times.count - 1)
            }
            parts.endings.append(item)
            return .ending(parts.endings.count - 1)
        }
        let several = production.count > 1 ? production.prefix(Int(UInt8.max)).map(\.version) : []
        let setting = LaneSetting(
            start: start,
            share: share,
            epoch: epoch,
            versions: several.map(\.rawValue),
            requestsPerSecond: rate
        )
        stretches.append(
            Stretch(
                serial: serial,
                epoch: epoch,
                layout: Layout(watch, seriesIndices: seriesIndices, slots: slots, production: several),
                start: start,
                end: .max,
                // A refusal that comes a little later still takes back what the limits have told.
                limit: Int64(min(limit / 1_000, 86_400).rounded(.up)) + RolloutTally.grace,
                lanes: Lanes(
                    events: EventLane(watch.only(parts.events), setting),
                    times: ValueLane(watch.only(parts.times), setting),
                    endings: ValueLane(watch.only(parts.endings), setting)
                )
            )
        )
    }

    /// The block ends, so that what was seen so far is judged at once.
    mutating func endBlock(serial: () -> Int64, now: Int64) {
        guard let last = stretches.last, last.start <= now else { return }
        open(serial: serial(), epoch: last.epoch, share: share, rate: rate, at: now + 1)
    }

    /// Seconds that a request's times are kept open beyond their last limit.
    private static let grace: Int64 = 2
}

extension RolloutState {
    /// Seconds at the beginning of the step that are no evidence.
    var warmUp: Int64 { hold?.warmUp ?? 0 }
}

extension EvidenceRecord {
    /// Of the baseline: 1 + the index of its production version, where there are several.
    fileprivate var version: Int { arm == .baseline ? Int(production) : 0 }
}

extension Watch {
    fileprivate func only(_ items: [Item]) -> Watch {
        var part = self
        part.items = items
        return part
    }
}

/// How many different units are on the canary in a step: too few of them say nothing about others.
private struct StepUnits: Sendable {
    private var seen = FirstSeenUnits(bits: 4_096)
    private var units: Int64 = 0
    private var requests: Int64 = 0
    private var saidFew = false

    /// Requests that are enough to tell: five for each of the fewest units.
    private static let enough = 5 * StepDemand.fewestUnits

    /// A request without a unit is one of its own.
    mutating func note(_ unit: UInt64?) {
        requests += 1
        if units < StepDemand.fewestUnits, unit.map({ seen.insert($0) }) ?? true { units += 1 }
    }

    /// Told where they are too few, and again where they are not any more.
    mutating func news() -> Int64? {
        let areFew = requests >= StepUnits.enough && units < StepDemand.fewestUnits
        guard areFew != saidFew else { return nil }
        saidFew = areFew
        return units
    }
}

// MARK: - Records

extension RolloutTally {
    /// Counts what a record tells.
    ///
    /// - Parameters:
    ///   - second: when its request started.
    ///   - now: when it was told.
    mutating func take(_ record: EvidenceRecord, second: Int64, at now: Int64? = nil) {
        let now = now ?? second
        guard let reading = stretches.lastIndex(where: { $0.serial == record.serial }) else {
            if forgotten.contains(record.serial) { late += 1 }
            return
        }
        note(record)
        noteHealth(record, stretches[reading].layout, second, at: now)
        guard !record.isAside, !isWarmingUp(second) else { return }
        let counting = stretches.lastIndex { $0.start <= second && second < $0.end }
        guard let counting else {
            late += 1
            return
        }
        guard stretches[counting].epoch == stretches[reading].epoch else { return }
        if record.isAssignment, !begin(record, second, counting) { return }
        var left = record.withdrawn
        while let item = RolloutTally.takeFirst(&left) {
            takeBack(item, of: record, second, readBy: reading, countedIn: counting)
        }
        left = record.settled
        while let item = RolloutTally.takeFirst(&left) {
            settle(item, of: record, second, readBy: reading, countedIn: counting)
        }
        guard record.isEnd else { return }
        let layout = stretches[reading].layout
        left = layout.events & ~record.settled
        while let item = RolloutTally.takeFirst(&left) {
            if case .event(let row) = layout.slots[item] {
                withdraw(record, second, row, layout.series[item], counting)
            }
        }
        if let cost = record.cost {
            let isCounted = stretches[counting].lanes.endings.change(at: second) {
                $0.spend(record.arm, nanoUSD: cost.rawValue, tokens: record.tokens)
            }
            if !isCounted { late += 1 }
        }
    }

    private func isWarmingUp(_ second: Int64) -> Bool {
        warmUp > 0 && second > stepStartedAt && second <= stepStartedAt + warmUp
    }

    /// Takes the lowest bit out of a mask.
    private static func takeFirst(_ mask: inout UInt64) -> Int? {
        guard mask != 0 else { return nil }
        defer { mask &= mask - 1 }
        return mask.trailingZeroBitCount
    }

    private mutating func begin(_ record: EvidenceRecord, _ second: Int64, _ counting: Int) -> Bool {
        requests += 1
        if firstRequestAt == nil { firstRequestAt = second }
        if record.arm == .canary { stepUnits.note(record.unit) }
        let isNew = record.unit.map { units.insert($0) } ?? true
        var rows: UInt64 = 0
        for (row, index) in stretches[counting].layout.eventSeries.enumerated() {
            if let unit = record.unit, cap.hasLeft(unit, series: index) {
                excluded[Exclusion(unit: unit, series: index, second: second), default: 0] += 1
            } else {
                rows |= 1 << UInt64(row)
            }
        }
        let isCounted = stretches[counting].lanes.events.begin(
            record.arm,
            at: second,
            rows: rows,
            isNew: isNew,
            of: record.version
        )
        if !isCounted { late += 1 }
        return isCounted
    }

    private mutating func settle(
        _ item: Int,
        of record: EvidenceRecord,
        _ second: Int64,
        readBy reading: Int,
        countedIn counting: Int
    ) {
        let layout = stretches[reading].layout
        guard item < layout.slots.count else { return }
        let event = record.events >> UInt64(item) & 1 == 1
        let index = layout.series[item]
        guard case .event(let row) = layout.slots[item] else {
            return value(item, of: record, second, readBy: reading, countedIn: counting, event: event)
        }
        guard event else {
            // It stays at risk, unless its unit has left meanwhile.
            if let unit = record.unit, cap.hasLeft(unit, series: index) {
                withdraw(record, second, row, index, counting)
            }
            return
        }
        if let unit = record.unit {
            guard cap.admits(unit, series: index, event: true) else {
                return withdraw(record, second, row, index, counting)
            }
        }
        if !stretches[counting].lanes.events.event(record.arm, of: second, in: row, of: record.version) { late += 1 }
    }

    /// Takes a request out of the risk of a series, where it was counted in it: its unit had not left before it began.
    private mutating func withdraw(
        _ record: EvidenceRecord,
        _ second: Int64,
        _ row: Int,
        _ index: Int,
        _ counting: Int
    ) {
        if let unit = record.unit {
            let exclusion = Exclusion(unit: unit, series: index, second: second)
            if let count = excluded[exclusion] {
                excluded[exclusion] = count > 1 ? count - 1 : nil
                return
            }
        }
        stretches[counting].lanes.events.withdraw(record.arm, of: second, in: row, of: record.version)
    }

    private mutating func value(
        _ item: Int,
        of record: EvidenceRecord,
        _ second: Int64,
        readBy reading: Int,
        countedIn counting: Int,
        event: Bool
    ) {
        // A unit's first request after a switch finds a cold prompt cache: no evidence on times or money.
        guard !record.isSwitch, let slot = slot(of: item, readBy: reading, countedIn: counting) else { return }
        if let unit = record.unit, !cap.admits(unit, series: stretches[reading].layout.series[item], event: event) {
            return
        }
        if !change(slot, of: record, at: second, counting, { $0.count($1, record.arm, event: event) }) { late += 1 }
    }

    /// What the limits of time have told of a request that was refused in the end.
    private mutating func takeBack(
        _ item: Int,
        of record: EvidenceRecord,
        _ second: Int64,
        readBy reading: Int,
        countedIn counting: Int
    ) {
        guard !record.isSwitch, let slot = slot(of: item, readBy: reading, countedIn: counting) else { return }
        let event = record.events >> UInt64(item) & 1 == 1
        let isOpen = change(slot, of: record, at: second, counting) { $0.takeBack($1, record.arm, event: event) }
        if isOpen, event, let unit = record.unit { cap.giveBack(unit, series: stretches[reading].layout.series[item]) }
    }

    /// Where a value is counted: limits of another watch must be the same.
    private func slot(of item: Int, readBy reading: Int, countedIn counting: Int) -> Slot? {
        let layout = stretches[reading].layout
        guard item < layout.slots.count else { return nil }
        let entry = layout.watch.items[item]
        guard entry.isCounted else { return nil }
        if reading == counting { return layout.slots[item] }
        let other = stretches[counting].layout
        return other.watch.items.firstIndex(of: entry).map { other.slots[$0] }
    }

    private mutating func change(
        _ slot: Slot,
        of record: EvidenceRecord,
        at second: Int64,
        _ counting: Int,
        _ body: (inout BlockCounters, Int) -> Void
    ) -> Bool {
        switch slot {
        case .event: false
        case .time(let row): stretches[counting].lanes.times.change(at: second, of: record.version) { body(&$0, row) }
        case .ending(let row):
            stretches[counting].lanes.endings.change(at: second, of: record.version) { body(&$0, row) }
        }
    }

    private mutating func noteHealth(_ record: EvidenceRecord, _ layout: Layout, _ second: Int64, at now: Int64) {
        if record.arm == .canary, record.isEnd { canaryRequests += 1 }
        noteOpen(record, second)
        guard let item = layout.errors else { return }
        let isSettled = record.isEnd && record.settled >> UInt64(item) & 1 == 1
        let failed = isSettled && record.events >> UInt64(item) & 1 == 1
        // A stream that has begun is well so far, and was told so; only its failure is news.
        guard record.isEnd ? isSettled && (failed || !record.isAnswering) : record.isAnswering else { return }
        if record.arm == .canary {
            if failed {
                if failureAges.count >= RolloutTally.mostAges { failureAges.removeFirst() }
                failureAges.append((now, max(0, now - second)))
            }
            return arms.canary.note(failed: failed, at: now)
        }
        arms.baseline.note(failed: failed, at: now)
        if record.isMoved { moved.note(failed: failed, at: now) }
    }

    /// Keeps count of production's requests that are neither answered nor over.
    private mutating func noteOpen(_ record: EvidenceRecord, _ second: Int64) {
        guard record.arm == .baseline else { return }
        // One that is aside is no assignment; its first record tells nothing else.
        let begins = record.isAssignment || record.isAside && record.settled == 0 && !record.isAnswering
        if record.isEnd == record.isAnswering {
            guard begins, !record.isEnd else { return }
            open.baseline.begin(at: second)
            if record.isMoved { open.moved.begin(at: second) }
        } else if !record.isAssignment {
            open.baseline.end(of: second)
            if record.isMoved { open.moved.end(of: second) }
        }
    }

    /// The baseline's values make later limits.
    private mutating func note(_ record: EvidenceRecord) {
        guard record.isEnd, record.arm == .baseline, !record.isSwitch else { return }
        for (metric, id) in RolloutTally.values where quantiles[id] != nil {
            guard let value = record.value(of: metric) else { continue }
            quantiles[id]?.note(value)
            gathered[id, default: 0] += 1
        }
    }

    private static let values = Metric.values.map { ($0, $0.id) }
}

// MARK: - Blocks

/// How far the event loops have told what happened.
struct ReportedThrough: Sendable {
    /// Of each loop: the start second of its oldest open request, and its own present second.
    var loops: [(openSince: Int64, reportedThrough: Int64)]
    /// Where no loop says anything.
    var now: Int64

    /// The first second whose requests may still be open: all that began before it have ended, and were told.
    var ended: Int64 { closed(afterAge: .max) }

    /// Everything that began before `second` has ended, and was told.
    init(all second: Int64) { (loops, now) = ([], second) }

    init(_ loops: [(openSince: Int64, reportedThrough: Int64)], now: Int64) { (self.loops, self.now) = (loops, now) }

    /// The first second whose requests may still be open, or younger than `age` seconds.
    func closed(afterAge age: Int64) -> Int64 {
        loops.reduce(now) { min($0, max($1.openSince, $1.reportedThrough - age)) }
    }
}

extension RolloutTally {
    /// Closes what can be closed; what it completes is in ``ready``.
    mutating func close(_ reported: ReportedThrough) {
        let begun = reported.closed(afterAge: 0)
        let ended = reported.closed(afterAge: patience)
        let over = reported.ended
        guard begun >= closedThrough else { return }
        closedThrough = begun
        var further: [Block] = []
        let first = ready.count
        let hasNews = stretches.contains(where: \.lanes.events.hasNews)
        var fresh = settled.mapValues { _ in Int64(0) }
        for index in stretches.indices {
            let end = stretches[index].end
            let blocks = stretches[index].lanes.events.close(through: min(begun, end), isLast: begun >= end)
            ready += blocks
            further += stretches[index].lanes.events.further(at: begun)
            stretches[index].lanes.events.settle(before: over, into: &fresh)
            let timely = reported.closed(afterAge: min(stretches[index].limit, patience))
            further += stretches[index].lanes.times.close(through: min(timely, end), isLast: timely >= end)
            further += stretches[index].lanes.endings.close(through: min(ended, end), isLast: ended >= end)
        }
        addSettled(fresh, from: first, isAlone: !hasNews)
        ready += further
        // A stretch that ended a minute ago can still be named by a late record, but holds nothing any more.
        let last = stretches.last?.serial
        for index in stretches.indices.reversed()
        where stretches[index].serial != last && stretches[index].end < over - 60 {
            forget(index)
        }
        if begun - forgotAt >= RolloutTally.forgetting {
            forgotAt = begun
            open.baseline.forget(before: begun - patience)
            open.moved.forget(before: begun - patience)
            rescues.removeAll { $0 < begun - patience }
        }
        if excluded.count > 1_000 { excluded = excluded.filter { $0.key.second >= over } }
        if ready.count > mostReady {
            lost += Int64(ready.count - mostReady)
            ready.removeFirst(ready.count - mostReady)
        }
    }

    /// Tells the baseline's successes with the blocks of requests from an index on.
    ///
    /// - Parameters:
    ///   - fresh: those that have become known just now.
    ///   - isAlone: no failures of the same requests are told in a moment; else the fresh ones wait for the next block.
    private mutating func addSettled(_ fresh: [MetricID: Int64], from first: Int, isAlone: Bool) {
        if isAlone { settled.merge(fresh) { $0.saturatingSum($1) } }
        let blocks = ready.indices.filter { $0 >= first && ready[$0].stratum.isEmpty }
        for metric in settled.keys.sorted() {
            for block in blocks {
                let count = block == blocks.last ? settled[metric, default: 0] : 0
                ready[block].entries.append(Block.Entry(.settled(metric), Counts(clamping: 0, 0, count, 0)))
            }
            if !blocks.isEmpty { settled[metric] = 0 }
        }
        if !isAlone { settled.merge(fresh) { $0.saturatingSum($1) } }
    }

    /// Closes all seconds before one, whose requests have all ended.
    mutating func close(through second: Int64) { close(ReportedThrough(all: second)) }

    /// The oldest closed block was taken in.
    mutating func dropFirst() { if !ready.isEmpty { ready.removeFirst() } }

    /// Whether a record's watch is one of this rollout's.
    func knows(_ serial: Int64) -> Bool { stretches.contains { $0.serial == serial } || forgotten.contains(serial) }

    /// A stretch holds nothing any more; what is still told of it is late.
    private mutating func forget(_ index: Int) {
        forgotten.append(stretches.remove(at: index).serial)
        if forgotten.count > RolloutTally.mostStretches { forgotten.removeFirst() }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// A rollout's watch, ready for requests: what to settle at which ending, and the limits of each arm in the order of time.
///
/// Made once per snapshot and shared by all loops; a request keeps the one it was assigned under.
final class EvidenceWatch: Sendable {
    let rollout: RolloutID
    let canary: VersionID
    let serial: Int64
    /// Lives as long as the rollout is watched.
    let brake: Brake
    /// Production serves the canary's units, but for a trial now and then.
    let isDiverted: Bool
    /// Where the rollout stands in each loop's table; the same from one snapshot to the next.
    let index: Int
    /// The metrics that are events themselves.
    let events: [EvidenceEvent]
    /// Something is judged that answers show of their quality.
    let readsAnswers: Bool
    private let onCanary: EvidenceLimits
    private let onBaseline: EvidenceLimits
    /// By the version's index in the route's split: production is the baseline, another canary is neither.
    private let arms: [Arm?]
    /// By the same index: which of several production versions it is.
    private let numbers: [UInt8]

    init(_ watch: RolloutWatch, versions: [Version], index: Int, brake: Brake) {
        rollout = watch.rollout
        canary = watch.canary
        serial = watch.serial
        self.brake = brake
        isDiverted = watch.isDiverted
        self.index = index
        let items = watch.watch.items
        events = Metric.allCases.compactMap { metric in
            guard case .event(_, let happened) = metric.facts.reading else { return nil }
            let bits = EvidenceWatch.bits(of: metric.id, in: items)
            return bits == 0 ? nil : EvidenceEvent(bits: bits, happened: happened)
        }
        readsAnswers = items.contains { Metric($0.metric)?.facts.isOfAnswers == true }
        onCanary = EvidenceLimits(items, .canary)
        onBaseline = EvidenceLimits(items, .baseline)
        arms = versions.map { version in
            if version.id == watch.canary { return .canary }
            return version.release.state == .production ? .baseline : nil
        }
        let several = watch.production.count > 1 ? watch.production.prefix(Int(UInt8.max)) : []
        numbers = versions.map { version in several.firstIndex(of: version.id).map { UInt8($0 + 1) } ?? 0 }
    }

    /// Requests are counted, and are no evidence: one arm's units are on the other.
    var isAside: Bool { isDiverted || brake.isOn }

    func arm(of version: Int) -> Arm? { arms.indices.contains(version) ? arms[version] : nil }

    /// See ``EvidenceRecord/production``.
    func production(of version: Int) -> UInt8 { numbers.indices.contains(version) ? numbers[version] : 0 }

    func limits(of arm: Arm) -> EvidenceLimits { arm == .canary ? onCanary : onBaseline }

    private static func bits(of metric: MetricID, in items: [Watch.Item]) -> UInt64 {
        var bits: UInt64 = 0
        for (index, item) in items.enumerated().prefix(64) where item.metric == metric && item.isEvent {
            bits |= 1 << UInt64(index)
        }
        return bits
    }
}

/// A metric that is an event itself: what is settled at the end of a request, and how it is read.
struct EvidenceEvent: Sendable {
    let bits: UInt64
    let happened: @Sendable (MetricSource) -> Bool?
}

/// The limits of one arm; an item without a limit is in none of these lists and is never settled.
struct EvidenceLimits: Sendable {
    struct Limit: Sendable {
        /// Nanoseconds for times, nano-dollars for money: a value above it has the event.
        let value: UInt64
        let bit: UInt64
    }

    /// Each list is sorted, the least limit first.
    let firstToken: [Limit]
    let latency: [Limit]
    /// The metrics that are known at the end, also those without limits yet, whose values make them.
    let endings: [Ending]

    /// A metric whose value is known at the end.
    struct Ending: Sendable {
        let whole: @Sendable (MetricSource) -> UInt64?
        let scale: Double
        let slot: Int
        let limits: [Limit]
    }

    init(_ items: [Watch.Item], _ arm: Arm) {
        func limits(_ metric: Metric, _ unit: MetricFacts.Unit) -> [Limit] {
            var limits: [Limit] = []
            for (index, item) in items.enumerated().prefix(64) where item.metric == metric.id && !item.isEvent {
                guard let limit = item.limit(arm), limit.isFinite, limit >= 0 else { continue }
                limits.append(Limit(value: EvidenceLimits.whole(limit * unit.scale), bit: 1 << UInt64(index)))
            }
            return limits.sorted { $0.value < $1.value }
        }
        var firstToken: [Limit] = []
        var latency: [Limit] = []
        var endings: [Ending] = []
        let watched = Set(items.map(\.metric))
        for metric in Metric.values where watched.contains(metric.id) {
            guard case .value(let unit, let clock, let whole) = metric.facts.reading else { continue }
            let limits = limits(metric, unit)
            switch clock {
            case .firstToken?: firstToken += limits
            case .end?: latency += limits
            case nil:
                guard let slot = metric.slot else { continue }
                endings.append(Ending(whole: whole, scale: unit.scale, slot: slot, limits: limits))
            }
        }
        self.firstToken = firstToken.sorted { $0.value < $1.value }
        self.latency = latency.sorted { $0.value < $1.value }
        self.endings = endings
    }

    /// A limit in whole units, held at the end of the range.
    private static func whole(_ value: Double) -> UInt64 { value < 0x1p62 ? UInt64(value) : 1 << 62 }
}

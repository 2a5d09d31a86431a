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
    /// Items that are events themselves, by bit.
    let errors: UInt64
    let quotas: UInt64
    let credentials: UInt64
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
        errors = EvidenceWatch.bits(of: .error, in: items)
        quotas = EvidenceWatch.bits(of: .quota, in: items)
        credentials = EvidenceWatch.bits(of: .credential, in: items)
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
    let perToken: [Limit]
    let cost: [Limit]

    init(_ items: [Watch.Item], _ arm: Arm) {
        func limits(_ metric: MetricID, scale: Double) -> [Limit] {
            var limits: [Limit] = []
            for (index, item) in items.enumerated().prefix(64) where item.metric == metric && !item.isEvent {
                guard let limit = item.limit(arm), limit.isFinite, limit >= 0 else { continue }
                limits.append(Limit(value: EvidenceLimits.whole(limit * scale), bit: 1 << UInt64(index)))
            }
            return limits.sorted { $0.value < $1.value }
        }
        firstToken = limits(.ttft, scale: 1_000_000)
        latency = limits(.latency, scale: 1_000_000)
        perToken = limits(.tpot, scale: 1_000_000)
        cost = limits(.cost, scale: 1)
    }

    /// A limit in whole units, held at the end of the range.
    private static func whole(_ value: Double) -> UInt64 { value < 0x1p62 ? UInt64(value) : 1 << 62 }
}

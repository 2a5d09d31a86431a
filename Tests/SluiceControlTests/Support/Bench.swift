// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceRelease
import SluiceStore
import SluiceTestKit
import Synchronization

@testable import SluiceControl

/// A control plane over a store in memory, with a clock and chance of its own.
struct Bench {
    let store: MemoryStore
    let published = Published()
    let time = ManualTime()
    let metrics = VersionStatistics()
    let plane: ControlPlane

    init(_ definitions: Definitions = .sample, store: MemoryStore = MemoryStore()) {
        self.store = store
        let (published, time) = (published, time)
        plane = ControlPlane(
            store: store,
            definitions: definitions,
            pepper: Secret(Array("pepper".utf8)),
            metrics: metrics,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { time.now },
            random: SeededGenerator(seed: 7),
            publish: { published.add($0, $1) }
        )
    }

    /// A bench whose plane has started.
    static func started(_ definitions: Definitions = .sample) async throws -> Bench {
        let bench = Bench(definitions)
        try await bench.plane.start()
        return bench
    }

    let change = Change(by: "admin", because: "because")

    func release(of id: String) async throws -> Release { try await plane.version(id).version.release }

    /// Effective weights by version id.
    func effective() async -> [String: Double] {
        Dictionary(uniqueKeysWithValues: await plane.distribution().map { ($0.version.rawValue, $0.effectiveWeight) })
    }

    @discardableResult
    func register(_ id: String, state: VersionState? = nil, weight: Double? = nil) async throws -> VersionStatus {
        try await plane.register(
            RegisterVersion(id: id, apiVersion: "gpt-4.1", weight: weight, state: state),
            change
        ).version
    }
}

/// Every snapshot that was published, in order.
final class Published: Sendable {
    private let held = Mutex<[Snapshot]>([])
    private let seen = Mutex<[RolloutWatch]>([])
    func add(_ snapshot: Snapshot, _ watches: [RolloutWatch]) {
        held.withLock { $0.append(snapshot) }
        seen.withLock { $0 = watches }
    }
    var watches: [RolloutWatch] { seen.withLock { $0 } }
    var all: [Snapshot] { held.withLock { $0 } }
    var last: Snapshot? { held.withLock { $0.last } }
}

/// A wall clock that moves when it is told.
final class ManualTime: Sendable {
    private let held: Mutex<Timestamp>
    private let count = Mutex(0)
    init(_ start: Timestamp = Timestamp(milliseconds: 1_760_000_000_000)) { held = Mutex(start) }
    var now: Timestamp {
        count.withLock { $0 += 1 }
        return held.withLock { $0 }
    }
    /// How often somebody has looked.
    var reads: Int { count.withLock { $0 } }
    func set(_ moment: Timestamp) { held.withLock { $0 = moment } }
    func advance(seconds: Int64) { held.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

/// What a use case threw.
func refusal(_ body: () async throws(ControlError) -> some Any) async -> ControlError? {
    do throws(ControlError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension EvidenceLog {
    /// The number of a log's last entry; 0 where there is none.
    func lastEvidence(of rollout: RolloutID) async throws -> Int64 {
        try await evidence(of: rollout, after: 0, limit: 1_000_000).last?.sequence ?? 0
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceCore
import SluiceHTTP

/// What the data plane owns on one event loop: the snapshot it serves with, its pools, its ids, its chance.
final class GatewayLoop: @unchecked Sendable {
    // Safe because: the lets are immutable and everything mutable is only touched on the loop; `apply` and `close` hop
    // onto it.
    let loop: HTTPLoop
    let configuration: Gateway.Configuration
    let sink: any OutcomeSink
    let evidence: EvidenceBook
    let wallClock: @Sendable () -> Timestamp
    let isReady: @Sendable () -> Bool
    let logger: Logger
    private(set) var snapshot: GatewaySnapshot?
    var chance: Chance
    private var ids: RequestIDs
    private var pools: [ProviderPool?] = []
    private var retries: [VersionID: RetryBudget] = [:]

    init(
        _ loop: HTTPLoop,
        _ configuration: Gateway.Configuration,
        sink: any OutcomeSink,
        evidence: EvidenceBook,
        wallClock: @escaping @Sendable () -> Timestamp,
        isReady: @escaping @Sendable () -> Bool,
        seed: UInt64,
        logger: Logger
    ) {
        self.loop = loop
        self.configuration = configuration
        self.sink = sink
        self.evidence = evidence
        self.wallClock = wallClock
        self.isReady = isReady
        self.logger = logger
        chance = Chance(seed: seed)
        ids = RequestIDs(using: &chance)
    }

    func nextID(at now: Timestamp) -> RequestID { ids.next(at: now) }

    /// The pool of a target, or `nil` where the newest snapshot has no such target.
    func pool(_ index: Int, of snapshot: GatewaySnapshot) -> ProviderPool? {
        if pools.indices.contains(index), let pool = pools[index] { return pool }
        guard snapshot.targets.indices.contains(index), let target = snapshot.targets[index] else { return nil }
        while pools.count <= index { pools.append(nil) }
        let pool = ProviderPool(to: target, on: loop)
        pools[index] = pool
        return pool
    }

    func countTry(_ version: VersionID) { retries[version, default: RetryBudget()].countTry(now: loop.now) }

    func takeRetry(_ version: VersionID) -> Bool {
        retries[version, default: RetryBudget()].takeRetry(now: loop.now)
    }

    /// Serves with this snapshot from now on; requests under way end with theirs.
    func apply(_ snapshot: GatewaySnapshot) async {
        try? await loop.eventLoop.submit {
            guard snapshot.epoch >= self.snapshot?.epoch ?? .min else { return }
            self.snapshot = snapshot
            self.evidence.watch(snapshot.watched)
            for index in self.pools.indices
            where !snapshot.targets.indices.contains(index) || snapshot.targets[index] == nil {
                self.pools[index]?.close()
                self.pools[index] = nil
            }
        }.get()
    }

    func close() async {
        try? await loop.eventLoop.submit {
            for pool in self.pools { pool?.close() }
            self.pools = []
            self.evidence.close()
        }.get()
    }
}

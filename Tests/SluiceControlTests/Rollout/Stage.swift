// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Synchronization
import Testing

@testable import SluiceControl

/// A control plane with its conductor over a store in memory, and simulated traffic that follows what was published.
final class Stage {
    let store: MemoryStore
    /// The wall clock; the inbox runs on `steady`.
    let time: ManualTime
    let steady: ManualTime
    let published = Published()
    let plane: ControlPlane
    let inbox: EvidenceInbox
    var readings: RolloutReadings { plane.readings }
    let conductor: RolloutConductor
    var chance: SplitMix64
    /// Requests sent to each version.
    private(set) var sent: [VersionID: Int] = [:]
    /// A node's brake keeps units from the canaries.
    var isBraked = false
    /// Different units that send; each request is another one's where there is no number.
    var units: UInt64?
    private var splits: [String: (epoch: Int64, split: Split)] = [:]
    /// Seconds simulated.
    private(set) var second = 0

    init(
        _ definitions: Definitions = .sample,
        store: MemoryStore = MemoryStore(),
        time: ManualTime = ManualTime(),
        steady: ManualTime = ManualTime(),
        channels: [AlertChannel] = [],
        node: String = "node",
        seed: UInt64 = 1
    ) {
        self.store = store
        self.time = time
        self.steady = steady
        chance = SplitMix64(seed: seed)
        let (published, quiet) = (published, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        inbox = EvidenceInbox(seconds: { steady.now.nanoseconds / 1_000_000_000 })
        plane = ControlPlane(
            node: node,
            store: store,
            definitions: definitions,
            pepper: Secret(Array("pepper".utf8)),
            metrics: VersionStatistics(),
            log: quiet,
            now: { time.now },
            random: SplitMix64(seed: 7),
            inbox: inbox,
            alerts: AlertChannels(channels: channels),
            publish: { published.add($0, $1) }
        )
        conductor = RolloutConductor(control: plane, log: quiet)
    }

    /// A stage whose plane has started, with canary `v2` of route `chat` in staging.
    static func set(
        _ definitions: Definitions = .sample,
        channels: [AlertChannel] = [],
        seed: UInt64 = 1
    ) async throws -> Stage {
        let stage = Stage(definitions, channels: channels, seed: seed)
        try await stage.plane.start()
        try await stage.register("v2")
        return stage
    }

    let change = Change(by: "admin", because: "because")

    func register(_ id: String, route: String = "chat", model: String = "gpt-4.1") async throws {
        let wish = RegisterVersion(id: id, apiVersion: model, route: route, provider: "main")
        try await plane.register(wish, change)
    }

    /// The same store under a new process: everything that was only in memory is gone.
    func restarted(wall seconds: Int64 = 1) async throws -> Stage {
        time.advance(seconds: seconds)
        // A new process anchors its steady clock at the wall clock as it is then.
        let next = Stage(await plane.current.definitions, store: store, time: time, steady: ManualTime(time.now))
        next.chance = chance
        next.second = second
        try await next.plane.start()
        return next
    }

    @discardableResult
    func begin(_ plan: String, canary: String = "v2", id: String? = nil) async throws -> RolloutStatus {
        try await plane.createRollout(RolloutRequest(id: id, canary: canary, plan: .of(plan)), change)
    }

    func state(_ id: String = "v2-1") async throws -> RolloutState { try await plane.current.rollout(id).state }
    func release(_ id: String) async throws -> Release { try await plane.version(id).version.release }
    func weight(_ id: String = "v2") async throws -> Double { try await release(id).weight.fraction }

    // MARK: Traffic

    /// How a version behaves.
    struct Behaviour {
        var errors = 0.01
        /// Milliseconds: the shortest answer, and the mean of what comes on top.
        var latency = (least: 80.0, extra: 60.0)
        var cost: Int64 = 1_000_000
        /// The share that gets 429.
        var refused = 0.0
        /// No request has ended yet; the limits of time pass.
        var hangs = false
    }

    /// Simulates some seconds of traffic on a route, the conductor visiting the inbox after each step.
    ///
    /// - Parameter until: ends early.
    func run(
        _ seconds: Int,
        rate: Int = 60,
        step: Int = 1,
        route: String = "chat",
        canary: Behaviour = Behaviour(),
        others: Behaviour = Behaviour(),
        until: (() async throws -> Bool)? = nil
    ) async throws {
        var left = seconds
        while left > 0 {
            var records: [EvidenceRecord] = []
            let start = steady.now.nanoseconds / 1_000_000_000
            let split = split(of: route)
            for offset in 0..<step {
                for _ in 0..<rate {
                    records += request(at: start + Int64(offset), on: route, split, canary, others)
                }
            }
            inbox.append(records, loop: 0, openSince: start + Int64(step), reportedThrough: start + Int64(step))
            await pass(step)
            left -= step
            if let until, try await until() { return }
        }
    }

    /// How the newest snapshot cuts a route's traffic; made once a snapshot.
    private func split(of route: String) -> Split? {
        guard let snapshot = published.last else { return nil }
        if let known = splits[route], known.epoch == snapshot.epoch { return known.split }
        let split = Split(snapshot.versions.filter { $0.route.rawValue == route }.map { ($0.id, $0.release) })
        splits[route] = (snapshot.epoch, split)
        return split
    }

    /// Time goes by, and the conductor looks.
    func pass(_ seconds: Int) async {
        steady.advance(seconds: Int64(seconds))
        time.advance(seconds: Int64(seconds))
        second += seconds
        await conductor.tick()
    }

    /// One request as the data plane would tell it: an assignment, and an end.
    private func request(
        at second: Int64,
        on route: String,
        _ split: Split?,
        _ canary: Behaviour,
        _ others: Behaviour
    ) -> [EvidenceRecord] {
        guard let split, let watch = published.watches.first(where: { $0.route.rawValue == route }) else { return [] }
        let bucket = Int.random(in: 0..<10_000, using: &chance)
        guard let index = split.canaryIndex(bucket: bucket) ?? split.productionIndex(chance.next()) else { return [] }
        let version = split.versions[index]
        let isMoved = isBraked && version == watch.canary
        let arm: Arm = version == watch.canary && !isMoved ? .canary : .baseline
        if !isMoved { sent[version, default: 0] += 1 }
        let behaviour = arm == .canary ? canary : others
        var record = EvidenceRecord(
            serial: watch.serial,
            arm: arm,
            unit: units.map { chance.next() % $0 } ?? chance.next(),
            second: second
        )
        record.isAssignment = !isBraked
        record.isAside = isBraked
        record.isMoved = isMoved
        var end = record
        end.isAssignment = false
        end.isEnd = true
        if behaviour.hangs { return [record, overdue(record, watch.watch)] }
        let refused = behaviour.refused > 0 && Double.random(in: 0..<1, using: &chance) < behaviour.refused
        let failed = refused || Double.random(in: 0..<1, using: &chance) < behaviour.errors
        let extra = Double.random(in: 0..<1, using: &chance)
        let latency = behaviour.latency.least + behaviour.latency.extra * 3 * extra * extra
        if !failed {
            end.latency = latency
            end.firstToken = latency / 2
            end.cost = NanoUSD(behaviour.cost + Int64(extra * 1_000))
            end.values[.cost] = end.cost.map { Double($0.rawValue) }
            end.tokens = 100
        }
        for (place, item) in watch.watch.items.enumerated() {
            let bit: UInt64 = 1 << UInt64(place)
            var event: Bool?
            switch item.metric {
            case .error: event = refused ? nil : failed
            case .quota: event = refused
            case .credential: event = false
            case .latency: event = failed ? nil : latency > item.limit(arm) ?? .infinity
            case .ttft: event = failed ? nil : latency / 2 > item.limit(arm) ?? .infinity
            case .cost: event = end.cost.map { Double($0.rawValue) > item.limit(arm) ?? .infinity }
            default: event = nil
            }
            if let event, item.isCounted {
                end.settled |= bit
                if event { end.events |= bit }
            }
        }
        return [record, end]
    }

    /// All limits of time are behind a request that is still open.
    private func overdue(_ record: EvidenceRecord, _ watch: Watch) -> EvidenceRecord {
        var told = record
        told.isAssignment = false
        for (place, item) in watch.items.enumerated() where item.isCounted && [.latency, .ttft].contains(item.metric) {
            told.settled |= 1 << UInt64(place)
            told.events |= 1 << UInt64(place)
        }
        return told
    }

    // MARK: What was told

    func audit() async throws -> [AuditEntry] { try await store.auditEntries(after: 0, limit: 10_000) }

    func messages() async throws -> [OutboxMessage] {
        try await store.outbox(of: nil, limit: 1_000)
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
package import SluiceCore
import SluiceHTTP
package import SluiceRelease
import Synchronization

/// The data plane: relays callers' requests to providers, by the snapshot it was last given.
///
/// Life: `init`, ``publish(_:watches:)`` (again at every change), ``start()``, ``drain(within:)`` or ``stop()``.
package final class Gateway: Sendable {
    private struct State {
        var tables: LiveTables
        var epoch: Int64?
        /// The loops are gone, or going: nothing may be handed to them any more.
        var isStopped = false
    }

    private let configuration: Configuration
    private let group: HTTPLoopGroup
    private let loops: [GatewayLoop]
    private let logger: Logger
    private let state: Mutex<State>
    private let server = Mutex<HTTPServer?>(nil)
    private let memory = MemoryLimits()
    private let pins: PinTable
    private let missedIssuers: MissedIssuers

    /// - Parameters:
    ///   - sink: gets what happened: `opened` before each attempt is sent, `settled` before an answer's last byte.
    ///   - evidence: gets what judged requests tell, about ten times a second from each loop. Its seconds run evenly from
    ///     the moment this gateway was made: a step of the wall clock does not move them.
    ///   - wallClock: the time of day for records; durations are measured by a clock of our own.
    ///   - isReady: what `/readyz` and `/health/readiness` say.
    ///   - seed: makes jitter and requests without a unit repeatable; `nil` draws one.
    package init(
        configuration: Configuration,
        sink: any OutcomeSink,
        evidence: any EvidenceSink = NoEvidence(),
        wallClock: @escaping @Sendable () -> Timestamp,
        isReady: @escaping @Sendable () -> Bool = { true },
        seed: UInt64? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        self.logger = logger
        group = HTTPLoopGroup(count: configuration.loops)
        let anchor = EvidenceClock(wallClock: wallClock(), now: group.loops[0].now)
        let surroundings = Surroundings(sink: sink, wallClock: wallClock, isReady: isReady, logger: logger)
        missedIssuers = surroundings.missedIssuers
        let memory = self.memory
        let pins = PinTable(most: configuration.mostPins)
        self.pins = pins
        var seeds = SplitMix64(seed: seed ?? SystemRandomNumberGenerator.draw())
        loops = group.loops.map {
            GatewayLoop(
                $0,
                configuration,
                surroundings,
                evidence: EvidenceRecorder(evidence, anchor, on: $0),
                memory: memory,
                pins: pins,
                seed: seeds.next()
            )
        }
        let tables = LiveTables(
            loops: configuration.loops,
            pins: pins,
            brakePatience: configuration.brakePatience,
            logger: logger
        )
        state = Mutex(State(tables: tables))
    }

    /// Compiles a snapshot and hands it to every loop; when this returns, new requests are served by it.
    ///
    /// An epoch lower than the one in force is ignored. Requests under way end with the snapshot they began with, and under
    /// the watch they were assigned under.
    ///
    /// - Parameter watches: all that is watched from now on, at most one per route; exchanged whole with the snapshot, also
    ///   where the epoch is the one in force. A rollout that is left out loses its brake.
    package func publish(_ snapshot: Snapshot, watches: [RolloutWatch] = []) async {
        let compiled = state.withLock { state -> GatewaySnapshot? in
            if state.isStopped { return nil }
            if let epoch = state.epoch, snapshot.epoch < epoch { return nil }
            state.epoch = snapshot.epoch
            let watched = state.tables.rollouts.take(watches)
            return GatewaySnapshot(
                snapshot,
                &state.tables,
                watches: watched,
                now: (loops[0].wallClock(), loops[0].http.now),
                userAgent: configuration.userAgent,
                dialects: configuration.dialects
            )
        }
        guard let compiled else { return }
        for loop in loops { await loop.apply(compiled) }
    }

    /// Takes in what was made before, by this process or another one: requests that name it go where it was made.
    package func take(_ pins: [Pin]) { self.pins.take(pins) }

    /// Binds and serves; returns the bound address.
    ///
    /// - Throws: when the address cannot be bound.
    package func start() async throws -> BoundAddress {
        let loops = self.loops
        var server = configuration.server
        server.full = RefusalAnswer.noConnectionsLeft
        let started = try await HTTPServer.start(server, on: group, logger: logger) { client, loop in
            await serve(client, on: loops[loop.index])
        }
        self.server.withLock { $0 = started }
        if memory.isFull { await started.setAccepting(false) }
        return BoundAddress(text: started.address, port: started.port)
    }

    /// Says how short the process is of memory: whether requests are refused, and connections accepted.
    package func setPressure(_ pressure: Pressure) async {
        memory.set(pressure)
        await server.withLock { $0 }?.setAccepting(pressure != .full)
    }

    /// Says how many bytes of memory the bodies of requests may take, with what is made of them; cheap, from any thread.
    ///
    /// A request that announces more than is left is refused before its body is read.
    package func setBodyRoom(_ bytes: Int) { memory.bodies.limit(to: bytes) }

    /// Bytes of memory that are set aside for bodies; cheap, from any thread.
    package var bodyBytes: Int { memory.bodies.inUse }

    /// Stops accepting, lets requests end with `connection: close`, cuts what is left after the limit, and frees all.
    ///
    /// What no caller waits for any more has the same time: streams that are read on to learn what they cost.
    /// Returns whether every request ended by itself.
    @discardableResult
    package func drain(within limit: Duration) async -> Bool {
        let end = ContinuousClock.now.advanced(by: limit)
        let running = server.withLock { $0 }
        let isServed = await running?.drain(within: limit) ?? true
        let isClean = await settleBackground(until: end) && isServed
        await stop()
        return isClean
    }

    private func settleBackground(until end: ContinuousClock.Instant) async -> Bool {
        for loop in loops {
            while await loop.countBackground() > 0 {
                guard ContinuousClock.now < end, !Task.isCancelled else { return false }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        return true
    }

    /// Cuts every connection and frees all; a second call does nothing.
    package func stop() async {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        if wasStopped { return }
        if let running = server.withLock({ $0.take() }) { await running.stop() }
        for loop in loops {
            await loop.endBackground()
            await loop.close()
        }
        await group.shutdown()
    }

    /// Issuers of which machines showed tokens of keys that are not known, since this was asked last.
    package func takeMissedIssuers() -> Set<String> { missedIssuers.take() }

    /// What the data plane is doing now; cheap, from any thread.
    package var gauges: Gauges {
        let running = server.withLock { $0 }
        return Gauges(
            connections: running?.connectionCount ?? 0,
            refusedConnections: running?.refusedConnections ?? 0,
            inFlight: running?.inFlight ?? 0,
            epoch: state.withLock { $0.epoch }
        )
    }

    /// Every model at every account that versions use now, and what it is held back for; cheap, from any thread.
    package var targets: [TargetState] {
        state.withLock { $0.tables.health.current }.map {
            TargetState(provider: $0.provider, model: $0.model, openBreakers: $0.openGroups.map(\.name))
        }
    }

    /// Where every budget stands on this node; cheap, from any thread.
    package var budgets: [BudgetState] {
        let now = loops[0].wallClock()
        return state.withLock { $0.tables.spending.currentBudgets }.map { $0.state(at: now) }
    }

    /// Takes what a budget's requests from before this node counted have spent in a window that begins at a second.
    package func setSpentBefore(_ amount: NanoUSD, of budget: BudgetID, from start: Int64) {
        let meters = state.withLock { $0.tables.spending.currentBudgets }
        meters.first { $0.budget.id == budget }?.setBefore(amount.rawValue, from: start)
    }

    /// Takes the mean times of versions' answers, in nanoseconds, by which routes choose; of others they are not known.
    package func setMeanLatencies(_ times: [VersionID: Int64]) { state.withLock { $0.tables.setMeanLatencies(times) } }

    /// What each limit in a stretch of time would let in at once; cheap, from any thread.
    package var rates: [RateState] {
        let now = loops[0].http.now
        return state.withLock { $0.tables.spending.currentRates }.map { entity, meter in
            RateState(entity: entity, rate: meter.rate, remaining: meter.reading(at: now).remaining)
        }
    }

    /// The targets that get fewer requests at a time now; cheap, from any thread.
    package var limitedTargets: [LimitedTarget] {
        state.withLock { $0.tables.limits.sums }.compactMap { sum in
            sum.limit.map { LimitedTarget(version: sum.version, provider: sum.provider, model: sum.model, limit: $0) }
        }
    }

    /// Where a gateway listens.
    package struct BoundAddress: Sendable, CustomStringConvertible {
        /// `host:port`.
        package let text: String
        package let port: Int
        package var description: String { text }
    }

    package struct Gauges: Sendable, Equatable {
        package var connections: Int
        /// Connections closed at once since the start because a limit was reached.
        package var refusedConnections: Int
        /// Requests between their head and their last byte.
        package var inFlight: Int
        /// Of the snapshot last published.
        package var epoch: Int64?
    }
}

extension SystemRandomNumberGenerator {
    fileprivate static func draw() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

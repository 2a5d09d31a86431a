// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceCore
import SluiceHTTP

/// What the data plane owns on one event loop: the snapshot it serves with, its pools, its ids, its chance.
final class GatewayLoop: @unchecked Sendable {
    // Safe because: the lets are immutable and everything mutable is only touched on the loop; `apply` and `close` hop
    // onto it.
    let http: HTTPLoop
    let configuration: Gateway.Configuration
    let sink: any OutcomeSink
    let evidence: EvidenceRecorder
    let wallClock: @Sendable () -> Timestamp
    let isReady: @Sendable () -> Bool
    let memory: MemoryLimits
    let logger: Logger
    let buffers = ByteBufferAllocator()
    var spareBuffers = SpareBuffers()
    /// Nanoseconds.
    private let longestLag: UInt64
    private let callerStall: UInt64
    var spares = Spares()
    private var date = DateLine()
    /// When refused credentials were last logged, by target; nanoseconds.
    private var credentialsLogged: [Int: UInt64] = [:]
    private(set) var snapshot: GatewaySnapshot?
    var chance: SplitMix64
    private var ids: RequestIDs
    private var pools: [ProviderPool?] = []
    private var health: [TargetHealth] = []
    private var shedder = LoadShedder()
    /// Of targets whose version adapts its concurrency.
    var limits: [TargetLimit] = []
    /// Requests that were admitted and have not ended.
    private(set) var inFlight = 0
    /// Attempts that no caller waits for.
    private var background: [UpstreamAttempt] = []

    init(
        _ http: HTTPLoop,
        _ configuration: Gateway.Configuration,
        _ surroundings: Gateway.Surroundings,
        evidence: EvidenceRecorder,
        memory: MemoryLimits,
        seed: UInt64
    ) {
        self.http = http
        self.configuration = configuration
        sink = surroundings.sink
        self.evidence = evidence
        wallClock = surroundings.wallClock
        let isReady = surroundings.isReady
        self.isReady = { isReady() && !memory.isFull }
        self.memory = memory
        logger = surroundings.logger
        callerStall = configuration.callerStall.nanoseconds
        longestLag = AttemptLimits.nanoseconds(configuration.longestLag)
        chance = SplitMix64(seed: seed)
        ids = RequestIDs(using: &chance)
    }

    /// Writes the `date` line.
    ///
    /// - Parameter moment: nanoseconds since 1970.
    func writeDate(at moment: Int64, in bytes: inout HeadBytes) {
        bytes.write(date.line(at: moment / 1_000_000_000))
    }

    func writeDate(in bytes: inout HeadBytes) { writeDate(at: wallClock().nanoseconds, in: &bytes) }

    /// The `date` line's value now.
    var dateText: String { HTTPDate.text(seconds: wallClock().nanoseconds / 1_000_000_000) }

    func nextID(at now: Timestamp) -> RequestID { ids.next(at: now) }

    /// The connections to a target's provider, or `nil` where its TLS could not be set up.
    func pool(of target: CompiledTarget) -> ProviderPool? {
        guard let (index, peer) = target.pool else { return nil }
        if pools.indices.contains(index), let pool = pools[index] { return pool }
        while pools.count <= index { pools.append(nil) }
        let pool = ProviderPool(to: peer, on: http)
        pools[index] = pool
        return pool
    }

    /// The moment by which a caller must have read on.
    var callerLimit: UInt64 { http.moment(afterNanoseconds: callerStall) }

    // MARK: load

    /// Takes a request in, or says no because this loop lags behind or memory is short.
    ///
    /// One at a time is served however short memory is: what else would show that there is some again?
    func enter() -> Bool {
        if inFlight > 0, memory.isHigh { return false }
        shedder.look(tick: http.tick, lag: http.lag, limit: longestLag)
        if inFlight >= configuration.leastBeforeShedding, shedder.refuses(using: &chance) { return false }
        inFlight += 1
        return true
    }

    func leave() { inFlight -= 1 }

    /// How long a caller is asked to wait under overload: not all of them for the same time.
    func pauseAsked() -> Duration { .seconds(Int64.random(in: 1...3, using: &chance)) }

    // MARK: attempts that no caller waits for

    /// Works on an attempt beside all others; a stop of the relay waits for it.
    func inBackground(_ attempt: UpstreamAttempt, _ work: @escaping (UpstreamAttempt) async -> Void) {
        nonisolated(unsafe) let job = (attempt, work)  // Safe because: the task runs on the same loop.
        noteBackground(attempt)
        http.start { [self] in
            let (attempt, work) = unsafe job
            await work(attempt)
            forgetBackground(attempt)
        }
    }

    /// A stop of the relay waits for the attempt, until it is forgotten.
    func noteBackground(_ attempt: UpstreamAttempt) { background.append(attempt) }

    func forgetBackground(_ attempt: UpstreamAttempt) { background.removeAll { $0 === attempt } }

    /// How many attempts there are that no caller waits for.
    func countBackground() async -> Int { (try? await http.eventLoop.submit { self.background.count }.get()) ?? 0 }

    /// Ends what no caller waits for, and gives it a moment to go on record.
    func endBackground() async {
        try? await http.eventLoop.submit {
            let attempts = self.background
            for attempt in attempts { attempt.end(as: .relayStopped) }
        }.get()
        for _ in 0..<GatewayLoop.mostLooks {
            if await countBackground() == 0 { return }
            try? await http.eventLoop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
        }
    }

    /// Looks whether all is over, twenty milliseconds apart.
    private static let mostLooks = 50

    // MARK: health of targets

    private func breakers(_ target: CompiledTarget) -> TargetBreakers? {
        health.indices.contains(target.health) ? health[target.health].breakers : nil
    }

    func isHeldBack(_ target: CompiledTarget) -> Bool { breakers(target)?.isHeldBack(at: http.recent) ?? false }

    /// The decayed mean time to the first token of streams, or of whole answers, in nanoseconds; 0 where nothing is known.
    func time(_ target: CompiledTarget, isStream: Bool) -> Double {
        guard health.indices.contains(target.health) else { return 0 }
        let known = health[target.health]
        return (isStream ? known.firstToken : known.wholeAnswer).value(at: http.recent)
    }

    func beginAttempt(_ target: CompiledTarget) { breakers(target)?.begin(at: http.recent) }

    func countSuccess(_ target: CompiledTarget, began: UInt64, time: UInt64, isStream: Bool) {
        guard health.indices.contains(target.health) else { return }
        health[target.health].add(time: time, isStream: isStream, at: http.recent)
        if health[target.health].breakers.countSuccess(began: began, at: http.recent, loop: http.index) {
            logger.notice("a target answers again and is asked as before", metadata: metadata(target))
        }
    }

    func countFailure(_ target: CompiledTarget, _ errorClass: ErrorClass, isQuotaExhausted: Bool) {
        guard let group = FaultGroup(errorClass), let breakers = breakers(target),
            breakers.countFailure(group, isQuotaExhausted: isQuotaExhausted, at: http.recent, loop: http.index)
        else { return }
        warn(of: target, group)
    }

    /// The target lost a race against a second attempt that was sent because it was late.
    func countLoss(_ target: CompiledTarget) {
        if breakers(target)?.countLoss(at: http.recent) == true { warn(of: target, .slow) }
    }

    private func warn(of target: CompiledTarget, _ group: FaultGroup) {
        var metadata = metadata(target)
        metadata["sluice.fault"] = "\(group.name)"
        logger.warning("a target fails; others are asked where there are any", metadata: metadata)
    }

    /// Names the target in a line of the log.
    func metadata(_ target: CompiledTarget) -> Logger.Metadata {
        ["sluice.provider": "\(target.provider)", "sluice.model": "\(target.model)"]
    }

    /// Logs what a provider said when it refused the relay's credential; once in ten seconds for each target.
    func noteRefusedCredential(_ target: CompiledTarget, status: Int, body: ByteBuffer) {
        let now = http.recent
        if let last = credentialsLogged[target.health], now < last &+ 10_000_000_000 { return }
        credentialsLogged[target.health] = now
        let said = body.getString(at: body.readerIndex, length: min(body.readableBytes, 1_024)) ?? ""
        var metadata = metadata(target)
        metadata["http.status"] = "\(status)"
        metadata["provider.message"] = "\(said)"
        logger.warning("a provider refuses the relay's credential", metadata: metadata)
    }

    /// Serves with this snapshot from now on; requests under way end with theirs.
    func apply(_ snapshot: GatewaySnapshot) async {
        try? await http.eventLoop.submit {
            guard snapshot.epoch >= self.snapshot?.epoch ?? .min else { return }
            self.snapshot = snapshot
            self.evidence.watch(snapshot.watched)
            for breakers in snapshot.breakers.dropFirst(self.health.count) {
                self.health.append(TargetHealth(breakers))
            }
            for sum in snapshot.limits.dropFirst(self.limits.count) { self.limits.append(TargetLimit(sum)) }
            for index in self.pools.indices
            where !snapshot.targets.indices.contains(index) || snapshot.targets[index] == nil {
                self.pools[index]?.close()
                self.pools[index] = nil
            }
        }.get()
    }

    func close() async {
        try? await http.eventLoop.submit {
            for pool in self.pools { pool?.close() }
            self.pools = []
            self.evidence.close()
        }.get()
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What the data plane owns on one event loop: the snapshot it serves with, its targets, its load, its chance.
final class GatewayLoop: @unchecked Sendable {
    // Safe because: the lets are immutable and everything mutable is only touched on the loop; `apply` and `close` hop
    // onto it.
    let http: HTTPLoop
    let configuration: Gateway.Configuration
    let dialects: Dialects
    let surroundings: Gateway.Surroundings
    let evidence: EvidenceRecorder
    let memory: MemoryLimits
    let pins: PinTable
    /// Nanoseconds.
    private let callerStall: UInt64
    private(set) var snapshot: GatewaySnapshot?
    var targets = LoopTargets()
    private var load: LoopLoad
    private var stamps: AnswerStamps
    var spares = Spares()
    var machineTokens = MachineTokens()
    var chance: SplitMix64

    init(
        _ http: HTTPLoop,
        _ configuration: Gateway.Configuration,
        _ surroundings: Gateway.Surroundings,
        evidence: EvidenceRecorder,
        memory: MemoryLimits,
        pins: PinTable,
        seed: UInt64
    ) {
        self.pins = pins
        self.http = http
        self.configuration = configuration
        dialects = configuration.dialects
        self.surroundings = surroundings
        self.evidence = evidence
        self.memory = memory
        callerStall = configuration.callerStall.nanoseconds
        load = LoopLoad(configuration)
        chance = SplitMix64(seed: seed)
        stamps = AnswerStamps(using: &chance)
    }

    var sink: any OutcomeSink { surroundings.sink }
    var logger: Logger { surroundings.logger }
    /// Whether the relay says of itself that it is ready.
    var isReady: Bool { snapshot != nil && surroundings.isReady() && !memory.isFull }

    /// More than one key calls, by the snapshot in force.
    var hasSeveralCallers: Bool { (snapshot?.keys.count ?? 0) > 1 }

    func wallClock() -> Timestamp { surroundings.wallClock() }

    /// Writes the `date` line.
    ///
    /// - Parameter moment: nanoseconds since 1970.
    func writeDate(at moment: Int64, in bytes: inout HeadBytes) {
        bytes.write(stamps.dateLine(at: moment))
    }

    func writeDate(in bytes: inout HeadBytes) { writeDate(at: wallClock().nanoseconds, in: &bytes) }

    /// The `date` line's value now.
    var dateText: String { HTTPDate.text(seconds: wallClock().nanoseconds / 1_000_000_000) }

    func nextID(at now: Timestamp) -> RequestID { stamps.id(at: now) }

    /// The connections to a target's provider, or `nil` where its TLS could not be set up.
    func pool(of target: CompiledTarget) -> ProviderPool? { targets.pool(of: target, on: http) }

    /// The moment by which a caller must have read on.
    var callerLimit: UInt64 { http.moment(afterNanoseconds: callerStall) }

    // MARK: load

    /// Takes a request in, or says no because this loop lags behind or memory is short.
    func enter() -> Bool { load.enter(on: http, isMemoryShort: memory.isHigh, using: &chance) }

    func leave() { load.leave() }

    /// Requests that were admitted and have not ended.
    var inFlight: Int { load.inFlight }

    /// How long a caller is asked to wait under overload: not all of them for the same time.
    func pauseAsked() -> Duration { .seconds(Int64.random(in: 1...3, using: &chance)) }

    // MARK: attempts that no caller waits for

    /// A stop of the relay waits for the attempt, until it is forgotten.
    ///
    /// - Parameter end: ends it where it takes too long.
    func noteBackground(_ attempt: AnyObject, end: @escaping () -> Void) { load.noteBackground(attempt, end: end) }

    func forgetBackground(_ attempt: AnyObject) { load.forgetBackground(attempt) }

    /// How many attempts there are that no caller waits for.
    func countBackground() async -> Int { (try? await http.eventLoop.submit { self.load.background.count }.get()) ?? 0 }

    /// Ends what no caller waits for, and gives it a moment to go on record.
    func endBackground() async {
        try? await http.eventLoop.submit {
            for end in self.load.background.values { end() }
        }.get()
        for _ in 0..<GatewayLoop.mostLooks {
            if await countBackground() == 0 { return }
            try? await http.eventLoop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
        }
    }

    /// Looks whether all is over, twenty milliseconds apart.
    private static let mostLooks = 50

    // MARK: health of targets

    func isHeldBack(_ target: CompiledTarget) -> Bool { targets.breakers(target)?.isHeldBack(at: http.recent) ?? false }

    /// The decayed mean time to the first token of streams, or of whole answers, in nanoseconds; 0 where nothing is known.
    func time(_ target: CompiledTarget, isStream: Bool) -> Double {
        targets.time(target, isStream: isStream, at: http.recent)
    }

    func beginAttempt(_ target: CompiledTarget) { targets.breakers(target)?.begin(at: http.recent) }

    func countSuccess(_ target: CompiledTarget, began: UInt64, time: UInt64, isStream: Bool) {
        if targets.countSuccess(target, began: began, time: time, isStream: isStream, on: http) {
            logger.notice("a target answers again and is asked as before", metadata: metadata(target))
        }
    }

    func countFailure(_ target: CompiledTarget, _ errorClass: ErrorClass, isQuotaExhausted: Bool) {
        guard let group = FaultGroup(errorClass), let breakers = targets.breakers(target),
            breakers.countFailure(group, isQuotaExhausted: isQuotaExhausted, at: http.recent, loop: http.index)
        else { return }
        warn(of: target, group)
    }

    /// The target lost a race against a second attempt that was sent because it was late.
    func countLoss(_ target: CompiledTarget) {
        if targets.breakers(target)?.countLoss(at: http.recent) == true { warn(of: target, .slow) }
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
        guard targets.mayLogCredential(target, at: http.recent) else { return }
        let said = body.getString(at: body.readerIndex, length: min(body.readableBytes, 1_024)) ?? ""
        var metadata = metadata(target)
        metadata["http.status"] = "\(status)"
        metadata["provider.message"] = "\(said)"
        logger.warning("a provider refuses the relay's credential", metadata: metadata)
    }

    // MARK: adaptive limits of targets

    func enterTarget(_ index: Int) -> Bool {
        !targets.limits.indices.contains(index) || targets.limits[index].enter(at: http.now)
    }

    func leaveTarget(_ index: Int) { if targets.limits.indices.contains(index) { targets.limits[index].leave() } }

    func noteWait(_ index: Int, began: UInt64, _ target: CompiledTarget) {
        guard targets.limits.indices.contains(index),
            let change = targets.limits[index].note(began: began, at: http.now)
        else {
            return
        }
        var metadata = metadata(target)
        metadata["sluice.version"] = "\(target.version)"
        switch change {
        case .begins:
            logger.warning("a target slows down under its load; it gets fewer requests at a time", metadata: metadata)
        case .ends: logger.notice("a target is as fast as before; it gets all requests again", metadata: metadata)
        case .lifted:
            logger.warning("a target is slow with few requests too; it gets all of them again", metadata: metadata)
        }
    }

    // MARK: snapshots

    /// Serves with this snapshot from now on; requests under way end with theirs.
    func apply(_ snapshot: GatewaySnapshot) async {
        try? await http.eventLoop.submit {
            guard snapshot.epoch >= self.snapshot?.epoch ?? .min else { return }
            self.snapshot = snapshot
            self.evidence.watch(snapshot.watched)
            self.targets.apply(snapshot)
        }.get()
    }

    func close() async {
        try? await http.eventLoop.submit {
            self.targets.close()
            self.evidence.close()
        }.get()
    }
}

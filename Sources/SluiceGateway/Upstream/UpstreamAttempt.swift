// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// One try at one target: it owns its connection, what is sent on it, its limits in time, its entry in the transcript and
/// its slots at the target.
///
/// It knows no caller: it tells a ``Listener`` of silence and of first content. Lives on one event loop.
final class UpstreamAttempt {
    let transcript: Transcript
    let target: CompiledTarget
    /// Of its entry in the transcript; 0 before it has begun.
    private(set) var number = 0
    /// What is sent to the target, kept until no further attempt can need it.
    private(set) var request: UpstreamRequest
    var slots: TargetSlots
    var limit: TimeLimit
    var progress = Progress()
    private(set) var connection: ProviderConnection?
    private var connecting: ConnectAttempt?
    /// Why nobody waits for its answer any more.
    private(set) var ended: End?
    /// Ends the reading of a stream whose caller left at its finish.
    private var leaving: Deadline?

    /// How far it has come.
    struct Progress {
        var began: UInt64 = 0
        /// When a stream's first content must have come; `.max` once it has.
        var contentBy = UInt64.max
        /// Its success was counted already.
        var isCounted = false
        /// A choice of the stream was finished: what is left of it says its usage.
        var hasFinish = false
    }

    enum End { case callerGone, relayStopped, superseded }

    /// How long a stream is read on whose caller left at its finish.
    static let patienceAtFinish = Duration.seconds(2)

    init(
        at target: CompiledTarget,
        sending request: UpstreamRequest,
        within limit: TimeLimit,
        holding slots: consuming TargetSlots,
        _ transcript: Transcript
    ) {
        self.target = target
        self.request = request
        self.limit = limit
        self.slots = slots
        self.transcript = transcript
    }

    var loop: GatewayLoop { transcript.loop }
    var now: UInt64 { loop.http.now }
    /// When bytes last came in; for limits, and for where a wait ended.
    var recent: UInt64 { loop.http.recent }
    /// Nanoseconds since it began.
    var age: UInt64 { max(recent, progress.began) - progress.began }
    /// The head of its answer has come.
    var hasHead: Bool { transcript.entry(number)?.status != nil }

    /// Puts it on record, before anything is sent.
    @inline(never)
    func begin(as purpose: Attempt.Purpose) {
        let began = loop.http.look()
        number = transcript.open(target, purpose, at: began)
        progress.began = began
        if transcript.outcome.isStream { progress.contentBy = began &+ target.limits.firstToken }
        loop.beginAttempt(target)
    }

    /// Gives its slots to the attempt that comes after it.
    func takeSlots() -> TargetSlots {
        var taken = TargetSlots(on: loop)
        swap(&taken, &slots)
        return taken
    }

    /// Changes the request into one that goes on after what the caller has read, where the target's model is marked for it
    /// and the request is for plain text; `false` leaves it as it is.
    func prepareToGoOn(after sent: [UInt8]) -> Bool {
        request.goOn(after: sent, of: target, transcript.outcome.endpoint.operation, at: loop.wallClock())
    }

    /// How the target's answers are read; one that does not serve the endpoint is not asked.
    var metering: AnswerMetering { target.metering(of: transcript.outcome.endpoint) ?? .standard }

    /// Nothing of what was sent is needed any more.
    func dropRequest() { request.drop(on: loop) }

    // MARK: its connection

    /// Leases a connection and sends the request.
    ///
    /// - Parameter fresh: not on a kept one.
    func send(fresh: Bool) async throws(UpstreamFailure) -> ProviderConnection {
        guard ended == nil else { throw .callerGone }
        guard let pool = loop.pool(of: target) else { throw .noTarget }
        if !fresh, let connection = pool.leaseIdle() {
            self.connection = connection
            connection.send(request.bytes)
            return connection
        }
        let connecting = ConnectAttempt(on: loop.http)
        self.connecting = connecting
        defer { self.connecting = nil }
        do throws(ConnectionFault) {
            let began = now
            let connection = try await pool.lease(
                connectUntil: min(began + target.limits.connect, limit.end),
                tlsTime: min(target.limits.tls, limit.end > began ? limit.end - began : 0),
                fresh: fresh,
                attempt: connecting
            )
            self.connection = connection
            connection.send(request.bytes)
            return connection
        } catch {
            throw .connection(error)
        }
    }

    /// The moment by which the provider must have said more of its answer, where the wait for it begins now.
    func limitOfRead(from moment: UInt64) -> UInt64 {
        min(moment &+ target.limits.stall, limit.end, progress.contentBy)
    }

    /// The next bytes of its answer; who listens hears of silence meanwhile.
    func read(until moment: UInt64, _ listener: some Listener) async throws(UpstreamFailure) -> ByteBuffer? {
        guard let connection else { throw .connection(.reset) }
        while true {
            do throws(ConnectionFault) {
                return try await connection.read(until: min(moment, listener.silentAfter))
            } catch {
                guard error == .timeout, listener.silentAfter < moment, now >= listener.silentAfter else {
                    throw error == .timeout && now >= limit.end ? .outOfTime : .connection(error)
                }
            }
            try await listener.silence()
        }
    }

    /// Gives up what it waits for: another attempt has an answer.
    func interrupt() {
        connecting?.cancel()
        connection?.cancel()
    }

    /// Gives the connection back to its pool after an answer that was read to its end.
    func giveBackConnection(reusable: Bool) {
        guard let connection else { return }
        self.connection = nil
        guard reusable, let pool = loop.pool(of: target) else { return connection.close() }
        pool.giveBack(connection)
    }

    func closeConnection() {
        connection?.close()
        connection = nil
    }

    // MARK: its end from outside

    /// Nobody waits for its answer any more.
    ///
    /// - Parameter readsOn: an answer that has begun is read to its end all the same, to learn what it cost.
    func end(as reason: End, readsOn: Bool = false) {
        if ended == nil { ended = reason }
        connecting?.cancel()
        if readsOn { return }
        // At its finish only the usage is missing, which comes at once.
        guard progress.hasFinish, reason == .callerGone, connection != nil else {
            connection?.cancel()
            return
        }
        let alarm = Deadline(on: loop.http.deadlines) { [weak self] in self?.connection?.cancel() }
        alarm.move(to: loop.http.moment(after: UpstreamAttempt.patienceAtFinish))
        leaving = alarm
    }

    /// Nothing is read on any more.
    func endLeaving() {
        leaving?.retire()
        leaving = nil
    }

    /// It gave no answer, for a failure or since nobody waits for one.
    @inline(never)
    func failed(_ failure: UpstreamFailure) -> AttemptResult {
        closeConnection()
        let reason: UpstreamFailure =
            switch ended {
            case .relayStopped: .relayStopped
            case .callerGone, .superseded: .callerGone
            case nil: failure
            }
        return .failed(FailedAttempt(reason, of: target.provider))
    }
}

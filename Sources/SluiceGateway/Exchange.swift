// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// One request from its head to its last byte: what the stages hand on to each other.
///
/// Lives on one event loop.
final class Exchange {
    let home: GatewayLoop
    let client: ClientConnection
    let snapshot: GatewaySnapshot
    let method: RequestHead.Method
    /// The caller can be answered in chunks.
    let takesChunks: Bool
    let endpoint: Endpoint
    private(set) var headers: CallHeaders
    /// Becomes the one outcome.
    var outcome: Outcome
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    /// Nanoseconds spent waiting, for the provider and for the caller.
    var waitedForProvider: UInt64 = 0
    var waitedForCaller: UInt64 = 0
    /// When the wait for the provider's next bytes began.
    var waitBegan: UInt64 = 0

    var key: CompiledKey?
    /// The caller's body as it came and what was found in it, as long as they may be needed.
    var body: ByteBuffer?
    var scan: RequestScan?
    /// The assigned version, and the route that it was assigned on.
    var version: CompiledVersion?
    var route: CompiledRoute?
    /// The place that is asked now; the answer's fields name it.
    var target: CompiledTarget?
    /// The assigned version's places, where there is more than one.
    var order: [CompiledTarget] = []
    var judged: EvidenceRole?
    /// The end of the whole request, all attempts together.
    var deadline: UInt64 = .max
    /// The bytes of the provider's request, kept until no attempt can need them.
    var request = ByteBuffer()
    /// Bytes of memory that are set aside for the body and for what is made of it.
    var bodyRoom = 0
    /// Bytes of the body sent to the provider.
    var requestBytes = 0
    var hidesUsage = false
    /// Nanoseconds the whole request may take.
    var allowance: UInt64 = 0
    /// The places asked so far, where a stream may be resumed.
    var asked: [CompiledTarget] = []
    /// The serving version's count of requests in flight, where it has a limit.
    var heldPlace: InFlightCount?
    /// The adaptive limit under which this request is counted.
    var heldTarget: Int?
    /// Nanoseconds of silence before a stream's caller gets a comment.
    var keepalive = UInt64.max
    /// When the caller of a stream must hear something.
    var pingAt = UInt64.max
    /// The head of a stream's answer has left, by the framing it named.
    var committed: AnswerFraming?
    /// When the first content of the stream under way must have come; `.max` once it has.
    var contentBy = UInt64.max
    /// When the attempt under way began, and whether its success is counted already.
    var attemptBegan: UInt64 = 0
    var isCounted = false
    /// Our own retries are spent: the caller's library should not add its own.
    var isExhausted = false
    /// How long a provider that has had enough asks to wait.
    var advisedWait: Duration?
    /// A choice of the stream under way was finished: what is left of it tells its usage.
    var hasFinish = false
    /// Ends the reading of a stream whose caller left at its finish.
    private var leaving: Deadline?

    /// Nobody waits for an answer any more: the caller has left, or the relay stops.
    private(set) var isCallerGone = false
    /// The relay ends what is under way; the caller is still there to be told.
    private(set) var isStopped = false
    var connection: ProviderConnection?
    var connecting: ConnectAttempt?
    var pause: WaitPoint?
    /// The second attempt of a request whose first is late.
    var race: Race?
    private var isRecorded = false

    init(
        _ head: consuming RequestHead,
        from client: ClientConnection,
        on home: GatewayLoop,
        _ snapshot: GatewaySnapshot
    ) {
        method = head.method
        takesChunks = !head.isOld
        self.client = client
        self.home = home
        self.snapshot = snapshot
        endpoint = Endpoint(head)
        headers = CallHeaders(head)
        startedAt = client.startedAt
        let now = home.wallClock()
        outcome = Outcome(
            request: home.nextID(at: now),
            startedAt: now,
            endpoint: endpoint.recorded,
            epoch: snapshot.epoch
        )
    }

    /// Another exchange for the same request, as far as its head goes.
    init(besides other: Exchange) {
        method = other.method
        takesChunks = other.takesChunks
        client = other.client
        home = other.home
        snapshot = other.snapshot
        endpoint = other.endpoint
        headers = other.headers.copy()
        startedAt = other.startedAt
        outcome = other.outcome
    }

    /// Nothing of the head is needed any more.
    func dropHead() { headers.drop() }

    var now: UInt64 { home.loop.now }
    /// When bytes last came in; for limits, and for where a wait ended.
    var recent: UInt64 { home.loop.recent }
    var elapsed: Int64 { Int64(clamping: now &- startedAt) }

    /// From now on the caller's leaving ends what is under way.
    ///
    /// The connection holds this exchange until it is finished.
    func watchCaller() {
        if client.isGone { return callerLeft() }
        if client.isStopping { return relayStops() }
        client.onGone = { [self] in callerLeft() }
        client.onStop = { [self] in relayStops() }
    }

    private func callerLeft() {
        // Where the provider says so, a stream is read on without its caller, to learn what it cost.
        endUnderWay(readsOn: target?.whenCallerLeaves == .drain && outcome.isStream && !isStopped)
    }

    private func relayStops() {
        isStopped = true
        endUnderWay(readsOn: false)
    }

    private func endUnderWay(readsOn: Bool) {
        isCallerGone = true
        leaveEvidence()
        connecting?.cancel()
        pause?.wake()
        race?.second.abandon()
        if readsOn { return }
        // At its finish only the usage is missing, which comes at once.
        guard hasFinish, !isStopped, connection != nil else {
            connection?.cancel()
            return
        }
        let alarm = Deadline(on: home.loop.deadlines) { [weak self] in self?.connection?.cancel() }
        alarm.move(to: home.loop.moment(after: Exchange.patienceAtFinish))
        leaving = alarm
    }

    /// How long a stream is read on whose caller left at its finish.
    static let patienceAtFinish = Duration.seconds(2)

    /// Nothing is read on any more.
    func endLeaving() {
        leaving?.retire()
        leaving = nil
    }

    /// Ends what is under way without a word: the caller is served by another exchange.
    func abandon() {
        isCallerGone = true
        connecting?.cancel()
        connection?.cancel()
    }

    /// Lends the outcome, which is put back afterwards: to hand out a copy means to count a dozen references.
    func withOutcome(_ use: (Outcome) -> Void) {
        var lent = Outcome(request: outcome.request, startedAt: outcome.startedAt, endpoint: .other, epoch: 0)
        swap(&lent, &outcome)
        use(lent)
        swap(&lent, &outcome)
    }

    /// Puts the outcome on record; before the answer's last byte leaves, and exactly once.
    func record(_ ending: Outcome.Ending, status: Int, errorClass: ErrorClass? = nil) {
        guard !isRecorded else { return }
        isRecorded = true
        endEvidence(nil)
        outcome.ending = ending
        outcome.status = status
        outcome.errorClass = errorClass
        outcome.duration = elapsed
        outcome.overhead = max(0, outcome.duration - Int64(clamping: waitedForProvider &+ waitedForCaller))
        withOutcome { home.sink.settled($0, loop: home.loop.index) }
        home.logger.debug(
            "request settled",
            metadata: [
                "sluice.request.id": "\(outcome.request)", "sluice.ending": "\(ending.rawValue)",
                "http.status": "\(status)", "sluice.version": "\(outcome.version?.rawValue ?? "-")",
                "sluice.attempts": "\(outcome.attempts.count)",
            ]
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// An assigned request on its way to a provider and back: its attempts, and what has left to the caller of their answers.
///
/// Lives on one event loop.
final class Exchange {
    let loop: GatewayLoop
    let client: ClientConnection
    let snapshot: GatewaySnapshot
    let call: Call
    let transcript: Transcript
    let assignment: Assignment
    /// What the caller sent, as long as it may be needed.
    var request: CallRequest?
    var permit: Permit
    /// What is sent to the target, kept until no attempt can need it.
    var upstream: UpstreamRequest
    /// The target that is asked now.
    var target: CompiledTarget {
        didSet { transcript.target = target }
    }
    /// The assigned version's targets, where there is more than one.
    let order: [CompiledTarget]
    var limit: TimeLimit
    /// The targets asked so far, where a stream may be resumed.
    var asked: [CompiledTarget] = []

    /// When the wait for the provider's next bytes began.
    var waitBegan: UInt64 = 0
    /// Nanoseconds of silence before a stream's caller gets a comment.
    let keepalive: UInt64
    /// When the caller of a stream must hear something.
    var pingAt = UInt64.max
    /// The head of a stream's answer has left, by the framing it named.
    var committed: AnswerFraming?
    /// When the first content of the stream under way must have come; `.max` once it has.
    var contentBy = UInt64.max
    /// When the attempt under way began, and whether its success is counted already.
    var attemptBegan: UInt64 = 0
    var isCounted = false
    /// A choice of the stream under way was finished: what is left of it says its usage.
    var hasFinish = false
    /// Ends the reading of a stream whose caller left at its finish.
    private var leaving: Deadline?

    /// Nobody waits for an answer any more: the caller has left, or the relay stops.
    private(set) var isCallerGone = false
    /// The relay ends what is under way; the caller is still there to hear of it.
    private(set) var isStopped = false
    var connection: ProviderConnection?
    var connecting: ConnectAttempt?
    var pause: WaitPoint?
    /// The second attempt of a request whose first is late.
    var race: Race?

    init(
        _ request: CallRequest,
        of call: Call,
        from client: ClientConnection,
        _ assignment: Assignment,
        _ first: FirstTarget,
        permit: consuming Permit,
        in snapshot: GatewaySnapshot,
        _ transcript: Transcript
    ) {
        loop = transcript.loop
        self.client = client
        self.snapshot = snapshot
        self.call = call
        self.transcript = transcript
        self.assignment = assignment
        limit = first.limit
        upstream = first.request
        order = first.order
        target = first.target
        keepalive = first.keepalive
        if keepalive != .max { pingAt = loop.http.now &+ keepalive }
        self.permit = permit
        if assignment.mayMove(transcript.judged) {
            self.request = request
        } else {
            // Only what was made of the body is needed from now on.
            self.permit.releaseOriginal(copies: snapshot.copiesOfBody)
        }
    }

    /// A second attempt at the same request; the caller sees it only where it takes the first one's place.
    init(hedging first: Exchange, at target: CompiledTarget) {
        loop = first.loop
        client = first.client
        snapshot = first.snapshot
        call = first.call
        transcript = Transcript(besides: first.transcript)
        assignment = first.assignment
        request = first.request
        permit = Permit(besides: first.permit)
        upstream = first.upstream
        self.target = target
        order = []
        limit = first.limit
        keepalive = .max
    }

    /// Writes the heads of answers to the caller.
    var fields: AnswerFields { AnswerFields(of: call, transcript, to: client) }

    var now: UInt64 { loop.http.now }
    /// When bytes last came in; for limits, and for where a wait ended.
    var recent: UInt64 { loop.http.recent }

    /// The version that serves the caller of a trial which fails.
    var rescuer: CompiledVersion? { assignment.rescuer(transcript.judged) }

    /// Takes a slot of a version and of one of its targets, in place of those that are held; `false` where there is none.
    func enter(_ version: CompiledVersion, _ target: CompiledTarget) -> Bool {
        permit.slots.enter(version) && permit.slots.enter(target)
    }

    /// Makes the provider's request anew for another target; `false` where it cannot be served there.
    func prepare(_ target: CompiledTarget) -> Bool {
        guard let request, let prepared = try? UpstreamRequest(request, of: call, to: target, on: loop) else {
            return false
        }
        upstream = prepared
        return true
    }

    /// The caller asked for less time than the version has: running into that is not the version's slowness.
    var isCallerLimit: Bool { limit.isCallers(at: target, isStream: transcript.outcome.isStream) }

    /// Nothing of what the caller sent is needed any more.
    func dropRequest() {
        request = nil
        permit.releaseBody()
        upstream.drop(on: loop)
    }

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
        endUnderWay(readsOn: target.whenCallerLeaves == .drain && transcript.outcome.isStream && !isStopped)
    }

    private func relayStops() {
        isStopped = true
        endUnderWay(readsOn: false)
    }

    private func endUnderWay(readsOn: Bool) {
        isCallerGone = true
        transcript.leaveEvidence()
        connecting?.cancel()
        pause?.wake()
        race?.second.abandon()
        if readsOn { return }
        // At its finish only the usage is missing, which comes at once.
        guard hasFinish, !isStopped, connection != nil else {
            connection?.cancel()
            return
        }
        let alarm = Deadline(on: loop.http.deadlines) { [weak self] in self?.connection?.cancel() }
        alarm.move(to: loop.http.moment(after: Exchange.patienceAtFinish))
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
}

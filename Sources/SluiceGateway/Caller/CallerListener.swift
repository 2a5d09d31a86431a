// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The caller as attempts and their answers meet him: whether he is still there, what of an answer has left to him, and when
/// he must hear something.
///
/// Lives on one event loop.
final class CallerListener: Listener {
    let client: ClientConnection
    let call: Call
    let transcript: Transcript
    /// Nanoseconds of silence before he gets a comment.
    private var keepalive = UInt64.max
    private(set) var silentAfter = UInt64.max
    /// The head of a stream's answer has left, by the framing it named.
    private(set) var committed: AnswerFraming?
    /// Nobody waits for an answer any more: he has left, or the relay stops while he is still there to hear of it.
    private(set) var departure: UpstreamAttempt.End?
    /// The attempt whose answer is waited for.
    private var attempt: UpstreamAttempt?
    /// The same once he has left: it is counted among those that no caller waits for.
    private var unheard: UpstreamAttempt?
    /// Ends a wait that is not for this attempt.
    var interrupt: (() -> Void)?

    init(_ client: ClientConnection, _ call: Call, _ transcript: Transcript) {
        self.client = client
        self.call = call
        self.transcript = transcript
    }

    private var loop: GatewayLoop { transcript.loop }

    /// The moment by which he must have read on.
    private var limit: UInt64 { loop.callerLimit }

    /// Writes the heads of answers.
    var fields: AnswerFields { AnswerFields(of: call, transcript, to: client) }

    /// How a body of unknown length is framed.
    var framing: AnswerFraming { committed ?? (call.takesChunks ? .chunked : .untilClose) }

    // MARK: his leaving

    /// From now on his leaving ends what is under way.
    ///
    /// The connection holds this until it is finished.
    func watch() {
        if client.isGone { return leave(as: .callerGone) }
        if client.isStopping { return leave(as: .relayStopped) }
        client.watch.onGone = { [self] in leave(as: .callerGone) }
        client.watch.onStop = { [self] in leave(as: .relayStopped) }
    }

    /// From now on this attempt's answer is waited for.
    func follow(_ attempt: UpstreamAttempt) {
        self.attempt = attempt
        transcript.target = attempt.target
        transcript.translated = attempt.request.translated
        if let departure { leave(as: departure) }
    }

    private func leave(as reason: UpstreamAttempt.End) {
        departure = departure ?? reason
        transcript.leaveEvidence()
        interrupt?()
        guard let attempt else { return }
        attempt.end(as: reason, readsOn: readsOn(attempt))
        // As long as he is there the server waits for his connection.
        if reason == .callerGone { countUnheard(attempt) }
    }

    private func countUnheard(_ attempt: UpstreamAttempt?) {
        if let unheard { loop.forgetBackground(unheard) }
        if let attempt { loop.noteBackground(attempt) }
        unheard = attempt
    }

    /// The call is over: whatever is still read of its answer holds no slot.
    func close() {
        client.watch = CallerWatch()
        attempt?.slots.leave()
        if unheard != nil { countUnheard(nil) }
    }

    /// Where the provider says so, a stream is read on without its caller, to learn what it cost.
    private func readsOn(_ attempt: UpstreamAttempt) -> Bool {
        attempt.target.whenCallerLeaves == .drain && transcript.outcome.isStream && departure != .relayStopped
    }

    // MARK: writing

    /// The head of a stream's answer leaves now.
    func commit(to framing: AnswerFraming) { committed = framing }

    /// Writes; `false` when he is not there any more, or does not read.
    ///
    /// - Parameter end: of the whole request.
    func write(_ bytes: ByteBuffer, until end: UInt64) async -> Bool {
        client.send(bytes) ? departure == nil : await takes(until: end)
    }

    /// Waits until he takes more; `false` as of ``write(_:until:)``, and where the time for the whole request is over: a
    /// provider is not held for a caller who reads slowly.
    func takes(until end: UInt64) async -> Bool {
        let before = loop.http.now
        let isThere = await client.writable(until: min(limit, end))
        transcript.waitedForCaller += loop.http.now - before
        return isThere && departure == nil
    }

    /// Writes the last bytes of an answer, however long the request has taken.
    func writeLast(_ bytes: ByteBuffer) async { _ = await client.write(bytes, until: limit) }

    // MARK: silence

    /// How much silence a stream's caller is left with, in nanoseconds.
    func keepAwake(after keepalive: UInt64) {
        self.keepalive = keepalive
        listen(from: loop.http.now)
    }

    /// The silence begins now; no comment may break it where he is in the middle of an event.
    func listen(from moment: UInt64, mayComment: Bool = true) {
        silentAfter = mayComment && keepalive != .max ? moment &+ keepalive : .max
    }

    /// He hears no comment any more.
    func fallSilent() { silentAfter = .max }

    /// Says that the stream is still being worked on; the first time, with the head of its answer.
    ///
    /// The head names what is known by then; another target may serve the content. Everything else is said inside the stream
    /// from then on.
    func silence() async throws(UpstreamFailure) {
        let framing = framing
        var out = committed == nil ? earlyHead(framing) : ByteBuffer()
        committed = framing
        framing.frame(ByteBuffer(staticString: transcript.voice.keepAlive), in: &out)
        let isThere = await client.write(out, until: limit)
        silentAfter = loop.http.now &+ keepalive
        guard isThere, departure == nil else { throw .callerGone }
    }

    private func earlyHead(_ framing: AnswerFraming) -> ByteBuffer {
        var bytes = HeadBytes(reserving: 1_024)
        HTTPAnswer.begin(200, in: &bytes)
        bytes.write(
            "content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n"
        )
        fields.write(in: &bytes)
        fields.end(&bytes, framing)
        return bytes.buffer(reserving: 64)
    }

    func firstContent() {
        if transcript.outcome.firstToken == nil { transcript.noteFirstToken() }
    }

    func waited(_ nanoseconds: UInt64) { transcript.waitedForProvider += nanoseconds }

    /// Waits, and keeps the caller of a stream awake; `false` when he left first.
    func pause(for nanoseconds: UInt64) async -> Bool {
        guard nanoseconds > 0 else { return departure == nil }
        let http = loop.http
        let point = WaitPoint(on: http)
        interrupt = { point.wake() }
        let began = http.now
        let end = began &+ nanoseconds
        while http.now < end, departure == nil {
            _ = await http.sleep(until: min(end, silentAfter), at: point)
            guard http.now >= silentAfter, departure == nil else { continue }
            do throws(UpstreamFailure) { try await silence() } catch { break }
        }
        waited(http.now - began)
        interrupt = nil
        point.retire()
        return departure == nil
    }
}

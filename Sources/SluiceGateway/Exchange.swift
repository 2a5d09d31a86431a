// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOHTTP1
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
    let head: HTTPRequestHead
    let endpoint: Endpoint
    let headers: CallHeaders
    /// Becomes the one outcome.
    var outcome: Outcome
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    /// Nanoseconds spent waiting, for the provider and for the caller.
    var waitedForProvider: UInt64 = 0
    var waitedForCaller: UInt64 = 0

    var key: CompiledKey?
    var body = ByteBuffer()
    var scan: RequestScan?
    var version: CompiledVersion?
    var judged: EvidenceRole?
    /// The end of the whole request, all attempts together.
    var deadline: UInt64 = .max
    /// The bytes of the provider's request, kept until no attempt can need them.
    var request = ByteBuffer()
    /// Bytes of the body sent to the provider.
    var requestBytes = 0
    var hidesUsage = false
    /// Nanoseconds the whole request may take.
    var allowance: UInt64 = 0
    /// Our own retries are spent: the caller's library should not add its own.
    var isExhausted = false

    /// The caller has left.
    private(set) var isCallerGone = false
    var connection: ProviderConnection?
    var connecting: ConnectAttempt?
    var pause: WaitPoint?
    private var isRecorded = false

    init(_ head: HTTPRequestHead, from client: ClientConnection, on home: GatewayLoop, _ snapshot: GatewaySnapshot) {
        self.head = head
        self.client = client
        self.home = home
        self.snapshot = snapshot
        endpoint = Endpoint(head.method, head.uri)
        headers = CallHeaders(head.headers)
        startedAt = client.startedAt
        let now = home.wallClock()
        outcome = Outcome(
            request: home.nextID(at: now),
            startedAt: now,
            endpoint: endpoint.recorded,
            epoch: snapshot.epoch
        )
    }

    var now: UInt64 { home.loop.now }
    var elapsed: Int64 { Int64(clamping: now &- startedAt) }
    /// The caller can be answered in chunks.
    var takesChunks: Bool { head.version == .http1_1 }

    /// From now on the caller's leaving ends what is under way.
    func watchCaller() {
        if client.isGone { return callerLeft() }
        client.onGone = { [weak self] in self?.callerLeft() }
    }

    private func callerLeft() {
        isCallerGone = true
        leaveEvidence()
        connecting?.cancel()
        pause?.wake()
        // Where the provider says so, a stream is read on without its caller, to learn what it cost.
        if version?.whenCallerLeaves != .drain || !outcome.isStream { connection?.cancel() }
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
        outcome.key = key?.id
        home.sink.append(.settled(outcome), loop: home.loop.index)
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

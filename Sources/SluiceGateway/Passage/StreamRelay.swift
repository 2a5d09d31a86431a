// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP
import SluiceWire

/// Passes a stream on while its task waits: the provider's connection calls it with what comes, on the loop.
///
/// To wake the task for every chunk costs as much as all that is done with the chunk.
final class StreamRelay {
    /// There is something for the task to do: the end, a fault, a caller who takes no more for now.
    private(set) var isDue = false
    private(set) var fault: UpstreamFailure?
    /// The moment by which the provider must have said more.
    private(set) var limit: UInt64 = 0

    private let exchange: Exchange
    private let answer: StreamAnswer
    private let framing: AnswerFraming
    private let stall: UInt64

    init(_ exchange: Exchange, _ answer: StreamAnswer, _ framing: AnswerFraming) {
        self.exchange = exchange
        self.answer = answer
        self.framing = framing
        stall = exchange.target.limits.stall
    }

    /// Begins to wait; returns the moment at which the task has to look, be it only to keep the caller awake.
    func wait() -> UInt64 {
        limit = exchange.beginWait(mayPing: answer.isBetweenEvents, stall: stall)
        return min(limit, exchange.pingAt)
    }

    /// Takes what came and sends on what goes on; `nil` where the task is to go on.
    func pass(_ bytes: ByteBuffer) -> UInt64? {
        exchange.endWait()
        do throws(UpstreamFailure) {
            try answer.take(bytes, for: framing)
        } catch {
            fault = error
            isDue = true
            return nil
        }
        exchange.noteContent(answer)
        // The last bytes leave after the transcript.outcome is on record.
        isDue = answer.isOver || exchange.isCallerGone
        if !isDue, let out = answer.takeFramed(framing) { isDue = !exchange.client.send(out) }
        return isDue ? nil : wait()
    }
}

extension Exchange {
    /// Passes on what comes of a stream until there is something else to do; `false` where nobody takes it any more.
    func relay(_ answer: StreamAnswer, _ framing: AnswerFraming) async throws(UpstreamFailure) -> Bool {
        guard let connection else { throw .connection(.reset) }
        let relay = StreamRelay(self, answer, framing)
        await connection.relay(until: relay.wait()) { relay.pass($0) }
        guard relay.isDue else {
            defer { endWait() }
            try take(await read(connection, until: relay.limit), answer, framing)
            return true
        }
        if let fault = relay.fault { throw fault }
        return answer.isOver ? true : await callerTakes()
    }

    @inline(never)
    private func take(
        _ bytes: ByteBuffer?,
        _ answer: StreamAnswer,
        _ framing: AnswerFraming
    ) throws(UpstreamFailure) {
        try answer.take(bytes, for: framing)
    }

    /// Begins to wait for the provider; returns the moment by which it must have said more.
    ///
    /// - Parameter mayPing: the caller is between two events of a stream.
    func beginWait(mayPing: Bool, stall: UInt64) -> UInt64 {
        waitBegan = loop.http.look()
        pingAt = mayPing && keepalive != .max ? waitBegan &+ keepalive : .max
        return min(waitBegan &+ stall, limit.end, contentBy)
    }

    func endWait() { transcript.waitedForProvider += max(recent, waitBegan) - waitBegan }
}

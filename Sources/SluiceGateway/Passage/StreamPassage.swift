// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Passes one stream on: whole events as they come, the last of them once the outcome is on record.
///
/// While its task waits, the provider's connection calls it with what comes, on the loop: to wake the task for every chunk
/// costs as much as all that is done with the chunk.
final class StreamPassage {
    let passage: Passage
    let answer: StreamAnswer
    let framing: AnswerFraming
    /// There is something for the task to do: the end, a fault, a caller who takes no more for now.
    private var isDue = false
    private var fault: UpstreamFailure?
    /// When the wait for the provider's next bytes began, and the moment by which it must have said more.
    private var waitBegan: UInt64 = 0
    private var limit: UInt64 = 0

    var attempt: UpstreamAttempt { passage.attempt }
    var caller: CallerListener { passage.caller }

    init(_ answer: StreamAnswer, of attempt: UpstreamAttempt, to caller: CallerListener) {
        self.answer = answer
        passage = Passage(attempt: attempt, caller: caller)
        framing = caller.framing
    }

    /// - Parameter resumption: by which the stream is asked for again where it breaks off.
    func run(resumption: Resumption?) async {
        // A stream that waits holds no buffer: thousands of them do.
        var waiting = commit(mayResume: resumption != nil)
        var failure: UpstreamFailure?
        while true {
            collect(in: &waiting)
            if answer.isOver { break }
            if let bytes = waiting.take() {
                guard await caller.write(bytes, until: attempt.limit.end) else { return await passage.leave(answer) }
            }
            do throws(UpstreamFailure) {
                guard try await relay() else { return await passage.leave(answer) }
            } catch {
                failure = error
                break
            }
        }
        await over(waiting, failure, resumption)
    }

    /// Nothing can be bettered by another attempt from now on; returns the head of the answer, where none has left yet.
    @inline(never)
    private func commit(mayResume: Bool) -> ByteBuffer? {
        let head = caller.committed == nil ? caller.fields.head(answer.reader, framing) : nil
        caller.commit(to: framing)
        if !mayResume {
            attempt.dropRequest()
            caller.call.dropHead()
        }
        answer.reader.dropLines()
        return head
    }

    @inline(never)
    private func collect(in waiting: inout ByteBuffer?) {
        attempt.note(answer, caller)
        let out = answer.takeFramed(framing)
        attempt.transcript.sealed?.look(at: out, of: attempt)
        waiting.append(out)
    }

    /// No more of the stream is to be waited for: its end, or a fault.
    private func over(_ passed: ByteBuffer?, _ failure: UpstreamFailure?, _ resumption: Resumption?) async {
        var waiting = passed
        if caller.departure != nil { return await passage.leave(answer) }
        if failure != nil { waiting.append(answer.takeFramed(framing)) }
        let out = waiting ?? ByteBuffer()
        if let resumption, answer.meter.isPlain, answer.meter.failure == nil,
            let errorClass = answer.broken(by: failure)
        {
            let broken = BrokenStream(
                answer: answer,
                fault: failure ?? .connection(.truncated),
                errorClass: errorClass,
                passed: out
            )
            return await passage.resume(broken, by: resumption.assigned, framing)
        }
        if let failure {
            return await passage.breakOff(
                failure,
                usage: attempt.seenUsage(of: answer),
                status: answer.reader.head.status,
                after: out,
                framing
            )
        }
        await passage.end(answer, after: out, framing)
    }

    // MARK: one chunk after the other

    /// Passes on what comes of the stream until there is something else to do; `false` where nobody takes it any more.
    private func relay() async throws(UpstreamFailure) -> Bool {
        guard let connection = attempt.connection else { throw .connection(.reset) }
        isDue = false
        await connection.relay(until: wait()) { [self] in pass($0) }
        guard isDue else {
            defer { endWait() }
            try take(await attempt.read(until: limit, caller))
            return true
        }
        if let fault { throw fault }
        return answer.isOver ? true : await caller.takes(until: attempt.limit.end)
    }

    /// Begins to wait; returns the moment at which the task has to look, be it only to keep the caller awake.
    private func wait() -> UInt64 {
        waitBegan = attempt.loop.http.look()
        caller.listen(from: waitBegan, mayComment: answer.isBetweenEvents)
        limit = attempt.limitOfRead(from: waitBegan)
        return min(limit, caller.silentAfter)
    }

    private func endWait() { caller.waited(max(attempt.recent, waitBegan) - waitBegan) }

    /// Takes what came and sends on what goes on; `nil` where the task is to go on.
    private func pass(_ bytes: ByteBuffer) -> UInt64? {
        endWait()
        do throws(UpstreamFailure) {
            try answer.take(bytes, for: framing)
        } catch {
            fault = error
            isDue = true
            return nil
        }
        attempt.note(answer, caller)
        // The last bytes leave after the outcome is on record.
        isDue = answer.isOver || caller.departure != nil
        if !isDue, let out = answer.takeFramed(framing) {
            attempt.transcript.sealed?.look(at: out, of: attempt)
            isDue = !caller.client.send(out)
        }
        return isDue ? nil : wait()
    }

    @inline(never)
    private func take(_ bytes: ByteBuffer?) throws(UpstreamFailure) { try answer.take(bytes, for: framing) }
}

extension ByteBuffer? {
    fileprivate mutating func append(_ more: ByteBuffer?) {
        guard let more else { return }
        if self == nil { self = more } else { self?.writeImmutableBuffer(more) }
    }
}

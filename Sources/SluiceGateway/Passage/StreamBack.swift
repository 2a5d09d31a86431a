// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// Passes a stream on: whole events as they come, the last of them once the transcript.outcome is on record.
    func streamBack(_ answer: StreamAnswer) async {
        let framing: AnswerFraming = committed ?? (call.takesChunks ? .chunked : .untilClose)
        // A stream that waits holds no buffer: thousands of them do.
        var waiting = commit(answer, framing)
        var failure: UpstreamFailure?
        while true {
            collect(answer, framing, in: &waiting)
            if answer.isOver { break }
            if let bytes = waiting.take() {
                guard await write(bytes) else { return await leave(answer) }
            }
            do throws(UpstreamFailure) {
                guard try await relay(answer, framing) else { return await leave(answer) }
            } catch {
                failure = error
                break
            }
        }
        await streamOver(answer, waiting, failure, framing)
    }

    /// Nothing can be bettered by another attempt from now on; returns the head of the answer, where none has left yet.
    @inline(never)
    private func commit(_ answer: StreamAnswer, _ framing: AnswerFraming) -> ByteBuffer? {
        let head = committed == nil ? fields.head(answer.reader, framing) : nil
        if !mayResume {
            dropRequest()
            call.dropHead()
        }
        committed = framing
        answer.reader.dropLines()
        return head
    }

    @inline(never)
    private func collect(_ answer: StreamAnswer, _ framing: AnswerFraming, in waiting: inout ByteBuffer?) {
        noteContent(answer)
        waiting.append(answer.takeFramed(framing))
    }

    /// No more of a stream is to be waited for: its end, or a fault.
    private func streamOver(
        _ answer: StreamAnswer,
        _ passed: ByteBuffer?,
        _ failure: UpstreamFailure?,
        _ framing: AnswerFraming
    ) async {
        var waiting = passed
        if isCallerGone { return await leave(answer) }
        if failure != nil { waiting.append(answer.takeFramed(framing)) }
        let out = waiting ?? ByteBuffer()
        if mayResume, answer.meter.isPlain, answer.meter.failure == nil, let errorClass = answer.broken(by: failure) {
            return await resumeBack(answer, failure ?? .connection(.truncated), errorClass, out, framing)
        }
        if let failure {
            return await breakOff(
                failure,
                usage: answer.meter.seenUsage(requestBytes: upstream.bodyBytes),
                status: answer.reader.head.status,
                after: out,
                framing
            )
        }
        await end(answer, out, framing)
    }

    /// The provider's stream is over: whole, or without its end.
    func end(_ answer: StreamAnswer, _ passed: ByteBuffer, _ framing: AnswerFraming) async {
        var out = passed
        handBack(answer)
        guard let fault = answer.meter.fault else {
            settleAttempt(nil, usage: answer.meter.usage)
            transcript.record(.complete, status: answer.reader.head.status)
            frame(ByteBuffer(bytes: answer.takeTerminal()), framing, in: &out)
            if case .chunked = framing { out.writeStaticString(HTTPAnswer.lastChunk) }
            _ = await client.write(out, until: callerLimit)
            return await client.finish(keepsAlive: framing.endsItself)
        }
        // The provider's own error event has passed already; a stream that just stops gets one of ours.
        let hasOwnError = answer.meter.failure != nil
        await breakOff(
            .connection(.truncated),
            errorClass: fault,
            usage: answer.meter.seenUsage(requestBytes: upstream.bodyBytes),
            status: answer.reader.head.status,
            after: out,
            framing,
            saysSo: !hasOwnError
        )
    }

    /// Gives the connection back, or lets a task of its own read the little that is left of the answer first.
    private func handBack(_ answer: StreamAnswer) {
        if answer.isEnded { return giveBackConnection(reusable: answer.isReusable) }
        guard let connection, let pool = loop.pool(of: target) else { return closeConnection() }
        self.connection = nil
        let end = loop.http.moment(after: .seconds(1))
        nonisolated(unsafe) let rest = (answer, connection, pool)  // Safe because: the task runs on the same loop.
        loop.http.start {
            let (answer, connection, pool) = unsafe rest
            do throws(UpstreamFailure) {
                while !answer.isEnded {
                    let bytes: ByteBuffer?
                    do throws(ProviderFault) {
                        bytes = try await connection.read(until: end)
                    } catch {
                        throw .connection(error)
                    }
                    try answer.take(bytes)
                }
            } catch {
                return connection.close()
            }
            if answer.isReusable { pool.giveBack(connection) } else { connection.close() }
        }
    }

    /// The caller has left in the middle: bill what was seen, or read on to learn what it cost.
    func leave(_ answer: StreamAnswer) async {
        pingAt = .max
        let patience: Duration? =
            target.whenCallerLeaves == .drain
            ? .seconds(30) : answer.meter.hasFinish ? Exchange.patienceAtFinish : nil
        if let patience, !answer.isOver, !isStopped {
            let end = min(loop.http.moment(after: patience), limit.end)
            do throws(UpstreamFailure) {
                while !answer.isOver {
                    try answer.take(await read(connection, until: end))
                    _ = answer.takePassed()
                }
            } catch {}
        }
        endLeaving()
        await giveUp(
            usage: answer.isOver ? answer.meter.usage : answer.meter.seenUsage(requestBytes: upstream.bodyBytes),
            status: answer.reader.head.status
        )
    }

    func noteContent(_ answer: StreamAnswer) {
        if answer.meter.hasContent { contentBy = .max }
        if answer.meter.hasFinish { hasFinish = true }
        guard transcript.outcome.firstToken == nil, answer.meter.hasContent else { return }
        transcript.noteFirstToken()
        changeAttempt { $0.firstToken = max(0, transcript.elapsed - $0.startedAfter) }
        countFirstToken()
    }
}

extension ByteBuffer? {
    fileprivate mutating func append(_ more: ByteBuffer?) {
        guard let more else { return }
        if self == nil { self = more } else { self?.writeImmutableBuffer(more) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

// How a stream ends: whole, without its end, or without its caller.
extension Passage {
    /// The provider's stream is over: whole, or without its end.
    func end(_ answer: StreamAnswer, after passed: ByteBuffer, _ framing: AnswerFraming) async {
        var out = passed
        handBack(answer)
        guard let fault = answer.meter.fault else {
            if transcript.judged?.watch.readsAnswers == true {
                transcript.marks = answer.meter.marks(expectsJSON: transcript.expectsJSON)
            }
            attempt.settle(nil, usage: answer.meter.usage)
            transcript.record(.complete, status: answer.reader.head.status)
            framing.frame(answer.takeTerminal(), in: &out)
            if case .chunked = framing { out.writeStaticString(HTTPAnswer.lastChunk) }
            await caller.writeLast(out)
            return await caller.client.finish(keepsAlive: framing.endsItself)
        }
        // The provider's own error event has passed already; a stream that just stops gets one of ours.
        let failure = answer.meter.failure
        await breakOff(
            failure.map { .answer($0) } ?? .connection(.truncated),
            errorClass: fault,
            usage: attempt.seenUsage(of: answer),
            status: answer.reader.head.status,
            after: out,
            framing,
            saysSo: !answer.tellsError
        )
    }

    /// Gives the connection back, or lets a task of its own read the little that is left of the answer first.
    private func handBack(_ answer: StreamAnswer) {
        if answer.isEnded { return attempt.giveBackConnection(reusable: answer.isReusable) }
        let end = attempt.loop.http.moment(after: .seconds(1))
        attempt.loop.inBackground(attempt) { attempt in
            await readOn(attempt, until: end) { answer.isEnded ? nil : answer }
            attempt.giveBackConnection(reusable: answer.isReusable)
        }
    }

    /// The caller has left in the middle: bill what was seen, or read on to learn what it cost.
    func leave(_ answer: StreamAnswer) async {
        let patience: Duration? =
            attempt.target.whenCallerLeaves == .drain
            ? .seconds(30) : answer.meter.hasFinish ? UpstreamAttempt.patienceAtFinish : nil
        if let patience, !answer.isOver, caller.departure != .relayStopped {
            let end = min(attempt.loop.http.moment(after: patience), attempt.limit.end)
            await readOn(attempt, until: end) { answer.isOver ? nil : answer }
        }
        attempt.endLeaving()
        await giveUp(
            usage: answer.isOver ? answer.meter.usage : attempt.seenUsage(of: answer),
            status: answer.reader.head.status
        )
    }
}

/// Reads on in a stream, for what it cost or to use its connection again; what comes is dropped.
///
/// - Parameter rest: the answer, as long as there is something to read of it.
private func readOn(
    _ attempt: UpstreamAttempt,
    until moment: UInt64,
    _ rest: () -> StreamAnswer?
) async {
    do throws(UpstreamFailure) {
        while let answer = rest() {
            try answer.take(await attempt.read(until: moment, NoListener()))
            _ = answer.takePassed()
        }
    } catch {
        attempt.closeConnection()
    }
}

// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Passage {
    /// Passes an answer on that is no stream: in one write where it is small, else piece by piece.
    func pass(_ answer: WholeAnswer) async {
        attempt.dropRequest()
        if caller.departure != nil { return await giveUp(usage: answer.usage, status: 0) }
        if let committed = caller.committed { return await end(answer, in: committed) }
        pin(answer)
        if answer.isEnded { return await sendWhole(answer) }
        attempt.limit.shorten(to: transcript.startedAt &+ attempt.target.limits.total)
        let framing: AnswerFraming =
            if case .length(let count) = answer.reader.head.body { .length(count) } else { caller.framing }
        var out = caller.fields.head(answer.reader, framing, status: answer.status)
        while !answer.isEnded {
            framing.frame(answer.takeBody(), in: &out)
            guard await caller.write(out, until: attempt.limit.end) else {
                return await giveUp(usage: answer.usage, status: answer.status)
            }
            out = ByteBuffer()
            do throws(UpstreamFailure) {
                try answer.take(await readMore())
            } catch {
                return await breakOff(error, usage: answer.usage, status: answer.status)
            }
            pin(answer)
        }
        attempt.giveBackConnection(reusable: answer.isReusable)
        settle(answer)
        framing.frame(answer.takeBody(), in: &out)
        if case .chunked = framing { out.writeStaticString(HTTPAnswer.lastChunk) }
        await caller.writeLast(out)
        await caller.client.finish(keepsAlive: framing.endsItself)
    }

    private func pin(_ answer: WholeAnswer) {
        if transcript.awaitsID { attempt.pin(answer.id, isOwed: answer.isUnderWay) }
        transcript.sealed?.look(at: answer.body, of: attempt)
        if answer.isEnded, answer.isSuccess, transcript.stored?.namesMore == true {
            let body = answer.translatedBody ?? answer.body
            transcript.pinFurther(StoredAnswer.furtherIDs(body.readableBytesSpan), at: attempt.target)
        }
    }

    /// Sends an answer that is here whole: head and body in one write, after its outcome is on record.
    private func sendWhole(_ answer: WholeAnswer) async {
        let loop = attempt.loop
        let out = bytes(of: answer)
        await caller.writeLast(out)
        loop.spares.giveBack(out)
        loop.spares.giveBack(answer.reader)
        await caller.client.finish()
    }

    @inline(never)
    private func bytes(of answer: WholeAnswer) -> ByteBuffer {
        let loop = attempt.loop
        if transcript.judged?.watch.readsAnswers == true, answer.isSuccess {
            transcript.marks = answer.marks(expectsJSON: transcript.expectsJSON)
        }
        settle(answer)
        let cost = CostSum(of: transcript.outcome.attempts)
        let body = answer.translatedBody ?? answer.body
        let count = body.readableBytes
        caller.fields.writeHead(answer.reader, .length(count), status: answer.status, cost: cost, in: &loop.spares.head)
        var out = loop.spares.takeBuffer(loop.spares.head.count + count)
        loop.spares.head.append(to: &out)
        out.writeImmutableBuffer(body)
        return out
    }

    /// Settles the attempt of a whole answer.
    private func settle(_ answer: WholeAnswer) {
        let fault = answer.fault
        let errorClass = fault?.errorClass
        attempt.settle(errorClass, usage: answer.usage, isQuotaExhausted: fault?.isQuotaExhausted ?? false)
        if answer.isSuccess {
            // It came whole when the attempt ended.
            var end: Int64?
            transcript.change(attempt.number) { entry in
                entry.firstToken = entry.duration
                end = entry.startedAfter + entry.duration
            }
            transcript.outcome.firstToken = transcript.outcome.firstToken ?? end
        }
        transcript.record(.complete, status: answer.status, errorClass: errorClass)
    }

    /// Ends a stream that has no content with the provider's answer, which is no stream.
    private func end(_ answer: WholeAnswer, in framing: AnswerFraming) async {
        attempt.closeConnection()
        let fault = answer.fault
        let errorClass = fault?.errorClass ?? .malformed
        attempt.settle(errorClass, usage: answer.usage, isQuotaExhausted: fault?.isQuotaExhausted ?? false)
        transcript.record(.cut, status: 200, errorClass: errorClass)
        await caller.end(in: framing, with: event(of: answer, isFault: fault != nil))
    }

    private func event(of answer: WholeAnswer, isFault: Bool) -> ByteBuffer {
        let body = answer.translatedBody ?? answer.body
        if isFault, answer.isEnded, let own = transcript.voice.event(ofError: body.readableBytesSpan) {
            return ByteBuffer(bytes: own)
        }
        let name = attempt.target.provider
        let text =
            isFault ? "Provider `\(name)` answered \(answer.status)." : "Provider `\(name)` answered without a stream."
        return RefusalAnswer.event(Refusal(.upstreamMalformed, text), transcript)
    }
}

extension WholeAnswer {
    func takeBody() -> ByteBuffer {
        let bytes = body
        body = ByteBuffer()
        return bytes
    }
}

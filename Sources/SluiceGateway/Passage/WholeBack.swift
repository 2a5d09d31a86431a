// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// Passes an answer on that is no stream: in one write where it is small, else piece by piece.
    func wholeBack(_ answer: WholeAnswer) async {
        dropRequest()
        if isCallerGone { return await giveUp(usage: answer.usage, status: 0) }
        if let committed { return await wholeInBand(answer, committed) }
        if answer.isEnded { return await sendWhole(answer) }
        limit.shorten(to: call.startedAt &+ target.limits.total)
        let framing: AnswerFraming =
            if case .length(let count) = answer.reader.head.body {
                .length(count)
            } else {
                call.takesChunks ? .chunked : .untilClose
            }
        var out = fields.head(answer.reader, framing, status: answer.status)
        var failure: UpstreamFailure?
        while !answer.isEnded {
            frame(answer.takeBody(), framing, in: &out)
            guard await write(out) else { return await giveUp(usage: answer.usage, status: answer.status) }
            out = ByteBuffer()
            do throws(UpstreamFailure) {
                try answer.take(await readMore())
            } catch {
                failure = error
                break
            }
        }
        if let failure { return await breakOff(failure, usage: answer.usage, status: answer.status) }
        giveBackConnection(reusable: answer.isReusable)
        settle(answer)
        frame(answer.takeBody(), framing, in: &out)
        if case .chunked = framing { out.writeStaticString(HTTPAnswer.lastChunk) }
        _ = await client.write(out, until: callerLimit)
        await client.finish(keepsAlive: framing.endsItself)
    }

    /// Sends an answer that is here whole: head and body in one write, after its outcome is on record.
    private func sendWhole(_ answer: WholeAnswer) async {
        let cost = settle(answer)
        let count = answer.body.readableBytes
        fields.writeHead(answer.reader, .length(count), status: answer.status, cost: cost, in: &loop.spares.head)
        var out = loop.spares.takeBuffer(loop.spares.head.count + count)
        loop.spares.head.append(to: &out)
        out.writeImmutableBuffer(answer.body)
        _ = await client.write(out, until: callerLimit)
        loop.spares.giveBack(out)
        loop.spares.giveBack(answer.reader)
        await client.finish()
    }

    /// Closes the books of a whole answer; returns what all attempts cost together.
    @discardableResult
    private func settle(_ answer: WholeAnswer) -> CostSum? {
        let errorClass = answer.fault?.errorClass
        settleAttempt(errorClass, usage: answer.usage)
        if answer.isSuccess {
            // It came whole when the attempt ended.
            changeAttempt { $0.firstToken = $0.duration }
            if transcript.outcome.firstToken == nil, let last = transcript.outcome.attempts.last {
                transcript.outcome.firstToken = last.startedAfter + last.duration
            }
        }
        transcript.record(.complete, status: answer.status, errorClass: errorClass)
        return CostSum(of: transcript.outcome.attempts)
    }
}

extension AnswerFraming {
    /// The caller knows where the body ends without the connection's end.
    var endsItself: Bool { if case .untilClose = self { false } else { true } }
}

extension WholeAnswer {
    func takeBody() -> ByteBuffer {
        let bytes = body
        body = ByteBuffer()
        return bytes
    }
}

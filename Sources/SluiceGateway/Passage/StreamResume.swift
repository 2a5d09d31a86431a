// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// A stream that broke off after its first content.
struct BrokenStream {
    let answer: StreamAnswer
    let fault: UpstreamFailure
    let errorClass: ErrorClass
    /// What of it has not left to the caller yet.
    let passed: ByteBuffer
}

extension Passage {
    /// Goes on with a stream that broke off, where another target says the same up to the break or goes on from there; else
    /// ends it with the error that broke it.
    func resume(_ broken: BrokenStream, by assigned: AssignedRequest, _ framing: AnswerFraming) async {
        let refusal = broken.fault.refusal(provider: attempt.target.provider)
        var sent = broken.answer.meter.text
        attempt.settle(broken.errorClass, usage: attempt.seenUsage(of: broken.answer))
        attempt.closeConnection()
        if broken.passed.readableBytes > 0 { _ = await caller.write(broken.passed, until: attempt.limit.end) }
        caller.listen(from: attempt.now)
        var former = attempt
        resuming: while var next = await resumed(after: former, sent: sent, assigned, for: caller) {
            former = next.attempt
            let passage = Passage(attempt: next.attempt, caller: caller)
            switch await passage.pass(&next, framing) {
            case .whole(let out): return await passage.end(next.answer, after: out, framing)
            case .callerGone: return await passage.leave(next.answer)
            case .broken(let errorClass):
                former.settle(errorClass, usage: former.seenUsage(of: next.answer))
                former.closeConnection()
                guard next.filter.isCaughtUp else { continue }
                // What the caller has now is not known to the byte: nothing can go on from it.
                guard next.answer.meter.isPlain else { break resuming }
                sent = next.filter.all(next.answer.meter.text)
                if sent.count > StreamMeter.longestText { break resuming }
            }
        }
        if caller.departure != nil { return await caller.endUnheard(status: 200) }
        await caller.refuse(refusal, in: framing, as: broken.errorClass)
    }

    private enum Passing {
        /// Bytes that were not written yet.
        case whole(ByteBuffer)
        case callerGone
        /// `nil`: it says something else.
        case broken(ErrorClass?)
    }

    private func pass(_ resumed: inout Resumed, _ framing: AnswerFraming) async -> Passing {
        let answer = resumed.answer
        var out = ByteBuffer()
        while true {
            var passed = ByteBuffer()
            let bytes = answer.takePassed()
            resumed.filter.feed(bytes.readableBytesSpan) { _ = passed.writeBytes($0) }
            framing.frame(passed, in: &out)
            if resumed.filter.hasDiffered { return .broken(nil) }
            attempt.note(answer, caller)
            if answer.isOver {
                if !resumed.filter.isCaughtUp { return .broken(answer.meter.fault) }
                if answer.meter.fault == nil { return .whole(out) }
                if out.readableBytes > 0, await !caller.write(out, until: attempt.limit.end) { return .callerGone }
                return .broken(answer.meter.fault)
            }
            if out.readableBytes > 0 {
                guard await caller.write(out, until: attempt.limit.end) else { return .callerGone }
                out.clear()
            }
            do throws(UpstreamFailure) {
                try answer.take(await readMore(mayComment: answer.isBetweenEvents))
            } catch {
                return caller.departure != nil ? .callerGone : .broken(error.errorClass)
            }
        }
    }
}

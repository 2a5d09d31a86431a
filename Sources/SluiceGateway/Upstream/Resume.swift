// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// A stream that broke off after its first content may be asked for again.
    var mayResume: Bool { transcript.outcome.isStream && assignment.version.midstream == .resume }

    /// Asks the next targets for a stream that broke off, one after the other.
    ///
    /// - Parameter sent: the text that the caller has.
    /// - Returns: the new stream and what keeps it from repeating itself; `nil` where no target is left.
    func resume(after sent: [UInt8]) async -> (StreamAnswer, ResumeFilter)? {
        guard let first = asked.first, !isCallerGone else { return nil }
        for candidate in assignment.candidates(from: first, order, transcript) where !candidate.isForContext {
            let target = candidate.target
            guard !asked.contains(where: { $0 === target }), !loop.isHeldBack(target),
                limit.hasTime(at: now), enter(candidate.version, target), prepare(target)
            else { continue }
            self.target = target
            let goesOn = prepareToGoOn(at: target, after: sent)
            switch await attempt(target, purpose: .fallback) {
            case .reply(.stream(let answer)): return (answer, ResumeFilter(told: sent, goesOn: goesOn))
            case .reply(.whole(let answer)): settleAttempt(.malformed, usage: answer.usage)
            case .failed(let failure):
                settleAttempt(failure)
            }
            closeConnection()
            if isCallerGone { return nil }
        }
        return nil
    }

    /// Changes the request that was just prepared into one that goes on after what the caller has read, where the target's
    /// model is marked for it and the request is for plain text; `false` leaves it as it is.
    private func prepareToGoOn(at target: CompiledTarget, after sent: [UInt8]) -> Bool {
        guard let prefill = target.prefill, transcript.outcome.endpoint == .chatCompletions, let body = upstream.body,
            let continued = PrefillRewrite.body(Array(buffer: body), after: sent, prefill)
        else { return false }
        upstream.replaceBody(continued)
        return true
    }

    /// Goes on with a stream that broke off, where another target tells the same up to the break or goes on from there;
    /// else ends it with the error that broke it.
    func resumeBack(
        _ begun: StreamAnswer,
        _ fault: UpstreamFailure,
        _ errorClass: ErrorClass,
        _ passed: ByteBuffer,
        _ framing: AnswerFraming
    ) async {
        let refusal = fault.refusal(provider: target.provider)
        var sent = begun.meter.text
        settleAttempt(errorClass, usage: begun.meter.seenUsage(requestBytes: upstream.bodyBytes))
        closeConnection()
        if passed.readableBytes > 0 { _ = await write(passed) }
        pingAt = keepalive == .max ? .max : now &+ keepalive
        resuming: while let (answer, filter) = await resume(after: sent) {
            var resumed = Resumed(answer: answer, filter: filter)
            switch await pass(&resumed, framing) {
            case .whole(let out): return await end(resumed.answer, out, framing)
            case .callerGone: return await leave(resumed.answer)
            case .broken(let errorClass):
                settleAttempt(errorClass, usage: resumed.answer.meter.seenUsage(requestBytes: upstream.bodyBytes))
                closeConnection()
                guard resumed.filter.isCaughtUp else { continue }
                // What the caller has now is not known to the byte: nothing can go on from it.
                guard resumed.answer.meter.isPlain else { break resuming }
                sent = resumed.filter.all(resumed.answer.meter.text)
                if sent.count > StreamMeter.longestText { break resuming }
            }
        }
        if isCallerGone { return await giveUp(usage: nil, status: 200) }
        transcript.record(.cut, status: 200, errorClass: errorClass)
        var out = ByteBuffer()
        frame(RefusalAnswer.event(refusal, transcript), framing, in: &out)
        _ = await client.write(out, until: callerLimit)
        client.breakOff()
    }

    private struct Resumed {
        var answer: StreamAnswer
        var filter: ResumeFilter
    }

    private enum Passing {
        /// Bytes that were not written yet.
        case whole(ByteBuffer)
        case callerGone
        /// `nil`: it tells something else.
        case broken(ErrorClass?)
    }

    private func pass(_ resumed: inout Resumed, _ framing: AnswerFraming) async -> Passing {
        var out = ByteBuffer()
        while true {
            var passed = ByteBuffer()
            let bytes = resumed.answer.takePassed()
            resumed.filter.feed(bytes.readableBytesSpan) { _ = passed.writeBytes($0) }
            frame(passed, framing, in: &out)
            if resumed.filter.hasDiffered { return .broken(nil) }
            if resumed.answer.isOver {
                if !resumed.filter.isCaughtUp { return .broken(resumed.answer.meter.fault) }
                if resumed.answer.meter.fault == nil { return .whole(out) }
                if out.readableBytes > 0, await !write(out) { return .callerGone }
                return .broken(resumed.answer.meter.fault)
            }
            if out.readableBytes > 0 {
                guard await write(out) else { return .callerGone }
                out.clear()
            }
            do throws(UpstreamFailure) {
                try resumed.answer.take(await readMore(mayPing: resumed.answer.isBetweenEvents))
            } catch {
                return isCallerGone ? .callerGone : .broken(error.errorClass)
            }
        }
    }
}

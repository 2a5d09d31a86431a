// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What goes back to the caller.
enum CallReply {
    case whole(WholeAnswer)
    case stream(StreamAnswer)
}

/// What one attempt came to.
enum AttemptResult {
    case reply(CallReply)
    case failed(FailedAttempt)
}

/// An attempt that another one may better.
///
/// An object, since every frame of a task it passes through would hold room for it as long as its stream lives.
final class FailedAttempt {
    let reason: UpstreamFailure
    let provider: ProviderID
    /// The provider's own word on when to come back.
    let retryAfter: Duration?
    /// What the provider says it counted, also for an answer that is not passed on.
    let usage: Usage?
    /// The provider's own answer, which the caller gets when this was the last attempt; without one, a refusal.
    let reply: CallReply?
    /// The provider refused what the relay had added to the request.
    var isRelaysFault = false
    /// That is the time of a signature.
    var isClocks = false

    init(
        _ reason: UpstreamFailure,
        of provider: ProviderID,
        retryAfter: Duration? = nil,
        usage: Usage? = nil,
        reply: CallReply? = nil
    ) {
        self.reason = reason
        self.provider = provider
        self.retryAfter = retryAfter
        self.usage = usage
        self.reply = reply
    }
}

// MARK: what an answer comes to, as far as it was read

extension AttemptResult {
    @inline(never)
    init(_ answer: StreamAnswer, of attempt: UpstreamAttempt) {
        let provider = attempt.target.provider
        if answer.meter.hasContent {
            attempt.progress.contentBy = .max
            self = .reply(.stream(answer))
            return
        }
        if let failure = answer.meter.failure {
            if failure.isRefusedCredential {
                attempt.loop.noteRefusedCredential(attempt.target, status: 200, body: answer.passed)
            }
            let reply: CallReply? = failure.isRefusedCredential ? nil : .stream(answer)
            self = .failed(FailedAttempt(.answer(failure), of: provider, usage: answer.meter.usage, reply: reply))
            return
        }
        // An end without content and without a word on why is no answer, whatever else there was.
        let bare: ErrorClass? = answer.meter.hasFinish ? nil : .empty
        guard answer.isOver, let errorClass = answer.meter.fault ?? bare else {
            self = .reply(.stream(answer))
            return
        }
        attempt.closeConnection()
        let fault = AnswerFault(errorClass: errorClass, isRetryable: true)
        self = .failed(FailedAttempt(.answer(fault), of: provider, usage: answer.meter.usage))
    }

    @inline(never)
    init(_ answer: WholeAnswer, of attempt: UpstreamAttempt) {
        if answer.isEnded { attempt.giveBackConnection(reusable: answer.isReusable) }
        guard answer.isEnded || !answer.isSuccess, var fault = answer.fault else {
            guard answer.translate(for: attempt.transcript, from: attempt.target) else {
                let fault = AnswerFault(errorClass: .malformed, isRetryable: true)
                self = .failed(FailedAttempt(.answer(fault), of: attempt.target.provider, usage: answer.usage))
                return
            }
            self = .reply(.whole(answer))
            return
        }
        fault.isRetryable = answer.isWorthRetry(fault)
        let isClocks = RelaysFault.isClock(of: answer, to: attempt)
        let isRelaysFault = isClocks || RelaysFault.isCause(of: answer, to: attempt)
        let retryAfter = answer.retryAfter(now: attempt.loop.wallClock())
        answer.blank(attempt.target.secrets)
        _ = answer.translate(for: attempt.transcript, from: attempt.target)
        let failed = FailedAttempt(
            .answer(fault),
            of: attempt.target.provider,
            retryAfter: retryAfter,
            usage: answer.usage,
            reply: isClocks ? nil : AttemptResult.passable(answer, fault, of: attempt)
        )
        failed.isRelaysFault = isRelaysFault
        failed.isClocks = isClocks
        self = .failed(failed)
    }

    /// What the caller gets where nobody does better: an error answer as it is, and never a success without an answer.
    private static func passable(_ answer: WholeAnswer, _ fault: AnswerFault, of attempt: UpstreamAttempt)
        -> CallReply?
    {
        if fault.isRefusedCredential, !answer.hasAnswers {
            attempt.loop.noteRefusedCredential(attempt.target, status: answer.reader.head.status, body: answer.body)
            return nil
        }
        if (300...399).contains(answer.status) { return nil }
        guard answer.isSuccess else { return .whole(answer) }
        guard answer.hasError else { return nil }
        // An error beside an answer is the caller's to weigh.
        if !answer.hasAnswers { answer.showError(fault.errorClass) }
        return .whole(answer)
    }
}

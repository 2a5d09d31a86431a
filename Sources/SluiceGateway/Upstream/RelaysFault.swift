// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What the relay adds to requests must not fail them: some providers refuse every stream that asks for its usage, and a
/// signature is refused whose time is not theirs.
enum RelaysFault {
    /// The provider refused a signature, and its clock is another one than ours: the next one is signed by it.
    static func isClock(of answer: WholeAnswer, to attempt: UpstreamAttempt) -> Bool {
        guard answer.status == 403 || answer.status == 401, let signing = attempt.target.signing,
            let moment = attempt.request.signedAt, let date = answer.reader.head.first("date")
        else { return false }
        guard signing.follow(date, signedAt: moment, now: attempt.loop.wallClock()) else { return false }
        attempt.loop.logger.warning(
            "a provider's clock differs from this machine's by minutes; requests are signed by the provider's",
            metadata: attempt.loop.metadata(attempt.target)
        )
        return true
    }

    /// The provider refused the `stream_options` that the relay had added, and says so.
    static func isCause(of answer: WholeAnswer, to attempt: UpstreamAttempt) -> Bool {
        guard attempt.request.hidesUsage, attempt.target.streamUsage == .auto,
            answer.status == 400 || answer.status == 422
        else { return false }
        let body = answer.body
        return attempt.target.rewriting?.isUsageRefused(by: body.readableBytesSpan) == true
    }

    /// The same attempt without what the relay had added, where it was refused for that; `nil` where it was not, or the
    /// caller sent `stream_options` too.
    ///
    /// The refused one took no caller's retry and says nothing about the version: it is on record as superseded.
    @inline(never)
    static func again(_ attempt: UpstreamAttempt, after failure: FailedAttempt) -> UpstreamAttempt? {
        guard failure.isRelaysFault, attempt.ended == nil, attempt.limit.hasTime(at: attempt.now) else { return nil }
        var plain = attempt.request
        let moment = attempt.loop.wallClock()
        guard failure.isClocks ? plain.signAnew(at: moment) : plain.takeOutUsage(of: attempt.target, at: moment) else {
            return nil
        }
        attempt.supersede()
        attempt.closeConnection()
        return UpstreamAttempt(
            at: attempt.target,
            sending: plain,
            within: attempt.limit,
            holding: attempt.takeSlots(),
            attempt.transcript
        )
    }

    /// Remembers where requests must do without the addition, once one was served without it.
    @inline(never)
    static func note(_ attempt: UpstreamAttempt, _ result: AttemptResult) {
        guard attempt.target.signing == nil else { return }
        if case .failed(let failure) = result, failure.reason.errorClass != .quota { return }
        let target = attempt.target
        guard target.breakers?.markStreamOptionsRefused() == true else { return }
        let member = target.rewriting?.usageMember ?? "to be asked for usage"
        attempt.loop.logger.notice(
            "a model refuses \(member); its streams are asked for without from now on",
            metadata: attempt.loop.metadata(target)
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceTestKit
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("Failures of the provider's side")
struct UpstreamFailureTests {
    private static let provider: ProviderID = Records.id("main")
    private static let rows: [(failure: UpstreamFailure, errorClass: ErrorClass, kind: Refusal.Kind)] = [
        (.connection(.refused), .connect, .upstreamUnreachable),
        (.connection(.unreachable), .connect, .upstreamUnreachable),
        (.connection(.dns), .connect, .upstreamUnreachable),
        (.connection(.connectTimeout), .connect, .upstreamTimeout),
        (.connection(.exhausted), .connect, .overloaded),
        (.connection(.tls), .tls, .upstreamTLS),
        (.connection(.reset), .reset, .upstreamReset),
        (.connection(.timeout), .timeout, .upstreamTimeout),
        (.connection(.cancelled), .callerGone, .badRequest),
        (.connection(.malformed), .malformed, .upstreamMalformed),
        (.connection(.tooLarge), .malformed, .upstreamMalformed),
        (.connection(.truncated), .truncated, .upstreamReset),
        (.connection(.empty), .empty, .upstreamEmpty),
        (.answer(AnswerFault(errorClass: .malformed)), .malformed, .upstreamMalformed),
        (.answer(AnswerFault(errorClass: .truncated)), .truncated, .upstreamReset),
        (.answer(AnswerFault(errorClass: .empty)), .empty, .upstreamEmpty),
        (.answer(AnswerFault(errorClass: .credential)), .credential, .upstreamCredential),
        (.answer(AnswerFault(status: 302, body: [UInt8]().span.bytes)), .upstreamError, .upstreamMalformed),
        (.outOfTime, .timeout, .upstreamTimeout),
        (.stale, .reset, .upstreamReset),
        (.noTarget, .tls, .upstreamTLS),
        (.callerGone, .callerGone, .badRequest),
        (.relayStopped, .relayStopped, .draining),
    ]

    @Test("each has one class for the record and one refusal for the caller")
    func maps() {
        for row in Self.rows {
            #expect(row.failure.errorClass == row.errorClass, "\(row.failure)")
            let refusal = row.failure.refusal(provider: Self.provider)
            #expect(refusal.kind == row.kind, "\(row.failure)")
            let isOurs = [.relayStopped, .callerGone, .connection(.exhausted), .connection(.cancelled)]
                .contains(row.failure)
            #expect(refusal.message.contains("`main`") != isOurs, "\(refusal.message)")
        }
    }

    @Test("a redirect is named with its status")
    func redirect() {
        let failure = UpstreamFailure.answer(AnswerFault(status: 308, body: [UInt8]().span.bytes))
        #expect(failure.refusal(provider: Self.provider).message.contains("308, a redirect"))
    }

    @Test("an account without quota, a wrong certificate and a caller who has left are not tried again")
    func retries() {
        for row in Self.rows {
            let isFinal = [ErrorClass.tls, .callerGone, .relayStopped].contains(row.errorClass)
            if case .answer = row.failure { continue }
            #expect(row.failure.isRetryable != isFinal, "\(row.failure)")
        }
        let exhausted = AnswerFault(errorClass: .quota, isQuotaExhausted: true, isRetryable: true)
        #expect(!UpstreamFailure.answer(exhausted).isRetryable)
        #expect(UpstreamFailure.answer(AnswerFault(errorClass: .quota, isRetryable: true)).isRetryable)
    }
}

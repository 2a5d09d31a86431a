// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Records with plain values, for tests that care about one or two of their fields.
package enum Records {
    /// 2026-01-01T00:00:00Z.
    package static let start = Timestamp(milliseconds: 1_767_225_600_000)

    /// An id that a test writes as a literal; another text is a mistake in the test.
    package static func id<Subject>(_ text: String) -> Identifier<Subject> {
        guard let id = Identifier<Subject>(text) else { preconditionFailure("not an id: \(text)") }
        return id
    }

    /// The n-th request's id.
    package static func request(_ number: UInt64) -> RequestID {
        RequestID(milliseconds: 1_767_225_600_000 + number, sequence: 1, random: number)
    }

    /// A first attempt that was answered.
    package static func attempt(
        number: Int = 1,
        version: String = "v1",
        usage: Usage? = Usage(freshInput: 100, output: 20),
        cost: Cost = .known(NanoUSD(360_000))
    ) -> Attempt {
        var attempt = Attempt(
            number: number,
            purpose: number == 1 ? .primary : .retry,
            provider: id("main"),
            model: "gpt-4.1",
            version: id(version),
            startedAfter: 1_000_000
        )
        attempt.duration = 200_000_000
        attempt.firstToken = 50_000_000
        attempt.status = 200
        attempt.usage = usage
        attempt.cost = cost
        return attempt
    }

    /// A chat completion that was delivered whole.
    package static func outcome(
        request number: UInt64 = 1,
        version: String = "v1",
        attempts: [Attempt]? = nil
    ) -> Outcome {
        var outcome = Outcome(request: request(number), startedAt: start, endpoint: .chatCompletions, epoch: 1)
        outcome.duration = 201_000_000
        outcome.overhead = 80_000
        outcome.firstToken = 51_000_000
        outcome.key = id("key1")
        outcome.route = id("chat")
        outcome.version = id(version)
        outcome.bucket = 7_046
        outcome.unitSource = "header:x-sluice-unit"
        outcome.status = 200
        outcome.ending = .complete
        outcome.attempts = attempts ?? [attempt(version: version)]
        return outcome
    }

    /// The attempt of a request, as it is written before it is sent.
    package static func opened(request number: UInt64 = 1, version: String = "v1") -> OpenedAttempt {
        OpenedAttempt(
            request: request(number),
            requestStartedAt: start,
            number: 1,
            purpose: .primary,
            provider: id("main"),
            model: "gpt-4.1",
            version: id(version),
            route: id("chat"),
            key: id("key1")
        )
    }
}

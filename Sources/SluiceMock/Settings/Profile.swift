// SPDX-License-Identifier: Apache-2.0

/// How answers come: for all models, or for one; an absent field is inherited.
package struct Profile: Sendable, Equatable {
    /// How long a whole answer takes; and, without `firstToken`, a stream's first token.
    package var latency: Spread?
    /// From the request to the first content of a stream.
    package var firstToken: Spread?
    /// Between two pieces of a stream.
    package var interval: Spread?
    /// Into how many pieces a stream's text is cut; one per token without it.
    package var chunks: Int?
    /// Share of requests that fail, 0…1.
    package var errorRate: Double?
    /// The ways in which they fail, each as likely.
    package var errors: [Fault]?
    /// Seconds in the `retry-after` of 429 and 503.
    package var retryAfter: Double?
    /// Tokens of an answer's text, before the caller's own limit.
    package var outputTokens: Spread?
    /// Tokens of the request; counted from its text without it.
    package var promptTokens: Int?
    /// Share of the request's tokens that count as cached, 0…1.
    package var cachedShare: Double?
    /// Reasoning tokens, a part of the completion's.
    package var reasoningTokens: Int?
    /// Another number gives other answers: a model that has changed behind its name.
    package var drift: Int?
    /// Exact bytes in the place of an answer.
    package var script: Script?

    package init() {}

    /// These settings, with those of `other` where one is absent.
    package func completed(by other: Profile) -> Profile {
        var result = self
        result.latency = latency ?? other.latency
        result.firstToken = firstToken ?? other.firstToken
        result.interval = interval ?? other.interval
        result.chunks = chunks ?? other.chunks
        result.errorRate = errorRate ?? other.errorRate
        result.errors = errors ?? other.errors
        result.retryAfter = retryAfter ?? other.retryAfter
        result.outputTokens = outputTokens ?? other.outputTokens
        result.promptTokens = promptTokens ?? other.promptTokens
        result.cachedShare = cachedShare ?? other.cachedShare
        result.reasoningTokens = reasoningTokens ?? other.reasoningTokens
        result.drift = drift ?? other.drift
        result.script = script ?? other.script
        return result
    }
}

/// An answer given byte by byte, for tests of framing.
package struct Script: Sendable, Equatable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    /// Each is one write to the socket.
    package var writes: [[UInt8]]
    /// Pause between two writes.
    package var pause: Duration
    package var ending: Ending

    package enum Ending: String, Sendable, CaseIterable {
        case clean, cut, reset, hang
    }

    package static func == (left: Script, right: Script) -> Bool {
        left.status == right.status && left.writes == right.writes && left.pause == right.pause
            && left.ending == right.ending && left.headers.elementsEqual(right.headers, by: ==)
    }
}

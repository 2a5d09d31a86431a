// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceWire

/// The first attempt of a request: its target is chosen, its slots are taken, and what is sent there is made.
struct FirstTarget {
    let attempt: UpstreamAttempt
    /// The assigned version's targets, where there is more than one.
    let order: [CompiledTarget]
    /// Nanoseconds of silence before a stream's caller gets a comment.
    let keepalive: UInt64

    /// Takes a slot of the assigned version and of one of its targets, or of a fallback where that one takes no more, and
    /// makes the request for it.
    init(
        for request: CallRequest,
        of call: Call,
        _ assignment: Assignment,
        _ transcript: Transcript
    ) throws(Refusal) {
        let isStream = request.facts.isStream
        let version = assignment.version
        var slots = TargetSlots(on: transcript.loop)
        let target: CompiledTarget
        (target, order) = try FirstTarget.choose(assignment, &slots, transcript)
        guard target.serves(request.facts.endpoint) else { throw .notServed(request.facts.endpoint, version) }
        transcript.target = target
        let limit = try TimeLimit(of: call, at: target, isStream: isStream)
        if isStream, let silence = version.keepalive {
            // A library that waits for less time than that would give up on a stream that is well.
            keepalive = min(silence, call.headers.readTimeoutNanoseconds.map { $0 / 2 } ?? .max)
        } else {
            keepalive = .max
        }
        let mayResume = assignment.mayResume
        let forwarded = ForwardedFields(call, of: transcript.outcome.key, isShared: transcript.loop.hasSeveralCallers)
        guard
            let made = try UpstreamRequest(request, forwarded, to: target, mayResume: mayResume, on: transcript.loop)
        else { throw .notServed(request.facts.endpoint, version) }
        if transcript.judged?.watch.readsAnswers == true {
            transcript.expectsJSON = request.facts.asksForJSON(in: request.body.readableBytesSpan)
        }
        attempt = UpstreamAttempt(at: target, sending: made, within: limit, holding: slots, transcript)
    }

    private static func choose(
        _ assignment: Assignment,
        _ slots: inout TargetSlots,
        _ transcript: Transcript
    ) throws(Refusal) -> (CompiledTarget, [CompiledTarget]) {
        let version = assignment.version
        let loop = transcript.loop
        let isStream = transcript.outcome.isStream
        let reason: String
        if slots.enter(version) {
            if let only = assignment.only {
                if slots.enter(only) { return (only, []) }
            } else if version.targets.count > 1 {
                let order = loop.ordered(version, isStream: isStream)
                for target in order where slots.enter(target) { return (target, order) }
            } else {
                let only = version.targets[0]
                if slots.enter(only) { return (only, []) }
            }
            slots.leaveVersion()
            reason = "is slow under its load and takes no more requests for the moment"
        } else {
            reason = "has \(version.limit?.most ?? 0) requests in flight, which is its limit"
        }
        let fallbacks = assignment.only == nil ? assignment.route.fallbacks : []
        for fallback in fallbacks where fallback.id != version.id && slots.enter(fallback) {
            for target in loop.ordered(fallback, isStream: isStream) where slots.enter(target) {
                transcript.dropEvidence()
                return (target, [])
            }
        }
        throw Refusal(.overloaded, "Version `\(version.id)` \(reason); try again.", retryAfter: loop.pauseAsked())
    }
}

extension Refusal {
    fileprivate static func notServed(_ endpoint: Outcome.Endpoint, _ version: CompiledVersion) -> Refusal {
        switch endpoint.operation {
        case .countTokens:
            return Refusal(
                .badRequest,
                "Version `\(version.id)` is served by a provider that does not count tokens before it answers; count them"
                    + " on the caller's side."
            )
        case .embeddings, .embeddingBatch:
            return Refusal(
                .badRequest,
                "Version `\(version.id)` is served by a provider whose embeddings are not asked for in the dialect"
                    + " \(endpoint.dialect.rawValue); ask a route whose provider speaks it."
            )
        default: break
        }
        return otherDialect(version)
    }

    private static func otherDialect(_ version: CompiledVersion) -> Refusal {
        Refusal(.noVersion, "Version `\(version.id)` is served in a dialect that this endpoint does not speak.")
    }
}

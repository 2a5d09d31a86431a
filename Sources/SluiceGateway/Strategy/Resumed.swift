// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What a stream that broke off after its first content is asked for again by.
///
/// An object, since most answers have none and would hold room for it.
final class Resumption {
    let assigned: AssignedRequest

    init(_ assigned: AssignedRequest) { self.assigned = assigned }
}

/// A stream that was asked for again, and what keeps it from repeating what the caller has.
struct Resumed {
    let attempt: UpstreamAttempt
    let answer: StreamAnswer
    var filter: ResumeFilter
}

/// Asks the next targets for a stream that broke off, one after the other.
///
/// - Parameters:
///   - former: the attempt whose stream broke off; it is settled.
///   - sent: the text that the caller has.
/// - Returns: `nil` where no target is left.
func resumed(
    after former: UpstreamAttempt,
    sent: [UInt8],
    _ assigned: AssignedRequest,
    for caller: CallerListener
) async -> Resumed? {
    guard caller.departure == nil else { return nil }
    let loop = assigned.loop
    var former = former
    for candidate in assigned.candidates where !candidate.isForContext {
        guard !assigned.transcript.hasAsked(candidate.target), !loop.isHeldBack(candidate.target),
            assigned.limit.hasTime(at: loop.http.now),
            let attempt = assigned.attempt(at: candidate, after: former)
        else { continue }
        let goesOn = attempt.prepareToGoOn(after: sent)
        caller.follow(attempt)
        let tried = await once(attempt, as: .fallback, for: caller)
        former = tried.attempt
        switch tried.result {
        case .reply(.stream(let answer)):
            // It reads what the caller would get, whatever dialect that came in.
            let metering = loop.dialects.metering(assigned.transcript.outcome.endpoint)
            let filter = ResumeFilter(metering ?? answer.metering, sent: sent, goesOn: goesOn)
            return Resumed(attempt: former, answer: answer, filter: filter)
        case .reply(.whole(let answer)): former.settle(.malformed, usage: answer.usage)
        case .failed(let failure): former.settle(failure)
        }
        former.closeConnection()
        if caller.departure != nil { return nil }
    }
    return nil
}

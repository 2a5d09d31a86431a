// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The answer to a request: what goes back to the caller, and the attempt that it comes from.
struct CallAnswer {
    let attempt: UpstreamAttempt
    let reply: CallReply
    /// By which a stream that breaks off is asked for again; `nil` where it is not.
    let resumption: Resumption?

    init(_ reply: CallReply, of attempt: UpstreamAttempt, to assigned: AssignedRequest) {
        self.attempt = attempt
        self.reply = reply
        if case .stream = reply, attempt.request.mayResume {
            resumption = Resumption(assigned)
        } else {
            resumption = nil
        }
    }
}

/// What a strategy's attempts came to: all but the last are settled.
struct Tried {
    let attempt: UpstreamAttempt
    let result: AttemptResult
    /// Those that failed before it.
    var failures: [(failure: FailedAttempt, target: CompiledTarget)] = []
}

/// Gets an answer: tries, twice at a time where the version says so, moves on, waits and tries again, all before the caller
/// sees content.
func ask(
    _ assigned: AssignedRequest,
    first: UpstreamAttempt,
    for caller: CallerListener
) async throws(Refusal) -> CallAnswer {
    let version = assigned.assignment.version
    let isOwn = begin(first, version, assigned.call, for: caller)
    let tried =
        if let delay = version.hedgeAfter, isOwn {
            await hedged(first, after: delay, assigned, for: caller)
        } else {
            await once(first, as: isOwn ? .primary : .fallback, for: caller)
        }
    switch tried.result {
    case .reply(let reply): return CallAnswer(reply, of: tried.attempt, to: assigned)
    case .failed: return try await sequential(after: tried, assigned, for: caller)
    }
}

/// The first attempt is about to be made; whether it is at the assigned version's own target.
@inline(never)
private func begin(
    _ first: UpstreamAttempt,
    _ version: CompiledVersion,
    _ call: Call,
    for caller: CallerListener
) -> Bool {
    caller.follow(first)
    caller.watch()
    let isOwn = first.target.version == version.id
    if isOwn { first.transcript.beginEvidence(isCallerGone: caller.departure != nil) }
    if !call.headers.fields.isRetry { version.budget.countTry(loop: first.loop.http.index, at: call.startedAt) }
    return isOwn
}

/// Makes one attempt, and once more where the provider refused what the relay had added to the request.
///
/// - Parameter race: whose first attempt it is; a second one under way stands in for the repetition.
func once(
    _ attempt: UpstreamAttempt,
    as purpose: Attempt.Purpose,
    for caller: CallerListener,
    in race: Race? = nil
) async -> Tried {
    let result = await attempt.run(as: purpose, for: caller)
    guard case .failed(let failure) = result, race?.second == nil,
        let plain = RelaysFault.again(attempt, after: failure)
    else { return Tried(attempt: attempt, result: result) }
    race?.first = plain
    caller.follow(plain)
    let second = await plain.run(as: .retry, for: caller)
    RelaysFault.note(plain, second)
    return Tried(attempt: plain, result: second)
}

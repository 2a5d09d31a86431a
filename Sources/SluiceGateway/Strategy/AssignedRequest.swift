// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// An assigned request as strategies send it: what may be sent, to which targets, and for how long.
///
/// An object, since the frames of tasks that it passes through would hold room for it as long as their stream lives.
final class AssignedRequest {
    let call: Call
    let assignment: Assignment
    let transcript: Transcript
    /// The target that is asked first.
    let first: CompiledTarget
    /// The assigned version's targets, where there is more than one.
    let order: [CompiledTarget]
    let limit: TimeLimit
    /// What the caller sent; `nil` where nothing else is made of it than what is sent first.
    let request: CallRequest?

    init(
        _ request: CallRequest,
        of call: Call,
        _ assignment: Assignment,
        _ first: FirstTarget,
        _ transcript: Transcript
    ) {
        self.call = call
        self.assignment = assignment
        self.transcript = transcript
        self.first = first.attempt.target
        order = first.order
        limit = first.attempt.limit
        self.request = assignment.mayMove(transcript.judged) ? request : nil
    }

    var loop: GatewayLoop { transcript.loop }

    /// Every target that may be asked, the first and then the assigned version's before all others.
    var candidates: [Candidate] { assignment.candidates(from: first, order, transcript) }

    /// The request for another target; `nil` where it cannot be served there.
    func prepared(for target: CompiledTarget) -> UpstreamRequest? {
        guard let request else { return nil }
        let forwarded = ForwardedFields(call, of: transcript.outcome.key, isShared: transcript.loop.hasSeveralCallers)
        return try? UpstreamRequest(request, forwarded, to: target, mayResume: assignment.mayResume, on: loop)
    }

    /// An attempt at another target with what a former one held; `nil` where it takes no more requests for now, or cannot
    /// serve this one.
    func attempt(at candidate: Candidate, after former: UpstreamAttempt) -> UpstreamAttempt? {
        let target = candidate.target
        guard transcript.charges.hold?.covers(target, transcript) ?? true else { return nil }
        var request: UpstreamRequest
        if target === former.target {
            request = former.request
            if target.signing != nil { _ = request.signAnew(at: loop.wallClock()) }
        } else {
            guard let prepared = prepared(for: target), former.slots.move(to: candidate.version, target) else {
                return nil
            }
            request = prepared
        }
        return UpstreamAttempt(at: target, sending: request, within: limit, holding: former.takeSlots(), transcript)
    }
}

// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Takes a request's part of every limit that holds for it, and sets what it may cost aside in every budget; or refuses it.
///
/// - Returns: the assignment; another one where a spent budget names a route that serves instead.
func afford(
    _ assignment: Assignment,
    _ request: CallRequest,
    of call: Call,
    by caller: Caller,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    if caller.key.rules.isEmpty, assignment.route.rules == nil, assignment.version.rules.isEmpty,
        !snapshot.rules.hasCallersOwn
    {
        return assignment
    }
    return try affordByRules(assignment, request, of: call, by: caller, in: snapshot, transcript)
}

@inline(never)
private func affordByRules(
    _ assignment: Assignment,
    _ request: CallRequest,
    of call: Call,
    by caller: Caller,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    var rules = caller.key.rules
    if let own = assignment.route.rules { rules.append(own) }
    rules += assignment.version.rules
    var endUser: String?
    if snapshot.rules.hasCallersOwn {
        let body = request.body.readableBytesSpan
        endUser = request.facts.unit(from: .user, in: body).map { String($0.prefix(128)) }
        if let endUser, let own = snapshot.rules[.endUser, endUser] { rules.append(own) }
        for tag in transcript.outcome.tags.map(Charge.tags(in:)) ?? [] {
            guard let own = snapshot.rules[.tag, tag], !rules.contains(where: { $0 === own }) else { continue }
            rules.append(own)
        }
    }
    guard !rules.isEmpty else { return assignment }
    let operation = request.facts.endpoint.operation
    let hold = SpendingHold(
        rules,
        inputTokens: operation.isBilled ? Int64(request.body.readableBytes) : 0,
        outputTokens: operation.isBilled ? request.outputTokens(at: assignment.version) : 0,
        at: call.receivedAt
    )
    transcript.hold = hold
    if let excess = hold.enter(at: transcript.loop.http.now) { throw .rateLimited(excess) }
    guard hold.hasBudgets, operation.isBilled else { return assignment }
    var assignment = assignment
    while true {
        let bound = hold.bound(of: assignment)
        if bound == nil, let budget = hold.hardBudget {
            throw .unpriced(budget, assignment)
        }
        let scope = Charge.Scope(
            key: caller.key.id,
            route: assignment.route.id,
            version: assignment.version.id,
            model: assignment.version.targets.first?.model,
            tags: transcript.outcome.tags,
            endUser: endUser
        )
        guard let spent = hold.reserve(bound, for: scope) else { break }
        guard hold.fallback == nil, assignment.only == nil, let name = spent.budget.fallback,
            let route = snapshot.distinctRoutes.first(where: { $0.id == name }), route !== assignment.route
        else { throw .exceeded(spent.state(at: call.receivedAt), bound: bound ?? 0) }
        hold.fallback = (assignment.route.id, route.id)
        transcript.outcome.route = route.id
        assignment = try assign(request, of: call, by: caller, on: route, transcript)
    }
    let charge = hold.charge(of: transcript.outcome.request, hold.amount, isSettled: false)
    transcript.loop.sink.append(.charged(charge), loop: transcript.loop.http.index)
    return assignment
}

extension CallRequest {
    /// Output tokens that the answer has at most: by the version, the caller, or the model's card.
    fileprivate func outputTokens(at version: CompiledVersion) -> Int64 {
        let operation = facts.endpoint.operation
        if operation.givesVectors || operation.mayLackUsage { return 0 }
        let body = body.readableBytesSpan
        let own = facts.outputCap(in: body)
        let most = version.targets.reduce(0 as Int64) { max($0, $1.outputCap.tokens(own)) }
        let (all, overflow) = most.multipliedReportingOverflow(by: facts.answers(in: body))
        return overflow ? SpendingHold.mostTokens : min(all, SpendingHold.mostTokens)
    }
}

extension SpendingHold {
    /// No request has more, whatever it asks for.
    static let mostTokens: Int64 = 1_000_000_000

    /// What an attempt at any target of a version may cost; `nil` where one of them has no price.
    fileprivate func bound(of assignment: Assignment) -> Int64? {
        let targets = assignment.only.map { [$0] } ?? assignment.version.targets
        var most: Int64 = 0
        for target in targets {
            guard let bound = bound(at: target) else { return nil }
            most = max(most, bound)
        }
        return most
    }

    fileprivate var hardBudget: Budget? {
        rules.lazy.flatMap(\.budgets).first { $0.budget.mode == .hard }?.budget
    }
}

extension Refusal {
    fileprivate static func rateLimited(_ excess: SpendingHold.Excess) -> Refusal {
        let (entity, wait) = (excess.rules.entity, Duration.nanoseconds(Int64(clamping: excess.wait)))
        guard let rate = excess.rate else {
            let most = excess.rules.concurrency?.most ?? 0
            return Refusal(
                .rateLimited,
                "\(entity) has \(most) requests in flight, which is its limit (concurrency); try again when one has ended.",
                retryAfter: wait
            )
        }
        return Refusal(
            .rateLimited,
            "\(entity) has reached its limit of \(rate.limit) \(rate.unit.text) per \(rate.period.rawValue) (\(rate.name));"
                + " try again in \(Figures.duration(Int64(wait.wholeSeconds))).",
            retryAfter: wait
        )
    }

    fileprivate static func unpriced(_ budget: Budget, _ assignment: Assignment) -> Refusal {
        let models = assignment.version.targets.map { "\($0.provider)/\($0.model)" }.joined(separator: ", ")
        return Refusal(
            .unpricedModel,
            "Budget `\(budget.id)` of \(budget.entity) is hard, and what this request may cost is not known: there is no price"
                + " for \(models). Ask the operator to give one.",
            param: "model"
        )
    }

    fileprivate static func exceeded(_ state: BudgetState, bound: Int64) -> Refusal {
        let budget = state.budget
        let taken = NanoUSD(state.spent.rawValue.addingHeld(state.reserved.rawValue))
        let window: String
        let end: String
        if budget.window == .total {
            window = ""
            end = "It does not open again by itself; ask the operator."
        } else {
            let start = Timestamp(nanoseconds: 0).advanced(bySeconds: state.window.lowerBound)
            let next = Timestamp(nanoseconds: 0).advanced(bySeconds: state.window.upperBound)
            window = " since \(start)"
            end = "It opens again at \(next)."
        }
        return Refusal(
            .budgetExceeded,
            "Budget `\(budget.id)` of \(budget.entity) (\(budget.window.rawValue)) has not enough left: \(taken) of"
                + " \(budget.limit) USD are spent or set aside\(window), and this request may cost up to"
                + " \(NanoUSD(bound)) USD. \(end)"
        )
    }
}

extension RateLimits.Unit {
    fileprivate var text: String {
        switch self {
        case .requests: "requests"
        case .tokens: "tokens"
        case .inputTokens: "input tokens"
        case .outputTokens: "output tokens"
        }
    }
}

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
    if request.facts.user != nil { transcript.outcome.endUser = request.endUser }
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
    var callers: [SpendingRules] = []
    let endUser = transcript.outcome.endUser
    if snapshot.rules.hasCallersOwn {
        if let endUser, let own = snapshot.rules[.endUser, endUser] { callers.append(own) }
        for tag in transcript.outcome.tags.map(Charge.tags(in:)) ?? [] {
            guard let own = snapshot.rules[.tag, tag], !callers.contains(where: { $0 === own }) else { continue }
            callers.append(own)
        }
    }
    let size = request.size
    var assignment = assignment
    var fallback: (from: RouteID, to: RouteID)?
    while true {
        // Of the route and version that serve: where a spent budget names another route, what holds for that one.
        var rules = caller.key.rules
        if let own = assignment.route.rules { rules.append(own) }
        rules += assignment.version.rules
        rules += callers
        guard !rules.isEmpty || fallback != nil else { return assignment }
        let hold = SpendingHold(rules, size, of: assignment.version, at: call.receivedAt)
        hold.fallback = fallback
        transcript.charges.hold = hold
        if let excess = hold.enter(at: transcript.loop.http.now) { throw .rateLimited(excess) }
        guard hold.hasBudgets else { return assignment }
        hold.scope = Charge.Scope(
            key: caller.key.id,
            route: assignment.route.id,
            version: assignment.version.id,
            model: assignment.version.targets.first?.model,
            tags: transcript.outcome.tags,
            endUser: endUser
        )
        guard request.facts.endpoint.operation.isBilled else {
            if transcript.charges.isToBePaid { try hold.admitBatch(to: assignment) }
            return assignment
        }
        let bound = hold.bound(of: assignment)
        if bound == nil, let budget = hold.hardBudget {
            throw .unpriced(budget, assignment)
        }
        guard let spent = hold.reserve(bound) else {
            let charge = hold.charge(of: transcript.outcome.request, hold.amount, isSettled: false)
            transcript.loop.sink.append(.charged(charge), loop: transcript.loop.http.index)
            return assignment
        }
        guard fallback == nil, assignment.only == nil, let name = spent.budget.fallback,
            let route = snapshot.distinctRoutes.first(where: { $0.id == name }), route !== assignment.route
        else {
            throw .exceeded(
                spent.state(at: call.receivedAt),
                "this request may cost up to \(NanoUSD(bound ?? 0)) USD"
            )
        }
        hold.withdraw()
        fallback = (assignment.route.id, route.id)
        transcript.outcome.route = route.id
        assignment = try assign(request, of: call, by: caller, on: route, transcript)
    }
}

extension CallRequest {
    /// Whom the request names, as far as reports and budgets read a name.
    fileprivate var endUser: String? {
        @inline(never) get { facts.unit(from: .user, in: body.readableBytesSpan).map { String($0.prefix(128)) } }
    }

    /// What it may come to, as far as the caller says it.
    fileprivate var size: SpendingHold.Size {
        let operation = facts.endpoint.operation
        guard operation.isBilled else { return SpendingHold.Size() }
        let body = body.readableBytesSpan
        let input = Int64(self.body.readableBytes)
        if operation.givesVectors || operation.mayLackUsage { return SpendingHold.Size(input: input) }
        return SpendingHold.Size(input: input, cap: facts.outputCap(in: body), answers: facts.answers(in: body))
    }
}

extension SpendingHold {
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

    /// What a batch costs is known when it is done: until then nothing can be set aside, but that some is left can be asked,
    /// and that there is a price for it.
    fileprivate func admitBatch(to assignment: Assignment) throws(Refusal) {
        guard let budget = hardBudget else { return }
        let targets = assignment.only.map { [$0] } ?? assignment.version.targets
        if let target = targets.first(where: { !$0.pricesBatches(at: moment) }) {
            throw .unpricedBatch(budget, target)
        }
        for rule in rules {
            for meter in rule.budgets where meter.budget.mode == .hard {
                let state = meter.state(at: moment)
                guard state.spent.rawValue.addingHeld(state.reserved.rawValue) >= meter.budget.limit.rawValue else {
                    continue
                }
                throw .exceeded(state, "what a batch costs is known when it is done")
            }
        }
    }
}

extension Refusal {
    fileprivate static func unpricedBatch(_ budget: Budget, _ target: CompiledTarget) -> Refusal {
        Refusal(
            .unpricedModel,
            "Budget `\(budget.id)` of \(budget.entity) is hard, and what a batch costs is not known: the price of"
                + " \(target.provider)/\(target.model) has no service tier `batch`. Ask the operator to give it one.",
            param: nil
        )
    }

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

    fileprivate static func exceeded(_ state: BudgetState, _ cost: String) -> Refusal {
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
                + " \(budget.limit) USD are spent or set aside\(window), and \(cost). \(end)"
        )
    }
}

extension CompiledTarget {
    fileprivate func pricesBatches(at moment: Timestamp) -> Bool {
        var usage = Usage(freshInput: 1, output: 1)
        usage.servedAs = ["batch"]
        return prices.cost(of: usage, at: moment).cost.known != nil
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

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// What a request under limits or budgets holds of them from its admission to its end: tokens that were let in, and money
/// set aside.
///
/// Only requests that somebody limits have one. Lives on one event loop.
final class SpendingHold {
    let rules: [SpendingRules]
    private let size: Size
    /// What the request may come to at most at its version, in tokens.
    private let inputTokens: Int64
    private let outputTokens: Int64
    /// The one moment by which every window is decided.
    let moment: Timestamp
    /// The request came in for another route, and this one serves instead.
    var fallback: (from: RouteID, to: RouteID)?
    /// Set aside in each budget.
    private(set) var amount: Int64 = 0
    /// What one attempt may cost at most; nothing where a price is missing.
    private(set) var bound: Int64?
    /// What is charged is on record under it.
    var scope = Charge.Scope()
    /// An answer that the provider is still to make, and that a later call will tell the cost of.
    var owes: Pin.Digest?
    private var reserved: [(meter: BudgetMeter, from: Int64)] = []
    private var admitted = 0
    private var hasEntered = false

    init(_ rules: [SpendingRules], _ size: Size, of version: CompiledVersion, at moment: Timestamp) {
        self.rules = rules
        self.size = size
        inputTokens = version.targets.reduce(0) { max($0, size.input(at: $1)) }
        outputTokens = version.targets.reduce(0) { max($0, size.output(at: $1)) }
        self.moment = moment
    }

    /// What a request may come to, as far as its caller says it; a target says the rest.
    struct Size {
        /// Bytes of the body; none where the request is not billed.
        var input: Int64 = 0
        /// The caller's cap on an answer.
        var cap: Int64?
        /// None where nothing is written.
        var answers: Int64 = 0

        /// No request has more, whatever it asks for.
        private static let most: Int64 = 1_000_000_000

        func input(at target: CompiledTarget) -> Int64 { input > 0 ? input.addingHeld(target.addedInput) : 0 }

        func output(at target: CompiledTarget) -> Int64 {
            guard answers > 0 else { return 0 }
            let (all, overflow) = target.outputCap.tokens(cap).multipliedReportingOverflow(by: answers)
            return overflow ? Size.most : min(all, Size.most)
        }
    }

    var hasRates: Bool { rules.contains { !$0.rates.isEmpty } }
    var hasBudgets: Bool { rules.contains { !$0.budgets.isEmpty } }
    var hardBudget: Budget? { rules.lazy.flatMap(\.budgets).first { $0.budget.mode == .hard }?.budget }

    /// A limit that lets the request not in.
    struct Excess {
        let rules: SpendingRules
        /// Absent where too many are in flight.
        let rate: RateLimits.Rate?
        /// Nanoseconds.
        let wait: UInt64
    }

    // MARK: limits

    /// Takes a place among those in flight and the units of every rate, or nothing at all.
    func enter(at now: UInt64) -> Excess? {
        for (index, rule) in rules.enumerated() {
            guard let (most, live) = rule.concurrency, !live.enter(limit: most) else { continue }
            leave(upTo: index)
            return Excess(rules: rule, rate: nil, wait: 1_000_000_000)
        }
        for (place, rule) in rules.enumerated() {
            for (index, meter) in rule.rates.enumerated() {
                guard let wait = meter.take(units(meter.rate.unit), at: now) else { continue }
                giveBack(upTo: place, index)
                leave(upTo: rules.count)
                return Excess(rules: rule, rate: meter.rate, wait: wait)
            }
        }
        hasEntered = true
        return nil
    }

    /// Gives back all that ``enter(at:)`` took: another hold takes its place.
    func withdraw() {
        guard hasEntered else { return }
        hasEntered = false
        giveBack(upTo: rules.count, 0)
        leave(upTo: rules.count)
    }

    private func units(_ unit: RateLimits.Unit) -> Int64 {
        switch unit {
        case .requests: 1
        case .tokens: inputTokens.addingHeld(outputTokens)
        case .inputTokens: inputTokens
        case .outputTokens: outputTokens
        }
    }

    private func giveBack(upTo place: Int, _ index: Int) {
        for (at, rule) in rules.enumerated() where at <= place {
            for (number, meter) in rule.rates.enumerated() where at < place || number < index {
                meter.correct(by: 0 - meter.rule.counted(units(meter.rate.unit)))
            }
        }
    }

    private func leave(upTo place: Int) {
        for rule in rules.prefix(place) { rule.concurrency?.live.leave() }
    }

    // MARK: budgets

    /// Sets what one attempt may cost aside in every budget, or in none.
    ///
    /// - Returns: the hard budget that has not so much left.
    func reserve(_ bound: Int64?) -> BudgetMeter? {
        self.bound = bound
        return add(bound ?? 0)
    }

    private func add(_ more: Int64) -> BudgetMeter? {
        var taken: [(meter: BudgetMeter, from: Int64)] = []
        for rule in rules {
            for meter in rule.budgets {
                let mayPass = fallback != nil && meter.budget.fallback == fallback?.to
                let isBounded = meter.budget.mode == .hard && !mayPass
                guard let start = meter.reserve(more, at: moment, isBounded: isBounded) else {
                    for (meter, start) in taken { meter.settle(more, as: 0, from: start) }
                    return meter
                }
                taken.append((meter, start))
            }
        }
        // The second time the windows are the same: they are those of one moment, or later ones.
        if reserved.isEmpty { reserved = taken } else { regroup(taken, more) }
        amount = amount.addingHeld(more)
        return nil
    }

    /// Where a window has ended meanwhile, what was set aside in it went with it, and all of it stands in the new one.
    private func regroup(_ taken: [(meter: BudgetMeter, from: Int64)], _ more: Int64) {
        for (index, (meter, start)) in taken.enumerated() where reserved[index].from != start {
            if let now = meter.reserve(amount, at: moment, isBounded: false) { reserved[index] = (meter, now) }
        }
    }

    /// What an attempt at a target may cost; `nil` where it has no price.
    func bound(at target: CompiledTarget) -> Int64? {
        target.prices.bound(inputTokens: size.input(at: target), outputTokens: size.output(at: target), at: moment)?
            .rawValue
    }

    /// What is on record of it.
    func charge(of request: RequestID, _ amount: Int64, isSettled: Bool) -> Charge {
        Charge(request: request, at: moment, amount: NanoUSD(amount), isSettled: isSettled, scope: scope)
    }

    /// Sets aside what a further attempt may cost, as far as the attempts so far have left too little; `false` where a hard
    /// budget has not so much left, or there is no price.
    func covers(_ target: CompiledTarget, _ transcript: Transcript) -> Bool {
        guard !reserved.isEmpty else { return true }
        let before = amount
        let bound = bound(at: target)
        if bound == nil, hardBudget != nil { return false }
        guard cover(bound, after: transcript.outcome.attempts) else { return false }
        if amount > before {
            let charge = charge(of: transcript.outcome.request, amount, isSettled: false)
            transcript.loop.sink.append(.charged(charge), loop: transcript.loop.http.index)
        }
        return true
    }

    private func cover(_ bound: Int64?, after attempts: [Attempt]) -> Bool {
        let spent = attempts.reduce(0 as Int64) { $0.addingHeld(cost(of: $1)) }
        let needed = spent.addingHeld(bound ?? self.bound ?? 0)
        return needed <= amount || add(needed - amount) == nil
    }

    /// What an attempt is charged: its cost; where nobody knows that, nothing if it was refused, and all it may have cost
    /// if the provider may have worked for it.
    func cost(of attempt: Attempt) -> Int64 {
        guard attempt.purpose.isForCaller else { return 0 }
        if attempt.duration > 0, let known = attempt.cost.known { return known.rawValue }
        if let status = attempt.status, status >= 400 { return 0 }
        switch attempt.errorClass {
        case .connect, .tls, .refused, .badRequest, .quota, .credential, .contentFilter, .upstreamError: return 0
        case .reset where attempt.status == nil: return 0
        default: return bound ?? 0
        }
    }

    // MARK: the end

    /// Ends all of it, once: money as the attempts came to, tokens as they were counted.
    ///
    /// - Returns: what the request is charged; `nil` where nothing was set aside.
    func settle(_ outcome: Outcome) -> Charge? {
        guard hasEntered else { return nil }
        hasEntered = false
        leave(upTo: rules.count)
        correct(outcome)
        let sum = outcome.attempts.reduce(0 as Int64) { $0.addingHeld(cost(of: $1)) }
        guard !reserved.isEmpty else {
            return outcome.endpoint.operation == .batches && sum > 0 ? spend(sum, outcome) : nil
        }
        for (meter, start) in reserved { meter.settle(amount, as: sum, from: start) }
        return charge(of: outcome.request, sum, isSettled: true)
    }

    /// Ends what it holds of limits, and hands over what it has set aside for an answer that is still to be made.
    func handOver(_ outcome: Outcome) -> OwedCharges.Held? {
        guard hasEntered, !reserved.isEmpty else { return nil }
        hasEntered = false
        leave(upTo: rules.count)
        correct(outcome)
        return OwedCharges.Held(
            request: outcome.request,
            at: moment,
            amount: amount,
            spent: outcome.costForCaller,
            scope: scope,
            reserved: reserved
        )
    }

    /// Charges what nothing was set aside for: a batch, by the first answer that tells what it came to.
    private func spend(_ sum: Int64, _ outcome: Outcome) -> Charge? {
        guard hasBudgets else { return nil }
        for meter in rules.lazy.flatMap(\.budgets) {
            if let start = meter.reserve(sum, at: moment, isBounded: false) { meter.settle(sum, as: sum, from: start) }
        }
        return charge(of: outcome.request, sum, isSettled: true)
    }

    private func correct(_ outcome: Outcome) {
        var (input, cached, output) = (0 as Int64, 0 as Int64, 0 as Int64)
        var isKnown = outcome.ending != .complete || outcome.status >= 400
        for attempt in outcome.attempts where attempt.purpose.isForCaller {
            guard let usage = attempt.usage else { continue }
            isKnown = true
            input = input.addingHeld(usage.input.subtractingHeld(usage.cachedInput))
            cached = cached.addingHeld(usage.cachedInput)
            output = output.addingHeld(usage.output)
        }
        // An answer that tells no usage counts as what was let in.
        guard isKnown else { return }
        for rule in rules {
            let read = input.addingHeld((cached &* rule.cachedInputPercent) / 100)
            for meter in rule.rates {
                let came: Int64
                switch meter.rate.unit {
                case .requests: continue
                case .tokens: came = read.addingHeld(output)
                case .inputTokens: came = read
                case .outputTokens: came = output
                }
                let most = meter.rule.limit.multipliedReportingOverflow(by: 4).partialValue
                meter.correct(by: min(came, most) - meter.rule.counted(units(meter.rate.unit)))
            }
        }
    }
}

extension Outcome {
    /// What is known of its cost to its caller, in nano-dollars.
    var costForCaller: Int64 {
        attempts.reduce(0) { sum, attempt in
            attempt.purpose.isForCaller ? sum.addingHeld(attempt.cost.known?.rawValue ?? 0) : sum
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Exchange {
    /// A place to send the request to, and what it was made for.
    struct Candidate {
        let target: CompiledTarget
        let version: CompiledVersion
        var isForContext = false
    }

    /// The request may be sent elsewhere, or in another form: its body must be kept.
    func mayMove(_ version: CompiledVersion, on route: CompiledRoute) -> Bool {
        version.targets.count > 1 || !route.fallbacks.isEmpty || route.contextFallback != nil || judged?.rescuer != nil
    }

    /// The targets of a version in the order of its policy, those held back by a breaker last.
    func ordered(_ version: CompiledVersion) -> [CompiledTarget] {
        let targets = version.targets
        guard targets.count > 1 else { return targets }
        let free = targets.filter { !home.isHeldBack($0) }
        guard !free.isEmpty else { return targets }
        let held = free.count < targets.count ? targets.filter { home.isHeldBack($0) } : []
        let first =
            switch version.policy {
            case .order: 0
            case .weighted: TargetChoice.weighted(free.map(\.weight), using: &home.chance)
            case .fastest:
                TargetChoice.fastest(free.map { home.time($0, isStream: outcome.isStream) }, using: &home.chance)
            }
        guard first > 0, first < free.count else { return free + held }
        return [free[first]] + free[..<first] + free[(first + 1)...] + held
    }

    /// Every place this request may go to, the assigned version's first.
    func candidates(_ version: CompiledVersion, from first: CompiledTarget) -> [Candidate] {
        var all = [Candidate(target: first, version: version)]
        func add(_ targets: [CompiledTarget], _ version: CompiledVersion, isForContext: Bool = false) {
            for target in targets where !all.contains(where: { $0.target === target }) {
                all.append(Candidate(target: target, version: version, isForContext: isForContext))
            }
        }
        if let rescuer = rescuer(on: route), rescuer.id != version.id { add(ordered(rescuer), rescuer) }
        add(order.isEmpty ? version.targets : order, version)
        for fallback in route?.fallbacks ?? [] where fallback.id != version.id { add(ordered(fallback), fallback) }
        if let larger = route?.contextFallback, larger.id != version.id {
            add(ordered(larger), larger, isForContext: true)
        }
        return all
    }
}

/// Which of several places is asked first.
enum TargetChoice {
    /// By chance, in proportion to the weights; the first where all are 0.
    static func weighted(_ weights: [Int], using random: inout some RandomNumberGenerator) -> Int {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return 0 }
        var left = Int.random(in: 0..<sum, using: &random)
        for (index, weight) in weights.enumerated() {
            if left < weight { return index }
            left -= weight
        }
        return 0
    }

    /// The faster of two drawn by chance; one of which nothing is known counts as fastest.
    static func fastest(_ times: [Double], using random: inout some RandomNumberGenerator) -> Int {
        guard times.count > 1 else { return 0 }
        let one = Int.random(in: 0..<times.count, using: &random)
        var other = Int.random(in: 0..<(times.count - 1), using: &random)
        if other >= one { other += 1 }
        return times[other] < times[one] ? other : one
    }
}

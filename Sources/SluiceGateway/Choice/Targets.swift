// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A target to send a request to, and what it was made for.
struct Candidate {
    let target: CompiledTarget
    let version: CompiledVersion
    var isForContext = false
}

extension GatewayLoop {
    /// The targets of a version in the order of its policy, those held back by a breaker last.
    func ordered(_ version: CompiledVersion, isStream: Bool) -> [CompiledTarget] {
        let targets = version.targets
        guard targets.count > 1 else { return targets }
        let free = targets.filter { !isHeldBack($0) }
        guard !free.isEmpty else { return targets }
        let held = free.count < targets.count ? targets.filter { isHeldBack($0) } : []
        let first =
            switch version.policy {
            case .order: 0
            case .weighted: TargetChoice.weighted(free.map(\.weight), using: &chance)
            case .fastest: TargetChoice.fastest(free.map { time($0, isStream: isStream) }, using: &chance)
            }
        guard first > 0, first < free.count else { return free + held }
        return [free[first]] + free[..<first] + free[(first + 1)...] + held
    }
}

extension Assignment {
    /// The version that serves the caller of a trial which fails.
    func rescuer(_ role: EvidenceRole?) -> CompiledVersion? {
        guard let index = role?.rescuer, route.versions.indices.contains(index) else { return nil }
        return route.versions[index]
    }

    /// Every target this request may go to, the first and then the assigned version's before all others.
    ///
    /// - Parameter order: the assigned version's targets, where there is more than one.
    func candidates(
        from first: CompiledTarget,
        _ order: [CompiledTarget],
        _ transcript: Transcript
    ) -> [Candidate] {
        let loop = transcript.loop
        let isStream = transcript.outcome.isStream
        var all = [Candidate(target: first, version: version)]
        if only != nil { return all }
        func add(_ targets: [CompiledTarget], _ version: CompiledVersion, isForContext: Bool = false) {
            for target in targets where !all.contains(where: { $0.target === target }) {
                all.append(Candidate(target: target, version: version, isForContext: isForContext))
            }
        }
        if let rescuer = rescuer(transcript.judged), rescuer.id != version.id {
            add(loop.ordered(rescuer, isStream: isStream), rescuer)
        }
        add(order.isEmpty ? version.targets : order, version)
        for fallback in route.fallbacks where fallback.id != version.id {
            add(loop.ordered(fallback, isStream: isStream), fallback)
        }
        if let larger = route.contextFallback, larger.id != version.id {
            add(loop.ordered(larger, isStream: isStream), larger, isForContext: true)
        }
        return all
    }
}

/// Which of several targets is asked first.
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

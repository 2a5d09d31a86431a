// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import Synchronization

/// A route's choice among versions, ready for requests.
final class CompiledChoice: Sendable {
    /// Where a request does not say.
    let wish: VersionChoice.Wish
    let rule: ChoiceRule
    private let options: [Option]
    private let memory: ChoiceMemory
    /// Some model's card says what its requests may hold, or how long they may be.
    let readsRequests: Bool

    private struct Option: Sendable {
        let version: CompiledVersion
        let mark: UInt16
        /// In tokens; absent where nobody has said it.
        let window: Int64?
        /// Absent where nobody has said it.
        let capabilities: Set<ModelCapability>?
    }

    /// What a request needs of a model.
    struct Needs {
        var endpoint: Outcome.Endpoint
        var capabilities: Set<ModelCapability> = []
        /// What it may fill of a model's window, in tokens.
        var tokens: Int64 = 0
    }

    /// - Parameters:
    ///   - versions: the candidates, the first 64 of which count.
    ///   - moment: by whose prices they are weighed.
    /// - Returns: `nil` where there are none.
    init?(
        _ policy: RoutingPolicy,
        among versions: [CompiledVersion],
        at moment: Timestamp,
        remembering memory: ChoiceMemory
    ) {
        guard !versions.isEmpty else { return nil }
        wish = policy.wish
        options = versions.prefix(RoutingPolicy.mostCandidates).map { version in
            // Each target may be asked: the version can do what all of them can.
            let cards = version.targets.map(\.card)
            let capabilities = cards.compactMap { $0?.capabilities }
            return Option(
                version: version,
                mark: ChoiceMemory.mark(of: version.id),
                window: cards.compactMap { $0?.contextWindow }.min(),
                capabilities: capabilities.first.map { capabilities.reduce($0) { $0.intersection($1) } }
            )
        }
        rule = ChoiceRule(
            versions.map { version in
                ChoiceRule.Candidate(
                    version: version.id,
                    price: version.targets[0].prices.outputPricePerMillion(at: moment),
                    quality: version.targets[0].card?.qualityScore
                )
            }
        )
        self.memory = memory
        readsRequests = options.contains { $0.window != nil || $0.capabilities != nil }
    }

    /// Decides for a request.
    ///
    /// - Parameters:
    ///   - conversation: the hash of what its conversation is known by; `nil` where it is none.
    ///   - isHeldBack: of a version, whether breakers hold back all its targets.
    /// - Returns: the version, and what is put on record of the choice.
    func choose(
        _ wish: VersionChoice.Wish,
        _ needs: Needs,
        conversation: UInt64?,
        _ isHeldBack: (CompiledVersion) -> Bool
    ) -> (version: CompiledVersion, choice: VersionChoice)? {
        let standings = standings(wish, needs, isHeldBack)
        let unit = conversation.map { $0 ^ CompiledChoice.salt(of: wish) }
        if let unit, let mark = memory.version(of: unit), let place = options.firstIndex(where: { $0.mark == mark }),
            rule.obstacle(place, wish, standings) == nil
        {
            return (
                options[place].version, VersionChoice(reason: .pinned, wish: wish, standings: standings)
            )
        }
        guard let (place, reason) = rule.choose(wish, standings), options.indices.contains(place) else { return nil }
        if let unit, reason == .score { memory.remember(options[place].mark, of: unit) }
        return (options[place].version, VersionChoice(reason: reason, wish: wish, standings: standings))
    }

    private func standings(
        _ wish: VersionChoice.Wish,
        _ needs: Needs,
        _ isHeldBack: (CompiledVersion) -> Bool
    ) -> VersionChoice.Standings {
        var standings = VersionChoice.Standings()
        let budget = wish.latencyBudget.map { UInt64(clamping: $0) }
        for place in options.indices {
            if lacks(place, needs) { standings.lacking.set(bit: place) }
            if isHeldBack(options[place].version) { standings.heldBack.set(bit: place) }
            guard let budget else { continue }
            let latency = options[place].version.live.meanLatency.load(ordering: .relaxed)
            if latency == 0 || latency > budget { standings.slow.set(bit: place) }
        }
        return standings
    }

    private func lacks(_ place: Int, _ needs: Needs) -> Bool {
        if let window = options[place].window, needs.tokens > window { return true }
        if let has = options[place].capabilities, !needs.capabilities.isSubset(of: has) { return true }
        return !options[place].version.targets.contains { $0.serves(needs.endpoint) }
    }

    /// A conversation that asks for something else than before is chosen for anew.
    private static func salt(of wish: VersionChoice.Wish) -> UInt64 {
        var salt: UInt64 =
            switch wish.tier {
            case .premium: 0x9E37_79B9_7F4A_7C15
            case .balanced: 0
            case .economy: 0xBF58_476D_1CE4_E5B9
            }
        if let budget = wish.latencyBudget { salt ^= UInt64(clamping: budget) &* 0x94D0_49BB_1331_11EB }
        if let cap = wish.maxCostPer1k { salt ^= UInt64(bitPattern: cap.rawValue) &* 0xD6E8_FEB8_6659_FD93 }
        return salt
    }
}

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceRelease
import SluiceStore

/// A choice among a route's versions, with every candidate and what kept it from being chosen.
package struct ExplainedChoice: Sendable {
    package var route: RouteID
    package var wish: VersionChoice.Wish
    /// Absent where nothing can be chosen.
    package var version: VersionID?
    package var reason: VersionChoice.Reason?
    package var candidates: [Candidate]
    /// Of a request of the past: its choice comes out the same by what is known of the candidates now.
    package var isReproduced: Bool?

    package struct Candidate: Sendable {
        package var candidate: ChoiceRule.Candidate
        package var score: Double
        /// Nanoseconds; absent where fewer than ``ControlPlane/fewestAnswers`` answers were seen in the last hour.
        package var latency: Int64?
        /// Absent where it passes.
        package var obstacle: ChoiceRule.Obstacle?
    }
}

/// What a request that is only thought of asks for and needs; what is absent is what the route says.
package struct ChoiceQuestion: Sendable {
    package var tier: RequestTier?
    /// Nanoseconds.
    package var latencyBudget: Int64?
    package var maxCostPer1k: NanoUSD?
    package var capabilities: Set<ModelCapability> = []
    /// What it may fill of a model's window.
    package var tokens: Int64 = 0

    package init() {}
}

extension ControlPlane {
    /// What a route would choose for a request now.
    package func tryChoice(on route: String, _ question: ChoiceQuestion) throws(ControlError) -> ExplainedChoice {
        let found = try namedRoute(route)
        guard let policy = found.choose else { throw .chooses(nothing: found.id) }
        var wish = policy.wish
        wish.tier = question.tier ?? wish.tier
        wish.latencyBudget = question.latencyBudget ?? wish.latencyBudget
        wish.maxCostPer1k = question.maxCostPer1k ?? wish.maxCostPer1k
        let now = now()
        let versions = catalogue.candidates(of: found)
        let rule = rule(of: versions, at: now)
        var standings = VersionChoice.Standings()
        for (place, version) in versions.enumerated() {
            if lacks(version, question) { standings.lacking.set(bit: place) }
            if isHeldBack(version) { standings.heldBack.set(bit: place) }
            if let budget = wish.latencyBudget, latency(of: version.id, at: now).map({ $0 > budget }) ?? true {
                standings.slow.set(bit: place)
            }
        }
        var answer = explained(found.id, rule, wish, standings, at: now)
        if isJudged(found.id) { answer.reason = .rollout }
        return answer
    }

    /// Why a request of the past went to its version.
    package func explainChoice(of request: RequestID) async throws(ControlError) -> ExplainedChoice {
        let row: LedgerRow?
        do throws(StoreError) {
            row = try await store.ledgerRow(of: request, attempt: 1)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        guard let row, let name = row.route else {
            throw ControlError(
                .notFound,
                "The ledger has no request \(request).",
                hint: "It stands there some seconds after its end: sluice usage --format csv lists them."
            )
        }
        guard let choice = row.choice, let route = catalogue.definitions.routes.first(where: { $0.id == name }),
            route.choose != nil
        else { throw .chooses(nothing: name) }
        let rule = rule(of: catalogue.candidates(of: route), at: row.requestStartedAt)
        var answer = explained(name, rule, choice.wish, choice.standings, at: now())
        let made = (answer.version, answer.reason)
        switch choice.reason {
        case .score, .cheapest: answer.isReproduced = made.0 == row.attempt.version && made.1 == choice.reason
        case .pinned, .rollout: break
        }
        answer.version = row.attempt.version
        answer.reason = choice.reason
        return answer
    }

    func namedRoute(_ name: String) throws(ControlError) -> Route {
        guard let route = catalogue.route(named: name) else {
            let names = catalogue.definitions.routes.map(\.id.rawValue)
            throw ControlError(
                .notFound,
                "There is no route \"\(name.prefix(140))\".",
                hint: names.isEmpty ? nil : "Routes: \(names.prefix(20).joined(separator: ", "))."
            )
        }
        return route
    }

    private func explained(
        _ route: RouteID,
        _ rule: ChoiceRule,
        _ wish: VersionChoice.Wish,
        _ standings: VersionChoice.Standings,
        at now: Timestamp
    ) -> ExplainedChoice {
        let choice = rule.choose(wish, standings)
        return ExplainedChoice(
            route: route,
            wish: wish,
            version: choice.map { rule.candidates[$0.place].version },
            reason: choice?.reason,
            candidates: rule.candidates.enumerated().map { place, candidate in
                ExplainedChoice.Candidate(
                    candidate: candidate,
                    score: candidate.score(in: wish.tier),
                    latency: latency(of: candidate.version, at: now),
                    obstacle: rule.obstacle(place, wish, standings)
                )
            }
        )
    }

    private func rule(of versions: [Version], at moment: Timestamp) -> ChoiceRule {
        ChoiceRule(of: versions.map { ($0.id, cards(of: $0), quality(of: $0)) }, at: moment)
    }

    /// The prices of the version's first target.
    func cards(of version: Version) -> PriceBook.Cards {
        let (provider, model) = version.firstTarget
        return catalogue.prices.cards(provider: provider, model: model)
    }

    /// The score of the version's first target.
    func quality(of version: Version) -> Double? {
        let (provider, model) = version.firstTarget
        return catalogue.model(provider, model)?.qualityScore
    }

    /// The mean time of a version's answers over the last hour, in nanoseconds; `nil` where too few were seen.
    func latency(of version: VersionID, at now: Timestamp) -> Int64? {
        let mean = metrics.averageLatency(of: version, at: now, least: ControlPlane.fewestAnswers)
        return mean.flatMap { Int64(exactly: ($0 * 1_000_000).rounded()) }
    }

    private func isHeldBack(_ version: Version) -> Bool {
        let states = targets()
        return version.targets.allSatisfy { target in
            let model = target.apiVersion ?? version.apiVersion
            return states.contains { $0.provider == target.provider && $0.model == model && !$0.openBreakers.isEmpty }
        }
    }

    private func lacks(_ version: Version, _ question: ChoiceQuestion) -> Bool {
        version.targets.contains { target in
            guard let card = catalogue.model(target.provider, target.apiVersion ?? version.apiVersion) else {
                return false
            }
            return card.contextWindow.map { question.tokens > $0 } ?? false
                || card.capabilities.map { !question.capabilities.isSubset(of: $0) } ?? false
        }
    }

    private func isJudged(_ route: RouteID) -> Bool {
        catalogue.versions.contains { $0.route == route && $0.release.state == .canary && $0.release.buckets.count > 0 }
    }
}

extension ChoiceRule {
    /// Among versions by their prices at a moment.
    init(of versions: [(id: VersionID, cards: PriceBook.Cards, quality: Double?)], at moment: Timestamp) {
        self.init(
            versions.map {
                Candidate(version: $0.id, price: $0.cards.outputPricePerMillion(at: moment), quality: $0.quality)
            }
        )
    }
}

extension Version {
    fileprivate var firstTarget: (ProviderID, String) {
        let target = targets.first
        return (target?.provider ?? provider, target?.apiVersion ?? apiVersion)
    }
}

extension ControlError {
    fileprivate static func chooses(nothing route: RouteID) -> ControlError {
        ControlError(
            .invalidState,
            "Route `\(route)` does not choose: its split alone decides, or did when this request came.",
            hint: "Give it `choose: {tier: balanced}` in the configuration file."
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    /// - Parameter named: versions that are named, and where; the route's own candidates are added.
    func routingPolicy(
        _ field: ConfigurationField,
        _ named: inout [(VersionID, ConfigurationField)]
    ) -> RoutingPolicy? {
        let keys = ["tier", "latency_budget", "max_cost_per_1k", "candidates"]
        guard let section = field.section(keys) else { return nil }
        var candidates: [VersionID] = []
        for item in section.optional("candidates")?.list() ?? [] {
            guard let id = item.identifier(VersionID.self) else { continue }
            named.append((id, item))
            if candidates.contains(id) { item.fail("the version '\(id)' stands twice") } else { candidates.append(id) }
        }
        if candidates.count > RoutingPolicy.mostCandidates {
            field.fail("at most \(RoutingPolicy.mostCandidates) candidates, has \(candidates.count)")
        }
        return RoutingPolicy(
            tier: section.optional("tier")?.choice(of: RequestTier.allCases) ?? .balanced,
            latencyBudget: section.optional("latency_budget")?.duration(in: .milliseconds(1) ... .seconds(86_400)),
            maxCostPer1k: section.optional("max_cost_per_1k").flatMap(cap),
            candidates: candidates
        )
    }

    private func cap(_ field: ConfigurationField) -> NanoUSD? {
        guard let text = field.text() else { return nil }
        guard let amount = Decimal(text)?.scaled(by: 9), (1...1_000_000_000_000).contains(amount) else {
            field.fail("must be US dollars for 1000 output tokens, above 0 with at most nine decimals, is '\(text)'")
            return nil
        }
        return NanoUSD(amount)
    }
}

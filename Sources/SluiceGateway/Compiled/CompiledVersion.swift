// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A version, ready for requests, at all the targets that serve it.
final class CompiledVersion: Sendable {
    let id: VersionID
    /// Never empty; in the order of the version's list.
    let targets: [CompiledTarget]
    let policy: TargetPolicy
    let retry: RetryPolicy
    /// `nil` is what the route says.
    let retryFirst: RetryFirst?
    /// Nanoseconds of silence before a stream's caller gets a comment; `nil` is never.
    let keepalive: UInt64?
    let midstream: Midstream
    /// Nanoseconds without a first byte before a request is sent a second time; `nil` is never.
    let hedgeAfter: UInt64?
    /// For retries and hedges, over all loops.
    let budget: AttemptBudget
    let live: VersionLive
    /// Requests in flight at the same time on this node, and how many there are; `nil` is no limit.
    let limit: (most: Int, live: InFlightCount)?
    /// Limits and budgets of its own, and of its model.
    let rules: [SpendingRules]

    /// - Returns: `nil` where no target has a provider.
    init?(
        _ version: Version,
        targets: [CompiledTarget],
        rules: SpendingRuleSet = SpendingRuleSet(),
        live: (VersionID) -> VersionLive
    ) {
        guard !targets.isEmpty else { return nil }
        id = version.id
        self.rules = rules.rules(ofVersion: version.id, model: targets[0].model)
        self.targets = targets
        policy = version.settings.targetPolicy
        retry = version.settings.retry
        retryFirst = version.settings.retryFirst
        let silence = AttemptLimits.nanoseconds(version.settings.keepaliveAfter)
        keepalive = silence == 0 ? nil : silence
        midstream = version.settings.midstream
        hedgeAfter = version.settings.hedgeAfter.map { AttemptLimits.nanoseconds($0) }
        let live = live(version.id)
        self.live = live
        budget = live.budget
        limit = version.settings.maxConcurrency.map { ($0, live.inFlight) }
    }
}

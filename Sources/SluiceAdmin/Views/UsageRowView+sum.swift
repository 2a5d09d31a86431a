// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

extension UsageRowView {
    /// A sum with its group's values under the names it was grouped by, and what is known of its key.
    init(_ sum: UsageSum, groupedBy grouping: [UsageDimension], keys: [KeyID: UsageReport.KeyName]) {
        self.init(
            requests: sum.requests,
            attempts: sum.attempts,
            failedAttempts: sum.failedAttempts,
            callerGoneAttempts: sum.callerGoneAttempts,
            inputTokens: sum.inputTokens,
            cachedInputTokens: sum.cachedInputTokens,
            cacheWriteTokens: sum.cacheWriteTokens,
            outputTokens: sum.outputTokens,
            reasoningTokens: sum.reasoningTokens,
            costNanoUSD: sum.cost.rawValue,
            costState: sum.costState.rawValue
        )
        estimatedAttempts = sum.estimatedAttempts
        inconsistentAttempts = sum.inconsistentAttempts
        unpricedAttempts = sum.unpricedAttempts
        unknownAttempts = sum.unknownAttempts
        lostUsageAttempts = sum.lostUsageAttempts
        if sum.correctedAttempts > 0 {
            correctedAttempts = sum.correctedAttempts
            correctionNanoUSD = sum.correction.rawValue
        }
        if sum.providerCostAttempts > 0 {
            providerCostNanoUSD = sum.providerCost.rawValue
            comparedCostNanoUSD = sum.comparedCost.rawValue
        }
        if !sum.parts.isEmpty {
            parts = Dictionary(
                uniqueKeysWithValues: sum.parts.entries.map { entry in
                    (entry.part.name, Double(entry.number) / (entry.part.unit == .millisecond ? 1_000 : 1))
                }
            )
        }
        for (name, value) in zip(grouping, sum.group) where !value.isEmpty {
            switch name {
            case .day: day = value
            case .key:
                key = value
                keyName = KeyID(value).flatMap { keys[$0]?.name }
                team = KeyID(value).flatMap { keys[$0]?.team }
            case .team: team = value
            case .route: route = value
            case .version: version = value
            case .provider: provider = value
            case .model: model = value
            case .endUser: endUser = value
            case .tags: tag = value
            case .tag(let name): tags = (tags ?? [:]).merging([name: value]) { first, _ in first }
            }
        }
    }
}

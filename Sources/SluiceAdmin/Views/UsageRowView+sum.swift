// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

extension UsageRowView {
    /// A sum with its group's values under the names it was grouped by.
    init(_ sum: UsageSum, groupedBy grouping: [UsageGrouping]) {
        self.init(
            requests: sum.requests,
            attempts: sum.attempts,
            failedAttempts: sum.failedAttempts,
            inputTokens: sum.inputTokens,
            cachedInputTokens: sum.cachedInputTokens,
            outputTokens: sum.outputTokens,
            reasoningTokens: sum.reasoningTokens,
            costNanoUSD: sum.cost.rawValue,
            unpricedAttempts: sum.unpricedAttempts,
            unknownAttempts: sum.unknownAttempts
        )
        for (name, value) in zip(grouping, sum.group) where !value.isEmpty {
            switch name {
            case .day: day = value
            case .key: key = value
            case .route: route = value
            case .version: version = value
            case .provider: provider = value
            case .model: model = value
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore
import SluiceRelease

extension ChoiceView {
    init(_ choice: ExplainedChoice) {
        self.init()
        route = choice.route.rawValue
        tier = choice.wish.tier.rawValue
        latencyBudgetMilliseconds = choice.wish.latencyBudget.map { Double($0) / 1_000_000 }
        maxCostPer1k = choice.wish.maxCostPer1k?.description
        version = choice.version?.rawValue
        self.choice = choice.reason?.rawValue
        reproduced = choice.isReproduced
        candidates = choice.candidates.map { known in
            var view = ChoiceCandidateView()
            view.version = known.candidate.version.rawValue
            view.costPerMtok = known.candidate.price.map { Double($0.rawValue) / 1_000_000_000 }
            view.qualityScore = known.candidate.quality
            view.avgLatencyMilliseconds = known.latency.map { Double($0) / 1_000_000 }
            view.score = known.score
            view.obstacle = known.obstacle?.rawValue
            return view
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceRelease

extension Components {
    /// How the requests of a rollout fared, for people.
    static let rolloutRequests: [Component] = [
        Component(RolloutRequestsView.self), Component(RolloutRequestsView.ArmsView.self),
        Component(RolloutRequestsView.ErrorView.self), Component(RolloutRequestsView.ExampleView.self),
        Component(RolloutRequestsView.VersionView.self), Component(RolloutRequestsView.PartView.self),
        Component(
            RolloutRequestsView.ValueView.self,
            narrowed: [
                "metric": .oneOf(Metric.values.map(\.rawValue)),
                "unit": .oneOf(MetricFacts.Unit.allCases.map(\.rawValue)),
            ]
        ),
        Component(RolloutRequestsView.ArmView.self),
    ]

    static let rollouts: [Component] = [
        Component(RolloutView.self), Component(ProductionShareView.self), Component(RolloutStepView.self),
        Component(RolloutVerdictView.self), Component(RolloutVerdictView.ReasonView.self),
        Component(RolloutVerdictView.OddsView.self), Component(RolloutVerdictView.VersionEvidenceView.self),
        Component(RolloutVerdictView.MetricEvidenceView.self), Component(RolloutRequestBody.self),
        Component(PromoteRequest.self, narrowed: ["step": .integer(in: 1...Plan.stepLimit)]),
        Component(ExtendRequest.self, narrowed: ["steps": .list(of: .object, 1...Plan.stepLimit)]),
        Component(RolloutEstimateView.self),
        Component(
            RolloutEstimateView.Limit.self,
            narrowed: ["unit": .oneOf(PlanLimit.Unit.allCases.map(\.rawValue))]
        ),
        Component(RolloutEstimateView.Step.self), Component(SelfTestRequest.self), Component(SelfTestView.self),
        Component(RolloutExplanationView.self), Component(RolloutExplanationView.Section.self),
        Component(RolloutReplayView.self), Component(RolloutReplayView.Turn.self),
    ]
}

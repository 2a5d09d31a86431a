// SPDX-License-Identifier: Apache-2.0

/// A rollout: where it stands, what is known of both arms, and what it waits for.
package struct RolloutView: Sendable, Codable {
    package var rolloutID: String
    package var route: String
    package var canary: String
    /// Of several production versions the newest.
    package var baseline: String?
    /// All production versions it is (or was) judged against.
    package var production: [ProductionShareView]?
    /// `pending`, `progressing`, `paused`, `baking`, `completed` or `aborted`.
    package var phase: String
    /// The phase in words.
    package var state: String
    /// One sentence: what is waited for, or how it ended.
    package var awaited: String
    /// Whether it still holds its route.
    package var open: Bool
    /// Whether evidence cannot be stored at the moment: nothing moves.
    package var frozen: Bool
    /// From 1; the step that runs, or ran last.
    package var step: Int
    package var steps: [RolloutStepView]
    /// The canary's share of the route now, 0.0…1.0.
    package var effectiveWeight: Double
    /// Share that stays on the former version at 100 %.
    package var holdback: Double
    package var verdict: RolloutVerdictView?
    /// The last five minutes.
    package var canaryMetrics: MetricsView?
    package var baselineMetrics: MetricsView?
    package var startedAt: String?
    package var stepStartedAt: String?
    package var createdAt: String
    package var createdBy: String
    package var updatedAt: String

    package init(
        rolloutID: String,
        route: String,
        canary: String,
        baseline: String?,
        phase: String,
        state: String,
        awaited: String,
        open: Bool,
        frozen: Bool,
        step: Int,
        steps: [RolloutStepView],
        effectiveWeight: Double,
        holdback: Double,
        createdAt: String,
        createdBy: String,
        updatedAt: String
    ) {
        self.rolloutID = rolloutID
        self.route = route
        self.canary = canary
        self.baseline = baseline
        self.phase = phase
        self.state = state
        self.awaited = awaited
        self.open = open
        self.frozen = frozen
        self.step = step
        self.steps = steps
        self.effectiveWeight = effectiveWeight
        self.holdback = holdback
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.updatedAt = updatedAt
    }

    private enum CodingKeys: String, CodingKey {
        case rolloutID = "rollout_id"
        case route, canary, baseline, production, phase, state, awaited, open, frozen, step, steps
        case effectiveWeight = "effective_weight"
        case holdback, verdict
        case canaryMetrics = "canary_metrics"
        case baselineMetrics = "baseline_metrics"
        case startedAt = "started_at"
        case stepStartedAt = "step_started_at"
        case createdAt = "created_at"
        case createdBy = "created_by"
        case updatedAt = "updated_at"
    }
}

/// A production version and its weight.
package struct ProductionShareView: Sendable, Codable {
    package var versionID: String
    /// 0.0…1.0.
    package var weight: Double

    package init(versionID: String, weight: Double) {
        self.versionID = versionID
        self.weight = weight
    }

    private enum CodingKeys: String, CodingKey {
        case versionID = "version_id"
        case weight
    }
}

extension RolloutView {
    /// What the canary is compared with, in words: `v1`, or `v1 (0.4), p2 (0.6)`.
    package var against: String {
        guard let production, production.count > 1 else { return production?.first?.versionID ?? baseline ?? "-" }
        return production.map { "\($0.versionID) (\($0.weight))" }.joined(separator: ", ")
    }
}

/// One step of a plan: a weight that is held, or a gate.
package struct RolloutStepView: Sendable, Codable {
    /// 0.0…1.0; absent for a gate.
    package var weight: Double?
    /// `manual`, of a gate.
    package var gate: String?
    /// How long the weight is held at least.
    package var seconds: Int64?
    /// Whether it is the soak at full weight.
    package var bake: Bool?
    package var minRequests: Int64?
    /// `certificate`, where one is required.
    package var require: String?

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case weight, gate, seconds, bake
        case minRequests = "min_requests"
        case require
    }
}

/// One thing that happened to a rollout: the data of a server-sent event.
package struct RolloutEventView: Sendable, Codable {
    /// The event's name, such as `rollout.stepped`.
    package var kind: String
    package var at: String
    /// One sentence for people.
    package var text: String
    package var rolloutID: String
    package var phase: String
    package var state: String
    package var step: Int
    package var verdict: RolloutVerdictView?

    package init(
        kind: String,
        at: String,
        text: String,
        rolloutID: String,
        phase: String,
        state: String,
        step: Int,
        verdict: RolloutVerdictView?
    ) {
        self.kind = kind
        self.at = at
        self.text = text
        self.rolloutID = rolloutID
        self.phase = phase
        self.state = state
        self.step = step
        self.verdict = verdict
    }

    private enum CodingKeys: String, CodingKey {
        case kind, at, text
        case rolloutID = "rollout_id"
        case phase, state, step, verdict
    }
}

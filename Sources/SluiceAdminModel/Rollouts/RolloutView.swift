// SPDX-License-Identifier: Apache-2.0

/// A rollout: where it stands, what is known of both arms, and what it waits for.
package struct RolloutView: DescribedShape {
    package var rolloutID = ""
    package var route = ""
    package var canary = ""
    package var baseline: String?
    package var production: [ProductionShareView]?
    package var phase = ""
    package var state = ""
    package var awaited = ""
    package var open = false
    package var frozen = false
    package var step = 0
    package var steps: [RolloutStepView] = []
    package var effectiveWeight: Double = 0
    package var holdback: Double = 0
    package var verdict: RolloutVerdictView?
    package var canaryMetrics: MetricsView?
    package var baselineMetrics: MetricsView?
    package var startedAt: String?
    package var stepStartedAt: String?
    package var createdAt = ""
    package var createdBy = ""
    package var updatedAt = ""

    package init() {}

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

    package static let component = (name: "Rollout", about: "A rollout and what is known of it now.")

    package static let fields: [Field<RolloutView>] = [
        .must("rollout_id", \.rolloutID, .string),
        .must("route", \.route, .string),
        .must("canary", \.canary, .string),
        .may("baseline", \.baseline, .string, "The production version it is judged against; of several the newest."),
        .may(
            "production",
            \.production,
            .array(.named("ProductionShare")),
            "All production versions it is (or was) judged against."
        ),
        .must("phase", \.phase, .oneOf(["pending", "progressing", "paused", "baking", "completed", "aborted"])),
        .must("state", \.state, .string, "The phase in words."),
        .must("awaited", \.awaited, .string, "What is waited for, or how it ended: one sentence."),
        .must("open", \.open, .boolean, "Whether it still holds its route."),
        .must("frozen", \.frozen, .boolean, "Whether evidence cannot be stored at the moment: nothing moves."),
        .must("step", \.step, .integer, "From 1: the step that runs, or ran last."),
        .must("steps", \.steps, .array(.named("RolloutStep"))),
        .must("effective_weight", \.effectiveWeight, .number, "The canary's share of the route's traffic now."),
        .must("holdback", \.holdback, .number, "Share that stays on the former version at a weight of 100 %."),
        .may("verdict", \.verdict, .named("RolloutVerdict")),
        .may("canary_metrics", \.canaryMetrics, .named("Metrics"), "The last five minutes."),
        .may("baseline_metrics", \.baselineMetrics, .named("Metrics")),
        .may("started_at", \.startedAt, .moment),
        .may("step_started_at", \.stepStartedAt, .moment),
        .must("created_at", \.createdAt, .moment),
        .must("created_by", \.createdBy, .string),
        .must("updated_at", \.updatedAt, .moment),
    ]
}

/// A production version and its weight.
package struct ProductionShareView: DescribedShape {
    package var versionID = ""
    package var weight: Double = 0

    package init() {}

    package init(versionID: String, weight: Double) {
        self.versionID = versionID
        self.weight = weight
    }

    package static let component = (name: "ProductionShare", about: "A production version and its weight.")

    package static let fields: [Field<ProductionShareView>] = [
        .must("version_id", \.versionID, .string),
        .must("weight", \.weight, .number, "0.0 to 1.0."),
    ]
}

extension RolloutView {
    /// What the canary is compared with, in words: `v1`, or `v1 (0.4), p2 (0.6)`.
    package var against: String {
        guard let production, production.count > 1 else { return production?.first?.versionID ?? baseline ?? "-" }
        return production.map { "\($0.versionID) (\($0.weight))" }.joined(separator: ", ")
    }
}

/// One step of a plan: a weight that is held, or a gate.
package struct RolloutStepView: DescribedShape {
    package var weight: Double?
    package var gate: String?
    package var seconds: Int64?
    package var bake: Bool?
    package var minRequests: Int64?
    package var require: String?

    package init() {}

    package static let component = (name: "RolloutStep", about: "A weight that is held, or a gate.")

    package static let fields: [Field<RolloutStepView>] = [
        .may("weight", \.weight, .number, "0.0 to 1.0; absent for a gate."),
        .may("gate", \.gate, .oneOf(["manual"])),
        .may("seconds", \.seconds, .integer, "How long the weight is held at least."),
        .may("bake", \.bake, .boolean, "Whether it is the soak at full weight."),
        .may("min_requests", \.minRequests, .integer),
        .may("require", \.require, .oneOf(["certificate"])),
    ]
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

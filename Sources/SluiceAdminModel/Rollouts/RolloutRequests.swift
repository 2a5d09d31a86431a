// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /rollouts` and of `POST /rollouts/plan`.
package struct RolloutRequestBody: Sendable, Codable {
    /// The canary.
    package var versionID: String
    /// A plan's object, or a preset's name; without it the preset `careful`.
    package var plan: RawJSON?
    package var name: String?
    /// Checked where given.
    package var route: String?
    /// Checked where given.
    package var baseline: String?
    /// `false` makes the rollout and lets it wait; otherwise it begins at once.
    package var start: Bool?
    /// Start although the price cards alone break the plan.
    package var force: Bool?
    package var reason: String?

    package init(versionID: String, plan: RawJSON? = nil) {
        self.versionID = versionID
        self.plan = plan
    }

    private enum CodingKeys: String, CodingKey {
        case versionID = "version_id"
        case plan, name, route, baseline, start, force, reason
    }
}

/// The body of `POST /rollouts/{id}/extend`.
package struct ExtendRequest: Sendable, Codable {
    /// Steps as a plan has them.
    package var steps: RawJSON
    package var reason: String?

    package init(steps: RawJSON, reason: String? = nil) {
        self.steps = steps
        self.reason = reason
    }
}

/// The body of `POST /rollouts/{id}/promote`; it may be missing altogether.
package struct PromoteRequest: Sendable, Codable {
    /// `next` or `full`.
    package var to: String?
    package var reason: String?

    package init(to: String? = nil, reason: String? = nil) {
        self.to = to
        self.reason = reason
    }
}

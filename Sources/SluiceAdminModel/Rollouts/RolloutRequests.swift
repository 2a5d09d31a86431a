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
    /// Start although the price cards alone break the plan, or production a ceiling, which is only shown then.
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

/// The body of `POST /rollouts/selftest`.
package struct SelfTestRequest: Sendable, Codable {
    package var route: String
    /// Of the pretended canary.
    package var share: Double?
    package var salts: Int?

    package init(route: String, share: Double? = nil, salts: Int? = nil) {
        self.route = route
        self.share = share
        self.salts = salts
    }
}

/// The body of `POST /rollouts/{id}/promote`; it may be missing altogether.
package struct PromoteRequest: Sendable, Codable {
    /// `next` or `full`.
    package var to: String?
    /// The step that is meant, from 1.
    package var step: Int?
    package var reason: String?

    package init(to: String? = nil, step: Int? = nil, reason: String? = nil) {
        self.to = to
        self.step = step
        self.reason = reason
    }
}

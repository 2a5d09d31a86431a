// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The body of `POST /rollouts` and of `POST /rollouts/plan`.
package struct RolloutRequestBody: DescribedShape {
    package var versionID = ""
    package var plan: RawJSON?
    package var name: String?
    package var route: String?
    package var baseline: String?
    package var start: Bool?
    package var force: Bool?
    package var reason: String?

    package init() {}

    package init(versionID: String, plan: RawJSON? = nil) {
        self.versionID = versionID
        self.plan = plan
    }

    package static let component = (name: "RolloutRequest", about: "A new rollout, or a plan to try.")

    package static let fields: [Field<RolloutRequestBody>] = [
        .must("version_id", \.versionID, .id, "The canary."),
        .may(
            "plan",
            \.plan,
            .either([.object, .string]),
            "A plan's object, or a preset's name: careful (default), steps, quick."
        ),
        .may("name", \.name, .string, "Default: the plan's name, or one made from the canary's id."),
        .may("route", \.route, .id, "Checked where given."),
        .may("baseline", \.baseline, .id, "Checked where given."),
        .may("start", \.start, .boolean, "false: make it, and wait for start. Default true."),
        .may(
            "force",
            \.force,
            .boolean,
            "Start although the price cards break the plan, or production a ceiling, then only shown."
        ),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `POST /rollouts/{id}/extend`.
package struct ExtendRequest: DescribedShape {
    package var steps = RawJSON(.null)
    package var reason: String?

    package init() {}

    package init(steps: RawJSON, reason: String? = nil) {
        self.steps = steps
        self.reason = reason
    }

    package static let component = (name: "ExtendRequest", about: "Further steps behind a gate.")

    package static let fields: [Field<ExtendRequest>] = [
        .must("steps", \.steps, .array(.object), "As in a plan; the first weight is above the present one."),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `POST /rollouts/selftest`.
package struct SelfTestRequest: DescribedShape {
    package var route = ""
    package var share: Double?
    package var salts: Int?

    package init() {}

    package init(route: String, share: Double? = nil, salts: Int? = nil) {
        self.route = route
        self.share = share
        self.salts = salts
    }

    package static let component = (name: "SelfTestRequest", about: "Which traffic is split, and how.")

    package static let fields: [Field<SelfTestRequest>] = [
        .must("route", \.route, .id),
        .may(
            "share",
            \.share,
            .bounded(.number, .fractions(0.001, 0.5)),
            "Of the pretended canary, 0.001 to 0.5; default 0.05."
        ),
        .may("salts", \.salts, .integer(in: 1...1_000), "Splits, 1 to 1000; default 100."),
    ]
}

/// The body of `POST /rollouts/{id}/promote`; it may be missing altogether.
package struct PromoteRequest: DescribedShape {
    package var to: String?
    package var step: Int?
    package var reason: String?

    package init() {}

    package init(to: String? = nil, step: Int? = nil, reason: String? = nil) {
        self.to = to
        self.step = step
        self.reason = reason
    }

    package static let component = (name: "PromoteRequest", about: "How far.")

    package static let fields: [Field<PromoteRequest>] = [
        .may("to", \.to, .oneOf(["next", "full"]), "Default next."),
        .may("step", \.step, .integer, "The step that is meant, from 1; 409 where another runs by now."),
        .may("reason", \.reason, .reason),
    ]
}

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceJudge
package import SluiceRelease
import SluiceStore

/// A wish for a rollout, read and checked against what is there.
struct RolloutDraft {
    var plan: Plan
    var canary: Version
    var baseline: Version
    /// What the canary is compared with.
    var production: [Version]
    private var wanted: String?

    /// - Parameter burst: seconds for which the route's errors hang together, where its history tells.
    /// - Throws: `notFound`, `invalid` with the plan's step and field, or `invalidState`.
    init(_ request: RolloutRequest, in catalogue: Catalogue, burst: Int? = nil) throws(ControlError) {
        canary = try catalogue.version(request.canary)
        var value = request.plan
        wanted = request.id
        if case .object(var object) = value {
            if wanted == nil { wanted = object["name"]?.string }
            if object["steps"] == nil, object["preset"] == nil, object.count == (object["name"] == nil ? 0 : 1) {
                object["preset"] = "careful"
            }
            value = .object(object)
        } else if case .string(let preset) = value {
            value = ["preset": .string(preset)]
        } else if case .null = value {
            value = ["preset": "careful"]
        }
        production = catalogue.rivals(of: canary)
        do throws(PlanError) {
            plan = try Plan(
                validating: value,
                thresholds: canary.release.thresholds,
                burst: BurstCircumstances(isOneSource: canary.sharesSource(withAll: production), learnt: burst)
            )
        } catch {
            throw ControlError(
                .invalid,
                "The plan cannot be used: \(error).",
                hint: "See docs/rollouts.md for all fields.",
                details: ["field": .string(error.field), "problem": .string(error.message)]
            )
        }
        let canary = canary
        let route = canary.route
        guard canary.release.state != .production else {
            throw ControlError(
                .invalidState,
                "Version \(canary.id) is in production on route \(route) already.",
                hint: "Register the new release as a version of its own: \(AdminHint.register)."
            )
        }
        guard let first = production.first else {
            throw ControlError(
                .invalidState,
                "Route \(route) has no production version with traffic to compare \(canary.id) with.",
                hint: "Move a version to production first: \(AdminHint.transition("VERSION", to: .production))."
            )
        }
        baseline = first
    }

    /// The record, pending.
    func record(in catalogue: Catalogue, by change: Change, at now: Timestamp) throws(ControlError) -> RolloutRecord {
        if let other = catalogue.openRollout(on: canary.route) { throw .routeIsTaken(canary.route, by: other) }
        let state = RolloutState(
            id: try id(in: catalogue),
            route: canary.route,
            canary: canary.id,
            baseline: baseline.id,
            plan: plan
        )
        return RolloutRecord(state: state, createdAt: now, createdBy: change.actor)
    }

    private func id(in catalogue: Catalogue) throws(ControlError) -> RolloutID {
        let known = Set(catalogue.state.rollouts.map(\.state.id.rawValue))
        if let wanted {
            guard let id = RolloutID(wanted), !wanted.contains("/") else {
                throw ControlError(
                    .invalid,
                    "\"\(wanted.prefix(40))\" is no name of a rollout.",
                    hint: "1 to 128 characters of A–Z a–z 0–9 . _ : @ + - are allowed."
                )
            }
            guard !known.contains(wanted) else {
                throw ControlError(
                    .conflict,
                    "There is a rollout \(wanted) already.",
                    hint: "Choose another name, or \(AdminHint.rollout("retry", wanted))."
                )
            }
            return id
        }
        let stem = String(canary.id.rawValue.prefix(100)).split(separator: "/").joined(separator: "-")
        for number in 1...(known.count + 1) {
            if let id = RolloutID("\(stem)-\(number)"), !known.contains(id.rawValue) { return id }
        }
        throw ControlError(.conflict, "No name is free for a rollout of \(canary.id).", hint: "Give it one: \"name\".")
    }
}

extension Catalogue {
    /// The production versions with traffic that a canary is compared with, the newest first.
    func rivals(of canary: Version) -> [Version] {
        production(of: canary.route).filter { $0.id != canary.id && $0.release.weight > .none }
    }
}

extension Version {
    /// Whether a provider's trouble hits this version and each of some others alike; never where there are none.
    func sharesSource(withAll others: [Version]) -> Bool {
        !others.isEmpty && others.allSatisfy { sharesSource(with: $0) }
    }
}

extension RolloutRecord {
    /// What the audit holds of a new rollout.
    func definition(_ estimate: RolloutEstimate, forced: Bool) -> JSONObject {
        var object: JSONObject = [
            "rollout_id": .string(state.id.rawValue),
            "route": .string(state.route.rawValue),
            "canary": .string(state.canary.rawValue),
            "alpha": .double(state.plan.judging.alpha),
            "holdback": .double(state.plan.holdback.fraction),
            "steps": .array(state.plan.steps.map { .object($0.summary) }),
        ]
        if let baseline = state.baseline { object["baseline"] = .string(baseline.rawValue) }
        if let ratio = estimate.priceRatio { object["price_ratio"] = .double(ratio) }
        if forced { object["forced"] = .bool(true) }
        return object
    }
}

extension Plan.Step {
    package var summary: JSONObject {
        switch self {
        case .gate: return ["gate": "manual"]
        case .hold(let hold):
            var object: JSONObject = ["weight": .double(hold.weight.fraction)]
            object[hold.isBake ? "bake" : "for"] = .string("\(hold.seconds)s")
            if hold.minimumRequests > 0 { object["min_requests"] = .integer(String(hold.minimumRequests)) }
            if !hold.certificates.isEmpty { object["require"] = "certificate" }
            return object
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Versions: register, look, weigh, move, roll back.
struct VersionEndpoints: Sendable {
    let control: ControlPlane
    private let endpoint = EndpointGroup(below: "/v1/admin/versions", tag: "versions")

    private static let states = VersionState.allCases.map(\.rawValue).joined(separator: "|")
    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such version.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")

    var all: [AdminEndpoint] {
        [register, list, distribution, show, metrics, weight, transition, thresholds, rollback, deprecate]
    }

    private var register: AdminEndpoint {
        endpoint(
            "POST",
            "/register",
            id: "registerVersion",
            "Registers a version. The same id with the same hash is answered again (200); with another it is a conflict.",
            body: .init(schema: .named("RegisterRequest"), isRequired: true),
            outcomes: [
                .json(201, "Registered.", .named("VersionDetail")),
                .json(200, "Known already, with the same hash.", .named("VersionDetail")),
                .error(409, "The id has another hash, or the weights do not fit."),
                .error(422, "config_hash does not match (both are in details), or the route or provider is missing."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(RegisterRequest.self)
            let wish = RegisterVersion(
                id: body.versionID,
                apiVersion: body.apiVersion,
                weight: body.weight,
                state: try body.state.map { name throws(AdminRefusal) in try VersionEndpoints.state(name, "state") },
                config: body.config.value,
                configHash: body.configHash,
                route: body.route,
                provider: body.provider,
                thresholds: try body.thresholds.map { raw throws(AdminRefusal) in
                    try VersionEndpoints.patch(raw.value).patch
                } ?? ThresholdsPatch()
            )
            let change = try call.change(body.reason)
            let (version, isNew) = try await refusing { () async throws(ControlError) in
                try await control.register(wish, change)
            }
            return try AdminAnswer(isNew ? 201 : 200, VersionDetail(version))
        }
    }

    private var list: AdminEndpoint {
        endpoint(
            "GET",
            "",
            id: "listVersions",
            "All versions, as a JSON array.",
            role: .viewer,
            parameters: [
                .init(name: "route", schema: .id, about: "Only those of one route."),
                .init(
                    name: "state",
                    schema: .text(1...200, pattern: "^(\(VersionEndpoints.states))(,(\(VersionEndpoints.states)))*$"),
                    about: "Only those in these states: production,canary are those with traffic."
                ),
            ],
            outcomes: [.json("The versions.", .array(.named("Version"))), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let route = try call.id("route", RouteID.self)
            var states: Set<VersionState>?
            if let text = call.query["state"] {
                states = []
                for name in text.split(separator: ",", omittingEmptySubsequences: false) {
                    states?.insert(try VersionEndpoints.state(String(name), "state"))
                }
            }
            return try AdminAnswer(await control.versions(route: route, states: states).map(VersionView.init))
        }
    }

    private var distribution: AdminEndpoint {
        endpoint(
            "GET",
            "/distribution",
            id: "readDistribution",
            "Who gets how much of each route.",
            role: .viewer,
            outcomes: [.json("By version id.", .map(.named("Share")))]
        ) { [control] _ throws(AdminRefusal) in
            let shares = await control.distribution().map { ($0.version.rawValue, ShareView($0)) }
            return try AdminAnswer(Dictionary(shares, uniquingKeysWith: { first, _ in first }))
        }
    }

    private var show: AdminEndpoint {
        endpoint(
            "GET",
            "/{version_id}",
            id: "readVersion",
            "One version, with config and thresholds.",
            role: .viewer,
            outcomes: [.json("The version.", .named("VersionDetail")), VersionEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let id = call.text("version_id")
            let status = try await refusing { () async throws(ControlError) in try await control.version(id) }
            return try AdminAnswer(VersionDetail(status))
        }
    }

    private var metrics: AdminEndpoint {
        endpoint(
            "GET",
            "/{version_id}/metrics",
            id: "readVersionMetrics",
            "What a version did in the last window.",
            role: .viewer,
            parameters: [
                .init(name: "window", schema: .integer(in: 10...3_600), about: "Seconds, 10 to 3600; default 300.")
            ],
            outcomes: [.json("The metrics.", .named("Metrics")), VersionEndpoints.missing, VersionEndpoints.misfit]
        ) { [control] call throws(AdminRefusal) in
            let id = call.text("version_id")
            let window = Int64(try call.number("window", within: 10...3_600, otherwise: 300))
            let metrics = try await refusing { () async throws(ControlError) in
                try await control.versionMetrics(id, window: window)
            }
            return try AdminAnswer(MetricsView(metrics))
        }
    }

    private var weight: AdminEndpoint {
        endpoint(
            "PATCH",
            "/{version_id}/weight",
            id: "setVersionWeight",
            "Changes a version's share of its route. Raising it moves nobody who was on it.",
            body: .init(schema: .named("WeightRequest"), isRequired: true),
            outcomes: [
                .json("The version.", .named("VersionDetail")), VersionEndpoints.missing, VersionEndpoints.misfit,
                .error(409, "The version takes no traffic in its state, or the weights do not fit."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(WeightRequest.self)
            let (id, change) = (call.text("version_id"), try call.change(body.reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.setWeight(id, to: body.weight, change)
            }
            return try AdminAnswer(VersionDetail(status))
        }
    }

    private var transition: AdminEndpoint {
        endpoint(
            "POST",
            "/{version_id}/transition",
            id: "moveVersion",
            "Moves a version to another state: staging to canary, canary to production, production to deprecated.",
            body: .init(schema: .named("TransitionRequest"), isRequired: true),
            outcomes: [
                .json("The version.", .named("VersionDetail")), VersionEndpoints.missing, VersionEndpoints.misfit,
                .error(409, "The move is not legal; details lists the legal ones."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(TransitionRequest.self)
            let target = try VersionEndpoints.state(body.targetState, "target_state")
            let (id, change) = (call.text("version_id"), try call.change(body.reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.transition(id, to: target, change)
            }
            return try AdminAnswer(VersionDetail(status))
        }
    }

    private var thresholds: AdminEndpoint {
        endpoint(
            "PATCH",
            "/{version_id}/thresholds",
            id: "setVersionThresholds",
            "Changes some of a version's thresholds; null takes one away.",
            body: .init(schema: .named("ThresholdsPatch"), isRequired: true),
            outcomes: [
                .json("The version.", .named("VersionDetail")), VersionEndpoints.missing, VersionEndpoints.misfit,
                .error(409, "A rollout that is open judges the version by the thresholds it had."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let (patch, reason) = try VersionEndpoints.patch(try call.json())
            let (id, change) = (call.text("version_id"), try call.change(reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.setThresholds(id, patch, change)
            }
            return try AdminAnswer(VersionDetail(status))
        }
    }

    private var rollback: AdminEndpoint {
        endpoint(
            "POST",
            "/{version_id}/rollback",
            id: "rollbackVersion",
            "Takes a version out of traffic at once and gives its share to another, in one change.",
            body: .init(schema: .named("RollbackRequest"), isRequired: false),
            outcomes: [
                .json("The version, and who has its traffic.", .named("Rollback")), VersionEndpoints.missing,
                VersionEndpoints.misfit, .error(409, "It has no traffic to give back, or the target cannot take it."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(RollbackRequest.self, orEmpty: RollbackRequest())
            let (id, change) = (call.text("version_id"), try call.change(body.reason))
            let answer = try await refusing { () async throws(ControlError) in
                try await control.rollback(id, to: body.targetVersion, change)
            }
            return try AdminAnswer(RollbackView(answer))
        }
    }

    private var deprecate: AdminEndpoint {
        endpoint(
            "POST",
            "/{version_id}/deprecate",
            id: "deprecateVersion",
            "Takes a version out of service.",
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The version.", .named("VersionDetail")), VersionEndpoints.missing, VersionEndpoints.misfit,
                .error(409, "The move is not legal; details lists the legal ones."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let (id, change) = (call.text("version_id"), try call.change(body.reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.deprecate(id, change)
            }
            return try AdminAnswer(VersionDetail(status))
        }
    }

    // MARK: Reading bodies

    private static func state(_ name: String, _ field: String) throws(AdminRefusal) -> VersionState {
        guard let state = VersionState(rawValue: name) else {
            let known = VersionState.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("'\(name.prefix(40))' is no state.", field: field, hint: "States: \(known).")
        }
        return state
    }

    private static func patch(_ json: JSONValue) throws(AdminRefusal) -> (patch: ThresholdsPatch, reason: String?) {
        let body: ThresholdsBody
        do throws(ShapeError) {
            body = try ThresholdsBody(json)
        } catch {
            throw AdminRefusal(error)
        }
        let patch = ThresholdsPatch(
            errorRate: body.fields["error_rate"],
            p99LatencyMilliseconds: body.fields["p99_latency_ms"],
            p99FirstTokenMilliseconds: body.fields["p99_ttft_ms"],
            costSpikeRatio: body.fields["cost_spike_ratio"]
        )
        return (patch, body.reason)
    }
}

/// Does a use case; its error becomes the call's refusal.
func refusing<Answer: Sendable>(
    _ use: () async throws(ControlError) -> Answer
) async throws(AdminRefusal) -> Answer {
    do throws(ControlError) {
        return try await use()
    } catch {
        throw AdminRefusal(error)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// The node itself: status, metrics and what probes ask.
struct NodeEndpoints: Sendable {
    let control: ControlPlane
    let probes: NodeProbes
    let metricsAreOpen: Bool

    var all: [AdminEndpoint] {
        [
            status, metrics,
            probe("/healthz", id: "isAlive", "Whether the process answers.", asksReadiness: false),
            probe("/readyz", id: "isReady", "Whether the node should get traffic.", asksReadiness: true),
            probe("/health/liveliness", id: "isLively", "The same as /healthz.", asksReadiness: false),
            probe("/health/readiness", id: "isInReadiness", "The same as /readyz.", asksReadiness: true),
        ]
    }

    private var status: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/status",
            id: "readStatus",
            tag: "node",
            "How the node is.",
            access: .role(.viewer),
            outcomes: [.json("The status.", .named("Status"))]
        ) { [control, probes] _ throws(AdminRefusal) in
            let readiness = await probes.readiness()
            let now = probes.now()
            var view = StatusView()
            view.version = probes.softwareVersion
            view.state = readiness.state.rawValue
            view.problems = readiness.problems
            view.epoch = await control.epoch
            view.routes = await control.routes().count
            view.versions = await control.distribution().count
            view.keys = await control.keys().filter { $0.isValid(at: now) }.count
            return try AdminAnswer(view)
        }
    }

    private var metrics: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/metrics",
            id: "readMetrics",
            tag: "node",
            "Metrics in Prometheus' text format.",
            access: metricsAreOpen ? .open : .role(.viewer),
            outcomes: [
                .init(status: 200, about: "The metrics.", schema: .string, mediaType: NodeEndpoints.prometheus)
            ]
        ) { [probes] _ throws(AdminRefusal) in
            AdminAnswer(text: await probes.metricsText(), mediaType: NodeEndpoints.prometheus)
        }
    }

    private static let prometheus = "text/plain; version=0.0.4; charset=utf-8"

    private func probe(_ path: String, id: String, _ about: String, asksReadiness: Bool) -> AdminEndpoint {
        var outcomes = [AdminEndpoint.Outcome.json("Yes.", .named("Health"))]
        if asksReadiness {
            outcomes.append(
                AdminEndpoint.Outcome(
                    status: 503,
                    about: "Not yet, or no more.",
                    schema: .named("Health"),
                    mediaType: "application/json"
                )
            )
        }
        return AdminEndpoint(
            "GET",
            path,
            id: id,
            tag: "node",
            about,
            access: .open,
            outcomes: outcomes
        ) { [probes] _ throws(AdminRefusal) in
            guard asksReadiness else { return AdminAnswer(json: .object(["status": .string("ok")])) }
            let readiness = await probes.readiness()
            var body: JSONObject = ["status": .string(readiness.state.rawValue)]
            if !readiness.problems.isEmpty { body["problems"] = .array(readiness.problems.map { .string($0) }) }
            return AdminAnswer(readiness.state == .notReady ? 503 : 200, json: .object(body))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// How routes choose among their versions.
struct ChoiceEndpoints: Sendable {
    let control: ControlPlane
    let now: @Sendable () -> Timestamp

    var all: [AdminEndpoint] { [tryChoice, explainChoice, savings] }

    private var tryChoice: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/routes/{route}/choice",
            id: "tryChoice",
            tag: "catalogue",
            "What a route would choose for a request now, and why; nothing is sent.",
            access: .role(.viewer),
            parameters: [
                .init(name: "tier", schema: .oneOf(RequestTier.words), about: "Default: the route's."),
                .init(
                    name: "latency_budget_ms",
                    schema: .integer(in: 1...86_400_000),
                    about: "For the mean of a candidate's answers; default: the route's."
                ),
                .init(
                    name: "max_cost_per_1k",
                    schema: .text(1...32),
                    about: "US dollars for a thousand output tokens; default: the route's."
                ),
                .init(
                    name: "needs",
                    schema: .text(
                        0...100,
                        pattern: "^((tools|images|structured_output)(,(tools|images|structured_output))*)?$"
                    ),
                    about: "What the request needs, with commas between: tools, images, structured_output."
                ),
                .init(
                    name: "tokens",
                    schema: .integer(in: 0...1_000_000_000),
                    about: "What it may fill of a model's window."
                ),
            ],
            outcomes: [
                .json("The choice.", .named("Choice")), .error(404, "No such route."),
                .error(409, "The route does not choose."), .error(422, "A parameter does not fit."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let question = try ChoiceQuestion(call)
            let name = call.path["route"] ?? ""
            let choice = try await refusing { () async throws(ControlError) in
                try await control.tryChoice(on: name, question)
            }
            return try AdminAnswer(ChoiceView(choice))
        }
    }

    private var savings: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/savings",
            id: "reportSavings",
            tag: "usage",
            "What requests of the past would have cost, had each route's policy chosen, and what follows from that.",
            access: .role(.viewer),
            parameters: [
                .init(name: "from", schema: .moment, about: "Requests that began then or later; default: 30 days ago."),
                .init(name: "until", schema: .moment, about: "Requests that began before; default: now."),
                .init(name: "route", schema: .id, about: "Only of this route."),
                .init(
                    name: "tier",
                    schema: .oneOf(RequestTier.words),
                    about: "Default: what each request asked for, else the route's."
                ),
            ],
            outcomes: [
                .json("The report.", .named("Savings")), .error(404, "No such route."),
                .error(422, "A parameter does not fit."),
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let moment = now()
            let until = try call.moment("until") ?? moment
            let from = try call.moment("from") ?? until.advanced(by: .seconds(-30 * 86_400))
            let tier = try ChoiceQuestion(call).tier
            let report = try await refusing { () async throws(ControlError) in
                try await control.savings(from: from, until: until, route: call.query["route"], tier: tier)
            }
            return try AdminAnswer(SavingsView(report))
        }
    }

    private var explainChoice: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/requests/{request}/choice",
            id: "explainChoice",
            tag: "catalogue",
            "Why a request of the past went to its version.",
            access: .role(.viewer),
            outcomes: [
                .json("The choice.", .named("Choice")), .error(404, "No such request in the ledger."),
                .error(409, "Its route does not choose."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let text = call.path["request"] ?? ""
            guard let request = RequestID(text) else {
                throw AdminRefusal(404, "not_found", "There is no request \"\(text.prefix(140))\".")
            }
            let choice = try await refusing { () async throws(ControlError) in
                try await control.explainChoice(of: request)
            }
            return try AdminAnswer(ChoiceView(choice))
        }
    }
}

extension ChoiceQuestion {
    fileprivate init(_ call: AdminCall) throws(AdminRefusal) {
        self.init()
        if let text = call.query["tier"] {
            guard let known = RequestTier(rawValue: text) else {
                throw .invalid("tier must be premium, balanced or economy.", field: "tier")
            }
            tier = known
        }
        if let text = call.query["latency_budget_ms"] {
            guard let milliseconds = Int64(text), (1...86_400_000).contains(milliseconds) else {
                throw .invalid("latency_budget_ms must be from 1 to 86400000.", field: "latency_budget_ms")
            }
            latencyBudget = milliseconds * 1_000_000
        }
        if let text = call.query["max_cost_per_1k"] {
            guard let cap = ExactRate.exactly(text, by: 9), cap > 0 else {
                throw .invalid("max_cost_per_1k must be US dollars, such as 0.01.", field: "max_cost_per_1k")
            }
            maxCostPer1k = NanoUSD(cap)
        }
        for word in (call.query["needs"] ?? "").split(separator: ",") {
            guard let need = ModelCapability(rawValue: String(word)) else {
                throw .invalid("needs takes tools, images and structured_output.", field: "needs")
            }
            capabilities.insert(need)
        }
        if let text = call.query["tokens"] {
            guard let count = Int64(text), (0...1_000_000_000).contains(count) else {
                throw .invalid("tokens must be a whole number.", field: "tokens")
            }
            tokens = count
        }
    }
}

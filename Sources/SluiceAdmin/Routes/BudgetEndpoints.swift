// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Budgets and limits: make, list, show, reset, remove.
struct BudgetEndpoints: Sendable {
    let control: ControlPlane

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such budget.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let notHere = AdminEndpoint.Outcome.error(409, "The configuration file owns it, or it exists.")

    var all: [AdminEndpoint] { [list, create, show, reset, remove, limits, setLimits] }

    private let budgets = EndpointGroup(below: "/v1/admin/budgets", tag: "budgets")

    init(control: ControlPlane) { self.control = control }

    private var list: AdminEndpoint {
        budgets(
            "GET",
            "",
            id: "listBudgets",
            "Budgets and where each stands on this node.",
            role: .viewer,
            forTeams: true,
            parameters: Paging.parameters,
            outcomes: [.json("A page of budgets.", .page(of: "Budget")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let warnings = call.team == nil ? await control.entityWarnings() : [:]
            let states = await control.budgets(of: call.team)
            return try AdminAnswer(try Paging(call).page(states.map { BudgetView($0, warnings) }))
        }
    }

    private var create: AdminEndpoint {
        budgets(
            "POST",
            "",
            id: "createBudget",
            "Puts a budget in force; what was spent in the window by now counts.",
            role: .keyAdmin,
            body: .init(schema: .named("BudgetRequest"), isRequired: true),
            outcomes: [.json(201, "The budget.", .named("Budget")), BudgetEndpoints.misfit, BudgetEndpoints.notHere]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(BudgetRequest.self)
            let (budget, change) = (try body.budget(await control.zones), try call.change(body.reason))
            let made = try await refusing { () async throws(ControlError) in
                try await control.createBudget(budget, change)
            }
            return try AdminAnswer(201, BudgetView(made, await control.entityWarnings()))
        }
    }

    private var show: AdminEndpoint {
        budgets(
            "GET",
            "/{budget}",
            id: "showBudget",
            "A budget and where it stands on this node.",
            role: .viewer,
            forTeams: true,
            outcomes: [.json("The budget.", .named("Budget")), BudgetEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let (id, team) = (call.text("budget"), call.team)
            let state = try await refusing { () async throws(ControlError) in try await control.budget(id, of: team) }
            return try AdminAnswer(BudgetView(state, team == nil ? await control.entityWarnings() : [:]))
        }
    }

    private var reset: AdminEndpoint {
        budgets(
            "POST",
            "/{budget}/reset",
            id: "resetBudget",
            "Lets a budget begin its window with nothing spent, by a correction that is kept.",
            role: .keyAdmin,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [.json("The budget.", .named("Budget")), BudgetEndpoints.missing, BudgetEndpoints.misfit]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let (id, change) = (call.text("budget"), try call.change(body.reason))
            let state = try await refusing { () async throws(ControlError) in
                try await control.resetBudget(id, change)
            }
            return try AdminAnswer(BudgetView(state, await control.entityWarnings()))
        }
    }

    private var remove: AdminEndpoint {
        budgets(
            "DELETE",
            "/{budget}",
            id: "removeBudget",
            "Takes a budget out of force.",
            role: .keyAdmin,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("What it was.", .named("BudgetRequest")), BudgetEndpoints.missing, BudgetEndpoints.misfit,
                BudgetEndpoints.notHere,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let (id, change) = (call.text("budget"), try call.change(body.reason))
            let budget = try await refusing { () async throws(ControlError) in
                try await control.removeBudget(id, change)
            }
            return try AdminAnswer(BudgetRequest(budget))
        }
    }

    private var limits: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/rate_limits",
            id: "listEntityLimits",
            tag: "budgets",
            "Limits of keys, teams, routes and models.",
            access: .role(.viewer),
            parameters: Paging.parameters,
            outcomes: [.json("A page of limits.", .page(of: "EntityLimits")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.rateLimits().map(EntityLimitsView.init)))
        }
    }

    private var setLimits: AdminEndpoint {
        AdminEndpoint(
            "PUT",
            "/v1/admin/rate_limits",
            id: "setEntityLimits",
            tag: "budgets",
            "Sets the limits of an entity, in the place of those it had.",
            access: .role(.keyAdmin),
            body: .init(schema: .named("EntityLimits"), isRequired: true),
            outcomes: [
                .json("The limits.", .named("EntityLimits")), BudgetEndpoints.misfit, BudgetEndpoints.notHere,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(EntityLimitsView.self)
            guard let entity = SpendingEntity(body.entity) else {
                throw .invalid("entity must be key:NAME, team:NAME, route:NAME or model:NAME.", field: "entity")
            }
            let change = try call.change(body.reason)
            let limits = RateLimits(body.limits)
            let entry = try await refusing { () async throws(ControlError) in
                try await control.setRateLimits(limits, of: entity, change)
            }
            return try AdminAnswer(EntityLimitsView(entry))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore

/// `/team/…` as LiteLLM's clients call it; a team's id is its name here.
struct LiteLLMTeams: Sendable {
    let control: ControlPlane
    private let group = LiteLLMGroup()

    init(control: ControlPlane) { self.control = control }

    var all: [AdminEndpoint] {
        [
            new, update, delete, info, list, pages, available, setting(true), setting(false), addMember, deleteMember,
            updateMember, models(adds: true), models(adds: false),
        ]
    }

    private static let members: Set<String> = [
        "team_id", "team_alias", "models", "blocked", "metadata", "members_with_roles",
    ]

    private var new: AdminEndpoint {
        group("POST", "/team/new", id: "NewTeam", "Makes a team.", role: .keyAdmin) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: LiteLLMTeams.members.union(LiteLLMSpending.members))
            let spending = try LiteLLMSpending(body)
            let change = try call.change(nil)
            let alias = try body.text("team_alias")
            guard let name = try body.text("team_id") ?? alias else {
                throw .unsupported("A team needs a team_id or a team_alias.", field: "team_id")
            }
            let wanted = try patch(body)
            let added = try named(body["members_with_roles"], field: "members_with_roles")
            _ = try await refusing { () async throws(ControlError) in
                try await control.createTeam(name, wanted, change)
            }
            for member in added { try await join(member, name, change) }
            try await spending.put(on: SpendingEntity(.team, name), in: control, change)
            return try await shown(name, call)
        }
    }

    private func patch(_ body: LiteLLMBody) throws(AdminRefusal) -> TeamPatch {
        var patch = TeamPatch()
        if let alias = try body.text("team_alias") { patch.title = .set(alias) }
        if let models = try body.texts("models") { patch.routes = models.contains("all-proxy-models") ? [] : models }
        patch.isBlocked = try body.flag("blocked")
        if let metadata = try body.objectText("metadata") { patch.metadata = .set(metadata) }
        return patch
    }

    private var update: AdminEndpoint {
        group("POST", "/team/update", id: "UpdateTeam", "Changes a team.", role: .keyAdmin) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(
                call,
                knowing: LiteLLMTeams.members.subtracting(["members_with_roles"]).union(LiteLLMSpending.members)
            )
            let spending = try LiteLLMSpending(body)
            let change = try call.change(nil)
            let name = try body.needed("team_id")
            let wanted = try patch(body)
            let team = try await refusing { () async throws(ControlError) in
                try await control.updateTeam(name, wanted, change)
            }
            try await spending.put(on: SpendingEntity(.team, name), in: control, change)
            let data = JSONValue.object(LiteLLMAnswers.team(team, await LiteLLMFaces(control)))
            return AdminAnswer(json: .object(["team_id": .string(name), "data": data]))
        }
    }

    private var delete: AdminEndpoint {
        group("POST", "/team/delete", id: "DeleteTeams", "Takes teams and their keys away.", role: .keyAdmin) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["team_ids"])
            let change = try call.change(nil)
            let names = try body.texts("team_ids") ?? []
            guard !names.isEmpty else { throw .unsupported("`team_ids` is missing.", field: "team_ids") }
            for name in names {
                _ = try await refusing { () async throws(ControlError) in
                    try await control.deleteTeam(name, revokesKeys: true, change)
                }
            }
            return AdminAnswer(json: .object(["deleted_teams": .texts(names)]))
        }
    }

    private var info: AdminEndpoint {
        group(
            "GET",
            "/team/info",
            id: "TeamInfo",
            "One team with its keys.",
            role: .viewer,
            forTeams: true,
            parameters: ["team_id"]
        ) { [self] call throws(AdminRefusal) in
            guard let name = call.query["team_id"] ?? call.team else {
                throw .unsupported("`team_id` is missing.", field: "team_id")
            }
            return try await shown(name, call, withKeys: true)
        }
    }

    private func shown(_ name: String, _ call: AdminCall, withKeys: Bool = false) async throws(AdminRefusal)
        -> AdminAnswer
    {
        let team = try await refusing { () async throws(ControlError) in try await control.team(name, of: call.team) }
        let faces = await LiteLLMFaces(control)
        guard withKeys else { return AdminAnswer(json: .object(LiteLLMAnswers.team(team, faces))) }
        let spend = try await control.spend(team.keys.map(\.id))
        let sum = NanoUSD(spend.values.reduce(Int64(0)) { $0.addingReportingOverflow($1.rawValue).partialValue })
        return AdminAnswer(
            json: .object([
                "team_id": .string(name),
                "team_info": .object(LiteLLMAnswers.team(team, spend: sum, faces)),
                "keys": .array(team.keys.map { .object(LiteLLMAnswers.key($0, spend: spend[$0.id], faces)) }),
                "team_memberships": .array([]),
            ])
        )
    }

    private var list: AdminEndpoint {
        group(
            "GET",
            "/team/list",
            id: "ListTeams",
            "All teams.",
            role: .viewer,
            forTeams: true,
            parameters: ["user_id"]
        ) { [self] call throws(AdminRefusal) in
            let teams = await self.teams(call)
            let faces = await LiteLLMFaces(control)
            return AdminAnswer(json: .array(teams.map { .object(LiteLLMAnswers.team($0, faces)) }))
        }
    }

    private var pages: AdminEndpoint {
        group(
            "GET",
            "/v2/team/list",
            id: "ListTeamsByPage",
            "Teams, page by page.",
            role: .viewer,
            forTeams: true,
            parameters: ["user_id", "team_id", "team_alias", "page", "page_size", "sort_by", "sort_order"]
        ) { [self] call throws(AdminRefusal) in
            let size = try call.number("page_size", within: 1...1_000, otherwise: 10)
            let page = try call.number("page", within: 1...1_000_000, otherwise: 1)
            let teams = await self.teams(call).filter { team in
                (call.query["team_id"] == nil || team.name == call.query["team_id"])
                    && (call.query["team_alias"].map { (team.team?.title ?? team.name).contains($0) } ?? true)
            }
            let part = teams.dropFirst((page - 1) * size).prefix(size)
            let faces = await LiteLLMFaces(control)
            return AdminAnswer(
                json: .object([
                    "teams": .array(part.map { .object(LiteLLMAnswers.team($0, faces)) }),
                    "total": .count(Int64(teams.count)),
                    "page": .count(Int64(page)),
                    "page_size": .count(Int64(size)),
                    "total_pages": .count(Int64((teams.count + size - 1) / size)),
                ])
            )
        }
    }

    private func teams(_ call: AdminCall) async -> [TeamStatus] {
        let teams = await control.teams(of: call.team)
        guard let user = call.query["user_id"] else { return teams }
        return teams.filter { $0.members.contains { $0.id == user } }
    }

    private var available: AdminEndpoint {
        group("GET", "/team/available", id: "AvailableTeams", "Teams one can join by oneself: none.", role: .viewer) {
            _ throws(AdminRefusal) in AdminAnswer(json: .array([]))
        }
    }

    private func setting(_ isBlocked: Bool) -> AdminEndpoint {
        group(
            "POST",
            isBlocked ? "/team/block" : "/team/unblock",
            id: isBlocked ? "BlockTeam" : "UnblockTeam",
            isBlocked ? "Has a team's keys refused." : "Has a team's keys taken again.",
            role: .keyAdmin
        ) { [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["team_id"])
            let change = try call.change(nil)
            let name = try body.needed("team_id")
            var patch = TeamPatch()
            patch.isBlocked = isBlocked
            let wanted = patch
            let team = try await refusing { () async throws(ControlError) in
                try await control.updateTeam(name, wanted, change)
            }
            return AdminAnswer(json: .object(LiteLLMAnswers.team(team)))
        }
    }

    // MARK: Members

    private var addMember: AdminEndpoint {
        group("POST", "/team/member_add", id: "AddTeamMember", "Adds members to a team.", role: .owner) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["team_id", "member"])
            let change = try call.change(nil)
            let name = try body.needed("team_id")
            let added = try named(body["member"], field: "member")
            guard !added.isEmpty else { throw .unsupported("`member` is missing.", field: "member") }
            _ = try await refusing { () async throws(ControlError) in try await control.team(name) }
            for member in added { try await join(member, name, change) }
            return try await shown(name, call)
        }
    }

    private var deleteMember: AdminEndpoint {
        group("POST", "/team/member_delete", id: "DeleteTeamMember", "Takes a member out of a team.", role: .owner) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["team_id", "user_id", "user_email"])
            let change = try call.change(nil)
            let name = try body.needed("team_id")
            let user = try await user(try body.text("user_id"), try body.text("user_email"))
            var patch = UserPatch()
            patch.teams = user.teams.filter { $0 != name }
            let wanted = patch
            _ = try await refusing { () async throws(ControlError) in
                try await control.updateUser(user.id, wanted, change)
            }
            return try await shown(name, call)
        }
    }

    private var updateMember: AdminEndpoint {
        group("POST", "/team/member_update", id: "UpdateTeamMember", "Says that a member is a member.", role: .owner) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["team_id", "user_id", "user_email", "role"])
            try LiteLLMTeams.check(role: try body.text("role"))
            let user = try await user(try body.text("user_id"), try body.text("user_email"))
            let name = try body.needed("team_id")
            return AdminAnswer(
                json: .object([
                    "team_id": .string(name), "user_id": .string(user.id), "user_email": .orNull(user.email),
                ])
            )
        }
    }

    private func models(adds: Bool) -> AdminEndpoint {
        group(
            "POST",
            adds ? "/team/model/add" : "/team/model/delete",
            id: adds ? "AddTeamModels" : "DeleteTeamModels",
            adds ? "Lets a team's keys use more routes." : "Lets a team's keys use fewer routes.",
            role: .keyAdmin
        ) { [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["team_id", "models"])
            let change = try call.change(nil)
            let name = try body.needed("team_id")
            let models = try body.texts("models") ?? []
            let team = try await refusing { () async throws(ControlError) in try await control.team(name) }
            let known = team.team?.scope.routes ?? []
            let left = adds ? known + models.filter { !known.contains($0) } : known.filter { !models.contains($0) }
            guard adds || !left.isEmpty || known.isEmpty else {
                throw .unsupported(
                    "Without these models the team could use all: an empty list is no limit.",
                    field: "models",
                    hint: "Block the team, or name another model first."
                )
            }
            var patch = TeamPatch()
            patch.routes = left
            let wanted = patch
            let changed = try await refusing { () async throws(ControlError) in
                try await control.updateTeam(name, wanted, change)
            }
            return AdminAnswer(json: .object(LiteLLMAnswers.team(changed)))
        }
    }

    /// `{role, user_id}`, or several.
    private func named(_ value: JSONValue?, field: String) throws(AdminRefusal) -> [(id: String, email: String?)] {
        let values: [JSONValue]
        switch value {
        case nil, .null?: return []
        case .array(let list)?: values = list
        case .some(let one): values = [one]
        }
        var members: [(id: String, email: String?)] = []
        for value in values {
            guard case .object(let member) = value else {
                throw .unsupported("A member must be an object.", field: field)
            }
            if case .string(let role)? = member["role"] { try LiteLLMTeams.check(role: role) }
            let email: String? = if case .string(let text)? = member["user_email"] { text } else { nil }
            let id: String? = if case .string(let text)? = member["user_id"] { text } else { email }
            guard let id else { throw .unsupported("A member needs a user_id or a user_email.", field: field) }
            members.append((id, email))
        }
        return members
    }

    private static func check(role: String?) throws(AdminRefusal) {
        guard let role, role != "user" else { return }
        throw .unsupported(
            "A team's '\(role.prefix(40))' is who has an admin token of the team here.",
            field: "role",
            hint: "`sluice token create NAME --role key-admin --team TEAM` (POST /v1/admin/tokens)."
        )
    }

    private func join(_ member: (id: String, email: String?), _ team: String, _ change: Change)
        async throws(AdminRefusal)
    {
        let known = await control.users().first { $0.id == member.id || ($0.email != nil && $0.email == member.email) }
        guard let known else {
            var patch = UserPatch()
            if let email = member.email { patch.email = .set(email) }
            patch.teams = [team]
            let wanted = patch
            _ = try await refusing { () async throws(ControlError) in
                try await control.createUser(member.id, wanted, change)
            }
            return
        }
        guard !known.teams.contains(team) else { return }
        var patch = UserPatch()
        patch.teams = known.teams + [team]
        let wanted = patch
        _ = try await refusing { () async throws(ControlError) in
            try await control.updateUser(known.id, wanted, change)
        }
    }

    private func user(_ id: String?, _ email: String?) async throws(AdminRefusal) -> User {
        guard id != nil || email != nil else { throw .unsupported("`user_id` is missing.", field: "user_id") }
        if let known = await control.users().first(where: { id == nil ? $0.email == email : $0.id == id }) {
            return known
        }
        throw AdminRefusal(404, "not_found", "There is no user \"\((id ?? email ?? "").prefix(140))\".")
    }
}

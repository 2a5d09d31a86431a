// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore

/// `/user/…` as LiteLLM's clients call it.
struct LiteLLMUsers: Sendable {
    let control: ControlPlane
    private let group = LiteLLMGroup()

    init(control: ControlPlane) { self.control = control }

    var all: [AdminEndpoint] { [new, update, delete, info, info2, list, roles] }

    private static let members: Set<String> = ["user_id", "user_email", "user_alias", "user_role", "teams", "metadata"]
    private static let keyMembers: Set<String> = [
        "key_alias", "duration", "models", "max_parallel_requests", "tags", "allowed_routes", "auto_create_key",
        "team_id",
        "send_invite_email", "blocked", "key_type",
    ]

    private var new: AdminEndpoint {
        group("POST", "/user/new", id: "NewUser", "Makes a user, and a key for them.", role: .owner) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(
                call,
                knowing: LiteLLMUsers.members.union(LiteLLMUsers.keyMembers).union(LiteLLMSpending.members)
            )
            let spending = try LiteLLMSpending(body)
            let makesKey = try body.flag("auto_create_key") ?? true
            guard makesKey || !spending.hasRates else {
                throw .unsupported("Limits are of keys, teams and routes, and no key is made here.", field: "rpm_limit")
            }
            let change = try call.change(nil)
            let email = try body.text("user_email")
            let id = try body.text("user_id") ?? email ?? LiteLLMUsers.freshID()
            let wanted = try patch(body)
            let user = try await refusing { () async throws(ControlError) in
                try await control.createUser(id, wanted, change)
            }
            let entity = SpendingEntity(.user, id)
            guard makesKey else {
                try await spending.put(on: entity, in: control, change)
                var answer = LiteLLMAnswers.user(user, await LiteLLMFaces(control))
                answer["key"] = .null
                return AdminAnswer(json: .object(answer))
            }
            let made = try await LiteLLMKeys(control: control).make(body, call, user: id)
            let limits = SpendingEntity(.key, made.key.id.rawValue)
            try await spending.put(on: entity, limits: limits, in: control, change)
            let faces = await LiteLLMFaces(control)
            var answer = LiteLLMAnswers.user(user, faces)
            for name in ["rpm_limit", "tpm_limit", "tpd_limit"] {
                answer[name] = LiteLLMAnswers.key(made.key, faces)[name] ?? .null
            }
            for member in LiteLLMAnswers.made(made).members where answer[member.name] == nil {
                answer[member.name] = member.value
            }
            answer["models"] = .texts(made.key.scope.routes)
            return AdminAnswer(json: .object(answer))
        }
    }

    /// Where a caller gives none.
    private static func freshID() -> String {
        "user-" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    private func patch(_ body: LiteLLMBody) throws(AdminRefusal) -> UserPatch {
        var patch = UserPatch()
        if let alias = try body.text("user_alias") { patch.name = .set(alias) }
        if let email = try body.text("user_email") { patch.email = .set(email) }
        if let role = try body.text("user_role") {
            patch.role = try LiteLLMAnswers.role(named: role).map { .set($0) } ?? .clear
        }
        patch.teams = try body.texts("teams")
        if let metadata = try body.objectText("metadata") { patch.metadata = .set(metadata) }
        return patch
    }

    private var update: AdminEndpoint {
        group("POST", "/user/update", id: "UpdateUser", "Changes a user.", role: .owner) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: LiteLLMUsers.members.union(LiteLLMSpending.budgetMembers))
            let spending = try LiteLLMSpending(body)
            let change = try call.change(nil)
            let wanted = try patch(body)
            let id = try body.needed("user_id")
            let user = try await refusing { () async throws(ControlError) in
                try await control.updateUser(id, wanted, change)
            }
            try await spending.put(on: SpendingEntity(.user, id), in: control, change)
            let data = JSONValue.object(LiteLLMAnswers.user(user, await LiteLLMFaces(control)))
            return AdminAnswer(json: .object(["user_id": .string(id), "data": data]))
        }
    }

    private var delete: AdminEndpoint {
        group("POST", "/user/delete", id: "DeleteUsers", "Takes users and their keys away.", role: .owner) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["user_ids"])
            let change = try call.change(nil)
            let ids = try body.texts("user_ids") ?? []
            guard !ids.isEmpty else { throw .unsupported("`user_ids` is missing.", field: "user_ids") }
            for id in ids {
                _ = try await refusing { () async throws(ControlError) in try await control.deleteUser(id, change) }
            }
            return AdminAnswer(json: .object(["deleted_users": .texts(ids)]))
        }
    }

    private var info: AdminEndpoint {
        group(
            "GET",
            "/user/info",
            id: "UserInfo",
            "One user with keys and teams.",
            role: .viewer,
            parameters: ["user_id"]
        ) { [self] call throws(AdminRefusal) in
            let user = try await self.user(call)
            let keys = await control.keys().filter { $0.user == user.id && $0.revokedAt == nil }
            let spend = try await control.spend(keys.map(\.id))
            let teams = await control.teams().filter { user.teams.contains($0.name) }
            let faces = await LiteLLMFaces(control)
            return AdminAnswer(
                json: .object([
                    "user_id": .string(user.id),
                    "user_info": .object(LiteLLMAnswers.user(user, faces)),
                    "keys": .array(keys.map { .object(LiteLLMAnswers.key($0, spend: spend[$0.id], faces)) }),
                    "teams": .array(teams.map { .object(LiteLLMAnswers.team($0, faces)) }),
                ])
            )
        }
    }

    private var info2: AdminEndpoint {
        group("GET", "/v2/user/info", id: "UserInfo2", "One user.", role: .viewer, parameters: ["user_id"]) {
            [self] call throws(AdminRefusal) in
            AdminAnswer(json: .object(LiteLLMAnswers.user(try await self.user(call), await LiteLLMFaces(control))))
        }
    }

    private func user(_ call: AdminCall) async throws(AdminRefusal) -> User {
        guard let id = call.query["user_id"] else { throw .unsupported("`user_id` is missing.", field: "user_id") }
        return try await refusing { () async throws(ControlError) in try await control.user(id) }
    }

    private var list: AdminEndpoint {
        group(
            "GET",
            "/user/list",
            id: "ListUsers",
            "Users, page by page.",
            role: .viewer,
            parameters: ["page", "page_size", "role", "user_ids", "user_email", "team", "sort_by", "sort_order"]
        ) { [self] call throws(AdminRefusal) in
            let size = try call.number("page_size", within: 1...1_000, otherwise: 25)
            let page = try call.number("page", within: 1...1_000_000, otherwise: 1)
            let query = call.query
            let wanted = query["user_ids"]?.split(separator: ",").map(String.init)
            let users = await control.users().filter { user in
                (wanted?.contains(user.id) ?? true)
                    && (query["role"].map { LiteLLMAnswers.role(user.role) == $0 } ?? true)
                    && (query["user_email"].map { user.email?.contains($0) ?? false } ?? true)
                    && (query["team"].map { user.teams.contains($0) } ?? true)
            }
            let part = users.dropFirst((page - 1) * size).prefix(size)
            let faces = await LiteLLMFaces(control)
            return AdminAnswer(
                json: .object([
                    "users": .array(part.map { .object(LiteLLMAnswers.user($0, faces)) }),
                    "total": .count(Int64(users.count)),
                    "page": .count(Int64(page)),
                    "page_size": .count(Int64(size)),
                    "total_pages": .count(Int64((users.count + size - 1) / size)),
                ])
            )
        }
    }

    private var roles: AdminEndpoint {
        group("GET", "/user/available_roles", id: "Roles", "Roles that a user may have.", role: .viewer) {
            _ throws(AdminRefusal) in
            func role(_ about: String, _ label: String) -> JSONValue {
                .object(["description": .string(about), "ui_label": .string(label)])
            }
            return AdminAnswer(
                json: .object([
                    "proxy_admin": role("owner: everything", "Admin (All Permissions)"),
                    "proxy_admin_viewer": role("viewer: reads everything but secrets", "Admin (View Only)"),
                    "internal_user": role("nothing on the admin plane", "Internal User"),
                    "internal_user_viewer": role("nothing on the admin plane", "Internal Viewer"),
                    "operator": role("moves versions, leads rollouts", "Operator"),
                    "key-admin": role("makes keys and teams", "Key admin"),
                ])
            )
        }
    }
}

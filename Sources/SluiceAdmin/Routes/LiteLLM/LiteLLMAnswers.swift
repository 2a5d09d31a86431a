// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Things of ours as LiteLLM's clients know them.
enum LiteLLMAnswers {
    /// A key, without its text; `token` is its id.
    static func key(
        _ key: CallerKey,
        spend: NanoUSD? = nil,
        lastUse: Timestamp? = nil,
        _ faces: LiteLLMFaces? = nil
    ) -> JSONObject {
        var object: JSONObject = [
            "token": .string(key.id.rawValue),
            "token_id": .string(key.id.rawValue),
            "key_name": .string("…\(key.id.rawValue)…"),
            "key_alias": .string(key.name),
            "spend": .dollars(spend ?? NanoUSD(0)),
            "expires": .orNull(key.validUntil?.description),
            "models": .texts(key.scope.routes),
            "allowed_routes": .texts(key.scope.operations.map(\.word)),
            "aliases": .object([:]),
            "config": .object([:]),
            "permissions": .object([:]),
            "user_id": .orNull(key.user),
            "team_id": .orNull(key.team),
            "max_parallel_requests": key.maxConcurrency.map { .count(Int64($0)) } ?? .null,
            "metadata": metadata(key.metadata),
            "tags": .texts(key.tags),
            "blocked": .bool(key.isBlocked),
            "max_budget": .null,
            "budget_duration": .null,
            "budget_reset_at": .null,
            "tpm_limit": .null,
            "rpm_limit": .null,
            "created_at": .string(key.createdAt.description),
            "last_active": .orNull(lastUse?.description),
        ]
        faces?.fill(&object, SpendingEntity(.key, key.id.rawValue))
        return object
    }

    /// A key that was made just now.
    static func made(_ made: NewKey, _ faces: LiteLLMFaces? = nil) -> JSONObject {
        var answer = key(made.key, faces)
        answer["key"] = .string(made.text.exposed)
        return answer
    }

    static func team(_ status: TeamStatus, spend: NanoUSD? = nil, _ faces: LiteLLMFaces? = nil) -> JSONObject {
        var object: JSONObject = [
            "team_id": .string(status.name),
            "team_alias": .string(status.team?.title ?? status.name),
            "models": .texts(status.team?.scope.routes ?? []),
            "blocked": .bool(status.team?.isBlocked ?? false),
            "metadata": metadata(status.team?.metadata),
            "members": .texts(status.members.map(\.id)),
            "members_with_roles": .array(
                status.members.map { member in
                    .object([
                        "role": .string("user"), "user_id": .string(member.id), "user_email": .orNull(member.email),
                    ])
                }
            ),
            "admins": .array([]),
            "organization_id": .null,
            "spend": .dollars(spend ?? NanoUSD(0)),
            "max_budget": .null,
            "budget_duration": .null,
            "budget_reset_at": .null,
            "tpm_limit": .null,
            "rpm_limit": .null,
            "max_parallel_requests": .null,
            "created_at": .orNull(status.team?.createdAt.description),
        ]
        faces?.fill(&object, SpendingEntity(.team, status.name))
        return object
    }

    static func user(_ user: User, spend: NanoUSD? = nil, _ faces: LiteLLMFaces? = nil) -> JSONObject {
        var object: JSONObject = [
            "user_id": .string(user.id),
            "user_email": .orNull(user.email),
            "user_alias": .orNull(user.name),
            "user_role": .string(role(user.role)),
            "teams": .texts(user.teams),
            "metadata": metadata(user.metadata),
            "blocked": .bool(user.isBlocked),
            "spend": .dollars(spend ?? NanoUSD(0)),
            "models": .array([]),
            "max_budget": .null,
            "budget_duration": .null,
            "tpm_limit": .null,
            "rpm_limit": .null,
            "created_at": .string(user.createdAt.description),
        ]
        faces?.fill(&object, SpendingEntity(.user, user.id))
        return object
    }

    /// LiteLLM's name of a role; roles that it has not are those of people without rights there.
    static func role(_ role: AdminRole?) -> String {
        switch role {
        case .owner: "proxy_admin"
        case .viewer: "proxy_admin_viewer"
        case .operator, .keyAdmin, nil: "internal_user"
        }
    }

    /// The role that a name of LiteLLM's means here.
    static func role(named name: String) throws(AdminRefusal) -> AdminRole? {
        switch name {
        case "proxy_admin": return .owner
        case "proxy_admin_viewer": return .viewer
        case "internal_user", "internal_user_viewer": return nil
        default:
            if let role = AdminRole(rawValue: name) { return role }
            throw .unsupported(
                "There is no user_role '\(name.prefix(100))' here.",
                field: "user_role",
                hint:
                    "There are: proxy_admin, proxy_admin_viewer, internal_user, internal_user_viewer, and operator, key-admin."
            )
        }
    }

    private static func metadata(_ text: String?) -> JSONValue {
        text.flatMap { try? JSONValue(parsing: Array($0.utf8)) } ?? .object([:])
    }
}

/// Makes the endpoints of LiteLLM's forms.
struct LiteLLMGroup: Sendable {
    /// - Parameters:
    ///   - parameters: Of the query; others are refused where there are any.
    ///   - missing: What 404 means.
    func callAsFunction(
        _ method: String,
        _ path: String,
        id: String,
        _ about: String,
        role: AdminRole,
        forTeams: Bool = false,
        parameters: [String] = [],
        missing: String = "There is no such thing.",
        handler: @escaping AdminEndpoint.Handler
    ) -> AdminEndpoint {
        AdminEndpoint(
            method,
            path,
            id: "litellm\(id)",
            tag: "litellm",
            about,
            access: .role(role),
            forTeams: forTeams,
            parameters: parameters.map { .init(name: $0, schema: .string, about: "") },
            body: method == "POST" ? .init(schema: .object, isRequired: false) : nil,
            outcomes: [
                .json("As LiteLLM answers.", .any), .error(400, "A member has no meaning here, or does not fit."),
                .error(404, missing), .error(409, "It is there already, or the configuration file's."),
                .error(422, "A member does not fit."),
            ],
            handler: handler
        )
    }
}

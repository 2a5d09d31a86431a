// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore

/// `/key/…` as LiteLLM's clients call it.
struct LiteLLMKeys: Sendable {
    let control: ControlPlane
    private let group = LiteLLMGroup()

    init(control: ControlPlane) { self.control = control }

    var all: [AdminEndpoint] {
        [
            generate("/key/generate", "GenerateKey"), generate("/key/service-account/generate", "GenerateServiceKey"),
            update, delete, info, list, setting(true), setting(false), regenerate, regenerateOne,
        ]
    }

    private static let members: Set<String> = [
        "key_alias", "duration", "models", "team_id", "user_id", "max_parallel_requests", "metadata", "tags", "blocked",
        "allowed_routes", "key_type", "send_invite_email",
    ]

    private func generate(_ path: String, _ id: String) -> AdminEndpoint {
        group("POST", path, id: id, "Makes a key.", role: .keyAdmin, forTeams: true) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: LiteLLMKeys.members.union(LiteLLMSpending.members))
            let spending = try LiteLLMSpending(body)
            let made = try await make(body, call)
            try await spending.put(on: SpendingEntity(.key, made.key.id.rawValue), in: control, try call.change(nil))
            return AdminAnswer(json: .object(LiteLLMAnswers.made(made, await LiteLLMFaces(control))))
        }
    }

    /// Makes the key that a body describes, and the user that it names where there is none.
    func make(_ body: LiteLLMBody, _ call: AdminCall, user: String? = nil) async throws(AdminRefusal) -> NewKey {
        let change = try call.change(nil)
        let named = try body.text("user_id")
        let owner = user ?? named
        let team = try body.text("team_id")
        var draft = KeyDraft(
            name: try body.text("key_alias") ?? owner ?? team ?? "key",
            team: team,
            maxConcurrency: try body.number("max_parallel_requests")
        )
        draft.user = owner
        draft.scope = KeyScope(routes: try routes(body) ?? [], operations: try operations(body) ?? [])
        draft.tags = try body.texts("tags") ?? []
        draft.lifetime = try body.duration("duration")
        draft.metadata = try body.objectText("metadata")
        draft.isBlocked = try body.flag("blocked") ?? false
        if let type = try body.text("key_type"), !["default", "llm_api"].contains(type) {
            throw .unsupported(
                "A key of the type '\(type.prefix(40))' is an admin token here.",
                field: "key_type",
                hint: "POST /v1/admin/tokens makes one."
            )
        }
        if let owner { try await ensureUser(owner, change) }
        let wanted = draft
        return try await refusing { () async throws(ControlError) in
            try await control.createKey(wanted, replay: call.idempotencyKey, change)
        }
    }

    /// LiteLLM makes the users that keys name; one made so may do nothing on the admin plane.
    func ensureUser(_ id: String, _ change: Change) async throws(AdminRefusal) {
        guard change.team == nil, await !control.users().contains(where: { $0.id == id }) else { return }
        _ = try await refusing { () async throws(ControlError) in
            try await control.createUser(id, UserPatch(), change)
        }
    }

    /// Routes; LiteLLM's words for all of them are no limit.
    private func routes(_ body: LiteLLMBody) throws(AdminRefusal) -> [String]? {
        guard let models = try body.texts("models") else { return nil }
        guard !models.contains("no-default-models") else {
            throw .unsupported(
                "A key that may use nothing is a blocked one here.",
                field: "models",
                hint: "blocked: true"
            )
        }
        return models.contains("all-team-models") || models.contains("all-proxy-models") ? [] : models
    }

    /// Operations by their words or by LiteLLM's paths.
    private func operations(_ body: LiteLLMBody) throws(AdminRefusal) -> [Operation]? {
        guard let paths = try body.texts("allowed_routes") else { return nil }
        var found: [Operation] = []
        for path in paths {
            if path == "llm_api_routes" || path == "openai_routes" { return [] }
            let name =
                path.hasPrefix("/v1/")
                ? String(path.dropFirst(4)) : path.hasPrefix("/") ? String(path.dropFirst()) : path
            guard let operation = LiteLLMKeys.byPath[name] ?? Operation(word: name) else {
                throw .unsupported(
                    "allowed_routes names '\(path.prefix(100))', which is no operation of a model here.",
                    field: "allowed_routes",
                    hint: "There are: \(LiteLLMKeys.byPath.keys.sorted().map { "/\($0)" }.joined(separator: ", "))."
                )
            }
            if !found.contains(operation) { found.append(operation) }
        }
        return found
    }

    private static let byPath: [String: Operation] = [
        "chat/completions": .chat, "messages": .chat, "completions": .completions, "embeddings": .embeddings,
        "models": .models, "responses": .responses, "images/generations": .images, "images/edits": .images,
        "audio/speech": .speech, "audio/transcriptions": .transcriptions, "moderations": .moderations,
        "rerank": .rerank,
    ]

    private var update: AdminEndpoint {
        group("POST", "/key/update", id: "UpdateKey", "Changes a key.", role: .keyAdmin, forTeams: true) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: LiteLLMKeys.members.union(LiteLLMSpending.members).union(["key"]))
            let spending = try LiteLLMSpending(body)
            guard call.team == nil || spending.isEmpty else {
                throw AdminRefusal(
                    403,
                    "forbidden",
                    "What a key may spend and ask for is changed by those who look after all teams."
                )
            }
            let change = try call.change(nil)
            let key = try await find(try body.needed("key"), call)
            var patch = KeyPatch()
            patch.name = try body.text("key_alias")
            patch.routes = try routes(body)
            patch.operations = try operations(body)
            patch.tags = try body.texts("tags")
            patch.isBlocked = try body.flag("blocked")
            if let team = try body.text("team_id") { patch.team = .set(team) }
            if let user = try body.text("user_id") {
                try await ensureUser(user, change)
                patch.user = .set(user)
            }
            if let limit = try body.number("max_parallel_requests") { patch.maxConcurrency = .set(limit) }
            if let metadata = try body.objectText("metadata") { patch.metadata = .set(metadata) }
            if let lifetime = try body.duration("duration") { patch.lifetime = .set(lifetime) }
            if try body.text("duration") == "-1" { patch.lifetime = .clear }
            let wanted = patch
            let changed = try await refusing { () async throws(ControlError) in
                try await control.updateKey(key.id.rawValue, wanted, change)
            }
            try await spending.put(on: SpendingEntity(.key, key.id.rawValue), in: control, change)
            var answer = LiteLLMAnswers.key(changed, await LiteLLMFaces(control))
            answer["key"] = .string(key.id.rawValue)
            return AdminAnswer(json: .object(answer))
        }
    }

    private var delete: AdminEndpoint {
        group("POST", "/key/delete", id: "DeleteKeys", "Revokes keys.", role: .keyAdmin, forTeams: true) {
            [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["keys", "key_aliases"])
            let change = try call.change(nil)
            let named = (try body.texts("keys") ?? []) + (try body.texts("key_aliases") ?? [])
            guard !named.isEmpty else { throw .unsupported("Neither keys nor key_aliases names one.", field: "keys") }
            // All of them are known before the first one ends.
            var keys: [CallerKey] = []
            for name in named { keys.append(try await find(name, call)) }
            for key in keys {
                _ = try await refusing { () async throws(ControlError) in
                    try await control.revokeKey(key.id.rawValue, change)
                }
            }
            return AdminAnswer(json: .object(["deleted_keys": .texts(named)]))
        }
    }

    private var info: AdminEndpoint {
        group(
            "GET",
            "/key/info",
            id: "KeyInfo",
            "One key.",
            role: .viewer,
            forTeams: true,
            parameters: ["key"]
        ) { [self] call throws(AdminRefusal) in
            guard let name = call.query["key"] else { throw .unsupported("`key` is missing.", field: "key") }
            let key = try await find(name, call)
            let spend = try await control.spend([key.id])
            let uses = try await refusing { () async throws(ControlError) in try await control.lastUses() }
            let info = LiteLLMAnswers.key(key, spend: spend[key.id], lastUse: uses[key.id], await LiteLLMFaces(control))
            return AdminAnswer(json: .object(["key": .string(key.id.rawValue), "info": .object(info)]))
        }
    }

    private var list: AdminEndpoint {
        group(
            "GET",
            "/key/list",
            id: "ListKeys",
            "Keys, page by page.",
            role: .viewer,
            forTeams: true,
            parameters: [
                "page", "size", "user_id", "team_id", "key_hash", "key_alias", "return_full_object",
                "include_team_keys", "include_created_by_keys", "sort_by", "sort_order", "expand", "status",
            ]
        ) { [self] call throws(AdminRefusal) in
            let size = try call.number("size", within: 1...1_000, otherwise: 10)
            let page = try call.number("page", within: 1...1_000_000, otherwise: 1)
            let query = call.query
            let keys = await control.keys(of: call.team).filter { key in
                key.revokedAt == nil && (query["user_id"] == nil || key.user == query["user_id"])
                    && (query["team_id"] == nil || key.team == query["team_id"])
                    && (query["key_hash"] == nil || key.id.rawValue == query["key_hash"])
                    && (query["key_alias"] == nil || key.name == query["key_alias"])
            }
            let part = Array(keys.dropFirst((page - 1) * size).prefix(size))
            let isFull = query["return_full_object"] == "true"
            let spend = isFull ? try await control.spend(part.map(\.id)) : [:]
            let faces = await LiteLLMFaces(control)
            return AdminAnswer(
                json: .object([
                    "keys": .array(
                        part.map { key in
                            isFull
                                ? .object(LiteLLMAnswers.key(key, spend: spend[key.id], faces))
                                : .string(key.id.rawValue)
                        }
                    ),
                    "total_count": .count(Int64(keys.count)),
                    "current_page": .count(Int64(page)),
                    "total_pages": .count(Int64((keys.count + size - 1) / size)),
                ])
            )
        }
    }

    private func setting(_ isBlocked: Bool) -> AdminEndpoint {
        group(
            "POST",
            isBlocked ? "/key/block" : "/key/unblock",
            id: isBlocked ? "BlockKey" : "UnblockKey",
            isBlocked ? "Has a key refused." : "Has a key taken again.",
            role: .keyAdmin,
            forTeams: true
        ) { [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["key"])
            let change = try call.change(nil)
            let key = try await find(try body.needed("key"), call)
            var patch = KeyPatch()
            patch.isBlocked = isBlocked
            let wanted = patch
            let changed = try await refusing { () async throws(ControlError) in
                try await control.updateKey(key.id.rawValue, wanted, change)
            }
            return AdminAnswer(json: .object(LiteLLMAnswers.key(changed)))
        }
    }

    private var regenerate: AdminEndpoint {
        group(
            "POST",
            "/key/regenerate",
            id: "RegenerateKey",
            "Makes a key in the place of another.",
            role: .keyAdmin,
            forTeams: true
        ) { [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["key", "duration", "grace_period"])
            return try await regenerated(try body.needed("key"), body, call)
        }
    }

    private var regenerateOne: AdminEndpoint {
        group(
            "POST",
            "/key/{key}/regenerate",
            id: "RegenerateOneKey",
            "Makes a key in the place of another.",
            role: .keyAdmin,
            forTeams: true
        ) { [self] call throws(AdminRefusal) in
            let body = try LiteLLMBody(call, knowing: ["key", "duration", "grace_period"])
            return try await regenerated(call.text("key"), body, call)
        }
    }

    /// The old key ends at once unless there is a grace.
    private func regenerated(
        _ name: String,
        _ body: LiteLLMBody,
        _ call: AdminCall
    ) async throws(AdminRefusal) -> AdminAnswer {
        let change = try call.change(nil)
        let key = try await find(name, call)
        let grace = try body.duration("grace_period") ?? .zero
        let lifetime = try body.duration("duration")
        var made = try await refusing { () async throws(ControlError) in
            try await control.rotateKey(key.id.rawValue, grace: grace, change)
        }
        if let lifetime {
            var patch = KeyPatch()
            patch.lifetime = .set(lifetime)
            let (id, wanted) = (made.key.id.rawValue, patch)
            made.key = try await refusing { () async throws(ControlError) in
                try await control.updateKey(id, wanted, change)
            }
        }
        return AdminAnswer(json: .object(LiteLLMAnswers.made(made)))
    }

    /// A key by its text, its id or its name.
    private func find(_ name: String, _ call: AdminCall) async throws(AdminRefusal) -> CallerKey {
        let id = KeyText.id(in: Substring(name).utf8).map { String(Substring($0)) } ?? name
        return try await refusing { () async throws(ControlError) in try await control.key(id, of: call.team) }
    }
}

extension ControlPlane {
    /// What each of some keys has cost.
    func spend(_ keys: [KeyID]) async throws(AdminRefusal) -> [KeyID: NanoUSD] {
        let report = try await refusing { () async throws(ControlError) in
            try await usage(LedgerFilter(keys: keys), groupedBy: [.key])
        }
        var spend: [KeyID: NanoUSD] = [:]
        for group in report.groups { if let id = group.group.first.flatMap({ KeyID($0) }) { spend[id] = group.cost } }
        return spend
    }
}

// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

extension KeyView {
    init(_ key: CallerKey, at now: Timestamp, lastUse: Timestamp? = nil) {
        self.init()
        id = key.id.rawValue
        name = key.name
        team = key.team
        state = key.state(at: now)
        createdAt = key.createdAt.description
        validUntil = key.validUntil?.description
        revokedAt = key.revokedAt?.description
        replacedBy = key.replacedBy?.rawValue
        maxConcurrency = key.maxConcurrency
        user = key.user
        routes = key.scope.shownRoutes
        operations = key.scope.shownOperations
        tags = key.tags.isEmpty ? nil : key.tags
        lastUsedAt = lastUse?.description
        metadata = RawJSON(metadata: key.metadata)
        owner = key.owner.rawValue
    }
}

extension CallerKey {
    fileprivate func state(at now: Timestamp) -> String {
        if revokedAt != nil { return "revoked" }
        if !isValid(at: now) { return "expired" }
        if isBlocked { return "blocked" }
        return replacedBy != nil ? "expiring" : "active"
    }
}

extension KeyScope {
    fileprivate var shownRoutes: [String]? { routes.isEmpty ? nil : routes }
    fileprivate var shownOperations: [String]? { operations.isEmpty ? nil : operations.map(\.word) }
}

extension RawJSON {
    /// What was kept as text.
    init?(metadata text: String?) {
        guard let text, let value = try? JSONValue(parsing: Array(text.utf8)) else { return nil }
        self.init(value)
    }

    /// As it is kept.
    func metadata() throws(AdminRefusal) -> String {
        guard case .object = value else { throw .invalid("metadata must be an object.", field: "metadata") }
        return value.jsonText
    }
}

extension TeamView {
    init(_ status: TeamStatus) {
        self.init()
        team = status.name
        title = status.team?.title
        state = status.team?.isBlocked == true ? "blocked" : "active"
        keys = status.keys.count
        members = status.members.map(\.id)
        routes = status.team?.scope.shownRoutes
        operations = status.team?.scope.shownOperations
        createdAt = status.team?.createdAt.description
        metadata = RawJSON(metadata: status.team?.metadata)
    }
}

extension UserView {
    init(_ user: User) {
        self.init()
        self.user = user.id
        name = user.name
        email = user.email
        role = user.role?.rawValue
        teams = user.teams
        state = user.isBlocked ? "blocked" : "active"
        externalID = user.externalID
        createdAt = user.createdAt.description
        metadata = RawJSON(metadata: user.metadata)
    }
}

extension TokenView {
    init(_ pass: AdminPass, at now: Timestamp, isBlocked: Bool = false) {
        self.init()
        id = pass.id.rawValue
        person = pass.person
        role = pass.role.rawValue
        team = pass.team
        state =
            pass.revokedAt != nil ? "revoked" : !pass.isValid(at: now) ? "expired" : isBlocked ? "blocked" : "active"
        createdAt = pass.createdAt.description
        createdBy = pass.createdBy
        expiresAt = pass.expiresAt?.description
        revokedAt = pass.revokedAt?.description
        kind = pass.signIn?.kind.rawValue
    }
}

// MARK: - What bodies say

/// The operations with these words.
func operations(_ words: [String]) throws(AdminRefusal) -> [Operation] {
    var found: [Operation] = []
    for word in words {
        guard let operation = Operation(word: word) else {
            let near = Nearest.names(to: String(word.prefix(100)), among: Operation.allCases.map(\.word))
            throw .invalid(
                "There is no operation '\(word.prefix(100))'.",
                field: "operations",
                hint: "There are: \((near.isEmpty ? Operation.allCases.map(\.word) : near).joined(separator: ", "))."
            )
        }
        if !found.contains(operation) { found.append(operation) }
    }
    return found
}

func role(_ word: String) throws(AdminRefusal) -> AdminRole {
    guard let role = AdminRole(rawValue: word) else {
        throw .invalid(
            "There is no role '\(word.prefix(100))'.",
            field: "role",
            hint: "There are: \(AdminRole.allCases.map(\.rawValue).joined(separator: ", "))."
        )
    }
    return role
}

/// What becomes of a member that a body may name, or name with null.
func patch<Value>(_ name: String, _ value: Value?, _ cleared: Set<String>) -> Patch<Value> {
    if cleared.contains(name) { return .clear }
    return value.map { .set($0) } ?? .keep
}

extension CreateKeyRequest {
    func draft() throws(AdminRefusal) -> KeyDraft {
        var draft = KeyDraft(name: name, team: team, maxConcurrency: maxConcurrency)
        draft.user = user
        draft.scope = KeyScope(routes: routes ?? [], operations: try SluiceAdmin.operations(operations ?? []))
        draft.tags = tags ?? []
        draft.lifetime = expiresInSeconds.map { .seconds($0) }
        if let metadata { draft.metadata = try metadata.metadata() }
        return draft
    }
}

extension UpdateKeyRequest {
    func patch(clearing cleared: Set<String>) throws(AdminRefusal) -> KeyPatch {
        var patch = KeyPatch()
        patch.name = name
        patch.team = SluiceAdmin.patch("team", team, cleared)
        patch.user = SluiceAdmin.patch("user", user, cleared)
        patch.maxConcurrency = SluiceAdmin.patch("max_concurrency", maxConcurrency, cleared)
        patch.routes = cleared.contains("routes") ? [] : routes
        if let operations { patch.operations = try SluiceAdmin.operations(operations) }
        if cleared.contains("operations") { patch.operations = [] }
        patch.tags = cleared.contains("tags") ? [] : tags
        let lifetime = expiresInSeconds.map { Duration.seconds($0) }
        patch.lifetime = SluiceAdmin.patch("expires_in_seconds", lifetime, cleared)
        if let metadata { patch.metadata = .set(try metadata.metadata()) }
        if cleared.contains("metadata") { patch.metadata = .clear }
        return patch
    }
}

extension CreateTeamRequest {
    func patch() throws(AdminRefusal) -> TeamPatch {
        var patch = TeamPatch()
        if let title { patch.title = .set(title) }
        patch.routes = routes
        if let operations { patch.operations = try SluiceAdmin.operations(operations) }
        patch.isBlocked = blocked
        if let metadata { patch.metadata = .set(try metadata.metadata()) }
        return patch
    }
}

extension UpdateTeamRequest {
    func patch(clearing cleared: Set<String>) throws(AdminRefusal) -> TeamPatch {
        var patch = TeamPatch()
        patch.title = SluiceAdmin.patch("title", title, cleared)
        patch.routes = cleared.contains("routes") ? [] : routes
        if let operations { patch.operations = try SluiceAdmin.operations(operations) }
        if cleared.contains("operations") { patch.operations = [] }
        patch.isBlocked = blocked
        if let metadata { patch.metadata = .set(try metadata.metadata()) }
        if cleared.contains("metadata") { patch.metadata = .clear }
        return patch
    }
}

extension CreateUserRequest {
    func patch() throws(AdminRefusal) -> UserPatch {
        var patch = UserPatch()
        if let name { patch.name = .set(name) }
        if let email { patch.email = .set(email) }
        if let role { patch.role = .set(try SluiceAdmin.role(role)) }
        patch.teams = teams
        if let externalID { patch.externalID = .set(externalID) }
        if let metadata { patch.metadata = .set(try metadata.metadata()) }
        return patch
    }
}

extension UpdateUserRequest {
    func patch(clearing cleared: Set<String>) throws(AdminRefusal) -> UserPatch {
        var patch = UserPatch()
        patch.name = SluiceAdmin.patch("name", name, cleared)
        patch.email = SluiceAdmin.patch("email", email, cleared)
        if let role { patch.role = .set(try SluiceAdmin.role(role)) }
        if cleared.contains("role") { patch.role = .clear }
        patch.teams = cleared.contains("teams") ? [] : teams
        patch.isBlocked = blocked
        patch.externalID = SluiceAdmin.patch("external_id", externalID, cleared)
        if let metadata { patch.metadata = .set(try metadata.metadata()) }
        if cleared.contains("metadata") { patch.metadata = .clear }
        return patch
    }
}

// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// SCIM 2.0 (RFC 7643, 7644): an IdP makes, changes and deactivates users, and says who is in which team.
struct SCIMEndpoints: Sendable {
    let control: ControlPlane

    static let mediaType = SCIMError.mediaType

    var all: [AdminEndpoint] {
        SCIMDiscovery.all + [
            search("", "Search"), search("/Users", "SearchUsers"), search("/Groups", "SearchGroups"), listUsers,
            makeUser, showUser, replaceUser, patchUser, removeUser, listGroups, makeGroup, showGroup,
            replaceGroup, patchGroup, removeGroup,
        ]
    }

    static func endpoint(
        _ method: String,
        _ path: String,
        id: String,
        _ about: String,
        role: AdminRole = .owner,
        parameters: [String] = [],
        makes: Bool = true,
        handler: @escaping AdminEndpoint.Handler
    ) -> AdminEndpoint {
        var outcomes = [
            AdminEndpoint.Outcome(
                status: method == "POST" && makes ? 201 : method == "DELETE" ? 204 : 200,
                about: "As SCIM says.",
                schema: .any,
                mediaType: mediaType
            )
        ]
        for status in [400, 401, 403, 404, 408, 409, 413, 414, 415, 431, 503] {
            outcomes.append(
                AdminEndpoint.Outcome(status: status, about: "An error of SCIM.", schema: .any, mediaType: mediaType)
            )
        }
        return AdminEndpoint(
            method,
            "/scim/v2\(path)",
            id: "scim\(id)",
            tag: "scim",
            about,
            access: .role(role),
            parameters: parameters.map { .init(name: $0, schema: .string, about: "") },
            body: method == "GET" || method == "DELETE" ? nil : .init(schema: .object, isRequired: true),
            outcomes: outcomes,
            handler: handler
        )
    }

    static func answer(_ object: JSONObject) -> AdminAnswer { answer(200, object) }

    static func answer(_ status: Int, _ object: JSONObject) -> AdminAnswer {
        AdminAnswer(status, text: JSONValue.object(object).jsonText, mediaType: mediaType)
    }

    private static let listing = [
        "filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder",
    ]

    /// The part of a list that is asked for; positions are from 1.
    static func list(_ resources: [JSONObject], _ call: AdminCall) throws(AdminRefusal) -> AdminAnswer {
        var found = resources
        if let text = call.query["filter"] {
            guard let filter = SCIMFilter(text) else {
                throw .scim(400, "invalidFilter", "The filter cannot be read: \(text.prefix(200))")
            }
            found = found.filter(filter.matches)
        }
        func number(_ name: String) throws(AdminRefusal) -> Int? {
            guard let text = call.query[name] else { return nil }
            guard let number = Int(text) else { throw .scim(400, "invalidValue", "\(name) must be a number.") }
            return number
        }
        let start = max(1, try number("startIndex") ?? 1)
        let count = min(1_000, max(0, try number("count") ?? 100))
        let part = Array(found.dropFirst(start - 1).prefix(count)).map { shown($0, call) }
        return answer([
            "schemas": .array([.string("urn:ietf:params:scim:api:messages:2.0:ListResponse")]),
            "totalResults": .integer("\(found.count)"),
            "startIndex": .integer("\(start)"),
            "itemsPerPage": .integer("\(part.count)"),
            "Resources": .array(part.map { .object($0) }),
        ])
    }

    /// A resource with the attributes that are asked for.
    private static func shown(_ resource: JSONObject, _ call: AdminCall) -> JSONObject {
        let always: Set<String> = ["schemas", "id"]
        func names(_ parameter: String) -> Set<String>? {
            call.query[parameter].map { text in
                Set(
                    text.split(separator: ",").compactMap { name in
                        SCIMPath.names(name.filter { !$0.isWhitespace })?.first?.lowercased()
                    }
                )
            }
        }
        var shown = resource
        if let wanted = names("attributes") {
            for member in resource.members
            where !wanted.contains(member.name.lowercased()) && !always.contains(member.name) {
                shown[member.name] = nil
            }
        } else if let unwanted = names("excludedAttributes") {
            for member in resource.members
            where unwanted.contains(member.name.lowercased()) && !always.contains(member.name) {
                shown[member.name] = nil
            }
        }
        return shown
    }

    /// A list whose filter is too long for a URL, or not for its log.
    private func search(_ path: String, _ id: String) -> AdminEndpoint {
        SCIMEndpoints.endpoint("POST", "\(path)/.search", id: id, "A list, asked for in a body.", makes: false) {
            [self] call throws(AdminRefusal) in
            let body = try body(call)
            var asked = call
            asked.query = [:]
            for name in SCIMEndpoints.listing {
                switch body.scim(name) {
                case .string(let text)?: asked.query[name] = text
                case .integer(let digits)?: asked.query[name] = digits
                case .array(let names)?: asked.query[name] = names.compactMap(\.string).joined(separator: ",")
                default: break
                }
            }
            var found: [JSONObject] = []
            if path != "/Groups" { found += await control.users().map { SCIMResources.resource(of: $0) } }
            if path != "/Users" {
                found += await control.teams().filter { $0.team != nil }.map { SCIMResources.resource(of: $0) }
            }
            return try SCIMEndpoints.list(found, asked)
        }
    }

    private func body(_ call: AdminCall) throws(AdminRefusal) -> JSONObject {
        guard case .object(let body) = try call.json() else {
            throw .scim(400, "invalidSyntax", "The body must be an object.")
        }
        return body
    }

    // MARK: Users

    private var listUsers: AdminEndpoint {
        SCIMEndpoints.endpoint("GET", "/Users", id: "ListUsers", "Users.", parameters: SCIMEndpoints.listing) {
            [control] call throws(AdminRefusal) in
            try SCIMEndpoints.list(await control.users().map { SCIMResources.resource(of: $0) }, call)
        }
    }

    private var makeUser: AdminEndpoint {
        SCIMEndpoints.endpoint("POST", "/Users", id: "MakeUser", "Makes a user.") { [self] call throws(AdminRefusal) in
            let body = try body(call)
            let wanted = try SCIMResources.userPatch(body, of: nil)
            guard let name = SCIMResources.text(body.scim("userName")) else {
                throw .scim(400, "invalidValue", "userName is missing.")
            }
            let change = try call.change("SCIM")
            try await checkUnique(name, besides: nil)
            let user = try await refusing { () async throws(ControlError) in
                try await control.createUser(name, wanted, change)
            }
            return SCIMEndpoints.answer(201, SCIMResources.resource(of: user))
        }
    }

    private func checkUnique(_ name: String, besides id: String?) async throws(AdminRefusal) {
        let wanted = name.lowercased()
        let users = await control.users()
        guard !users.contains(where: { $0.id != id && SCIMResources.userName(of: $0).lowercased() == wanted }) else {
            throw .scim(409, "uniqueness", "There is a user with the userName \"\(name.prefix(140))\" already.")
        }
    }

    private func user(_ call: AdminCall) async throws(AdminRefusal) -> User {
        try await refusing { () async throws(ControlError) in try await control.user(call.text("id")) }
    }

    private var showUser: AdminEndpoint {
        SCIMEndpoints.endpoint(
            "GET",
            "/Users/{id}",
            id: "ShowUser",
            "One user.",
            parameters: ["attributes", "excludedAttributes"]
        ) { [self] call throws(AdminRefusal) in
            SCIMEndpoints.answer(SCIMEndpoints.shown(SCIMResources.resource(of: try await user(call)), call))
        }
    }

    private var replaceUser: AdminEndpoint {
        SCIMEndpoints.endpoint("PUT", "/Users/{id}", id: "ReplaceUser", "Says anew all there is of a user.") {
            [self] call throws(AdminRefusal) in
            try await become(try body(call), try await user(call), call)
        }
    }

    private var patchUser: AdminEndpoint {
        SCIMEndpoints.endpoint("PATCH", "/Users/{id}", id: "PatchUser", "Changes a user; `active: false` blocks them.")
        {
            [self] call throws(AdminRefusal) in
            let user = try await user(call)
            let resource = try SCIMPatch.apply(try body(call), to: SCIMResources.resource(of: user))
            return try await become(resource, user, call)
        }
    }

    private func become(_ resource: JSONObject, _ user: User, _ call: AdminCall) async throws(AdminRefusal)
        -> AdminAnswer
    {
        let wanted = try SCIMResources.userPatch(resource, of: user)
        if let name = SCIMResources.text(resource.scim("userName")) { try await checkUnique(name, besides: user.id) }
        let change = try call.change("SCIM")
        let changed = try await refusing { () async throws(ControlError) in
            try await control.updateUser(user.id, wanted, change)
        }
        return SCIMEndpoints.answer(SCIMResources.resource(of: changed))
    }

    private var removeUser: AdminEndpoint {
        SCIMEndpoints.endpoint(
            "DELETE",
            "/Users/{id}",
            id: "RemoveUser",
            "Takes a user away; their tokens and keys end."
        ) { [self] call throws(AdminRefusal) in
            let user = try await user(call)
            let change = try call.change("SCIM")
            _ = try await refusing { () async throws(ControlError) in try await control.deleteUser(user.id, change) }
            return AdminAnswer(204, text: "", mediaType: SCIMEndpoints.mediaType)
        }
    }

    // MARK: Groups

    private var listGroups: AdminEndpoint {
        SCIMEndpoints.endpoint("GET", "/Groups", id: "ListGroups", "Teams.", parameters: SCIMEndpoints.listing) {
            [control] call throws(AdminRefusal) in
            let teams = await control.teams().filter { $0.team != nil }
            return try SCIMEndpoints.list(teams.map { SCIMResources.resource(of: $0) }, call)
        }
    }

    private func team(_ id: String) async throws(AdminRefusal) -> TeamStatus {
        let team = try await refusing { () async throws(ControlError) in try await control.team(id) }
        guard team.team != nil else { throw AdminRefusal(404, "not_found", "There is no group \"\(id.prefix(140))\".") }
        return team
    }

    private var makeGroup: AdminEndpoint {
        SCIMEndpoints.endpoint("POST", "/Groups", id: "MakeGroup", "Makes a team.") {
            [self] call throws(AdminRefusal) in
            let body = try body(call)
            let wanted = try SCIMResources.teamPatch(body, of: nil)
            guard let name = SCIMResources.text(body.scim("displayName")) else {
                throw .scim(400, "invalidValue", "displayName is missing.")
            }
            let members = try SCIMResources.members(in: body)
            try await checkMembers(members)
            let change = try call.change("SCIM")
            _ = try await refusing { () async throws(ControlError) in
                try await control.createTeam(name, wanted, change)
            }
            try await setMembers(members, of: name, change)
            return SCIMEndpoints.answer(201, SCIMResources.resource(of: try await team(name)))
        }
    }

    private var showGroup: AdminEndpoint {
        SCIMEndpoints.endpoint(
            "GET",
            "/Groups/{id}",
            id: "ShowGroup",
            "One team.",
            parameters: ["attributes", "excludedAttributes"]
        ) { [self] call throws(AdminRefusal) in
            let team = try await team(call.text("id"))
            return SCIMEndpoints.answer(SCIMEndpoints.shown(SCIMResources.resource(of: team), call))
        }
    }

    private var replaceGroup: AdminEndpoint {
        SCIMEndpoints.endpoint("PUT", "/Groups/{id}", id: "ReplaceGroup", "Says anew all there is of a team.") {
            [self] call throws(AdminRefusal) in
            try await become(try body(call), try await team(call.text("id")), call)
        }
    }

    private var patchGroup: AdminEndpoint {
        SCIMEndpoints.endpoint("PATCH", "/Groups/{id}", id: "PatchGroup", "Changes a team and who is in it.") {
            [self] call throws(AdminRefusal) in
            let team = try await team(call.text("id"))
            let resource = try SCIMPatch.apply(try body(call), to: SCIMResources.resource(of: team))
            return try await become(resource, team, call)
        }
    }

    private func become(
        _ resource: JSONObject,
        _ team: TeamStatus,
        _ call: AdminCall
    ) async throws(AdminRefusal) -> AdminAnswer {
        let wanted = try SCIMResources.teamPatch(resource, of: team.team)
        let members = try SCIMResources.members(in: resource)
        try await checkMembers(members)
        let change = try call.change("SCIM")
        _ = try await refusing { () async throws(ControlError) in
            try await control.updateTeam(team.name, wanted, change)
        }
        try await setMembers(members, of: team.name, change)
        return SCIMEndpoints.answer(SCIMResources.resource(of: try await self.team(team.name)))
    }

    private func checkMembers(_ members: [String]) async throws(AdminRefusal) {
        let known = Set(await control.users().map(\.id))
        guard let stranger = members.first(where: { !known.contains($0) }) else { return }
        throw .scim(400, "invalidValue", "There is no user with the id \"\(stranger.prefix(140))\".")
    }

    private func setMembers(_ members: [String], of team: String, _ change: Change) async throws(AdminRefusal) {
        let wanted = Set(members)
        for user in await control.users() {
            let isIn = user.teams.contains(team)
            guard isIn != wanted.contains(user.id) else { continue }
            var patch = UserPatch()
            patch.teams = isIn ? user.teams.filter { $0 != team } : user.teams + [team]
            let changed = patch
            _ = try await refusing { () async throws(ControlError) in
                try await control.updateUser(user.id, changed, change)
            }
        }
    }

    private var removeGroup: AdminEndpoint {
        SCIMEndpoints.endpoint(
            "DELETE",
            "/Groups/{id}",
            id: "RemoveGroup",
            "Takes a team away; one with valid keys stays."
        ) { [self] call throws(AdminRefusal) in
            let team = try await team(call.text("id"))
            let change = try call.change("SCIM")
            _ = try await refusing { () async throws(ControlError) in try await control.deleteTeam(team.name, change) }
            return AdminAnswer(204, text: "", mediaType: SCIMEndpoints.mediaType)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore

/// Users and teams as SCIM's resources, and back.
///
/// What an IdP says of one is kept as it said it, in the metadata; name, address, state and teams are taken from it.
enum SCIMResources {
    static let user = "urn:ietf:params:scim:schemas:core:2.0:User"
    static let group = "urn:ietf:params:scim:schemas:core:2.0:Group"
    private static let kept = "scim"

    // MARK: Users

    static func resource(of user: User) -> JSONObject {
        var resource: JSONObject = ["schemas": .array([.string(SCIMResources.user)]), "id": .string(user.id)]
        let said = attributes(in: user.metadata)
        if case .array(let schemas)? = said["schemas"] { resource["schemas"] = .array(schemas) }
        resource["userName"] = said["userName"] ?? .string(user.id)
        if let externalID = user.externalID { resource["externalId"] = .string(externalID) }
        // What was said elsewhere, of a user whom no IdP knows.
        if said.isEmpty, let name = user.name { resource["displayName"] = .string(name) }
        if said.isEmpty, let email = user.email {
            resource["emails"] = .array([.object(["value": .string(email), "primary": .bool(true)])])
        }
        for member in said.members where !["schemas", "userName"].contains(member.name) {
            resource[member.name] = member.value
        }
        resource["active"] = .bool(!user.isBlocked)
        if !user.teams.isEmpty {
            resource["groups"] = .array(
                user.teams.map { team in
                    .object([
                        "value": .string(team), "display": .string(team), "$ref": .string(location("Groups", team)),
                        "type": .string("direct"),
                    ])
                }
            )
        }
        resource["meta"] = meta("User", "Users", user.id, user.createdAt)
        return resource
    }

    /// What becomes of a user whose resource shall be this.
    static func userPatch(_ resource: JSONObject, of user: User?) throws(AdminRefusal) -> UserPatch {
        var patch = UserPatch()
        let name = text(resource.scim("displayName")) ?? text((resource.scim("name")?.object)?.scim("formatted"))
        patch.name = name.map { .set($0) } ?? .clear
        patch.email = email(in: resource.scim("emails")).map { .set($0) } ?? .clear
        patch.externalID = text(resource.scim("externalId")).map { .set($0) } ?? .clear
        if let active = resource.scim("active"), active != .null {
            guard let active = flag(active) else { throw .scim(400, "invalidValue", "active must be true or false.") }
            patch.isBlocked = !active
        } else {
            patch.isBlocked = false
        }
        let passed: Set<String> = ["id", "meta", "groups", "active", "externalid", "password"]
        var said = JSONObject()
        for member in resource.members where !passed.contains(member.name.lowercased()) && member.value != .null {
            said[member.name] = member.value
        }
        guard text(resource.scim("userName")) != nil else { throw .scim(400, "invalidValue", "userName is missing.") }
        patch.metadata = .set(metadata(said, in: user?.metadata))
        return patch
    }

    static func userName(of user: User) -> String { text(attributes(in: user.metadata)["userName"]) ?? user.id }

    private static func email(in value: JSONValue?) -> String? {
        guard case .array(let emails)? = value else { return nil }
        let objects = emails.compactMap(\.object)
        let primary = objects.first { $0.scim("primary").flatMap { flag($0) } == true } ?? objects.first
        return text(primary?.scim("value"))
    }

    // MARK: Groups

    static func resource(of team: TeamStatus) -> JSONObject {
        let said = attributes(in: team.team?.metadata)
        var resource: JSONObject = [
            "schemas": .array([.string(group)]), "id": .string(team.name),
            "displayName": .string(team.team?.title ?? team.name),
        ]
        if let externalID = said["externalId"] { resource["externalId"] = externalID }
        if !team.members.isEmpty {
            resource["members"] = .array(
                team.members.map { member in
                    .object([
                        "value": .string(member.id), "$ref": .string(location("Users", member.id)),
                    ])
                }
            )
        }
        resource["meta"] = meta("Group", "Groups", team.name, team.team?.createdAt)
        return resource
    }

    static func teamPatch(_ resource: JSONObject, of team: Team?) throws(AdminRefusal) -> TeamPatch {
        guard let name = text(resource.scim("displayName")) else {
            throw .scim(400, "invalidValue", "displayName is missing.")
        }
        var patch = TeamPatch()
        patch.title = .set(name)
        var said = JSONObject()
        if let externalID = text(resource.scim("externalId")) { said["externalId"] = .string(externalID) }
        patch.metadata = .set(metadata(said, in: team?.metadata))
        return patch
    }

    /// The ids of a group's members.
    static func members(in resource: JSONObject) throws(AdminRefusal) -> [String] {
        guard let value = resource.scim("members"), value != .null else { return [] }
        guard case .array(let members) = value else { throw .scim(400, "invalidValue", "members must be a list.") }
        var ids: [String] = []
        for member in members {
            guard let id = text(member.object?.scim("value")) else {
                throw .scim(400, "invalidValue", "A member has no value.")
            }
            if !ids.contains(id) { ids.append(id) }
        }
        return ids
    }

    // MARK: Parts

    static func text(_ value: JSONValue?) -> String? {
        guard case .string(let text)? = value, !text.isEmpty else { return nil }
        return text
    }

    /// Entra writes `"False"`.
    private static func flag(_ value: JSONValue) -> Bool? {
        switch value {
        case .bool(let flag): flag
        case .string(let text): ["true": true, "false": false][text.lowercased()]
        default: nil
        }
    }

    static func location(_ kind: String, _ id: String) -> String {
        var path = "/scim/v2/\(kind)/"
        for byte in id.utf8 {
            if byte.isASCIIAlphanumeric || "-._~@".utf8.contains(byte) {
                path.append(Character(UnicodeScalar(byte)))
            } else {
                path += "%" + HexText.of([byte]).uppercased()
            }
        }
        return path
    }

    private static func meta(_ type: String, _ kind: String, _ id: String, _ createdAt: Timestamp?) -> JSONValue {
        var meta: JSONObject = ["resourceType": .string(type), "location": .string(location(kind, id))]
        if let createdAt { meta["created"] = .string(createdAt.description) }
        return .object(meta)
    }

    private static func attributes(in metadata: String?) -> JSONObject {
        guard case .object(let whole)? = metadata.flatMap({ try? JSONValue(parsing: Array($0.utf8)) }),
            case .object(let said)? = whole[kept]
        else { return [:] }
        return said
    }

    private static func metadata(_ said: JSONObject, in metadata: String?) -> String {
        var whole: JSONObject =
            if case .object(let known)? = metadata.flatMap({ try? JSONValue(parsing: Array($0.utf8)) }) { known } else {
                [:]
            }
        whole[kept] = .object(said)
        return JSONValue.object(whole).jsonText
    }
}

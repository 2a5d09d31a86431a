// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// `PATCH` of SCIM (RFC 7644, 3.5.2) on a resource as JSON, as Okta and Entra write it.
enum SCIMPatch {
    /// - Throws: 400 with SCIM's own word for what is wrong.
    static func apply(_ body: JSONObject, to resource: JSONObject) throws(AdminRefusal) -> JSONObject {
        guard case .array(let operations)? = body.scim("Operations"), !operations.isEmpty else {
            throw .scim(400, "invalidSyntax", "Operations are missing.")
        }
        guard operations.count <= 1_000 else { throw .scim(400, "tooMany", "There are more than 1000 operations.") }
        var resource = resource
        for operation in operations {
            guard case .object(let operation) = operation, case .string(let verb)? = operation.scim("op") else {
                throw .scim(400, "invalidSyntax", "An operation has no op.")
            }
            try apply(verb.lowercased(), operation.scim("path"), operation.scim("value"), to: &resource)
        }
        return resource
    }

    private static func apply(
        _ verb: String,
        _ path: JSONValue?,
        _ value: JSONValue?,
        to resource: inout JSONObject
    ) throws(AdminRefusal) {
        guard ["add", "replace", "remove"].contains(verb) else {
            throw .scim(400, "invalidSyntax", "op must be add, replace or remove.")
        }
        if let path, path != .null {
            guard case .string(let text) = path, let path = SCIMPath(text) else {
                throw .scim(400, "invalidPath", "A path cannot be read.")
            }
            try apply(verb, path, value, to: &resource)
            return
        }
        guard verb != "remove" else { throw .scim(400, "noTarget", "remove needs a path.") }
        guard case .object(let members)? = value else {
            throw .scim(400, "invalidValue", "Without a path the value must be an object.")
        }
        for member in members.members {
            guard let path = SCIMPath(member.name) else { throw .scim(400, "invalidPath", "A name cannot be read.") }
            try apply(verb, path, member.value, to: &resource)
        }
    }

    private static func apply(
        _ verb: String,
        _ path: SCIMPath,
        _ value: JSONValue?,
        to resource: inout JSONObject
    ) throws(AdminRefusal) {
        guard let first = path.names.first else { throw .scim(400, "invalidPath", "A path is empty.") }
        guard !["id", "meta", "schemas", "groups"].contains(first.lowercased()) || first.lowercased() == "schemas"
        else {
            throw .scim(400, "mutability", "\(first) is not changed by clients.")
        }
        let name = resource.scimName(first)
        if path.names.count > 1 {
            var inner: JSONObject = if case .object(let known)? = resource[name] { known } else { [:] }
            var rest = path
            rest.names.removeFirst()
            try apply(verb, rest, value, to: &inner)
            resource[name] = inner.isEmpty ? nil : .object(inner)
            return
        }
        if let filter = path.filter {
            try applyToElements(verb, filter, path.part, value, of: name, to: &resource)
            return
        }
        guard verb != "remove" else {
            remove(value, from: name, of: &resource)
            return
        }
        guard let value else { throw .scim(400, "invalidValue", "\(first) has no value.") }
        if verb == "add", case .array(let known)? = resource[name] {
            let added: [JSONValue] = if case .array(let list) = value { list } else { [value] }
            resource[name] = .array(known + added.filter { new in !known.contains { isSame($0, new) } })
        } else if verb == "add", case .object(let known)? = resource[name], case .object(let added) = value {
            var merged = known
            for member in added.members { merged[merged.scimName(member.name)] = member.value }
            resource[name] = .object(merged)
        } else if first.lowercased() == "members", case .object = value {
            resource[name] = .array([value])
        } else {
            resource[name] = value == .null ? nil : value
        }
    }

    /// Okta and Entra name members to be removed in the value, too.
    private static func remove(_ value: JSONValue?, from name: String, of resource: inout JSONObject) {
        guard case .array(let gone)? = value, case .array(let known)? = resource[name] else {
            resource[name] = nil
            return
        }
        let left = known.filter { element in !gone.contains { isSame($0, element) } }
        resource[name] = left.isEmpty ? nil : .array(left)
    }

    private static func applyToElements(
        _ verb: String,
        _ filter: SCIMFilter,
        _ part: String?,
        _ value: JSONValue?,
        of name: String,
        to resource: inout JSONObject
    ) throws(AdminRefusal) {
        var elements: [JSONValue] = if case .array(let known)? = resource[name] { known } else { [] }
        var hits = 0
        var next: [JSONValue] = []
        for element in elements {
            guard case .object(var object) = element, filter.matches(object) else {
                next.append(element)
                continue
            }
            hits += 1
            if verb == "remove" {
                guard let part else { continue }
                object[object.scimName(part)] = nil
            } else if let part {
                object[object.scimName(part)] = value
            } else if case .object(let members)? = value {
                for member in members.members { object[object.scimName(member.name)] = member.value }
            }
            next.append(.object(object))
        }
        elements = next
        if hits == 0, verb != "remove" {
            // Entra adds `emails[type eq "work"].value` where there is none yet.
            guard let part, let value, case .compare(let path, .eq, let wanted?) = filter, let kind = path.first else {
                throw .scim(400, "noTarget", "No element of \(name) fits the filter.")
            }
            elements.append(.object([kind: wanted, part: value]))
        }
        resource[name] = elements.isEmpty ? nil : .array(elements)
    }

    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if case .object(let left) = left, case .object(let right) = right, let value = left.scim("value") {
            return value == right.scim("value")
        }
        return left == right
    }
}

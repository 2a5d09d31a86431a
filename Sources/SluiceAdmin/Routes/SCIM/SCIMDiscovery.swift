// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// What an IdP asks before anything else: what is served, and which attributes there are.
enum SCIMDiscovery {
    static var all: [AdminEndpoint] {
        [
            SCIMEndpoints.endpoint(
                "GET",
                "/ServiceProviderConfig",
                id: "Config",
                "What is served of SCIM.",
                role: .viewer
            ) {
                _ throws(AdminRefusal) in SCIMEndpoints.answer(configuration)
            }
        ] + listed("ResourceTypes", types) + listed("Schemas", schemas)
    }

    private static func listed(_ name: String, _ resources: [JSONObject]) -> [AdminEndpoint] {
        [
            SCIMEndpoints.endpoint("GET", "/\(name)", id: name, "\(name) of SCIM.", role: .viewer) {
                call throws(AdminRefusal) in
                guard call.query["filter"] == nil else {
                    throw AdminRefusal(403, "forbidden", "\(name) take no filter.")
                }
                return try SCIMEndpoints.list(resources, call)
            },
            SCIMEndpoints.endpoint("GET", "/\(name)/{id}", id: "One\(name)", "One of \(name).", role: .viewer) {
                call throws(AdminRefusal) in
                guard let found = resources.first(where: { $0["id"] == .string(call.text("id")) }) else {
                    throw AdminRefusal(404, "not_found", "There is no such one among \(name).")
                }
                return SCIMEndpoints.answer(found)
            },
        ]
    }

    private static func supported(_ isSupported: Bool, _ more: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = ["supported": .bool(isSupported)]
        for member in more.members { object[member.name] = member.value }
        return .object(object)
    }

    private static let configuration: JSONObject = [
        "schemas": .array([.string("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")]),
        "patch": supported(true),
        "bulk": supported(false, ["maxOperations": .integer("0"), "maxPayloadSize": .integer("0")]),
        "filter": supported(true, ["maxResults": .integer("1000")]),
        "changePassword": supported(false),
        "sort": supported(false),
        "etag": supported(false),
        "authenticationSchemes": .array([
            .object([
                "type": .string("oauthbearertoken"), "name": .string("Admin token"),
                "description": .string("An admin token of an owner: sluice token create NAME --role owner"),
                "primary": .bool(true),
            ])
        ]),
        "meta": .object([
            "resourceType": .string("ServiceProviderConfig"), "location": .string("/scim/v2/ServiceProviderConfig"),
        ]),
    ]

    private static let types: [JSONObject] = [
        type("User", "/Users", SCIMResources.user, "A person"), type("Group", "/Groups", SCIMResources.group, "A team"),
    ]

    private static func type(_ name: String, _ path: String, _ schema: String, _ about: String) -> JSONObject {
        [
            "schemas": .array([.string("urn:ietf:params:scim:schemas:core:2.0:ResourceType")]),
            "id": .string(name), "name": .string(name), "endpoint": .string(path), "description": .string(about),
            "schema": .string(schema),
            "meta": .object([
                "resourceType": .string("ResourceType"), "location": .string("/scim/v2/ResourceTypes/\(name)"),
            ]),
        ]
    }

    private static func attribute(
        _ name: String,
        _ type: String = "string",
        required: Bool = false,
        many: Bool = false,
        mutability: String = "readWrite",
        uniqueness: String = "none",
        references: [String] = [],
        _ parts: [JSONValue] = []
    ) -> JSONValue {
        var attribute: JSONObject = [
            "name": .string(name), "type": .string(type), "multiValued": .bool(many), "description": .string(name),
            "required": .bool(required), "caseExact": .bool(false), "mutability": .string(mutability),
            "returned": .string("default"), "uniqueness": .string(uniqueness),
        ]
        if !parts.isEmpty { attribute["subAttributes"] = .array(parts) }
        if !references.isEmpty { attribute["referenceTypes"] = .array(references.map { .string($0) }) }
        return .object(attribute)
    }

    private static let schemas: [JSONObject] = [
        schema(
            SCIMResources.user,
            "User",
            [
                attribute("userName", required: true, uniqueness: "server"),
                attribute(
                    "name",
                    "complex",
                    [attribute("formatted"), attribute("familyName"), attribute("givenName")]
                ),
                attribute("displayName"),
                attribute("active", "boolean", required: true),
                attribute(
                    "emails",
                    "complex",
                    many: true,
                    [attribute("value"), attribute("type"), attribute("primary", "boolean")]
                ),
                attribute(
                    "groups",
                    "complex",
                    many: true,
                    mutability: "readOnly",
                    [
                        attribute("value", mutability: "readOnly"), attribute("display", mutability: "readOnly"),
                        attribute("$ref", "reference", mutability: "readOnly", references: ["Group"]),
                        attribute("type", mutability: "readOnly"),
                    ]
                ),
            ]
        ),
        schema(
            SCIMResources.group,
            "Group",
            [
                attribute("displayName", required: true),
                attribute(
                    "members",
                    "complex",
                    many: true,
                    [
                        attribute("value", mutability: "immutable"),
                        attribute("$ref", "reference", mutability: "immutable", references: ["User"]),
                    ]
                ),
            ]
        ),
    ]

    private static func schema(_ id: String, _ name: String, _ attributes: [JSONValue]) -> JSONObject {
        [
            "schemas": .array([.string("urn:ietf:params:scim:schemas:core:2.0:Schema")]),
            "id": .string(id), "name": .string(name), "description": .string(name), "attributes": .array(attributes),
            "meta": .object(["resourceType": .string("Schema"), "location": .string("/scim/v2/Schemas/\(id)")]),
        ]
    }
}

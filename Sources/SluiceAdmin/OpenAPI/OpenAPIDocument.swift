// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// The OpenAPI 3.1 document, made from the endpoints that are served.
enum OpenAPIDocument {
    static func json(of endpoints: [AdminEndpoint], softwareVersion: String) -> JSONValue {
        var paths = JSONObject()
        for endpoint in endpoints {
            var path: JSONObject = if case .object(let known)? = paths[endpoint.path] { known } else { [:] }
            path[endpoint.method.lowercased()] = .object(operation(endpoint))
            paths[endpoint.path] = .object(path)
        }
        var schemas = JSONObject()
        let closed = BodyMembers.components(of: endpoints)
        for component in Components.all {
            schemas[component.name] = component.json(isClosed: closed.contains(component.name))
        }
        return .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Sluice admin API"),
                "version": .string(softwareVersion),
                "license": .object(["name": .string("Apache-2.0"), "identifier": .string("Apache-2.0")]),
            ]),
            "servers": .array([.object(["url": .string("/")])]),
            "paths": .object(paths),
            "components": .object([
                "schemas": .object(schemas),
                "securitySchemes": .object([
                    "bearer": .object(["type": .string("http"), "scheme": .string("bearer")]),
                    "header": .object([
                        "type": .string("apiKey"), "in": .string("header"), "name": .string("x-api-key"),
                    ]),
                ]),
            ]),
        ])
    }

    private static func operation(_ endpoint: AdminEndpoint) -> JSONObject {
        var operation: JSONObject = [
            "operationId": .string(endpoint.id),
            "tags": .array([.string(endpoint.tag)]),
            "description": .string(endpoint.about),
        ]
        switch endpoint.access {
        case .open: operation["security"] = .array([])
        case .role(let role):
            operation["security"] = .array([
                .object(["bearer": .array([])]), .object(["header": .array([])]),
            ])
            operation["x-sluice-role"] = .string(role.rawValue)
            if endpoint.isForTeams { operation["x-sluice-teams"] = .bool(true) }
        }
        let variables = endpoint.segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
        let parameters =
            variables.map { parameter($0, in: "path", .string, "") }
            + endpoint.parameters.map { parameter($0.name, in: "query", $0.schema, $0.about) }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = endpoint.body {
            operation["requestBody"] = .object([
                "required": .bool(body.isRequired), "content": content("application/json", body.schema),
            ])
        }
        var responses = JSONObject()
        for outcome in endpoint.outcomes + commonOutcomes(of: endpoint) {
            let status = "\(outcome.status)"
            guard case .object(var known)? = responses[status], case .object(var types)? = known["content"] else {
                responses[status] = .object([
                    "description": .string(outcome.about), "content": content(outcome.mediaType, outcome.schema),
                ])
                continue
            }
            types[outcome.mediaType] = .object(["schema": outcome.schema.json])
            known["content"] = .object(types)
            responses[status] = .object(known)
        }
        operation["responses"] = .object(responses)
        return operation
    }

    /// What any call of this kind may answer besides its own outcomes.
    static func commonOutcomes(of endpoint: AdminEndpoint) -> [AdminEndpoint.Outcome] {
        var common: [AdminEndpoint.Outcome] = [
            .error(400, "The request cannot be read."), .error(408, "The request came too slowly."),
            .error(414, "The URL is too long."), .error(431, "The header is too large."),
        ]
        if endpoint.access != .open {
            common += [.error(401, "No valid token."), .error(403, "The token's role or team does not allow it.")]
        }
        if endpoint.body != nil {
            common += [
                .error(413, "The body is too large."),
                .error(415, "The body is compressed."),
            ]
        }
        if endpoint.access != .open { common.append(.error(503, "The store cannot be reached; nothing was changed.")) }
        let own = Set(endpoint.outcomes.map(\.status))
        return common.filter { !own.contains($0.status) }
    }

    private static func parameter(_ name: String, in location: String, _ schema: OpenAPISchema, _ about: String)
        -> JSONValue
    {
        var parameter: JSONObject = ["name": .string(name), "in": .string(location), "schema": schema.json]
        if location == "path" { parameter["required"] = .bool(true) }
        if !about.isEmpty { parameter["description"] = .string(about) }
        return .object(parameter)
    }

    private static func content(_ mediaType: String, _ schema: OpenAPISchema) -> JSONValue {
        .object([mediaType: .object(["schema": schema.json])])
    }
}

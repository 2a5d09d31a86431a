// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// One call of the admin plane: where it is, who may make it, what it does, and how it is documented.
///
/// The list of these is the router, the access table and the OpenAPI document.
struct AdminEndpoint: Sendable {
    typealias Handler = @Sendable (AdminCall) async throws(AdminRefusal) -> AdminAnswer

    enum Access: Sendable, Equatable {
        case open
        case role(AdminRole)
    }

    struct Parameter: Sendable {
        var name: String
        var schema: OpenAPISchema
        var about: String
    }

    struct Body: Sendable {
        var schema: OpenAPISchema
        var isRequired: Bool
    }

    struct Outcome: Sendable {
        var status: Int
        var about: String
        var schema: OpenAPISchema
        var mediaType: String
    }

    var method: String
    /// Segments; variables in braces.
    var path: String
    /// The operation's id in the OpenAPI document.
    var id: String
    var tag: String
    var about: String
    var access: Access
    /// A token of one team may make it, and gets what is that team's.
    var isForTeams: Bool
    var parameters: [Parameter]
    var body: Body?
    var outcomes: [Outcome]
    var handler: Handler

    init(
        _ method: String,
        _ path: String,
        id: String,
        tag: String,
        _ about: String,
        access: Access,
        forTeams isForTeams: Bool = false,
        parameters: [Parameter] = [],
        body: Body? = nil,
        outcomes: [Outcome],
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.tag = tag
        self.about = about
        self.access = access
        self.isForTeams = isForTeams
        self.parameters = parameters
        self.body = body
        self.outcomes = outcomes
        self.handler = handler
    }

    var segments: [Substring] { path.split(separator: "/") }

    /// The path's variables, where the segments are those of this endpoint.
    func match(_ given: [String]) -> [String: String]? {
        let own = segments
        guard own.count == given.count else { return nil }
        var variables: [String: String] = [:]
        for (pattern, segment) in zip(own, given) {
            if pattern.hasPrefix("{") {
                variables[String(pattern.dropFirst().dropLast())] = segment
            } else if pattern != segment {
                return nil
            }
        }
        return variables
    }
}

/// Makes the endpoints below one path, of one tag; called by its name, with `path` from there on.
struct EndpointGroup: Sendable {
    private let base: String
    private let tag: String

    init(below base: String, tag: String) {
        self.base = base
        self.tag = tag
    }

    func callAsFunction(
        _ method: String,
        _ path: String,
        id: String,
        _ about: String,
        role: AdminRole = .operator,
        forTeams: Bool = false,
        parameters: [AdminEndpoint.Parameter] = [],
        body: AdminEndpoint.Body? = nil,
        outcomes: [AdminEndpoint.Outcome],
        handler: @escaping AdminEndpoint.Handler
    ) -> AdminEndpoint {
        AdminEndpoint(
            method,
            base + path,
            id: id,
            tag: tag,
            about,
            access: .role(role),
            forTeams: forTeams,
            parameters: parameters,
            body: body,
            outcomes: outcomes,
            handler: handler
        )
    }
}

extension AdminEndpoint.Outcome {
    static func json(_ about: String, _ schema: OpenAPISchema) -> Self { .json(200, about, schema) }

    static func json(_ status: Int, _ about: String, _ schema: OpenAPISchema) -> Self {
        Self(status: status, about: about, schema: schema, mediaType: "application/json")
    }

    static func error(_ status: Int, _ about: String) -> Self {
        Self(status: status, about: about, schema: .named("Error"), mediaType: "application/json")
    }
}

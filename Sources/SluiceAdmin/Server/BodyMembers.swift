// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// Members of bodies that nobody would read: refused, since a misspelt limit protects nobody.
///
/// What a body may hold is what the OpenAPI document says of it.
enum BodyMembers {
    private static let components = Dictionary(
        Components.all.map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    /// - Throws: 422 with the member's path and the nearest known name.
    static func check(_ value: JSONValue, against schema: OpenAPISchema, at path: [String] = []) throws(AdminRefusal) {
        switch (schema, value) {
        case (.named(let name), .object(let object)):
            guard let component = components[name] else { return }
            let known = component.fields.map(\.name)
            for member in object.members {
                if let field = component.fields.first(where: { $0.name == member.name }) {
                    try check(member.value, against: field.schema, at: path + [member.name])
                } else if !component.passedOver.contains(member.name) {
                    throw stranger(member.name, at: path, known)
                }
            }
        case (.array(let element), .array(let values)):
            for (index, value) in values.enumerated() { try check(value, against: element, at: path + ["\(index)"]) }
        case (.map(let element), .object(let object)):
            for member in object.members { try check(member.value, against: element, at: path + [member.name]) }
        case (.nullable(let inner), _), (.bounded(let inner, _), _): try check(value, against: inner, at: path)
        default: return
        }
    }

    private static func stranger(_ name: String, at path: [String], _ known: [String]) -> AdminRefusal {
        let name = String(name.prefix(100))
        let near = Nearest.names(to: name, among: known).first.map { " Did you mean '\($0)'?" } ?? ""
        return .invalid(
            "The body has a member '\(name)' that is not known here.\(near)",
            field: (path + [name]).joined(separator: "."),
            hint: known.isEmpty ? "No members are known." : "Known are: \(known.joined(separator: ", "))."
        )
    }

    /// Names of the components that bodies are made of.
    static func components(of endpoints: [AdminEndpoint]) -> Set<String> {
        var found: Set<String> = []
        for endpoint in endpoints { if let body = endpoint.body { gather(body.schema, &found) } }
        return found
    }

    private static func gather(_ schema: OpenAPISchema, _ found: inout Set<String>) {
        switch schema {
        case .named(let name):
            guard found.insert(name).inserted else { return }
            for field in components[name]?.fields ?? [] { gather(field.schema, &found) }
        case .array(let inner), .map(let inner), .nullable(let inner), .bounded(let inner, _): gather(inner, &found)
        default: return
        }
    }
}

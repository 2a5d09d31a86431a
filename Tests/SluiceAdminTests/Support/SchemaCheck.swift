// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

@testable import SluiceAdmin

/// Whether a JSON value is what a schema says; strict: no member that is not described.
enum SchemaCheck {
    static func problems(in value: JSONValue, against schema: OpenAPISchema, at path: String = "$") -> [String] {
        switch (schema, value) {
        case (.string, .string), (.boolean, .bool), (.integer, .integer), (.any, _), (.object, .object): return []
        case (.number, .integer), (.number, .double): return []
        case (.moment, .string(let text)): return Timestamp(text) == nil ? ["\(path) is no moment: \(text)"] : []
        case (.oneOf(let values), .string(let text)):
            return values.contains(text) ? [] : ["\(path) is \(text), not one of \(values)"]
        case (.bounded(let inner, let bounds), _):
            return problems(in: value, against: inner, at: path) + problems(in: value, within: bounds, at: path)
        case (.nullable, .null): return []
        case (.nullable(let inner), _): return problems(in: value, against: inner, at: path)
        case (.array(let element), .array(let values)):
            return values.enumerated().flatMap { problems(in: $1, against: element, at: "\(path)[\($0)]") }
        case (.map(let element), .object(let object)):
            return object.members.flatMap { problems(in: $0.value, against: element, at: "\(path).\($0.name)") }
        case (.named(let name), .object(let object)):
            guard let component = Components.all.first(where: { $0.name == name }) else {
                return ["\(path): there is no component \(name)"]
            }
            return problems(in: object, against: component, at: path)
        default: return ["\(path) is \(value.kindName), not what \(schema) asks for"]
        }
    }

    private static func problems(in value: JSONValue, within bounds: OpenAPISchema.Bounds, at path: String) -> [String]
    {
        func bound(_ name: String) -> Double? { bounds.members[name].flatMap { Double($0.jsonText) } }
        let size: Double? =
            switch value {
            case .integer(let digits): Double(digits)
            case .double(let number): number
            case .string(let text): Double(text.unicodeScalars.count)
            default: nil
            }
        guard let size else { return [] }
        let isText = if case .string = value { true } else { false }
        let least = bound(isText ? "minLength" : "minimum") ?? -.infinity
        let most = bound(isText ? "maxLength" : "maximum") ?? .infinity
        return (least...most).contains(size) ? [] : ["\(path) is out of bounds"]
    }

    private static func problems(in object: JSONObject, against component: Component, at path: String) -> [String] {
        let missing = component.fields.filter { $0.isRequired && object[$0.name] == nil }.map(\.name)
        return missing.map { "\(path).\($0) is missing" }
            + object.members.flatMap { member in
                guard let field = component.fields.first(where: { $0.name == member.name }) else {
                    return ["\(path).\(member.name) is not described"]
                }
                return problems(in: member.value, against: field.schema, at: "\(path).\(member.name)")
            }
    }
}

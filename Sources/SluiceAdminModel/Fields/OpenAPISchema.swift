// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The form of a JSON value, as far as the OpenAPI document describes it.
package indirect enum OpenAPISchema: Sendable {
    case string
    case oneOf([String])
    /// RFC 3339.
    case moment
    case number
    case integer
    case boolean
    case array(OpenAPISchema)
    /// An object whose members have names of their own.
    case map(OpenAPISchema)
    /// Any JSON object.
    case object
    /// Any JSON value.
    case any
    /// A component by its name.
    case named(String)
    /// The value or null.
    case nullable(OpenAPISchema)
    /// One of several forms.
    case either([OpenAPISchema])
    /// A number, a text or an array within bounds.
    case bounded(OpenAPISchema, Bounds)

    /// What a number or a text may be, in the words of JSON Schema.
    package struct Bounds: Sendable {
        package var members: JSONObject

        package init(members: JSONObject) { self.members = members }

        package static func range(_ range: ClosedRange<Int>) -> Bounds {
            Bounds(members: [
                "minimum": .integer("\(range.lowerBound)"), "maximum": .integer("\(range.upperBound)"),
            ])
        }

        /// The schema with the bounds among its members.
        fileprivate func json(of schema: OpenAPISchema) -> JSONValue {
            guard case .object(var object) = schema.json else { return schema.json }
            for member in members.members { object[member.name] = member.value }
            return .object(object)
        }

        package static func fractions(_ least: Double, _ most: Double) -> Bounds {
            Bounds(members: ["minimum": .double(least), "maximum": .double(most)])
        }

        package static func above(_ least: Int) -> Bounds {
            Bounds(members: ["exclusiveMinimum": .integer("\(least)")])
        }

        package static func characters(_ range: ClosedRange<Int>, pattern: String? = nil) -> Bounds {
            var members: JSONObject = [
                "minLength": .integer("\(range.lowerBound)"), "maxLength": .integer("\(range.upperBound)"),
            ]
            if let pattern { members["pattern"] = .string(pattern) }
            return Bounds(members: members)
        }
    }

    /// A whole number in a range.
    package static func integer(in range: ClosedRange<Int>) -> OpenAPISchema { .bounded(.integer, .range(range)) }

    /// A number in a range.
    package static func number(in range: ClosedRange<Int>) -> OpenAPISchema { .bounded(.number, .range(range)) }

    /// A text of so many characters.
    package static func text(_ length: ClosedRange<Int>, pattern: String? = nil) -> OpenAPISchema {
        .bounded(.string, .characters(length, pattern: pattern))
    }

    /// A share, 0.0 to 1.0.
    package static let share = OpenAPISchema.number(in: 0...1)

    /// An id: 1 to 128 of the characters that are safe in a path, a header and a label.
    package static let id = OpenAPISchema.text(1...128, pattern: "^[A-Za-z0-9._:/@+-]+$")

    /// A name for people.
    package static let name = OpenAPISchema.text(1...128, pattern: #"^[^\u0000-\u001f\u007f]+$"#)

    /// A provider's name for a model.
    package static let model = OpenAPISchema.text(1...256)

    /// A version's state.
    package static let state = OpenAPISchema.oneOf(["staging", "canary", "production", "deprecated", "rollback"])

    /// Who defined a thing, and may change it.
    package static let owner = OpenAPISchema.oneOf(["file", "api"])

    /// Characters of a reason.
    package static let reasonLimit = 1_000

    /// Why a change is made.
    package static let reason = OpenAPISchema.text(0...reasonLimit)

    /// US dollars of a price.
    package static let price = OpenAPISchema.number(in: 0...1_000_000)

    /// So many of a thing.
    package static func list(of element: OpenAPISchema, _ count: ClosedRange<Int>) -> OpenAPISchema {
        .bounded(
            .array(element),
            Bounds(members: [
                "minItems": .integer("\(count.lowerBound)"), "maxItems": .integer("\(count.upperBound)"),
            ])
        )
    }

    /// Routes that a key may use.
    package static let scopedRoutes = OpenAPISchema.list(of: .name, 0...1_000)

    /// Operations that a key may ask for.
    package static let scopedOperations = OpenAPISchema.list(
        of: .oneOf(Operation.allCases.map(\.word)),
        0...Operation.allCases.count
    )

    /// Seconds until something ends: up to ten years.
    package static let lifetime = OpenAPISchema.integer(in: 1...315_360_000)

    /// What someone may do.
    package static let role = OpenAPISchema.oneOf(AdminRole.allCases.map(\.rawValue))

    /// A page of a list.
    package static func page(of item: String) -> OpenAPISchema { .named("\(item)Page") }

    /// The schema as OpenAPI 3.1 (JSON Schema 2020-12) writes it.
    package var json: JSONValue {
        switch self {
        case .string: .object(["type": .string("string")])
        case .oneOf(let values): .object(["type": .string("string"), "enum": .array(values.map { .string($0) })])
        case .moment: .object(["type": .string("string"), "format": .string("date-time")])
        case .number: .object(["type": .string("number")])
        case .integer: .object(["type": .string("integer")])
        case .boolean: .object(["type": .string("boolean")])
        case .array(let element): .object(["type": .string("array"), "items": element.json])
        case .map(let element): .object(["type": .string("object"), "additionalProperties": element.json])
        case .object: .object(["type": .string("object")])
        case .any: .object([:])
        case .named(let name): .object(["$ref": .string("#/components/schemas/\(name)")])
        case .either(let forms): .object(["anyOf": .array(forms.map(\.json))])
        case .bounded(let schema, let bounds): bounds.json(of: schema)
        case .nullable(let schema): .object(["anyOf": .array([schema.json, .object(["type": .string("null")])])])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The form of a JSON value, as far as the OpenAPI document describes it.
indirect enum JSONSchema: Sendable {
    case string
    case oneOf([String])
    /// RFC 3339.
    case moment
    case number
    case integer
    case boolean
    case array(JSONSchema)
    /// An object whose members have names of their own.
    case map(JSONSchema)
    /// Any JSON object.
    case object
    /// Any JSON value.
    case any
    /// A component by its name.
    case named(String)
    /// The value or null.
    case nullable(JSONSchema)
    /// One of several forms.
    case either([JSONSchema])
    /// A number, a text or an array within bounds.
    case bounded(JSONSchema, Bounds)

    /// What a number or a text may be, in the words of JSON Schema.
    struct Bounds: Sendable {
        var members: JSONObject

        static func range(_ range: ClosedRange<Int>) -> Bounds {
            Bounds(members: [
                "minimum": .integer("\(range.lowerBound)"), "maximum": .integer("\(range.upperBound)"),
            ])
        }

        /// The schema with the bounds among its members.
        fileprivate func json(of schema: JSONSchema) -> JSONValue {
            guard case .object(var object) = schema.json else { return schema.json }
            for member in members.members { object[member.name] = member.value }
            return .object(object)
        }

        static func fractions(_ least: Double, _ most: Double) -> Bounds {
            Bounds(members: ["minimum": .double(least), "maximum": .double(most)])
        }

        static func above(_ least: Int) -> Bounds { Bounds(members: ["exclusiveMinimum": .integer("\(least)")]) }

        static func characters(_ range: ClosedRange<Int>, pattern: String? = nil) -> Bounds {
            var members: JSONObject = [
                "minLength": .integer("\(range.lowerBound)"), "maxLength": .integer("\(range.upperBound)"),
            ]
            if let pattern { members["pattern"] = .string(pattern) }
            return Bounds(members: members)
        }
    }

    /// A whole number in a range.
    static func integer(in range: ClosedRange<Int>) -> JSONSchema { .bounded(.integer, .range(range)) }

    /// A number in a range.
    static func number(in range: ClosedRange<Int>) -> JSONSchema { .bounded(.number, .range(range)) }

    /// A text of so many characters.
    static func text(_ length: ClosedRange<Int>, pattern: String? = nil) -> JSONSchema {
        .bounded(.string, .characters(length, pattern: pattern))
    }

    /// A share, 0.0 to 1.0.
    static let share = JSONSchema.number(in: 0...1)

    /// An id: 1 to 128 of the characters that are safe in a path, a header and a label.
    static let id = JSONSchema.text(1...128, pattern: "^[A-Za-z0-9._:/@+-]+$")

    /// A name for people.
    static let name = JSONSchema.text(1...128, pattern: #"^[^\u0000-\u001f\u007f]+$"#)

    /// A provider's name for a model.
    static let model = JSONSchema.text(1...256)

    /// Why a change is made.
    static let reason = JSONSchema.text(0...AdminCall.reasonLimit)

    /// US dollars of a price.
    static let price = JSONSchema.number(in: 0...1_000_000)

    /// So many of a thing.
    static func list(of element: JSONSchema, _ count: ClosedRange<Int>) -> JSONSchema {
        .bounded(
            .array(element),
            Bounds(members: [
                "minItems": .integer("\(count.lowerBound)"), "maxItems": .integer("\(count.upperBound)"),
            ])
        )
    }

    /// A page of a list.
    static func page(of item: String) -> JSONSchema { .named("\(item)Page") }

    /// The schema as OpenAPI 3.1 (JSON Schema 2020-12) writes it.
    var json: JSONValue {
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

/// A named object of the OpenAPI document.
struct Component: Sendable {
    struct Field: Sendable {
        var name: String
        var schema: JSONSchema
        var isRequired: Bool
        var about: String
    }

    var name: String
    var about: String
    var fields: [Field]
    /// Of a body: further members that are taken and have no effect, such as those of an answer that is sent back.
    var passedOver: [String] = []

    /// The component as the document has it.
    ///
    /// - Parameter isClosed: It is (part of) a body, where other members are refused.
    func json(isClosed: Bool) -> JSONValue {
        var properties = JSONObject()
        for field in fields {
            guard case .object(var schema) = shown(field, isClosed: isClosed).json else { continue }
            if !field.about.isEmpty { schema["description"] = .string(field.about) }
            properties[field.name] = .object(schema)
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        var object: JSONObject = ["type": .string("object"), "description": .string(about)]
        object["properties"] = .object(properties)
        if !required.isEmpty { object["required"] = .array(required) }
        if isClosed, passedOver.isEmpty { object["additionalProperties"] = .bool(false) }
        return .object(object)
    }

    /// In a body null says the same as nothing does, unless it is read itself.
    private func shown(_ field: Field, isClosed: Bool) -> JSONSchema {
        guard isClosed, !field.isRequired else { return field.schema }
        switch field.schema {
        case .any, .nullable: return field.schema
        default: return .nullable(field.schema)
        }
    }
}

extension Component.Field {
    static func must(_ name: String, _ schema: JSONSchema, _ about: String = "") -> Self {
        Self(name: name, schema: schema, isRequired: true, about: about)
    }

    static func may(_ name: String, _ schema: JSONSchema, _ about: String = "") -> Self {
        Self(name: name, schema: schema, isRequired: false, about: about)
    }
}

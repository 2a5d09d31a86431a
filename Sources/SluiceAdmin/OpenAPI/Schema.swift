// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The form of a JSON value, as far as the OpenAPI document tells it.
indirect enum Schema: Sendable {
    case string
    case oneOf([String])
    /// RFC 3339.
    case moment
    case number
    case integer
    case boolean
    case array(Schema)
    /// An object whose members have names of their own.
    case map(Schema)
    /// Any JSON object.
    case object
    /// Any JSON value.
    case any
    /// A component by its name.
    case named(String)
    /// The value or null.
    case nullable(Schema)

    /// A page of a list.
    static func page(of item: String) -> Schema { .named("\(item)Page") }

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
        case .nullable(let schema): .object(["anyOf": .array([schema.json, .object(["type": .string("null")])])])
        }
    }
}

/// A named object of the OpenAPI document.
struct Component: Sendable {
    struct Field: Sendable {
        var name: String
        var schema: Schema
        var isRequired: Bool
        var about: String
    }

    var name: String
    var about: String
    var fields: [Field]

    var json: JSONValue {
        var properties = JSONObject()
        for field in fields {
            guard case .object(var schema) = field.schema.json else { continue }
            if !field.about.isEmpty { schema["description"] = .string(field.about) }
            properties[field.name] = .object(schema)
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        var object: JSONObject = ["type": .string("object"), "description": .string(about)]
        object["properties"] = .object(properties)
        if !required.isEmpty { object["required"] = .array(required) }
        return .object(object)
    }
}

extension Component.Field {
    static func must(_ name: String, _ schema: Schema, _ about: String = "") -> Self {
        Self(name: name, schema: schema, isRequired: true, about: about)
    }

    static func may(_ name: String, _ schema: Schema, _ about: String = "") -> Self {
        Self(name: name, schema: schema, isRequired: false, about: about)
    }
}

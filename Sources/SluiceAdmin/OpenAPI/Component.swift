// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// A named object of the OpenAPI document.
struct Component: Sendable {
    struct Field: Sendable {
        var name: String
        var schema: OpenAPISchema
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
    private func shown(_ field: Field, isClosed: Bool) -> OpenAPISchema {
        guard isClosed, !field.isRequired else { return field.schema }
        switch field.schema {
        case .any, .nullable: return field.schema
        default: return .nullable(field.schema)
        }
    }
}

extension Component.Field {
    static func must(_ name: String, _ schema: OpenAPISchema, _ about: String = "") -> Self {
        Self(name: name, schema: schema, isRequired: true, about: about)
    }

    static func may(_ name: String, _ schema: OpenAPISchema, _ about: String = "") -> Self {
        Self(name: name, schema: schema, isRequired: false, about: about)
    }
}

extension Component {
    /// A shape that describes its fields itself.
    ///
    /// - Parameter narrowed: members of which more is known here than in the shape's own room.
    init<Shape: DescribedShape>(
        _ shape: Shape.Type,
        passingOver passedOver: [String] = [],
        narrowed: [String: OpenAPISchema] = [:]
    ) {
        self.init(
            name: Shape.component.name,
            about: Shape.component.about,
            fields: Shape.fields.map { field in
                var shown = Field(field)
                if let schema = narrowed[field.name] { shown.schema = schema }
                return shown
            },
            passedOver: passedOver
        )
    }

    /// The body that becomes such a shape: without what is passed over, since the server says it.
    init<Shape: DescribedShape>(
        body shape: Shape.Type,
        named name: String,
        _ about: String,
        passingOver passedOver: [String]
    ) {
        self.init(
            name: name,
            about: about,
            fields: Shape.fields.filter { !passedOver.contains($0.name) }.map { Field($0) },
            passedOver: passedOver
        )
    }
}

extension Component.Field {
    init<Shape>(_ field: SluiceAdminModel.Field<Shape>) {
        self.init(name: field.name, schema: field.schema, isRequired: field.isRequired, about: field.about)
    }
}

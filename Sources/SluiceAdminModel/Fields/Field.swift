// SPDX-License-Identifier: Apache-2.0

/// A shape of the admin API whose members are described once: JSON both ways, its OpenAPI component, the columns of tables
/// and the documentation are made of ``fields``.
package protocol DescribedShape: Sendable, Codable {
    /// Its name and first line in the OpenAPI document.
    static var component: (name: String, about: String) { get }

    /// In the order in which they are written.
    static var fields: [Field<Self>] { get }

    /// One of which no member has been read.
    init()
}

/// A member of a shape.
package struct Field<Shape>: Sendable {
    /// Where a table shows it.
    package enum Column: Sendable, Hashable {
        case text(String)
        case number(String)

        package var name: String {
            switch self {
            case .text(let name), .number(let name): name
            }
        }
    }

    package let name: String
    package let schema: OpenAPISchema
    /// Whether it is always there; of a body, whether it is needed.
    package let isRequired: Bool
    /// What it says, for the OpenAPI document and `--help`; empty where the name says it.
    package let about: String
    /// Absent where tables do not show it.
    package let column: Column?
    /// The member as a table shows it.
    package let text: @Sendable (Shape) -> String?
    fileprivate let read: @Sendable (inout Shape, KeyedDecodingContainer<FieldName>) throws -> Void
    fileprivate let write: @Sendable (Shape, inout KeyedEncodingContainer<FieldName>) throws -> Void
}

extension Field {
    /// A member that is always there.
    ///
    /// - Parameter shown: the member as a table shows it, where that is another text.
    package static func must<Value: Codable & Sendable>(
        _ name: String,
        _ path: any WritableKeyPath<Shape, Value> & Sendable,
        _ schema: OpenAPISchema,
        _ about: String = "",
        column: Column? = nil,
        shown: (@Sendable (Value) -> String?)? = nil
    ) -> Field {
        Field(
            name: name,
            schema: schema,
            isRequired: true,
            about: about,
            column: column,
            text: { shape in shown.map { $0(shape[keyPath: path]) } ?? "\(shape[keyPath: path])" },
            read: { $0[keyPath: path] = try $1.decode(Value.self, forKey: FieldName(name)) },
            write: { try $1.encode($0[keyPath: path], forKey: FieldName(name)) }
        )
    }

    /// A member that may be absent.
    package static func may<Value: Codable & Sendable>(
        _ name: String,
        _ path: any WritableKeyPath<Shape, Value?> & Sendable,
        _ schema: OpenAPISchema,
        _ about: String = "",
        column: Column? = nil,
        shown: (@Sendable (Value) -> String?)? = nil
    ) -> Field {
        Field(
            name: name,
            schema: schema,
            isRequired: false,
            about: about,
            column: column,
            text: { shape in
                shape[keyPath: path].flatMap { value in shown.map { $0(value) } ?? "\(value)" }
            },
            read: { $0[keyPath: path] = try $1.decodeIfPresent(Value.self, forKey: FieldName(name)) },
            write: { try $1.encodeIfPresent($0[keyPath: path], forKey: FieldName(name)) }
        )
    }

    /// A member that is always there, but in answers of older servers.
    package static func newer<Value: Codable & Sendable>(
        _ name: String,
        _ path: any WritableKeyPath<Shape, Value?> & Sendable,
        _ schema: OpenAPISchema,
        _ about: String = ""
    ) -> Field {
        let member = Field.may(name, path, schema, about)
        return Field(
            name: name,
            schema: schema,
            isRequired: true,
            about: about,
            column: nil,
            text: member.text,
            read: member.read,
            write: member.write
        )
    }

    /// The same member, which tables do not show.
    package var hidden: Field {
        Field(
            name: name,
            schema: schema,
            isRequired: isRequired,
            about: about,
            column: nil,
            text: text,
            read: read,
            write: write
        )
    }

    /// The same member of one that may be absent as a whole: it is there as soon as a member is.
    package func ofOptional() -> Field<Shape?> where Shape: DescribedShape {
        Field<Shape?>(
            name: name,
            schema: schema,
            isRequired: false,
            about: about,
            column: column.map { Field<Shape?>.Column($0) },
            text: { [text] in $0.flatMap(text) },
            read: { [name, read] shape, container in
                guard container.contains(FieldName(name)), try !container.decodeNil(forKey: FieldName(name)) else {
                    return
                }
                var some = shape ?? Shape()
                try read(&some, container)
                shape = some
            },
            write: { [write] shape, container in if let shape { try write(shape, &container) } }
        )
    }

    /// The same member of a shape that has this one's members among its own.
    package func within<Outer>(_ path: any WritableKeyPath<Outer, Shape> & Sendable) -> Field<Outer> {
        Field<Outer>(
            name: name,
            schema: schema,
            isRequired: isRequired,
            about: about,
            column: column.map { Field<Outer>.Column($0) },
            text: { [text] in text($0[keyPath: path]) },
            read: { [read] in try read(&$0[keyPath: path], $1) },
            write: { [write] in try write($0[keyPath: path], &$1) }
        )
    }
}

extension Field.Column {
    fileprivate init<Other>(_ column: Field<Other>.Column) {
        switch column {
        case .text(let name): self = .text(name)
        case .number(let name): self = .number(name)
        }
    }
}

extension DescribedShape {
    package init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: FieldName.self)
        for field in Self.fields { try field.read(&self, container) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: FieldName.self)
        for field in Self.fields { try field.write(self, &container) }
    }

    /// What a member says; empty for a name it does not have.
    package static func about(_ name: String) -> String { fields.first { $0.name == name }?.about ?? "" }

    /// The members as the documentation lists them: `id, name, team?`.
    package static var signature: String {
        fields.map { $0.name + ($0.isRequired ? "" : "?") }.joined(separator: ", ")
    }
}

/// A member's name where Swift wants a type for it.
package struct FieldName: CodingKey {
    package let stringValue: String
    package var intValue: Int? { nil }

    package init(_ name: String) { stringValue = name }
    package init?(stringValue: String) { self.init(stringValue) }
    package init?(intValue: Int) { nil }
}

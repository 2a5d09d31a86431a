// SPDX-License-Identifier: Apache-2.0

/// A schema or subschema, compiled.
///
/// An object, since a check goes deep and copies none.
final class SchemaNode: Sendable {
    let rules: SchemaRules

    init(_ rules: SchemaRules) { self.rules = rules }
}

/// The keywords of a schema or subschema; others by their index.
struct SchemaRules: Sendable {
    /// Of `true` and `false`.
    var always: Bool?
    /// Which schema resource it is part of.
    var resource: Int

    var reference: Int?
    /// What `$dynamicRef` points to, and the name by which an outer resource may replace it.
    var dynamicReference: (target: Int, name: [UInt8]?)?

    var types: Set<SchemaType>?
    var allowed: Set<ExactJSON>?
    var constant: ExactJSON?

    var multipleOf: ExactNumber?
    var maximum: ExactNumber?
    var exclusiveMaximum: ExactNumber?
    var minimum: ExactNumber?
    var exclusiveMinimum: ExactNumber?

    var longest: Int?
    var shortest: Int?
    var pattern: SchemaPattern?

    var mostItems: Int?
    var fewestItems: Int?
    var hasUniqueItems = false
    var contains: Int?
    var mostContained: Int?
    var fewestContained = 1

    var mostMembers: Int?
    var fewestMembers: Int?
    var required: [[UInt8]] = []
    var dependentRequired: [(name: [UInt8], required: [[UInt8]])] = []

    var firstItems: [Int] = []
    var items: Int?
    var members: [[UInt8]: Int] = [:]
    var patternMembers: [(pattern: SchemaPattern, node: Int)] = []
    var otherMembers: Int?
    var names: Int?
    var dependentSchemas: [(name: [UInt8], node: Int)] = []

    var all: [Int] = []
    var any: [Int] = []
    var one: [Int] = []
    var isNot: Int?
    var condition: Int?
    var consequence: Int?
    var alternative: Int?

    var unevaluatedItems: Int?
    var unevaluatedMembers: Int?

    init(resource: Int) { self.resource = resource }
}

/// A regular expression of a schema, or why it cannot be used.
typealias SchemaPattern = Result<Pattern, PatternFault>

enum SchemaType: String, Sendable {
    case null, boolean, object, array, number, string, integer
}

/// A part of a document that has an address of its own.
struct SchemaResource: Sendable {
    var uri: URIReference
    /// Its place in the document.
    var document: Int
    var pointer: [UInt8]
    var root: Int
    var anchors: [[UInt8]: Int] = [:]
    var dynamicAnchors: [[UInt8]: Int] = [:]
    /// A meta-schema without them takes assertions such as `maximum` for notes.
    var hasAssertions = true
}

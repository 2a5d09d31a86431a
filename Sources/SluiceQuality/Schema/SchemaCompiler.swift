// SPDX-License-Identifier: Apache-2.0

/// Why a schema cannot be used.
package struct SchemaFault: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// A JSON pointer into the schema.
    package var place: String

    package var description: String { "\(message), at \(place.isEmpty ? "the schema's root" : place)" }
}

/// Makes nodes of a schema: first all subschemas where the keywords say they are, then what references point to.
struct SchemaCompiler {
    private(set) var nodes: [SchemaRules] = []
    private(set) var resources: [SchemaResource] = []
    private var documents: [ExactJSON] = []
    private var resourceOf: [String: Int] = [:]
    private var nodeAt: [Place: Int] = [:]
    private var open: [Reference] = []
    private let others: [String: ExactJSON]

    private struct Place: Hashable {
        var document: Int
        var pointer: [UInt8]
    }

    private struct Reference {
        var node: Int
        var text: String
        var isDynamic: Bool
        var pointer: [UInt8]
    }

    /// The most subschemas.
    private static let most = 50_000
    /// The deepest nesting of subschemas, those behind references not counted.
    private static let deepest = ExactDocument.deepest

    init(_ schema: ExactJSON, others: [String: ExactJSON]) throws(SchemaFault) {
        self.others = others
        _ = try document(schema, at: URIReference(""))
        while let reference = open.popLast() { try resolve(reference) }
    }

    private mutating func document(_ value: ExactJSON, at uri: URIReference) throws(SchemaFault) -> Int {
        documents.append(value)
        let resource = add(SchemaResource(uri: uri, document: documents.count - 1, pointer: [], root: nodes.count))
        return try walk(value, pointer: [], resource: resource, depth: 0)
    }

    private mutating func add(_ resource: SchemaResource) -> Int {
        resources.append(resource)
        resourceOf[resource.uri.document] = resources.count - 1
        return resources.count - 1
    }

    // MARK: Subschemas

    private mutating func walk(
        _ value: ExactJSON,
        pointer: [UInt8],
        resource outer: Int,
        depth: Int
    ) throws(SchemaFault) -> Int {
        guard nodes.count < SchemaCompiler.most, depth <= SchemaCompiler.deepest else {
            throw fault("the schema has too many parts", pointer)
        }
        var resource = outer
        let id = nodes.count
        let document = resources[outer].document
        if let address = value.object?["$id"]?.text {
            var uri = URIReference(address).resolved(against: resources[outer].uri)
            uri.fragment = nil
            if pointer.isEmpty {
                resources[outer].uri = uri
                resourceOf[uri.document] = outer
            } else {
                var part = SchemaResource(uri: uri, document: document, pointer: pointer, root: id)
                part.hasAssertions = resources[outer].hasAssertions
                resource = add(part)
            }
        }
        nodes.append(SchemaRules(resource: resource))
        nodeAt[Place(document: document, pointer: pointer)] = id
        switch value {
        case .bool(let always): nodes[id].always = always
        case .object(let object):
            noteMetaschema(object, resource)
            noteAnchors(object, id, resource)
            var reader = SchemaObject(object, pointer)
            try readReferences(&reader, id)
            if resources[resource].hasAssertions { try readAssertions(&reader, id) }
            try readApplicators(reader, id, resource, depth)
        default: throw fault("a schema must be an object, true or false, not \(value.kindName)", pointer)
        }
        return id
    }

    private mutating func noteMetaschema(_ object: ExactObject, _ resource: Int) {
        guard let named = object["$schema"]?.text, let metaschema = others[named],
            let vocabularies = metaschema.object?["$vocabulary"]?.object
        else { return }
        let assertions = Array("https://json-schema.org/draft/2020-12/vocab/validation".utf8)
        resources[resource].hasAssertions = vocabularies[assertions] != nil
    }

    private mutating func noteAnchors(_ object: ExactObject, _ id: Int, _ resource: Int) {
        if let name = object["$anchor"]?.bytes { resources[resource].anchors[name] = id }
        if let name = object["$dynamicAnchor"]?.bytes {
            resources[resource].anchors[name] = id
            resources[resource].dynamicAnchors[name] = id
        }
    }

    private mutating func readReferences(_ reader: inout SchemaObject, _ id: Int) throws(SchemaFault) {
        for (keyword, isDynamic) in [("$ref", false), ("$dynamicRef", true)] as [(StaticString, Bool)] {
            guard let text = try reader.text(keyword) else { continue }
            open.append(Reference(node: id, text: text, isDynamic: isDynamic, pointer: reader.pointer))
        }
    }

    private mutating func readAssertions(_ reader: inout SchemaObject, _ id: Int) throws(SchemaFault) {
        nodes[id].types = try reader.types()
        nodes[id].allowed = try reader.array("enum").map(Set.init)
        nodes[id].constant = reader.object["const"]
        nodes[id].multipleOf = try reader.number("multipleOf")
        nodes[id].maximum = try reader.number("maximum")
        nodes[id].exclusiveMaximum = try reader.number("exclusiveMaximum")
        nodes[id].minimum = try reader.number("minimum")
        nodes[id].exclusiveMinimum = try reader.number("exclusiveMinimum")
        nodes[id].longest = try reader.count("maxLength")
        nodes[id].shortest = try reader.count("minLength")
        if let text = try reader.text("pattern") { nodes[id].pattern = SchemaCompiler.pattern(text) }
        nodes[id].mostItems = try reader.count("maxItems")
        nodes[id].fewestItems = try reader.count("minItems")
        nodes[id].hasUniqueItems = reader.object["uniqueItems"]?.bool ?? false
        nodes[id].mostContained = try reader.count("maxContains")
        nodes[id].fewestContained = try reader.count("minContains") ?? 1
        nodes[id].mostMembers = try reader.count("maxProperties")
        nodes[id].fewestMembers = try reader.count("minProperties")
        nodes[id].required = try reader.names("required")
        if let dependent = try reader.members("dependentRequired") {
            for (name, value) in zip(dependent.names, dependent.values) {
                nodes[id].dependentRequired.append((name, (value.array ?? []).compactMap(\.bytes)))
            }
        }
    }

    private static func pattern(_ text: String) -> SchemaPattern {
        do throws(PatternFault) { return .success(try Pattern(text)) } catch { return .failure(error) }
    }

    private mutating func readApplicators(
        _ reader: SchemaObject,
        _ id: Int,
        _ resource: Int,
        _ depth: Int
    ) throws(SchemaFault) {
        nodes[id].firstItems = try walkArray("prefixItems", reader, resource, depth)
        nodes[id].items = try walkOne("items", reader, resource, depth)
        nodes[id].contains = try walkOne("contains", reader, resource, depth)
        for (name, node) in try walkMembers("properties", reader, resource, depth) { nodes[id].members[name] = node }
        for (name, node) in try walkMembers("patternProperties", reader, resource, depth) {
            nodes[id].patternMembers.append((SchemaCompiler.pattern(String(decoding: name, as: UTF8.self)), node))
        }
        nodes[id].otherMembers = try walkOne("additionalProperties", reader, resource, depth)
        nodes[id].names = try walkOne("propertyNames", reader, resource, depth)
        nodes[id].dependentSchemas = try walkMembers("dependentSchemas", reader, resource, depth)
        nodes[id].all = try walkArray("allOf", reader, resource, depth)
        nodes[id].any = try walkArray("anyOf", reader, resource, depth)
        nodes[id].one = try walkArray("oneOf", reader, resource, depth)
        nodes[id].isNot = try walkOne("not", reader, resource, depth)
        nodes[id].condition = try walkOne("if", reader, resource, depth)
        nodes[id].consequence = try walkOne("then", reader, resource, depth)
        nodes[id].alternative = try walkOne("else", reader, resource, depth)
        nodes[id].unevaluatedItems = try walkOne("unevaluatedItems", reader, resource, depth)
        nodes[id].unevaluatedMembers = try walkOne("unevaluatedProperties", reader, resource, depth)
        _ = try walkMembers("$defs", reader, resource, depth)
        _ = try walkMembers("definitions", reader, resource, depth)
    }

    private mutating func walkOne(_ keyword: StaticString, _ reader: SchemaObject, _ resource: Int, _ depth: Int)
        throws(SchemaFault)
        -> Int?
    {
        guard let value = reader.object[keyword] else { return nil }
        return try walk(value, pointer: reader.pointer(to: keyword), resource: resource, depth: depth + 1)
    }

    private mutating func walkArray(_ keyword: StaticString, _ reader: SchemaObject, _ resource: Int, _ depth: Int)
        throws(SchemaFault) -> [Int]
    {
        guard let values = try reader.array(keyword) else { return [] }
        var found: [Int] = []
        for (index, value) in values.enumerated() {
            let pointer = JSONPointer.appended(reader.pointer(to: keyword), Array(String(index).utf8))
            found.append(try walk(value, pointer: pointer, resource: resource, depth: depth + 1))
        }
        return found
    }

    private mutating func walkMembers(_ keyword: StaticString, _ reader: SchemaObject, _ resource: Int, _ depth: Int)
        throws(SchemaFault) -> [(name: [UInt8], node: Int)]
    {
        guard let members = try reader.members(keyword) else { return [] }
        var found: [(name: [UInt8], node: Int)] = []
        for (name, value) in zip(members.names, members.values) {
            let pointer = JSONPointer.appended(reader.pointer(to: keyword), name)
            found.append((name, try walk(value, pointer: pointer, resource: resource, depth: depth + 1)))
        }
        return found
    }

    // MARK: References

    private mutating func resolve(_ reference: Reference) throws(SchemaFault) {
        let base = resources[nodes[reference.node].resource].uri
        let uri = URIReference(reference.text).resolved(against: base)
        guard let resource = try resource(at: uri.document, reference) else {
            throw fault("'\(reference.text)' is not in the schema; others are not fetched", reference.pointer)
        }
        let fragment = uri.plainFragment
        guard let target = try target(fragment, in: resource) else {
            throw fault("'\(reference.text)' points to nothing", reference.pointer)
        }
        guard reference.isDynamic else {
            nodes[reference.node].reference = target
            return
        }
        let isReplaceable = resources[resource].dynamicAnchors[fragment] == target
        nodes[reference.node].dynamicReference = (target, isReplaceable ? fragment : nil)
    }

    private mutating func resource(at uri: String, _ reference: Reference) throws(SchemaFault) -> Int? {
        if let known = resourceOf[uri] { return known }
        guard let other = others[uri] else { return nil }
        _ = try document(other, at: URIReference(uri))
        return resourceOf[uri]
    }

    private mutating func target(_ fragment: [UInt8], in resource: Int) throws(SchemaFault) -> Int? {
        if fragment.isEmpty { return resources[resource].root }
        guard fragment.first == UInt8(ascii: "/") else { return resources[resource].anchors[fragment] }
        var pointer = resources[resource].pointer
        let tokens = JSONPointer.tokens(fragment)
        for token in tokens { pointer = JSONPointer.appended(pointer, token) }
        let document = resources[resource].document
        if let known = nodeAt[Place(document: document, pointer: pointer)] { return known }
        // It stands where no keyword has a schema.
        guard let value = JSONPointer.value(at: JSONPointer.tokens(pointer), in: documents[document]) else {
            return nil
        }
        return try walk(value, pointer: pointer, resource: resource, depth: 0)
    }

    private func fault(_ message: String, _ pointer: [UInt8]) -> SchemaFault {
        SchemaFault(message: message, place: String(decoding: pointer, as: UTF8.self))
    }
}

/// The keywords of a schema object, read as what they have to be.
private struct SchemaObject {
    let object: ExactObject
    let pointer: [UInt8]

    init(_ object: ExactObject, _ pointer: [UInt8]) {
        self.object = object
        self.pointer = pointer
    }

    func pointer(to keyword: StaticString) -> [UInt8] { JSONPointer.appended(pointer, Array(keyword.description.utf8)) }

    func text(_ keyword: StaticString) throws(SchemaFault) -> String? {
        try read(keyword, "a string") { $0.text }
    }

    func number(_ keyword: StaticString) throws(SchemaFault) -> ExactNumber? {
        try read(keyword, "a number") { $0.number }
    }

    func count(_ keyword: StaticString) throws(SchemaFault) -> Int? {
        try read(keyword, "a whole number from 0") { $0.number?.count }
    }

    func array(_ keyword: StaticString) throws(SchemaFault) -> [ExactJSON]? {
        try read(keyword, "an array") { $0.array }
    }

    func members(_ keyword: StaticString) throws(SchemaFault) -> ExactObject? {
        try read(keyword, "an object") { $0.object }
    }

    func names(_ keyword: StaticString) throws(SchemaFault) -> [[UInt8]] {
        try array(keyword)?.compactMap(\.bytes) ?? []
    }

    func types() throws(SchemaFault) -> Set<SchemaType>? {
        try read("type", "the name of a type, or several") { value in
            let names = value.array ?? [value]
            let types = names.compactMap { $0.text.flatMap(SchemaType.init) }
            return types.count == names.count ? Set(types) : nil
        }
    }

    private func read<Value>(_ keyword: StaticString, _ kind: String, _ read: (ExactJSON) -> Value?) throws(SchemaFault)
        -> Value?
    {
        guard let value = object[keyword] else { return nil }
        guard let result = read(value) else {
            throw SchemaFault(
                message: "\(keyword) must be \(kind)",
                place: String(decoding: pointer(to: keyword), as: UTF8.self)
            )
        }
        return result
    }
}

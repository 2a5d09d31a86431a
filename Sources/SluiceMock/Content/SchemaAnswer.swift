// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A JSON text that a JSON Schema accepts, for the part of the language that structured output allows.
///
/// Knows types, `enum`, `const`, `properties`, `items`, the bounds of numbers, strings and arrays, common formats,
/// `anyOf`, `oneOf`, `allOf` (the first of each) and `$ref` into the schema itself. Recursion ends at a fixed depth by
/// empty arrays, nulls and absent optional members.
struct SchemaAnswer {
    private let root: JSONValue
    private var dice: Dice
    private static let depthLimit = 6
    private static let hardLimit = 32

    init(_ root: JSONValue, dice: Dice) {
        self.root = root
        self.dice = dice
    }

    mutating func text() -> String { value(root, depth: 0) }

    private mutating func value(_ schema: JSONValue, depth: Int) -> String {
        guard depth < SchemaAnswer.hardLimit, let object = schema.object else { return "null" }
        if let reference = object["$ref"]?.string {
            return resolve(reference).map { value($0, depth: depth + 1) } ?? "null"
        }
        if let constant = object["const"] { return constant.jsonText }
        if let choices = object["enum"]?.array, !choices.isEmpty {
            return choices[draw(choices.count)].jsonText
        }
        for name in ["anyOf", "oneOf", "allOf"] {
            guard let branches = object[name]?.array, let first = branches.first else { continue }
            let shallow = depth < SchemaAnswer.depthLimit ? nil : branches.first { SchemaAnswer.isNull($0) }
            return value(shallow ?? first, depth: depth + 1)
        }
        // Google writes types in capitals.
        switch SchemaAnswer.type(object, shallow: depth >= SchemaAnswer.depthLimit).lowercased() {
        case "object": return self.object(object, depth: depth)
        case "array": return array(object, depth: depth)
        case "integer": return integer(object)
        case "number": return number(object)
        case "boolean": return draw(2) == 0 ? "true" : "false"
        case "string": return MockJSON.quoted(string(object))
        default: return "null"
        }
    }

    private mutating func object(_ schema: JSONObject, depth: Int) -> String {
        let required = schema["required"]?.array?.compactMap(\.string)
        var members: [String] = []
        for (name, property) in schema["properties"]?.object?.members ?? [] {
            if depth >= SchemaAnswer.depthLimit, let required, !required.contains(name) { continue }
            members.append("\(MockJSON.quoted(name)):\(value(property, depth: depth + 1))")
        }
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func array(_ schema: JSONObject, depth: Int) -> String {
        let least = max(0, min(schema["minItems"]?.wholeNumber ?? 0, 64))
        let most = max(least, min(schema["maxItems"]?.wholeNumber ?? max(2, least), 64))
        var count = least + draw(most - least + 1)
        if depth >= SchemaAnswer.depthLimit { count = least }
        let items = schema["items"] ?? .object(JSONObject())
        return "[\((0..<count).map { _ in value(items, depth: depth + 1) }.joined(separator: ","))]"
    }

    private mutating func integer(_ schema: JSONObject) -> String {
        let (low, high) = bounds(schema, step: 1)
        let least = Int(low.rounded(.up))
        let most = max(least, Int(high.rounded(.down)))
        let drawn = least + draw(most - least + 1)
        guard let multiple = schema["multipleOf"]?.wholeNumber, multiple > 0 else { return "\(drawn)" }
        let rounded = drawn - drawn % multiple
        return "\(rounded < least ? rounded + multiple : rounded)"
    }

    private mutating func number(_ schema: JSONObject) -> String {
        let (low, high) = bounds(schema, step: 0.25)
        return "\(low + (high - low) * Double(draw(101)) / 100)"
    }

    /// The bounds of a number, both inclusive and never further than 10^15 from zero.
    private func bounds(_ schema: JSONObject, step: Double) -> (Double, Double) {
        let low =
            schema["minimum"]?.number ?? schema["exclusiveMinimum"]?.number.map { $0 + step }
            ?? min(0, (schema["maximum"]?.number ?? 100) - 100)
        let high =
            schema["maximum"]?.number ?? schema["exclusiveMaximum"]?.number.map { $0 - step } ?? low + 100
        let held = max(-1e15, min(low, 1e15))
        return (held, max(held, min(high, 1e15)))
    }

    private mutating func string(_ schema: JSONObject) -> String {
        switch schema["format"]?.string {
        case "date-time": return "2026-01-0\(1 + draw(9))T12:00:00Z"
        case "date": return "2026-01-0\(1 + draw(9))"
        case "time": return "12:00:0\(draw(10))Z"
        case "email": return "person\(draw(1_000))@example.com"
        case "uuid": return "00000000-0000-4000-8000-00000000000\(draw(10))"
        case "uri", "url": return "https://example.com/\(draw(1_000))"
        case "ipv4": return "192.0.2.\(1 + draw(254))"
        case "hostname": return "host\(draw(1_000)).example.com"
        case "duration": return "PT\(1 + draw(59))M"
        default: break
        }
        let least = max(0, min(schema["minLength"]?.wholeNumber ?? 0, 4_096))
        let most = max(least, schema["maxLength"]?.wholeNumber ?? .max)
        var text = Phrases.vocabulary[draw(Phrases.vocabulary.count)]
        while text.count < least { text += " " + Phrases.vocabulary[draw(Phrases.vocabulary.count)] }
        return String(text.prefix(most))
    }

    /// A part of the schema by its JSON pointer, `#/$defs/Name`.
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var schema = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
            guard let next = schema.object?[name] else { return nil }
            schema = next
        }
        return schema
    }

    private mutating func draw(_ count: Int) -> Int { count <= 1 ? 0 : Int(dice.next() % UInt64(count)) }

    private static func type(_ schema: JSONObject, shallow: Bool) -> String {
        switch schema["type"] {
        case .string(let name)?: return name
        case .array(let names)?:
            let texts = names.compactMap(\.string)
            return shallow && texts.contains("null") ? "null" : texts.first ?? "null"
        default:
            if schema["properties"] != nil { return "object" }
            return schema["items"] != nil ? "array" : "string"
        }
    }

    private static func isNull(_ schema: JSONValue) -> Bool { schema.object?["type"]?.string == "null" }
}

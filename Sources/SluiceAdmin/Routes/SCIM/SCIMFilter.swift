// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// A filter of SCIM (RFC 7644, 3.4.2.2): comparisons of attributes, joined by and, or, not and parentheses.
///
/// Attribute names, operators and texts are compared without regard to case, as IdPs write them either way.
indirect enum SCIMFilter: Sendable {
    case compare(path: [String], Comparison, JSONValue?)
    /// `emails[type eq "work"]`: an element fits.
    case element(path: [String], SCIMFilter)
    case and(SCIMFilter, SCIMFilter)
    case or(SCIMFilter, SCIMFilter)
    case not(SCIMFilter)

    enum Comparison: String, Sendable {
        case eq, ne, co, sw, ew, gt, ge, lt, le, pr
    }

    /// - Returns: `nil` where the text is no filter, or nested deeper than ten levels.
    init?(_ text: String) {
        guard text.utf8.count <= 2_000 else { return nil }
        var parser = SCIMFilterParser(text)
        guard let filter = parser.disjunction(depth: 0), parser.isAtEnd else { return nil }
        self = filter
    }

    func matches(_ object: JSONObject) -> Bool {
        switch self {
        case .and(let left, let right): return left.matches(object) && right.matches(object)
        case .or(let left, let right): return left.matches(object) || right.matches(object)
        case .not(let inner): return !inner.matches(object)
        case .element(let path, let inner):
            return SCIMFilter.values(at: path[...], of: .object(object), whole: true).contains { value in
                if case .object(let element) = value { inner.matches(element) } else { false }
            }
        case .compare(let path, let comparison, let wanted):
            let values = SCIMFilter.values(at: path[...], of: .object(object))
            if comparison == .pr { return values.contains { $0 != .null } }
            if comparison == .ne { return !values.contains { SCIMFilter.fits($0, .eq, wanted) } }
            return values.contains { SCIMFilter.fits($0, comparison, wanted) }
        }
    }

    /// The values at a path; lists count as each of their elements, and an element with `value` as that.
    ///
    /// - Parameter isWhole: Such an element counts as itself.
    private static func values(
        at path: ArraySlice<String>,
        of value: JSONValue,
        whole isWhole: Bool = false
    ) -> [JSONValue] {
        switch value {
        case .array(let elements): return elements.flatMap { values(at: path, of: $0, whole: isWhole) }
        case .object(let object):
            guard let name = path.first else { return isWhole ? [value] : [object.scim("value") ?? value] }
            return object.scim(name).map { values(at: path.dropFirst(), of: $0, whole: isWhole) } ?? []
        default: return path.isEmpty ? [value] : []
        }
    }

    private static func fits(_ value: JSONValue, _ comparison: Comparison, _ wanted: JSONValue?) -> Bool {
        guard let wanted else { return false }
        if case .string(let left) = value, case .string(let right) = wanted {
            let (left, right) = (left.lowercased(), right.lowercased())
            switch comparison {
            case .eq: return left == right
            case .co: return left.contains(right)
            case .sw: return left.hasPrefix(right)
            case .ew: return left.hasSuffix(right)
            case .gt: return left > right
            case .ge: return left >= right
            case .lt: return left < right
            case .le: return left <= right
            case .ne, .pr: return false
            }
        }
        // Entra writes booleans as texts.
        if case .bool(let flag) = value, case .string(let text) = wanted {
            return comparison == .eq && text.lowercased() == (flag ? "true" : "false")
        }
        return comparison == .eq && value == wanted
    }
}

/// Reads a filter from left to right.
struct SCIMFilterParser {
    private let text: [Character]
    private var place = 0
    private static let deepest = 10

    init(_ text: String) { self.text = Array(text) }

    var isAtEnd: Bool { text[place...].allSatisfy(\.isWhitespace) }

    mutating func disjunction(depth: Int) -> SCIMFilter? {
        guard depth < SCIMFilterParser.deepest, var left = conjunction(depth: depth) else { return nil }
        while take(word: "or") {
            guard let right = conjunction(depth: depth) else { return nil }
            left = .or(left, right)
        }
        return left
    }

    private mutating func conjunction(depth: Int) -> SCIMFilter? {
        guard var left = single(depth: depth) else { return nil }
        while take(word: "and") {
            guard let right = single(depth: depth) else { return nil }
            left = .and(left, right)
        }
        return left
    }

    private mutating func single(depth: Int) -> SCIMFilter? {
        if take(word: "not") {
            guard take("("), let inner = disjunction(depth: depth + 1), take(")") else { return nil }
            return .not(inner)
        }
        if take("(") {
            guard let inner = disjunction(depth: depth + 1), take(")") else { return nil }
            return inner
        }
        guard let path = path() else { return nil }
        if take("[") {
            guard let inner = disjunction(depth: depth + 1), take("]") else { return nil }
            return .element(path: path, inner)
        }
        guard let word = word(), let comparison = SCIMFilter.Comparison(rawValue: word.lowercased()) else { return nil }
        if comparison == .pr { return .compare(path: path, .pr, nil) }
        guard let value = value() else { return nil }
        return .compare(path: path, comparison, value)
    }

    /// `name.familyName`, without the schema that may stand before it.
    mutating func path() -> [String]? {
        guard let word = word() else { return nil }
        return SCIMPath.names(word)
    }

    private mutating func skip() { while place < text.count, text[place].isWhitespace { place += 1 } }

    private mutating func take(_ character: Character) -> Bool {
        skip()
        guard place < text.count, text[place] == character else { return false }
        place += 1
        return true
    }

    private mutating func take(word wanted: String) -> Bool {
        let start = place
        guard let found = word(), found.lowercased() == wanted else {
            place = start
            return false
        }
        return true
    }

    private mutating func word() -> String? {
        skip()
        let start = place
        while place < text.count, text[place].isLetter || text[place].isNumber || "-_.:$".contains(text[place]) {
            place += 1
        }
        return place > start ? String(text[start..<place]) : nil
    }

    private mutating func value() -> JSONValue? {
        skip()
        guard place < text.count else { return nil }
        let start = place
        if text[place] == "\"" {
            place += 1
            while place < text.count, text[place] != "\"" { place += text[place] == "\\" ? 2 : 1 }
            guard place < text.count else { return nil }
            place += 1
        } else {
            while place < text.count, !text[place].isWhitespace, text[place] != ")", text[place] != "]" { place += 1 }
        }
        return try? JSONValue(parsing: Array(String(text[start..<place]).utf8))
    }
}

/// Where a change goes: `attribute`, `attribute.part`, `attribute[filter]`, `attribute[filter].part`.
struct SCIMPath: Sendable {
    var names: [String]
    var filter: SCIMFilter?
    /// Behind a filter.
    var part: String?

    init?(_ text: String) {
        guard let open = text.firstIndex(of: "[") else {
            guard let names = SCIMPath.names(text) else { return nil }
            self.names = names
            return
        }
        guard let close = text.lastIndex(of: "]"), open < close, let names = SCIMPath.names(String(text[..<open])),
            let filter = SCIMFilter(String(text[text.index(after: open)..<close]))
        else { return nil }
        self.names = names
        self.filter = filter
        let rest = text[text.index(after: close)...]
        guard rest.isEmpty || rest.hasPrefix(".") else { return nil }
        part = rest.isEmpty ? nil : String(rest.dropFirst())
    }

    private static let core = "urn:ietf:params:scim:schemas:core:2.0:"

    /// The names in a path; those of the core schemas may have the schema before them, others keep it as one name.
    static func names(_ text: String) -> [String]? {
        guard !text.isEmpty, text.utf8.count <= 300 else { return nil }
        guard text.lowercased().hasPrefix("urn:") else {
            let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            return names.contains("") || names.count > 3 ? nil : names
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        if text.lowercased().hasPrefix(core) { return names(rest) }
        // `urn:…:enterprise:2.0:User:department`; the urn alone is the whole extension.
        let schema = String(text[..<colon])
        guard schema.lowercased().hasSuffix(":user") || schema.lowercased().hasSuffix(":group") else { return [text] }
        return names(rest).map { [schema] + $0 }
    }
}

extension JSONObject {
    /// A member whatever the case of its name.
    func scim(_ name: String) -> JSONValue? {
        if let exact = self[name] { return exact }
        let wanted = name.lowercased()
        return members.first { $0.name.lowercased() == wanted }?.value
    }

    /// The name that a member has here, in its own case; a new one keeps what was given.
    func scimName(_ name: String) -> String {
        let wanted = name.lowercased()
        return members.first { $0.name.lowercased() == wanted }?.name ?? name
    }
}

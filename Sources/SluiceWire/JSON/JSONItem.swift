// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// A value in a JSON text that was checked, read on demand: nothing is copied, and numbers and strings keep their bytes.
struct JSONItem: Sendable {
    /// The whole text.
    let text: [UInt8]
    /// The value in it, quotes included.
    let range: Range<Int>

    /// A whole text; `nil` where it is no JSON, nested too deep or has too many members.
    init?(checking text: [UInt8]) {
        var cursor = JSONCursor(at: 0)
        let range: Range<Int>
        do throws(JSONFault) {
            // Safe because: bytes have no padding.
            let bytes = unsafe text.span.bytes
            _ = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 0)
            range = start..<cursor.position
            cursor.skipSpace(bytes)
            guard cursor.position == text.count else { return nil }
        } catch {
            return nil
        }
        self.text = text
        self.range = range
    }

    fileprivate init(_ text: [UInt8], _ range: Range<Int>) {
        self.text = text
        self.range = range
    }

    enum Kind { case null, bool, number, string, array, object }

    var kind: Kind {
        switch text[range.lowerBound] {
        case .quote: .string
        case .openBrace: .object
        case .openBracket: .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The value as it stands there.
    var raw: ArraySlice<UInt8> { text[range] }

    func isWritten(_ word: StaticString) -> Bool {
        // Safe because: bytes have no padding.
        unsafe text.span.bytes.equals(word, in: range)
    }

    var isTrue: Bool { isWritten("true") }
    var isNull: Bool { kind == .null }

    /// A string as JSON wrote it, without quotes.
    var inside: ArraySlice<UInt8>? {
        kind == .string ? text[(range.lowerBound + 1)..<(range.upperBound - 1)] : nil
    }

    /// A string, unescaped.
    var string: String? {
        guard kind == .string else { return nil }
        // Safe because: bytes have no padding.
        return unsafe JSONText.unescaped(text.span.bytes, (range.lowerBound + 1)..<(range.upperBound - 1))
    }

    /// A string that is one of a few words: compared where it stands, unless it hides behind escapes.
    var word: JSONWord? { kind == .string ? JSONWord(self) : nil }

    var int: Int64? { kind == .number ? Int64(String(decoding: raw, as: UTF8.self)) : nil }

    /// The elements of an array; none of what is no array.
    var elements: JSONParts { JSONParts(self, .array) }
    /// The members of an object; none of what is no object.
    var members: JSONParts { JSONParts(self, .object) }

    /// The last member of that name, as parsers of JSON have it.
    subscript(_ name: StaticString) -> JSONItem? {
        var found: JSONItem?
        for member in members where member.isNamed(name) { found = member.value }
        return found
    }

    /// The last member of each of these names, found in one walk; the same as asking for each of them.
    func pick<let count: Int>(_ names: InlineArray<count, StaticString>) -> InlineArray<count, JSONItem?> {
        var found = InlineArray<count, JSONItem?>(repeating: nil)
        var parts = members
        while let member = parts.next() {
            for index in names.indices where member.isNamed(names[index]) {
                found[index] = member.value
                break
            }
        }
        return found
    }

    fileprivate func item(_ range: Range<Int>) -> JSONItem { JSONItem(text, range) }
}

/// A string that is one of a few words.
struct JSONWord {
    private let text: [UInt8]
    private let inside: Range<Int>

    fileprivate init(_ item: JSONItem) {
        let range = item.range.lowerBound + 1..<item.range.upperBound - 1
        // Safe because: bytes have no padding.
        if unsafe !item.text.span.bytes.holds(.backslash, in: range) {
            text = item.text
            inside = range
        } else {
            text = Array((item.string ?? "").utf8)
            inside = 0..<text.count
        }
    }

    var count: Int { inside.count }

    @inline(__always)
    func isWritten(_ word: StaticString) -> Bool {
        // Safe because: bytes have no padding.
        unsafe text.span.bytes.equals(word, in: inside)
    }
}

/// The elements or members of a value, one after the other.
struct JSONParts: Sequence, IteratorProtocol {
    private let item: JSONItem
    private var cursor: JSONCursor
    private let isObject: Bool
    private var isOver: Bool
    private var hasBegun = false

    struct Part {
        fileprivate let nameRange: Range<Int>
        fileprivate let hasEscape: Bool
        let value: JSONItem

        func isNamed(_ name: StaticString) -> Bool {
            // Safe because: bytes have no padding.
            guard hasEscape else { return unsafe value.text.span.bytes.equals(name, in: nameRange) }
            return self.name == name.description
        }

        /// The name, unescaped; empty for elements.
        var name: String {
            // Safe because: bytes have no padding.
            unsafe JSONText.unescaped(value.text.span.bytes, nameRange)
        }
    }

    fileprivate init(_ item: JSONItem, _ kind: JSONItem.Kind) {
        self.item = item
        cursor = JSONCursor(at: item.range.lowerBound)
        isObject = kind == .object
        isOver = item.kind != kind
    }

    mutating func next() -> Part? {
        guard !isOver else { return nil }
        // The text was checked, so nothing fails.
        guard let part = try? step() else {
            isOver = true
            return nil
        }
        return part
    }

    private mutating func step() throws(JSONFault) -> Part? {
        let text = item.text
        // Safe because: bytes have no padding.
        let bytes = unsafe text.span.bytes
        let closing: UInt8 = isObject ? .closeBrace : .closeBracket
        let more = hasBegun ? try cursor.next(bytes, closing: closing) : try cursor.enter(bytes, closing: closing)
        hasBegun = true
        guard more else { return nil }
        let name = isObject ? try cursor.name(bytes) : (0..<0, false)
        _ = try cursor.peek(bytes)
        let start = cursor.position
        cursor.skipChecked(bytes)
        return Part(nameRange: name.0, hasEscape: name.1, value: item.item(start..<cursor.position))
    }
}

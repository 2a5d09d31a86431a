// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads TOML 1.0 into a JSON value; whatever the bytes are, it ends with a value or with a fault and its line.
///
/// Numbers keep every digit that a JSON number has; dates and times become texts, as do `inf` and `nan`.
struct TOMLReader {
    struct Fault: Error, Equatable, CustomStringConvertible {
        var line: Int
        var text: String
        var description: String { "line \(line): \(text)" }
    }

    /// Files are written by people, who nest little.
    private static let deepest = 32

    private let bytes: [UInt8]
    private var place = 0
    private var root = Table()
    /// Where members go that stand under no path of their own: a table, or the last one of an array.
    private var current: [String] = []

    static func read(_ bytes: [UInt8]) throws(Fault) -> JSONObject {
        var reader = TOMLReader(bytes)
        return try reader.document()
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: values while they grow

    private indirect enum Node {
        case value(JSONValue)
        case table(Table)
        case tables([Table])
    }

    private struct Table {
        var members: [(name: String, node: Node)] = []
        /// By a header; a second one of the same name is a mistake.
        var isDefined = false

        subscript(name: String) -> Node? {
            get { members.first { $0.name == name }?.node }
            set {
                guard let newValue else { return }
                if let index = members.firstIndex(where: { $0.name == name }) {
                    members[index].node = newValue
                } else {
                    members.append((name, newValue))
                }
            }
        }

        var json: JSONObject {
            JSONObject(
                members.map { name, node in
                    switch node {
                    case .value(let value): (name: name, value: value)
                    case .table(let table): (name: name, value: .object(table.json))
                    case .tables(let tables): (name: name, value: .array(tables.map { .object($0.json) }))
                    }
                }
            )
        }
    }

    private mutating func document() throws(Fault) -> JSONObject {
        while true {
            skipBlankLines()
            guard let byte = peek else { return root.json }
            if byte == UInt8(ascii: "[") { try header() } else { try member() }
            skipBlanks()
            skipComment()
            guard peek == nil || takeLineEnd() else {
                throw fault("there is more behind a value than its line has room for")
            }
        }
    }

    private mutating func header() throws(Fault) {
        place += 1
        let isArray = take("[")
        let path = try keys()
        skipBlanks()
        guard take("]"), !isArray || take("]") else { throw fault("a table's name does not end with a bracket") }
        let known = root
        guard TOMLReader.define(path[...], isArray: isArray, in: &root) else {
            root = known
            throw fault("\(path.joined(separator: ".")) stands there twice")
        }
        current = path
    }

    private static func define(_ path: ArraySlice<String>, isArray: Bool, in table: inout Table) -> Bool {
        guard let name = path.first else { return false }
        let isLast = path.count == 1
        switch table[name] {
        case nil:
            if isLast, isArray {
                table[name] = .tables([Table()])
                return true
            }
            var next = Table()
            if isLast {
                next.isDefined = true
            } else if !define(path.dropFirst(), isArray: isArray, in: &next) {
                return false
            }
            table[name] = .table(next)
            return true
        case .table(var next)?:
            if isLast {
                guard !isArray, !next.isDefined else { return false }
                next.isDefined = true
            } else if !define(path.dropFirst(), isArray: isArray, in: &next) {
                return false
            }
            table[name] = .table(next)
            return true
        case .tables(var all)?:
            if isLast {
                guard isArray else { return false }
                all.append(Table())
            } else {
                guard var last = all.popLast(), define(path.dropFirst(), isArray: isArray, in: &last) else {
                    return false
                }
                all.append(last)
            }
            table[name] = .tables(all)
            return true
        case .value?: return false
        }
    }

    private mutating func member() throws(Fault) {
        let path = try keys()
        skipBlanks()
        guard take("=") else { throw fault("there is no = behind \(path.joined(separator: "."))") }
        let value = try value(depth: 0)
        guard TOMLReader.put(value, at: (current + path)[...], in: &root) else {
            throw fault("\(path.joined(separator: ".")) stands there twice")
        }
    }

    private static func put(_ value: JSONValue, at path: ArraySlice<String>, in table: inout Table) -> Bool {
        guard let name = path.first else { return false }
        guard path.count > 1 else {
            guard table[name] == nil else { return false }
            table[name] = .value(value)
            return true
        }
        switch table[name] {
        case nil:
            var next = Table()
            guard put(value, at: path.dropFirst(), in: &next) else { return false }
            table[name] = .table(next)
        case .table(var next)?:
            guard put(value, at: path.dropFirst(), in: &next) else { return false }
            table[name] = .table(next)
        case .tables(var all)?:
            guard var last = all.popLast(), put(value, at: path.dropFirst(), in: &last) else { return false }
            table[name] = .tables(all + [last])
        case .value?: return false
        }
        return true
    }

    // MARK: keys

    private mutating func keys() throws(Fault) -> [String] {
        var path: [String] = []
        repeat {
            skipBlanks()
            path.append(try key())
            skipBlanks()
            guard path.count <= TOMLReader.deepest else { throw fault("a key has too many parts") }
        } while take(".")
        return path
    }

    private mutating func key() throws(Fault) -> String {
        if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { return try string(allowsLines: false) }
        let start = place
        while let byte = peek, TOMLReader.isBare(byte) { place += 1 }
        guard place > start else { throw fault("a key is expected") }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: values

    private mutating func value(depth: Int) throws(Fault) -> JSONValue {
        guard depth < TOMLReader.deepest else { throw fault("values stand too deep in each other") }
        skipBlanks()
        switch peek {
        case UInt8(ascii: "\"")?, UInt8(ascii: "'")?: return .string(try string(allowsLines: true))
        case UInt8(ascii: "[")?: return try array(depth)
        case UInt8(ascii: "{")?: return try inlineTable(depth)
        case nil: throw fault("a value is expected")
        default: return try word()
        }
    }

    private mutating func array(_ depth: Int) throws(Fault) -> JSONValue {
        place += 1
        var values: [JSONValue] = []
        while true {
            skipBlankLines()
            if take("]") { return .array(values) }
            values.append(try value(depth: depth + 1))
            skipBlankLines()
            if take("]") { return .array(values) }
            guard take(",") else { throw fault("a list goes on without a comma") }
        }
    }

    private mutating func inlineTable(_ depth: Int) throws(Fault) -> JSONValue {
        place += 1
        var table = Table()
        skipBlanks()
        if take("}") { return .object(JSONObject()) }
        while true {
            let path = try keys()
            skipBlanks()
            guard take("=") else { throw fault("there is no = behind \(path.joined(separator: "."))") }
            guard TOMLReader.put(try value(depth: depth + 1), at: path[...], in: &table) else {
                throw fault("\(path.joined(separator: ".")) stands there twice")
            }
            skipBlanks()
            if take("}") { return .object(table.json) }
            guard take(",") else { throw fault("a table goes on without a comma") }
        }
    }

    /// A number, a truth, a date.
    private mutating func word() throws(Fault) -> JSONValue {
        let start = place
        while let byte = peek, TOMLReader.isBare(byte) || "+.:".utf8.contains(byte) { place += 1 }
        // A time may stand behind a date with a blank between.
        if place - start == 10, bytes[start + 4] == UInt8(ascii: "-"), peek == UInt8(ascii: " "),
            place + 1 < bytes.count,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place + 1])
        {
            place += 1
            while let byte = peek, TOMLReader.isBare(byte) || "+.:".utf8.contains(byte) { place += 1 }
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf", "-inf", "nan", "+nan", "-nan": return .string(text)
        default: break
        }
        guard !text.isEmpty else { throw fault("a value is expected") }
        if let number = TOMLReader.number(text) { return number }
        let isDate =
            text.utf8.count >= 8 && text.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
        guard isDate, text.contains("-") || text.contains(":") else { throw fault("'\(text.prefix(40))' is no value") }
        return .string(text)
    }

    private static func number(_ text: String) -> JSONValue? {
        var digits = Array(text.utf8)
        // An underscore stands between digits.
        for (index, byte) in digits.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < digits.count, isBare(digits[index - 1]), isBare(digits[index + 1]),
                digits[index - 1] != byte, digits[index + 1] != byte
            else { return nil }
        }
        digits.removeAll { $0 == UInt8(ascii: "_") }
        if digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        let plain = String(decoding: digits, as: UTF8.self)
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
            return Int64(plain.dropFirst(2), radix: radix).map { .integer(String($0)) }
        }
        switch try? JSONValue(parsing: plain) {
        case .integer(let value)?: return .integer(value)
        case .double(let value)?: return .double(value)
        default: return nil
        }
    }

    // MARK: texts

    private mutating func string(allowsLines: Bool) throws(Fault) -> String {
        let quote = bytes[place]
        let isLiteral = quote == UInt8(ascii: "'")
        let isLong = bytes[place...].prefix(3).elementsEqual([quote, quote, quote])
        guard allowsLines || !isLong else { throw fault("a key is a text of one line") }
        place += isLong ? 3 : 1
        if isLong { _ = takeLineEnd() }
        var text: [UInt8] = []
        while let byte = peek {
            if byte == quote {
                guard isLong else {
                    place += 1
                    return try decoded(text)
                }
                let run = bytes[place...].prefix { $0 == quote }.count
                guard run >= 3 else {
                    text += Array(repeating: quote, count: run)
                    place += run
                    continue
                }
                // Up to two quotes may stand before the three at the end.
                text += Array(repeating: quote, count: min(run, 5) - 3)
                place += min(run, 5)
                return try decoded(text)
            }
            if byte == UInt8(ascii: "\\"), !isLiteral {
                try escape(into: &text, isLong: isLong)
                continue
            }
            guard isLong || byte != UInt8(ascii: "\n") else { break }
            guard byte >= 0x20 || byte == 9 || isLong && (byte == 10 || byte == 13) else {
                throw fault("a text holds a control character")
            }
            text.append(byte)
            place += 1
        }
        throw fault("a text does not end")
    }

    private func decoded(_ text: [UInt8]) throws(Fault) -> String {
        guard let text = String(validating: text, as: UTF8.self) else { throw fault("a text is no UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8], isLong: Bool) throws(Fault) {
        place += 1
        guard let byte = peek else { throw fault("a text does not end") }
        place += 1
        switch byte {
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[place...].prefix(count)
            guard digits.count == count, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw fault("a text has an escape that is no character") }
            place += count
            text += Array(String(Character(scalar)).utf8)
        default:
            // A backslash at a line's end joins it with the next one.
            place -= 1
            skipBlanks()
            guard isLong, takeLineEnd() else { throw fault("a text has an unknown escape") }
            skipBlanks()
            while takeLineEnd() { skipBlanks() }
        }
    }

    // MARK: bytes

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func takeLineEnd() -> Bool {
        if peek == 13, place + 1 < bytes.count, bytes[place + 1] == 10 { place += 1 }
        return take("\n")
    }

    private mutating func skipBlanks() { while peek == 32 || peek == 9 { place += 1 } }

    private mutating func skipComment() {
        guard peek == UInt8(ascii: "#") else { return }
        while let byte = peek, byte != 10 { place += 1 }
    }

    private mutating func skipBlankLines() {
        repeat {
            skipBlanks()
            skipComment()
        } while takeLineEnd()
    }

    private func fault(_ text: String) -> Fault {
        Fault(line: bytes.prefix(place).count { $0 == 10 } + 1, text: text)
    }
}

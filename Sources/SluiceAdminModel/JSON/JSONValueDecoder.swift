// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads a `Decodable` from a JSON value; errors say where and what was found.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    let path: [String]
    var codingPath: [any CodingKey] { path.map(PathKey.init) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw mismatch("an object") }
        return KeyedDecodingContainer(KeyedValues<Key>(object: object, path: path))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let values) = value else { throw mismatch("an array") }
        return UnkeyedValues(values: values, path: path)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleValue(decoder: self) }

    /// The value as a type: scalars directly, anything else through its own `init(from:)`.
    func unbox<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == RawJSON.self, let raw = RawJSON(value) as? Value { return raw }
        if type == String.self {
            guard case .string(let text) = value, let result = text as? Value else { throw mismatch("a string") }
            return result
        }
        if type == Bool.self {
            guard case .bool(let flag) = value, let result = flag as? Value else { throw mismatch("true or false") }
            return result
        }
        if type == Double.self {
            guard let number = double, let result = number as? Value else { throw mismatch("a number") }
            return result
        }
        if let integerType = type as? any FixedWidthInteger.Type {
            guard let digits = wholeNumber else { throw mismatch("an integer") }
            guard let result = integer(integerType, digits) as? Value else {
                throw ShapeError(path: path, message: "the integer \(digits.prefix(40)) is out of range")
            }
            return result
        }
        return try type.init(from: self)
    }

    func mismatch(_ wanted: String) -> ShapeError {
        ShapeError(path: path, message: "expected \(wanted), found \(kind)")
    }

    private var double: Double? {
        switch value {
        case .double(let number): number
        case .integer(let digits): Double(digits).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    /// An integer, or a number without a fraction (`1.0`, `1e3`) where it is exact.
    private var wholeNumber: String? {
        switch value {
        case .integer(let digits): digits
        case .double(let number): abs(number) < 0x1p53 ? Int64(exactly: number).map(String.init) : nil
        default: nil
        }
    }

    private func integer<Number: FixedWidthInteger>(_ type: Number.Type, _ digits: String) -> Number? { Number(digits) }

    private var kind: String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

private struct PathKey: CodingKey {
    let stringValue: String
    var intValue: Int? { Int(stringValue) }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init("\(intValue)") }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let path: [String]
    var codingPath: [any CodingKey] { path.map(PathKey.init) }
    var allKeys: [Key] { object.members.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        if case .null = object[key.stringValue] { true } else { false }
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try decoder(key).unbox(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { JSONValueDecoder(value: .object(object), path: path) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    private func decoder(_ key: Key) throws -> JSONValueDecoder {
        guard let value = object[key.stringValue] else {
            throw ShapeError(path: path, message: "the member '\(key.stringValue)' is missing")
        }
        return JSONValueDecoder(value: value, path: path + [key.stringValue])
    }
}

private struct UnkeyedValues: UnkeyedDecodingContainer {
    let values: [JSONValue]
    let path: [String]
    var currentIndex = 0
    var codingPath: [any CodingKey] { path.map(PathKey.init) }
    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    init(values: [JSONValue], path: [String]) {
        self.values = values
        self.path = path
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, case .null = values[currentIndex] else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().unbox(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> JSONValueDecoder {
        guard !isAtEnd else { throw ShapeError(path: path, message: "the array is too short") }
        defer { currentIndex += 1 }
        return JSONValueDecoder(value: values[currentIndex], path: path + ["\(currentIndex)"])
    }
}

private struct SingleValue: SingleValueDecodingContainer {
    let decoder: JSONValueDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { if case .null = decoder.value { true } else { false } }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // An enum's `init(from:)` comes back here for its raw scalar; everything else has its own `init(from:)`.
        try decoder.unbox(type)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A JSON value as comparisons and schemas need it: numbers exact, text as the bytes of its UTF-8, objects without order.
///
/// Texts are equal scalar by scalar: `é` in one piece is not `e` with an accent.
package indirect enum ExactJSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(ExactNumber)
    case string([UInt8])
    case array([ExactJSON])
    case object(ExactObject)
}

/// The members of an object, by name and in the order of their first appearance; the last of equal names wins.
package struct ExactObject: Sendable {
    package private(set) var names: [[UInt8]] = []
    package private(set) var values: [ExactJSON] = []
    private var places: [[UInt8]: Int] = [:]

    package init() {}

    package var count: Int { names.count }
    package var isEmpty: Bool { names.isEmpty }

    package subscript(name: [UInt8]) -> ExactJSON? { places[name].map { values[$0] } }
    package subscript(name: StaticString) -> ExactJSON? { self[Array(name.description.utf8)] }

    func place(of name: [UInt8]) -> Int? { places[name] }

    /// Sets a member; whether there was one of that name.
    @discardableResult
    package mutating func set(_ name: [UInt8], _ value: ExactJSON) -> Bool {
        if let place = places[name] {
            values[place] = value
            return true
        }
        places[name] = names.count
        names.append(name)
        values.append(value)
        return false
    }
}

extension ExactObject: Hashable {
    package static func == (left: ExactObject, right: ExactObject) -> Bool {
        guard left.count == right.count else { return false }
        for (name, value) in zip(left.names, left.values) where right[name] != value { return false }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        // Without order, as members are equal without it.
        var sum = 0
        for (name, value) in zip(names, values) {
            var member = Hasher()
            member.combine(name)
            member.combine(value)
            sum ^= member.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}

extension ExactJSON {
    package var object: ExactObject? { if case .object(let object) = self { object } else { nil } }
    package var array: [ExactJSON]? { if case .array(let array) = self { array } else { nil } }
    package var bytes: [UInt8]? { if case .string(let bytes) = self { bytes } else { nil } }
    package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
    package var number: ExactNumber? { if case .number(let number) = self { number } else { nil } }
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// What it is, in messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A JSON value that loses nothing: big integers keep their digits, members keep their order.
///
/// For configs and admin bodies; the relay's byte path never builds one.
package indirect enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The digits of an integer as written, normalised: no leading zeros, `-0` is `0`.
    case integer(String)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in their order, with names that are distinct by Unicode scalar.
package struct JSONObject: Sendable {
    /// Name and value, in the order of first appearance.
    package private(set) var members: [(name: String, value: JSONValue)] = []

    package init() {}

    /// The value of a member; names are compared scalar by scalar, not by canonical equivalence.
    package subscript(name: String) -> JSONValue? {
        get { members.first { $0.name.unicodeScalars.elementsEqual(name.unicodeScalars) }?.value }
        set {
            let index = members.firstIndex { $0.name.unicodeScalars.elementsEqual(name.unicodeScalars) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
}

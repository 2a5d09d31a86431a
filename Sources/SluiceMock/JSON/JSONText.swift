// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// JSON as this room writes it: compact, in the order given.
enum JSONText {
    static func text(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let digits): digits
        case .double(let number): number.isFinite ? "\(number)" : "null"
        case .string(let string): quoted(string)
        case .array(let elements): "[\(elements.map(text).joined(separator: ","))]"
        case .object(let object): text(of: object)
        }
    }

    static func text(of object: JSONObject) -> String {
        "{\(object.members.map { "\(quoted($0.name)):\(text(of: $0.value))" }.joined(separator: ","))}"
    }

    /// The text as a JSON string, in quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        result.reserveCapacity(text.utf8.count + 2)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSONValue {
    var asText: String? { if case .string(let text) = self { text } else { nil } }
    var asFlag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    var asList: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var asObject: JSONObject? { if case .object(let object) = self { object } else { nil } }
    var isNull: Bool { if case .null = self { true } else { false } }

    var asInteger: Int? {
        switch self {
        case .integer(let digits): Int(digits)
        case .double(let number) where number == number.rounded() && abs(number) < 1e15: Int(number)
        default: nil
        }
    }

    var asNumber: Double? {
        switch self {
        case .integer(let digits): Double(digits)
        case .double(let number): number
        default: nil
        }
    }
}

extension JSONObject {
    /// A member that is there and not null.
    func present(_ name: String) -> JSONValue? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }
}

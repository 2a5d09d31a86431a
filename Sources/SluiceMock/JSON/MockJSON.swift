// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// JSON as this room writes it: compact, in the order given.
enum MockJSON {
    /// The text as a JSON string, in quotes.
    static func quoted(_ text: String) -> String { JSONValue.string(text).jsonText }
}

extension JSONValue {
    /// The number where it is a whole one; `3.0` counts.
    var wholeNumber: Int? {
        switch self {
        case .integer(let digits): Int(digits)
        case .double(let number) where number == number.rounded() && abs(number) < 1e15: Int(number)
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

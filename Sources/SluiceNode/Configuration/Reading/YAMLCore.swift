// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The YAML 1.2 core schema: what a plain scalar means.
enum YAMLCore {
    /// Why a plain scalar has no JSON value.
    enum Fault: Error, Equatable {
        case notFinite
        case tooLarge
    }

    static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

    static func bool(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// The JSON value of a plain scalar: integers keep their digits, floats become doubles, other text is a string.
    static func value(_ text: String) throws(Fault) -> JSONValue {
        if isNull(text) { return .null }
        if let bool = bool(text) { return .bool(bool) }
        if let digits = try integer(text) { return .integer(digits) }
        if isFloat(text) {
            guard let double = Double(text.hasPrefix("+") ? String(text.dropFirst()) : text), double.isFinite else {
                throw .notFinite
            }
            return .double(double)
        }
        if isSpecialFloat(text) { throw .notFinite }
        return .string(text)
    }

    /// The normalised digits of a decimal, octal (`0o17`) or hexadecimal (`0xff`) integer; `nil` for other text.
    static func integer(_ text: String) throws(Fault) -> String? {
        for (prefix, radix) in [("0o", 8), ("0x", 16)] where text.hasPrefix(prefix) {
            let digits = text.dropFirst(2)
            guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.hexDigitValue.map { $0 < radix } ?? false })
            else { return nil }
            guard let number = UInt64(digits, radix: radix) else { throw .tooLarge }
            return String(number)
        }
        var body = text[...]
        let isNegative = body.hasPrefix("-")
        if isNegative || body.hasPrefix("+") { body = body.dropFirst() }
        guard !body.isEmpty, body.utf8.allSatisfy({ $0.isASCIIDigit }) else { return nil }
        let digits = body.drop { $0 == "0" }
        if digits.isEmpty { return "0" }
        return isNegative ? "-\(digits)" : String(digits)
    }

    /// Whether a text is a decimal number, with or without fraction and exponent.
    static func isFloat(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        func digits(_ bytes: inout ArraySlice<UInt8>) -> Int {
            let run = bytes.prefix { $0.isASCIIDigit }
            bytes = bytes.dropFirst(run.count)
            return run.count
        }
        func sign(_ bytes: inout ArraySlice<UInt8>) {
            if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
        }
        sign(&bytes)
        let whole = digits(&bytes)
        var fraction = 0
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            fraction = digits(&bytes)
        }
        guard whole + fraction > 0 else { return false }
        if bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") {
            bytes = bytes.dropFirst()
            sign(&bytes)
            guard digits(&bytes) > 0 else { return false }
        }
        return bytes.isEmpty
    }

    private static func isSpecialFloat(_ text: String) -> Bool {
        var body = text[...]
        if body.hasPrefix("-") || body.hasPrefix("+") { body = body.dropFirst() }
        return [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(body)
    }
}

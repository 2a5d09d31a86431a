// SPDX-License-Identifier: Apache-2.0

/// JSON exactly as Python's `json.dumps(value, sort_keys=True)` writes it.
///
/// Separators `", "` and `": "`, everything outside printable ASCII escaped, names in the order of their Unicode
/// scalars, numbers as `repr` spells them: `1e-05`, `0.1`, `1.0`, `1e+16`, `-0.0`, `Infinity`, `NaN`.
package enum PythonJSON {
    package static func text(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        write(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number as Python's `repr` writes it, and `json` the three that are no numbers in JSON.
    package static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        let sign = value.sign == .minus ? "-" : ""
        let (digits, point) = shortest(value.magnitude)
        guard point > -4, point <= 16 else {
            let exponent = point - 1
            let magnitude = String(exponent.magnitude)
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let padded = magnitude.count < 2 ? "0" + magnitude : magnitude
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(padded)"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
        if digits.count <= point {
            return "\(sign)\(digits)\(String(repeating: "0", count: point - digits.count)).0"
        }
        return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
    }

    /// The fewest decimal digits that read back as the number, and where the point stands: 0.digits × 10^point.
    private static func shortest(_ value: Double) -> (digits: String, point: Int) {
        guard value != 0 else { return ("0", 1) }
        let parts = value.description.split(separator: "e")
        let mantissa = (parts.first ?? "0").split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let whole = mantissa.first ?? ""
        let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
        let significant = all.drop { $0 == "0" }
        let leadingZeros = all.count - significant.count
        let trailingZeros = significant.reversed().prefix { $0 == "0" }.count
        return (String(significant.dropLast(trailingZeros)), whole.count - leadingZeros + exponent)
    }

    private static func write(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let digits): bytes.append(contentsOf: digits.utf8)
        case .double(let value): bytes.append(contentsOf: number(value).utf8)
        case .string(let text): write(text, to: &bytes)
        case .array(let elements):
            bytes.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(contentsOf: ", ".utf8) }
                write(element, to: &bytes)
            }
            bytes.append(0x5D)
        case .object(let object):
            bytes.append(0x7B)
            // UTF-8 sorts as the scalars do.
            let sorted = object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(contentsOf: ", ".utf8) }
                write(member.name, to: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                write(member.value, to: &bytes)
            }
            bytes.append(0x7D)
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: bytes.append(contentsOf: #"\""#.utf8)
            case 0x5C: bytes.append(contentsOf: #"\\"#.utf8)
            case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x20...0x7E: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            default:
                for unit in String(scalar).utf16 {
                    bytes.append(contentsOf: [0x5C, 0x75])
                    for shift in [12, 8, 4, 0] as [UInt16] {
                        bytes.append(JSONString.hexDigit(UInt8(truncatingIfNeeded: unit >> shift & 15)))
                    }
                }
            }
        }
        bytes.append(0x22)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The id of one request: a UUID version 7 (milliseconds, then a random prefix and a counter).
package struct RequestID: Sendable, Hashable, Codable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id with this many milliseconds since 1970 and 74 bits that tell requests of one millisecond apart.
    package init(milliseconds: UInt64, sequence: UInt16, random: UInt64) {
        high = milliseconds << 16 | 0x7000 | UInt64(sequence & 0x0FFF)
        low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads the text form, with or without hyphens.
    package init?(_ text: String) {
        var digits = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        for character in text.utf8 where character != 0x2D {
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue, digits < 32 else { return nil }
            if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: high, low: low)
    }
}

extension RequestID: CustomStringConvertible {
    package var description: String {
        let digits = RequestID.hex(high) + RequestID.hex(low)
        var text = ""
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    private static func hex(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}

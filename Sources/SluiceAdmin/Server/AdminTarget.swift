// SPDX-License-Identifier: Apache-2.0

/// A request's path and query, taken apart and decoded.
struct AdminTarget: Sendable, Equatable {
    var segments: [String]
    var query: [String: String]

    /// Reads `/a/b%2Fc?x=1`; `nil` where a percent sign or the UTF-8 behind it is broken.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first else { return nil }
        var segments: [String] = []
        for segment in path.split(separator: UInt8(ascii: "/")) {
            guard let text = AdminTarget.decode(segment, plusIsSpace: false) else { return nil }
            segments.append(text)
        }
        self.segments = segments
        query = [:]
        guard parts.count == 2, let rest = parts.last else { return }
        for pair in rest.split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = sides.first.flatMap({ AdminTarget.decode($0, plusIsSpace: true) }),
                let value = AdminTarget.decode(sides.count == 2 ? sides[1] : ""[...].utf8, plusIsSpace: true)
            else { return nil }
            query[name] = value
        }
    }

    private static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var digitsLeft = 0
        var value: UInt8 = 0
        for byte in text {
            if digitsLeft > 0 {
                guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
                value = value << 4 | UInt8(digit)
                digitsLeft -= 1
                if digitsLeft == 0 { bytes.append(value) }
            } else if byte == UInt8(ascii: "%") {
                digitsLeft = 2
                value = 0
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return digitsLeft == 0 ? String(validating: bytes, as: UTF8.self) : nil
    }
}

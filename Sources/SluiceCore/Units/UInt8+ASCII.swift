// SPDX-License-Identifier: Apache-2.0

extension UInt8 {
    /// 0 to 9.
    package var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// A to Z, a to z, 0 to 9.
    package var isASCIIAlphanumeric: Bool {
        let lowercased = self | 0x20
        return lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z") || isASCIIDigit
    }

    /// A character of ASCII that can be seen: no space, no control.
    package var isVisibleASCII: Bool { self >= UInt8(ascii: "!") && self <= UInt8(ascii: "~") }
}

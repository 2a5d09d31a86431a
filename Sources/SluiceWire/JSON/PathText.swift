// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Names as parts of paths.
enum PathText {
    /// A name as one part of a path: every byte that is not unreserved is escaped, and none of `besides`.
    static func encoded(_ name: String, besides: [UInt8] = []) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                .digitZero ... .digitNine, .minus, .point, UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where besides.contains(byte): text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Base64 as of RFC 4648.
enum Base64 {
    /// The text that is written in it; `nil` where it is none.
    static func text(_ base64: ArraySlice<UInt8>) -> String? {
        bytes(base64).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The bytes that are written in it; `nil` where it is no base64.
    static func bytes(_ base64: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(base64.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for byte in base64 where byte != UInt8(ascii: "=") {
            guard let value = value(byte) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }

    /// Bytes, written in it.
    static func text(of bytes: [UInt8]) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(start + 3, bytes.count)]
            var bits = piece.reduce(0) { $0 << 8 | Int($1) }
            bits <<= 8 * (3 - piece.count)
            for place in 0..<4 {
                let isThere = place <= piece.count
                text.append(isThere ? letters[bits >> (18 - 6 * place) & 0x3F] : UInt8(ascii: "="))
            }
        }
        return text
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte) - 0x41
        case 0x61...0x7A: UInt32(byte) - 0x61 + 26
        case 0x30...0x39: UInt32(byte) - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// CRC-32 (IEEE 802.3, reflected polynomial 0xEDB88320), a byte a step; the check value over `123456789` is 0xCBF43926.
package struct CRC32: Sendable {
    private var state = UInt32.max

    package init() {}

    /// The checksum of all that was taken.
    package var value: UInt32 { ~state }

    package mutating func take(_ byte: UInt8) {
        state = state >> 8 ^ CRC32.table[Int((state ^ UInt32(byte)) & 0xFF)]
    }

    package mutating func take(_ bytes: some Sequence<UInt8>) { for byte in bytes { take(byte) } }

    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = CRC32()
        crc.take(bytes)
        return crc.value
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
}

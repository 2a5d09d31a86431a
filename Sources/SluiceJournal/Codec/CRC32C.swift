// SPDX-License-Identifier: Apache-2.0

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), eight bytes a step.
///
/// The check value over the nine digits `123456789` is 0xE3069283 (RFC 3720, appendix B.4 has more).
enum CRC32C {
    /// Eight tables of 256: table k gives the effect of a byte that k bytes follow.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<(8 * 256) {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    /// Of a part of some bytes, which must have it.
    static func checksum(_ bytes: [UInt8], _ part: Range<Int>) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum(UnsafeRawBufferPointer(rebasing: $0[part])) }
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        unsafe tables.withUnsafeBufferPointer { tables in
            var crc = UInt32.max
            var index = 0
            let steps = bytes.count & ~7
            while index < steps {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
                let low = UInt32(truncatingIfNeeded: word) ^ crc
                let high = UInt32(truncatingIfNeeded: word >> 32)
                crc = unsafe tables[Int(low & 0xFF) + 1_792] ^ tables[Int(low >> 8 & 0xFF) + 1_536]
                crc = unsafe crc ^ tables[Int(low >> 16 & 0xFF) + 1_280] ^ tables[Int(low >> 24) + 1_024]
                crc = unsafe crc ^ tables[Int(high & 0xFF) + 768] ^ tables[Int(high >> 8 & 0xFF) + 512]
                crc = unsafe crc ^ tables[Int(high >> 16 & 0xFF) + 256] ^ tables[Int(high >> 24)]
                index += 8
            }
            while index < bytes.count {
                crc = unsafe crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
                index += 1
            }
            return ~crc
        }
    }
}

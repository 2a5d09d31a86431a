// SPDX-License-Identifier: Apache-2.0
import SluiceTestKit
import Testing

@testable import SluiceJournal

@Suite("CRC-32C")
struct CRC32CTests {
    private func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(bytes, 0..<bytes.count) }

    @Test("gives the published values")
    func published() {
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        // RFC 3720, appendix B.4
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum(Array(0...31)) == 0x46DD_794E)
        #expect(checksum(Array((0...31).reversed())) == 0x113F_DB5C)
    }

    @Test("is the same bit by bit as eight bytes a step, at every length")
    func reference() {
        var generator = SeededGenerator(seed: 1)
        for length in 0..<100 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var crc = UInt32.max
            for byte in bytes {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            }
            #expect(checksum(bytes) == ~crc)
        }
    }
}

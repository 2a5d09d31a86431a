// SPDX-License-Identifier: Apache-2.0
import SluiceTestKit

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }

    var text: String { String(decoding: self, as: UTF8.self) }

    /// The bytes with one to four random changes: a byte replaced, removed or doubled, or the tail cut off.
    func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0...2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 3...4: bytes[place] = Array(#"{}[]":,\0-"#.utf8).randomElement(using: &random) ?? 0
            case 5...6: bytes.remove(at: place)
            case 7: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}

extension [UInt8] {
    /// The bytes of digits, between which blanks may stand.
    init(hex: String) {
        let digits = hex.utf8.filter { $0 != UInt8(ascii: " ") }.compactMap {
            Character(UnicodeScalar($0)).hexDigitValue
        }
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

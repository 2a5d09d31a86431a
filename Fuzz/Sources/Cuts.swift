// SPDX-License-Identifier: Apache-2.0

/// Where an input is cut into pieces, by what it holds: the same input is always cut at the same places, and another one at
/// others, so that many inputs stand for every cut while each costs a few pieces.
///
/// One in eight comes in steps of one to four bytes, one in eight in two pieces, the others in up to six.
func pieces(of bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count > 1 else { return [0..<bytes.count] }
    var chance = Chance(bytes)
    var ends: [Int] = []
    switch chance.next(below: 8) {
    case 0: ends = Array(stride(from: 1 + chance.next(below: 4), to: bytes.count, by: 1 + chance.next(below: 4)))
    case 1: ends = [1 + chance.next(below: bytes.count - 1)]
    default:
        for _ in 0...chance.next(below: 5) {
            let end = 1 + chance.next(below: bytes.count - 1)
            ends.append(end)
            // Two cuts near each other: a letter, a line end or a length that comes in three parts.
            if chance.next(below: 2) == 0 { ends.append(min(end + 1 + chance.next(below: 3), bytes.count)) }
        }
        ends.sort()
    }
    var pieces: [Range<Int>] = []
    var start = 0
    for end in ends + [bytes.count] where end > start {
        pieces.append(start..<end)
        start = end
    }
    return pieces
}

/// Numbers that follow from bytes (FNV-1a, then splitmix64).
private struct Chance {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ bytes: [UInt8]) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (value ^ value >> 31) % UInt64(max(bound, 1)))
    }
}

/// Half a pair of surrogates is within the grammar and passes on as it came; the full reader of JSON refuses it. So a text
/// with any `\ud` proves nothing.
func holdsSurrogate(_ text: some Sequence<UInt8>) -> Bool {
    var before: (UInt8, UInt8) = (0, 0)
    for byte in text {
        if before == (0x5C, 0x75) || before == (0x5C, 0x55), byte | 0x20 == 0x64 { return true }
        before = (before.1, byte)
    }
    return false
}

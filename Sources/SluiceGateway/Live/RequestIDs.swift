// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// Makes the request ids of one event loop: milliseconds, a random prefix and a counter.
struct RequestIDs {
    private let prefix: UInt64
    private var counter: UInt64

    init(using random: inout some RandomNumberGenerator) {
        prefix = random.next() & 0x3F_FFFF_FFFF
        counter = random.next() & 0xFFFF
    }

    mutating func next(at now: Timestamp) -> RequestID {
        counter &+= 1
        return RequestID(
            milliseconds: UInt64(max(0, now.nanoseconds / 1_000_000)),
            sequence: UInt16(truncatingIfNeeded: counter >> 24 & 0x0FFF),
            random: prefix << 24 | counter & 0xFF_FFFF
        )
    }
}

extension HeadBytes {
    /// Writes an id in its text form, without making a String.
    mutating func writeRequestID(_ id: RequestID) {
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        var place = 0
        for index in 0..<36 where index != 8 && index != 13 && index != 18 && index != 23 {
            let half = place < 16 ? id.high : id.low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - place % 16 * 4)) & 0xF
            text[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            place += 1
        }
        write(text.span)
    }
}

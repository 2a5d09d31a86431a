// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// What one loop stamps its answers with: an id for each, and the date.
struct AnswerStamps {
    private var ids: RequestIDs
    private var date = DateLine()

    init(using random: inout some RandomNumberGenerator) { ids = RequestIDs(using: &random) }

    mutating func id(at now: Timestamp) -> RequestID { ids.next(at: now) }

    /// The `date` line.
    ///
    /// - Parameter moment: nanoseconds since 1970.
    mutating func dateLine(at moment: Int64) -> [UInt8] { date.line(at: moment / 1_000_000_000) }
}

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

/// The `date` line of answers (RFC 9110 §6.6.1), made once a second.
struct DateLine {
    private var second = Int64.min
    private var line: [UInt8] = []

    /// - Parameter second: since 1970, UTC.
    mutating func line(at second: Int64) -> [UInt8] {
        guard second != self.second else { return line }
        self.second = second
        line = Array("date: \(HTTPDate.text(seconds: second))\r\n".utf8)
        return line
    }
}

extension HeadBytes {
    /// Writes an id in its text form, without making a String.
    mutating func writeRequestID(_ id: RequestID) {
        write(HeadBytes.hex(UInt32(truncatingIfNeeded: id.high >> 32)), bytes: 8)
        write("-")
        let second = HeadBytes.hex(UInt32(truncatingIfNeeded: id.high))
        write(second, bytes: 4)
        write("-")
        write(second >> 32, bytes: 4)
        write("-")
        let third = HeadBytes.hex(UInt32(truncatingIfNeeded: id.low >> 32))
        write(third, bytes: 4)
        write("-")
        write(third >> 32, bytes: 4)
        write(HeadBytes.hex(UInt32(truncatingIfNeeded: id.low)), bytes: 8)
    }

    /// Eight hexadecimal digits as ASCII, the first in the lowest byte.
    private static func hex(_ value: UInt32) -> UInt64 {
        // Two digits a byte, then one, spread until each has a byte of its own.
        var digits = UInt64(value.byteSwapped)
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = (digits >> 4 | digits << 8) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return digits &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The form of events that tell the counts so far beside their text, as Gemini's do: what stands before the text, between
/// it and the counts, and from these to the end, where numbers may differ.
struct CountingTemplate: Sendable {
    private let front: [UInt8]
    private let middle: [UInt8]
    private let rest: [UInt8]

    /// Longer events are read each by itself.
    private static let longest = 4_096

    /// The form of an event; `nil` where no counts stand behind its text.
    ///
    /// - Parameter text: where it stands in the event, without quotes.
    init?(_ event: RawSpan, text: Range<Int>) {
        guard text.lowerBound > 0, event.byteCount - text.count <= CountingTemplate.longest, event.byte(0) < 0x80,
            event.byte(event.byteCount - 1) == .lineFeed,
            let counts = (text.upperBound..<event.byteCount).first(where: { event.has("\"usageMetadata\"", at: $0) })
        else { return nil }
        front = event.copy(0..<text.lowerBound)
        middle = event.copy(text.upperBound..<counts)
        rest = event.copy(counts..<event.byteCount)
    }

    /// An event of this form that begins at an offset: its text as JSON wrote it, without quotes, from where it counts, and
    /// where it ends; `nil` where something else, or less, stands.
    func event(in bytes: RawSpan, from start: Int) -> (text: Range<Int>, counts: Range<Int>)? {
        // Safe because: bytes have no padding.
        let (before, between, after) = unsafe (front.span.bytes, middle.span.bytes, rest.span.bytes)
        guard start >= 0, bytes.holds(before, at: start) else { return nil }
        let text = start + before.byteCount
        var cursor = JSONCursor(at: text - 1)
        guard (try? cursor.skipString(bytes)) != nil, bytes.holds(between, at: cursor.position - 1) else { return nil }
        let end = cursor.position - 1
        let counts = end + between.byteCount
        var (mine, known) = (counts, 0)
        while known < after.byteCount {
            guard mine < bytes.byteCount else { return nil }
            let isDigit = bytes.byte(mine).isDigit
            guard isDigit == after.byte(known).isDigit else { return nil }
            if isDigit {
                while mine < bytes.byteCount, bytes.byte(mine).isDigit { mine += 1 }
                while known < after.byteCount, after.byte(known).isDigit { known += 1 }
            } else {
                guard bytes.byte(mine) == after.byte(known) else { return nil }
                mine += 1
                known += 1
            }
        }
        return (text..<end, counts..<mine)
    }
}

extension RawSpan {
    /// Other bytes stand at an offset that is there.
    fileprivate func holds(_ other: RawSpan, at offset: Int) -> Bool {
        let count = other.byteCount
        guard offset <= byteCount, count <= byteCount - offset else { return false }
        var index = 0
        while index &+ 8 <= count {
            if word(offset &+ index) != other.word(index) { return false }
            index &+= 8
        }
        while index < count {
            if byte(offset &+ index) != other.byte(index) { return false }
            index &+= 1
        }
        return true
    }
}

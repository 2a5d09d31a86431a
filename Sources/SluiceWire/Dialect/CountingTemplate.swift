// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The form of events that tell the counts so far beside their text, as Gemini's do: what stands before the text, between
/// it and the counts, and from these to the end, where numbers may differ.
struct CountingTemplate: Sendable {
    private let front: [UInt8]
    private let middle: [UInt8]
    private let rest: [UInt8]
    /// What stands between its numbers.
    private let words: [Range<Int>]

    /// Longer events are read each by itself.
    private static let longest = 4_096

    /// The form of an event; `nil` where no counts stand behind its text, or others than were read.
    ///
    /// - Parameters:
    ///   - text: where it stands in the event, without quotes.
    ///   - usage: what the event was read to have counted.
    init?(_ event: RawSpan, text: Range<Int>, counting usage: Usage) {
        guard text.lowerBound > 0, event.byteCount - text.count <= CountingTemplate.longest, event.byte(0) < 0x80,
            event.byte(event.byteCount - 1) == .lineFeed,
            let counts = (text.upperBound..<event.byteCount).first(where: { event.has("\"usageMetadata\"", at: $0) })
        else { return nil }
        front = event.copy(0..<text.lowerBound)
        middle = event.copy(text.upperBound..<counts)
        let rest = event.copy(counts..<event.byteCount)
        self.rest = rest
        words = CountingTemplate.words(of: rest)
        // What is taken for the counts must be what was read as them: the name may stand in another line, too.
        guard CountingTemplate.usage(in: event, counts..<event.byteCount)?.usage == usage else { return nil }
    }

    /// The form of an event that was read; `nil` where it says more than one text of the first choice and what was counted.
    ///
    /// - Parameter data: where the event's only line of data stands.
    init?(_ reading: borrowing EventReading, _ event: RawSpan, data: Range<Int>) {
        guard reading.hasUsage, let text = reading.text, reading.isPlain, reading.named == 1, reading.finished == 0,
            !reading.hasError, let usage = reading.usage?.usage
        else { return nil }
        let place = data.lowerBound + text.lowerBound..<data.lowerBound + text.upperBound
        self.init(event, text: place, counting: usage)
    }

    /// What an event of this form has counted.
    ///
    /// - Parameter counts: from `"usageMetadata"` on.
    static func usage(in bytes: RawSpan, _ counts: Range<Int>) -> UsageReading? {
        var start = counts.lowerBound
        while start < counts.upperBound, bytes.byte(start) != .openBrace { start &+= 1 }
        guard start < counts.upperBound else { return nil }
        var cursor = JSONCursor(at: start)
        return try? UsageReading(bytes, &cursor, depth: 1, .google)
    }

    /// The places of what stands between the numbers of a text that begins with a name; digits of its strings are no numbers.
    private static func words(of text: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var (start, isInText, isEscaped) = (0, false, false)
        for index in text.indices {
            let byte = text[index]
            if isInText {
                isInText = isEscaped || byte != .quote
                isEscaped = !isEscaped && byte == .backslash
            } else if byte == .quote {
                isInText = true
            } else if byte.isDigit {
                if start < index { words.append(start..<index) }
                start = index + 1
            }
        }
        // The last byte ends a line.
        return words + [start..<text.count]
    }

    /// An event of this form that begins at an offset: its text as JSON wrote it, without quotes, from where it counts, and
    /// where it ends; `nil` where something else, or less, stands.
    func event(in bytes: RawSpan, from start: Int) -> (text: Range<Int>, counts: Range<Int>)? {
        // Safe because: bytes have no padding.
        let (before, between, after) = unsafe (front.span.bytes, middle.span.bytes, rest.span.bytes)
        guard start >= 0, bytes.has(before, 0..<before.byteCount, at: start) else { return nil }
        let text = start + before.byteCount
        var cursor = JSONCursor(at: text - 1)
        guard (try? cursor.skipString(bytes)) != nil else { return nil }
        let end = cursor.position - 1
        guard bytes.has(between, 0..<between.byteCount, at: end) else { return nil }
        let counts = end + between.byteCount
        var mine = counts
        for word in words {
            if word.lowerBound > 0 {
                let number = mine
                while mine < bytes.byteCount, bytes.byte(mine).isDigit { mine &+= 1 }
                guard mine > number else { return nil }
                // A number that begins with a zero is none, but behind a point: who reads the whole event knows.
                if mine > number + 1, bytes.byte(number) == UInt8(ascii: "0") { return nil }
            }
            guard bytes.has(after, word, at: mine) else { return nil }
            mine += word.count
        }
        return (text..<end, counts..<mine)
    }
}

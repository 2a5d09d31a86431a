// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Finds where server-sent events end, over any number of pieces.
///
/// Lines end with `\n`, `\r\n` or `\r`; an empty line ends an event. A `\n` that follows a `\r` in the next piece
/// belongs to the line before.
struct SSESplitter {
    private var lineIsEmpty = true
    /// The last byte was a `\r`.
    private(set) var endedWithReturn = false

    /// Just after the empty line that ends the event at hand; `nil` when the bytes end before that.
    mutating func nextEventEnd(_ bytes: RawSpan, from start: Int) -> Int? {
        var index = start
        if endedWithReturn, index < bytes.byteCount {
            endedWithReturn = false
            if bytes.byte(index) == .lineFeed { index += 1 }
        }
        while true {
            guard let end = SSESplitter.lineEnd(bytes, from: index) else {
                if index < bytes.byteCount { lineIsEmpty = false }
                return nil
            }
            let isEmpty = lineIsEmpty && end == index
            index = SSESplitter.afterLineEnd(bytes, at: end)
            endedWithReturn = index == bytes.byteCount && bytes.byte(index - 1) == .carriageReturn
            lineIsEmpty = true
            if isEmpty { return index }
        }
    }

    /// The next `\n` or `\r`.
    static func lineEnd(_ bytes: RawSpan, from start: Int) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        let end = bytes.byteCount
        while index < end {
            // Bytes below 0x0E are line ends or rare: they are looked at one by one.
            while index &+ 8 <= end {
                let word = bytes.word(index)
                let marks = (word &- ones &* 0x0E) & ~word & (ones &* 0x80)
                guard marks == 0 else {
                    index &+= marks.trailingZeroBitCount &>> 3
                    break
                }
                index &+= 8
            }
            guard index < end else { return nil }
            let byte = bytes.byte(index)
            if byte.isLineEnd { return index }
            index &+= 1
        }
        return nil
    }

    /// Just after the line end that stands at an offset.
    static func afterLineEnd(_ bytes: RawSpan, at end: Int) -> Int {
        let next = end + 1
        guard bytes.byte(end) == .carriageReturn, next < bytes.byteCount, bytes.byte(next) == .lineFeed else {
            return next
        }
        return next + 1
    }
}

/// The data of one event.
enum EventData {
    case none
    /// One `data` line: its value.
    case line(Range<Int>)
    /// Several `data` lines, joined by `\n`.
    case joined([UInt8])

    /// - Parameter isFirst: the event begins the stream, where a byte order mark may stand.
    init(_ event: RawSpan, isFirst: Bool) {
        self = .none
        var index = isFirst && event.has("\u{FEFF}", at: 0) ? 3 : 0
        while index < event.byteCount {
            let end = SSESplitter.lineEnd(event, from: index) ?? event.byteCount
            if let value = EventData.value(event, index..<end) { append(value, event) }
            index = end < event.byteCount ? SSESplitter.afterLineEnd(event, at: end) : end
        }
    }

    var isThere: Bool { if case .none = self { false } else { true } }

    private mutating func append(_ value: Range<Int>, _ event: RawSpan) {
        switch self {
        case .none: self = .line(value)
        case .line(let first):
            var text = event.copy(first)
            text.append(.lineFeed)
            text.append(contentsOf: event, in: value)
            self = .joined(text)
        case .joined(var text):
            self = .none
            text.append(.lineFeed)
            text.append(contentsOf: event, in: value)
            self = .joined(text)
        }
    }

    /// The value of a `data` line, without the one space that may stand first.
    private static func value(_ event: RawSpan, _ line: Range<Int>) -> Range<Int>? {
        guard line.count >= 4, event.has("data", at: line.lowerBound) else { return nil }
        guard line.count > 4 else { return line.upperBound..<line.upperBound }
        guard event.byte(line.lowerBound + 4) == .colon else { return nil }
        let start = line.lowerBound + 5
        return (start < line.upperBound && event.byte(start) == .space ? start + 1 : start)..<line.upperBound
    }
}

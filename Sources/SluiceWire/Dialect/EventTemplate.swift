// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// The form that the events of a stream have in common: what stands before and behind the text of each.
///
/// Most events of a stream differ in one string only. Where the bytes around it are those of an event that was read
/// before, and the string is one JSON string, the event says the same as that one did, with another text; and where it
/// ends is known, too.
struct EventTemplate: Sendable {
    /// The whole event without its text.
    private let form: [UInt8]
    /// Where the text stands in it, just behind a quote.
    private let place: Int

    /// Longer events are read each by itself.
    private static let longest = 4_096

    /// The form of an event; `nil` where it says more than one text of the first choice.
    ///
    /// - Parameter data: where the event's only line of data stands.
    init?(_ reading: borrowing EventReading, _ event: RawSpan, data: Range<Int>) {
        guard let text = reading.text, text.lowerBound > 0, reading.isPlain, reading.named == 1, reading.finished == 0,
            !reading.hasUsage, !reading.hasError, event.byteCount - text.count <= EventTemplate.longest,
            // What ends with a return may go on with a line feed; what begins with a byte order mark begins a stream.
            event.byte(event.byteCount - 1) == .lineFeed, event.byte(0) < 0x80
        else { return nil }
        place = data.lowerBound + text.lowerBound
        var form = event.copy(0..<place)
        form.append(contentsOf: event, in: data.lowerBound + text.upperBound..<event.byteCount)
        self.form = form
    }

    /// An event of this form that begins at an offset: its text as JSON wrote it, without quotes, and where it ends;
    /// `nil` where something else, or less, stands.
    @inline(__always)
    func event(in bytes: RawSpan, from start: Int) -> (text: Range<Int>, end: Int)? {
        let rest = form.count - place
        guard start >= 0, bytes.byteCount - start >= form.count else { return nil }
        // Safe because: bytes have no padding.
        let known = unsafe form.span.bytes
        guard bytes.has(known, 0..<place, at: start) else { return nil }
        var cursor = JSONCursor(at: start + place - 1)
        guard (try? cursor.skipString(bytes)) != nil else { return nil }
        let end = cursor.position - 1
        guard bytes.byteCount - end >= rest, bytes.has(known, place..<place + rest, at: end) else { return nil }
        return (start + place..<end, end + rest)
    }
}

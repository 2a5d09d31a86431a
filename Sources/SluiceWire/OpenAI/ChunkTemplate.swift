// SPDX-License-Identifier: Apache-2.0

/// The form that the chunks of a stream have in common: what stands before and behind the text of each.
///
/// Most chunks of a stream differ in one string only. Where the bytes around it are those of a chunk that was read
/// before, and the string is one JSON string, the chunk says the same as that one did, with another text.
struct ChunkTemplate: Sendable {
    /// Up to and with the quote before the text.
    private let head: [UInt8]
    /// From the quote behind the text on.
    private let tail: [UInt8]

    /// Longer chunks are read each by itself.
    private static let longest = 4_096

    /// The form of a chunk; `nil` where it says more than one text of the first choice.
    init?(_ chunk: ChunkReading, _ data: RawSpan) {
        guard let text = chunk.text, text.lowerBound > 0, chunk.isPlain, chunk.named == 1, chunk.finished == 0,
            chunk.usage == nil, !chunk.hasError, data.byteCount - text.count <= ChunkTemplate.longest
        else { return nil }
        head = data.copy(0..<text.lowerBound)
        tail = data.copy(text.upperBound..<data.byteCount)
    }

    /// The text of a chunk of this form, as JSON wrote it, without its quotes; `nil` where it has another form.
    func text(in data: RawSpan) -> Range<Int>? {
        guard data.byteCount >= head.count + tail.count, data.hasBytes(head, at: 0) else { return nil }
        var cursor = JSONCursor(at: head.count - 1)
        guard (try? cursor.skipString(data)) != nil else { return nil }
        let end = cursor.position - 1
        guard end + tail.count == data.byteCount, data.hasBytes(tail, at: end) else { return nil }
        return head.count..<end
    }
}

extension RawSpan {
    /// Whether these bytes stand at an offset, eight at a time.
    func hasBytes(_ bytes: [UInt8], at offset: Int) -> Bool {
        guard offset >= 0, byteCount - offset >= bytes.count else { return false }
        // Safe because: bytes have no padding.
        let wanted = unsafe bytes.span.bytes
        var index = 0
        while index &+ 8 <= wanted.byteCount {
            if word(offset &+ index) != wanted.word(index) { return false }
            index &+= 8
        }
        while index < wanted.byteCount {
            if byte(offset &+ index) != wanted.byte(index) { return false }
            index &+= 1
        }
        return true
    }
}

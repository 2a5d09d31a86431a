// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// Why a provider's answer cannot be read.
package enum AnswerFault: Error, Sendable, Equatable {
    /// It breaks HTTP/1.1, or is framed in two ways at once.
    case malformed
    /// The head is larger than the limit.
    case tooLarge
    /// The connection ended in the middle of it.
    case truncated
    /// The connection ended before its first byte.
    case empty
}

/// Reads one HTTP/1.1 answer: bytes in, a head and slices of the body out.
///
/// Pure, total, bounded.
/// Strict where a proxy must be (RFC 9112 §6): Content-Length twice or beside Transfer-Encoding, another coding than
/// one `chunked`, folded or malformed header lines are all faults. Interim answers (1xx) are skipped.
package struct AnswerReader {
    package enum Event {
        case head(AnswerHead)
        /// A piece of the body, without its framing.
        case body(ByteBuffer)
        /// The answer is whole.
        case end
    }

    private enum Place { case head, length(Int), chunked, untilClose, ending, over }

    private let isHeadRequest: Bool
    private var place = Place.head
    private var pending = ByteBuffer()
    private var chunks = ChunkReader()
    private var interim = 0
    private var hasBytes = false
    /// Where the search for the head's end goes on.
    private var searched = 0

    package static let maxHeadBytes = 64 * 1_024
    package static let maxFields = 200
    private static let maxInterim = 16

    package init(isHeadRequest: Bool = false) { self.isHeadRequest = isHeadRequest }

    /// Bytes were left over after the answer's end: the connection must not be used again.
    package var hasSurplus: Bool { if case .over = place { pending.readableBytes > 0 } else { false } }

    package mutating func append(_ bytes: ByteBuffer) {
        hasBytes = hasBytes || bytes.readableBytes > 0
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.writeImmutableBuffer(bytes)
        }
    }

    /// The next event, or `nil` when more bytes are needed.
    package mutating func next() throws(AnswerFault) -> Event? {
        switch place {
        case .head: return try nextHead().map(Event.head)
        case .length(let left):
            guard pending.readableBytes > 0 else { return nil }
            let count = min(left, pending.readableBytes)
            place = left == count ? .ending : .length(left - count)
            return pending.readSlice(length: count).map(Event.body)
        case .chunked:
            if let data = try chunks.next(&pending) { return .body(data) }
            guard chunks.isDone else {
                // The receive buffer can be used again only when nobody holds it.
                if pending.readableBytes == 0 { pending = ByteBuffer() }
                return nil
            }
            place = .over
            return .end
        case .untilClose:
            guard pending.readableBytes > 0 else { return nil }
            return pending.readSlice(length: pending.readableBytes).map(Event.body)
        case .ending:
            place = .over
            return .end
        case .over: return nil
        }
    }

    /// The provider closed; returns whether the answer is whole with that.
    ///
    /// - Throws: `empty` or `truncated`.
    package mutating func finish() throws(AnswerFault) {
        switch place {
        case .untilClose, .ending, .over: place = .over
        case .head: throw hasBytes ? .truncated : .empty
        case .length, .chunked: throw .truncated
        }
    }

    private mutating func nextHead() throws(AnswerFault) -> AnswerHead? {
        while let end = headEnd() {
            guard end <= AnswerReader.maxHeadBytes else { throw .tooLarge }
            guard let bytes = pending.readSlice(length: end) else { return nil }
            searched = 0
            let head = try AnswerReader.parse(bytes, isHeadRequest: isHeadRequest)
            guard head.status >= 200 else {
                interim += 1
                guard interim <= AnswerReader.maxInterim, head.status != 101 else { throw .malformed }
                continue
            }
            switch head.body {
            case .none, .length(0): place = .ending
            case .length(let length): place = .length(length)
            case .chunked: place = .chunked
            case .untilClose: place = .untilClose
            }
            return head
        }
        guard pending.readableBytes <= AnswerReader.maxHeadBytes else { throw .tooLarge }
        return nil
    }

    /// The number of bytes up to and with the blank line, if it is there yet.
    private mutating func headEnd() -> Int? {
        var from = searched
        let end = AnswerReader.headEnd(pending.readableBytesUInt8Span, from: &from)
        searched = from
        return end
    }

    private static func headEnd(_ bytes: Span<UInt8>, from: inout Int) -> Int? {
        while let feed = bytes.firstIndex(of: 0x0A, from: from) {
            let isBlank = feed >= 3 && bytes[feed - 1] == 0x0D && bytes[feed - 2] == 0x0A && bytes[feed - 3] == 0x0D
            if isBlank { return feed + 1 }
            from = feed + 1
        }
        from = max(0, bytes.count - 3)
        return nil
    }
}

extension AnswerReader {
    /// Reads a whole head with its blank line.
    private static func parse(_ head: ByteBuffer, isHeadRequest: Bool) throws(AnswerFault) -> AnswerHead {
        var lines = head
        let (status, isOld, first) = try statusLine(head.readableBytesUInt8Span)
        var seen = Framing(keepsAlive: !isOld)
        try seen.readLines(head.readableBytesUInt8Span, from: first)
        lines.moveReaderIndex(forwardBy: first)
        lines.moveWriterIndex(to: lines.writerIndex - 2)
        let body = try seen.body(status: status, isHeadRequest: isHeadRequest, isOld: isOld)
        return AnswerHead(
            status: status,
            body: body,
            keepsAlive: seen.keepsAlive && body != .untilClose,
            isEventStream: seen.isEventStream,
            nominated: seen.nominated,
            lines: lines
        )
    }

    /// `HTTP/1.x SSS[ reason]`: the status, whether it is 1.0, and where the header lines begin.
    private static func statusLine(_ bytes: Span<UInt8>) throws(AnswerFault) -> (Int, Bool, Int) {
        guard let feed = bytes.firstIndex(of: 0x0A, from: 0), feed >= 13, bytes[feed - 1] == 0x0D,
            bytes.extracting(0..<7).equals(ignoringCase: "http/1."), bytes[0] == 0x48,
            bytes[7] == 0x30 || bytes[7] == 0x31, bytes[8] == 0x20,
            let status = bytes.extracting(9..<12).decimal, (100...599).contains(status)
        else { throw .malformed }
        guard bytes[12] == 0x20 || feed == 13 else { throw .malformed }
        for index in 12..<(feed - 1) where bytes[index] < 0x20 && bytes[index] != 0x09 { throw .malformed }
        return (status, bytes[7] == 0x30, feed + 1)
    }
}

/// The header fields that frame an answer.
private struct Framing {
    var keepsAlive: Bool
    private(set) var isEventStream = false
    private(set) var nominated: [UInt8]?
    private var length: Int?
    private var isChunked = false

    init(keepsAlive: Bool) { self.keepsAlive = keepsAlive }

    mutating func readLines(_ bytes: Span<UInt8>, from start: Int) throws(AnswerFault) {
        var start = start
        var fields = 0
        while start < bytes.count - 2 {
            guard let line = HeaderLine(in: bytes, from: start) else { throw .malformed }
            try take(bytes.extracting(line.name), bytes.extracting(line.value))
            fields += 1
            guard fields <= AnswerReader.maxFields else { throw .tooLarge }
            start = line.next
        }
    }

    private mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>) throws(AnswerFault) {
        switch name.count {
        case 14 where name.equals(ignoringCase: "content-length"):
            guard length == nil, let number = value.decimal else { throw .malformed }
            length = number
        case 17 where name.equals(ignoringCase: "transfer-encoding"):
            guard !isChunked, value.equals(ignoringCase: "chunked") else { throw .malformed }
            isChunked = true
        case 10 where name.equals(ignoringCase: "connection"):
            if value.listHolds("close") { keepsAlive = false }
            if value.listHolds("keep-alive") { keepsAlive = true }
            if !value.equals(ignoringCase: "close"), !value.equals(ignoringCase: "keep-alive") {
                nominated = value.indices.map { value[$0] }
            }
        case 12 where name.equals(ignoringCase: "content-type"):
            isEventStream = value.count >= 17 && value.extracting(0..<17).equals(ignoringCase: "text/event-stream")
        default: break
        }
    }

    func body(status: Int, isHeadRequest: Bool, isOld: Bool) throws(AnswerFault) -> AnswerHead.Body {
        guard !isChunked || length == nil, !isChunked || !isOld else { throw .malformed }
        if status < 200 || status == 204 || status == 304 || isHeadRequest { return .none }
        if isChunked { return .chunked }
        if let length { return .length(length) }
        return .untilClose
    }
}

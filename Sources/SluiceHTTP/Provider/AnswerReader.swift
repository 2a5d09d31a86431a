// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes

/// Reads one HTTP/1.1 answer: bytes in, a head and slices of the body out.
///
/// Pure, total, bounded; made once for an answer and used in place. The head's lines are read as they come, each once.
/// Strict where a proxy must be (RFC 9112 §6): Content-Length twice or beside Transfer-Encoding, another coding than
/// one `chunked`, folded or malformed header lines are all faults. Interim answers (1xx) are skipped; 101 is a fault unless
/// the request asked for it.
package final class AnswerReader {
    private enum State { case head, length(Int), chunked, untilClose, switched, over }

    /// What is known of the answer; all of it once ``readHead()`` was true.
    package private(set) var head: AnswerHead
    /// The request asked the provider to switch protocols, so that 101 is an answer.
    package var awaitsUpgrade = false

    private let isHeadRequest: Bool
    private var state = State.head
    /// Bytes that were not taken yet; `nil` instead of none, so that no receive buffer is held for nothing.
    private var pending: ByteBuffer?
    private var chunks = ChunkReader()
    private var interim = 0
    private var hasBytes = false
    private var framing = FramingFields()
    /// Where the line at hand begins, and where the search for its end goes on.
    private var lineStart = 0
    private var searched = 0

    package static let maxHeadBytes = 64 * 1_024
    package static let maxFields = 200
    private static let maxInterim = 16

    /// - Parameter withheld: fields that do not go on, beside those of HTTP itself.
    package init(isHeadRequest: Bool = false, withholding withheld: WithheldFields = WithheldFields()) {
        self.isHeadRequest = isHeadRequest
        head = AnswerHead(withholding: withheld)
    }

    /// Bytes were left over after the answer's end: the connection must not be used again.
    package var hasSurplus: Bool { isOver && pending != nil }

    /// The answer is at its end.
    package var isOver: Bool { if case .over = state { true } else { false } }

    package func append(_ bytes: consuming ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        hasBytes = true
        if pending == nil { pending = bytes } else { pending?.writeImmutableBuffer(bytes) }
    }

    /// Whether the head is read; if not, more bytes are needed.
    package func readHead() throws(ConnectionFault) -> Bool {
        guard case .head = state else { return true }
        while try readLines() {
            let head = try takeHead()
            guard head >= 200 else {
                if head == 101, awaitsUpgrade {
                    state = .switched
                    return true
                }
                interim += 1
                guard interim <= AnswerReader.maxInterim, head != 101 else { throw .malformed }
                continue
            }
            switch self.head.body {
            case .none, .length(0): state = .over
            case .length(let length): state = .length(length)
            case .chunked: state = .chunked
            case .untilClose: state = .untilClose
            }
            return true
        }
        return false
    }

    /// The next piece of the body, without its framing; `nil` when more bytes are needed or the answer is over.
    package func nextPiece() throws(ConnectionFault) -> ByteBuffer? {
        switch state {
        case .length(let left):
            guard let count = pending?.readableBytes else { return nil }
            if count <= left {
                state = count == left ? .over : .length(left - count)
                return pending.take()
            }
            state = .over
            return pending?.readSlice(length: left)
        case .chunked: return try nextChunk()
        case .untilClose: return pending.take()
        case .head, .switched, .over: return nil
        }
    }

    /// The provider has switched protocols: what follows the head is no answer.
    package var hasSwitched: Bool { if case .switched = state { true } else { false } }

    /// What came behind the head of a provider that has switched protocols; it is taken once.
    package func takeUnread() -> ByteBuffer? { hasSwitched ? pending.take() : nil }

    private func nextChunk() throws(ConnectionFault) -> ByteBuffer? {
        guard var bytes = pending.take() else { return nil }
        do throws(ChunkFault) {
            let piece = try chunks.next(&bytes)
            if chunks.isDone { state = .over }
            if bytes.readableBytes > 0 { pending = bytes }
            return piece
        } catch {
            throw error == .tooLarge ? .tooLarge : .malformed
        }
    }

    /// How many bytes at the front are whole chunks that `passes` says yes to, one after the other: they may go on as they
    /// came, with their framing.
    ///
    /// They count as read; the rest is to be appended. 0 where the answer does not come in chunks, or stands within one.
    package func wholeChunks(of bytes: ByteBuffer, _ passes: (_ data: RawSpan) -> Bool) -> Int {
        guard case .chunked = state, pending == nil, chunks.isBetweenChunks else { return 0 }
        let span = bytes.readableBytesUInt8Span
        var end = 0
        while let chunk = ChunkReader.plain(in: span, from: end) {
            // Safe because: bytes have no padding.
            guard passes(unsafe span.extracting(chunk.data).bytes) else { break }
            end = chunk.end
        }
        return end
    }

    /// The provider closed; returns whether the answer is whole with that.
    ///
    /// - Throws: `empty` or `truncated`.
    package func finish() throws(ConnectionFault) {
        switch state {
        case .untilClose, .over: state = .over
        case .switched: break
        case .head: throw hasBytes ? .truncated : .empty
        case .length, .chunked: throw .truncated
        }
    }

    /// Begins anew, for another answer.
    package func reset() {
        head.lines = nil
        head.nominated = nil
        awaitsUpgrade = false
        state = .head
        pending = nil
        chunks = ChunkReader()
        interim = 0
        hasBytes = false
        lineStart = 0
        searched = 0
    }

    /// The body turned out to be an event stream although its type is another.
    package func takeAsEventStream() {
        head.isEventStream = true
        head.isMislabelled = true
    }

    /// Lets go of the head's lines once they were passed on, and with them of the receive buffer they lie in.
    package func dropLines() {
        head.lines = nil
        head.stretches = []
    }
}

// MARK: the head

extension AnswerReader {
    /// Reads the lines that are here; `true` once the blank line was read.
    private func readLines() throws(ConnectionFault) -> Bool {
        guard let pending else { return false }
        let bytes = pending.readableBytesUInt8Span
        while let feed = bytes.firstIndex(of: .lineFeed, from: searched) {
            guard feed < AnswerReader.maxHeadBytes else { throw .tooLarge }
            let start = lineStart
            lineStart = feed + 1
            searched = feed + 1
            if start == 0 {
                try readStatus(bytes, feed)
            } else if feed == start + 1, bytes[start] == .carriageReturn {
                return true
            } else {
                try readLine(bytes, start, feed)
            }
        }
        searched = bytes.count
        guard bytes.count <= AnswerReader.maxHeadBytes else { throw .tooLarge }
        return false
    }

    /// `HTTP/1.x SSS[ reason]`.
    private func readStatus(_ bytes: Span<UInt8>, _ feed: Int) throws(ConnectionFault) {
        guard feed >= 13, bytes[feed - 1] == .carriageReturn, bytes.extracting(0..<7).equals("HTTP/1."),
            bytes[7] == .digitZero || bytes[7] == UInt8(ascii: "1"), bytes[8] == .space,
            let status = bytes.extracting(9..<12).decimal, (100...599).contains(status)
        else { throw .malformed }
        guard bytes[12] == .space || feed == 13 else { throw .malformed }
        for index in 12..<(feed - 1) where bytes[index] < .space && bytes[index] != .tab { throw .malformed }
        framing = FramingFields(isHTTP10: bytes[7] == .digitZero, linesStart: feed + 1)
        head.status = status
        head.isEventStream = false
        head.isMislabelled = false
        head.nominated = nil
        head.stretches.removeAll(keepingCapacity: true)
    }

    private func readLine(_ bytes: Span<UInt8>, _ start: Int, _ feed: Int) throws(ConnectionFault) {
        guard let line = HeaderLine(in: bytes, from: start, end: feed) else { throw .malformed }
        framing.fields += 1
        guard framing.fields <= AnswerReader.maxFields else { throw .tooLarge }
        let field = AnswerField(bytes.extracting(line.name), head.withheld)
        switch field {
        case .dropped: break
        case .passed: pass(line, from: start, line.isPlain ? .asItIs : .respaced)
        case .unlessStream: pass(line, from: start, .unlessStream)
        case .requestID: pass(line, from: start, .renamed)
        case .contentType:
            let value = bytes.extracting(line.value)
            head.isEventStream = value.count >= 17 && value.extracting(0..<17).equals(ignoringCase: "text/event-stream")
            pass(line, from: start, line.isPlain ? .asItIs : .respaced)
        case .contentLength, .transferEncoding, .connection:
            let value = bytes.extracting(line.value)
            try framing.take(field, value)
            if field == .connection, !value.equals(ignoringCase: "close"), !value.equals(ignoringCase: "keep-alive") {
                head.nominated = value.indices.map { value[$0] }
            }
        }
    }

    /// Notes a line that goes on, in one with the one before where both go on as they are.
    private func pass(_ line: HeaderLine, from start: Int, _ way: AnswerHead.Stretch.Way) {
        let begin = Int32(truncatingIfNeeded: start - framing.linesStart)
        let end = Int32(truncatingIfNeeded: line.next - framing.linesStart)
        let last = head.stretches.count - 1
        if way == .asItIs, last >= 0, head.stretches[last].way == .asItIs, head.stretches[last].end == begin {
            head.stretches[last].end = end
        } else {
            if last < 0 { head.stretches.reserveCapacity(8) }
            head.stretches.append(AnswerHead.Stretch(start: begin, end: end, way: way))
        }
    }

    /// Takes the head, whose last line was just read, off the front; returns its status.
    private func takeHead() throws(ConnectionFault) -> Int {
        let end = lineStart
        lineStart = 0
        searched = 0
        head.body = try framing.body(status: head.status, isHeadRequest: isHeadRequest)
        head.keepsAlive = framing.keepsAlive && head.body != .untilClose && head.status != 101
        var lines = pending
        if pending?.readableBytes == end { pending = nil } else { pending?.moveReaderIndex(forwardBy: end) }
        if let start = lines?.readerIndex {
            lines?.moveWriterIndex(to: start + end - 2)
            lines?.moveReaderIndex(forwardBy: framing.linesStart)
        }
        head.lines = lines
        return head.status
    }
}

/// The header fields that frame an answer.
private struct FramingFields {
    var keepsAlive = false
    private var closes = false
    var fields = 0
    /// Where the header lines begin, behind the status line.
    var linesStart = 0
    private var isHTTP10 = false
    private var length: Int?
    private var isChunked = false

    init() {}

    init(isHTTP10: Bool, linesStart: Int) {
        self.isHTTP10 = isHTTP10
        self.linesStart = linesStart
        keepsAlive = !isHTTP10
    }

    mutating func take(_ field: AnswerField, _ value: Span<UInt8>) throws(ConnectionFault) {
        switch field {
        case .contentLength:
            guard length == nil, let number = value.decimal else { throw .malformed }
            length = number
        case .transferEncoding:
            guard !isChunked, value.equals(ignoringCase: "chunked") else { throw .malformed }
            isChunked = true
        case .connection:
            // RFC 9112, 9.3: `close` wins, wherever it stands.
            if value.listHolds("close") { closes = true }
            if value.listHolds("keep-alive") { keepsAlive = true }
            keepsAlive = keepsAlive && !closes
        default: break
        }
    }

    func body(status: Int, isHeadRequest: Bool) throws(ConnectionFault) -> AnswerHead.Body {
        guard !isChunked || length == nil, !isChunked || !isHTTP10 else { throw .malformed }
        if status < 200 || status == 204 || status == 304 || isHeadRequest { return .none }
        if isChunked { return .chunked }
        if let length { return .length(length) }
        return .untilClose
    }
}

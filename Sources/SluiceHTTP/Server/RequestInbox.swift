// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes

/// What a caller has sent and nobody has taken yet, read request by request: a head, then its body; pure.
struct RequestInbox {
    private var bytes = ByteBuffer()
    private var scan: RequestHeadScan
    private var body = BodyReader.none
    /// Empty lines that were dropped before the head that is awaited.
    private var blankLines = 0
    private let limits: HTTPLimits

    private static let mostBlankLines = 4

    init(_ limits: HTTPLimits) {
        self.limits = limits
        scan = RequestHeadScan(limits)
    }

    /// Bytes that wait.
    var count: Int { bytes.readableBytes }
    /// The body of the request whose head was read last was taken to its end.
    var isBodyRead: Bool { body.isRead }

    mutating func put(_ more: ByteBuffer) {
        if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
    }

    /// Everything that waits, whatever it is.
    mutating func takeAll() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }

    mutating func clear() { bytes = ByteBuffer() }

    /// After a problem nobody knows where in what comes a request begins.
    mutating func lose() {
        clear()
        body = .lost
    }

    /// Some callers end a body with a line too many (RFC 9112 §2.2); `true` when that may be all there is.
    mutating func dropBlankLines() -> Bool {
        while blankLines < RequestInbox.mostBlankLines {
            guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return true }
            guard first == .carriageReturn else { return false }
            guard let second = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt8.self) else { return true }
            guard second == .lineFeed else { return false }
            bytes.moveReaderIndex(forwardBy: 2)
            blankLines += 1
        }
        return bytes.readableBytes == 0
    }

    /// The next head, if it is there whole and keeps the rules; its body is what comes next.
    mutating func takeHead() throws(HTTPProblem) -> RequestHead? {
        guard let end = try scan.end(in: bytes) else { return nil }
        scan = RequestHeadScan(limits)
        let head = try RequestHeadRules.read(bytes.taken(end), limits: limits)
        body = BodyReader(head.framing.body)
        blankLines = 0
        return head
    }

    /// What is here of the body, without its framing.
    mutating func takeBody() throws(HTTPProblem) -> ByteBuffer { try body.take(&bytes) }

    /// What is here of the body, as it came.
    mutating func takeRawBody() throws(HTTPProblem) -> ByteBuffer {
        var raw = bytes
        _ = try body.take(&bytes)
        return raw.taken(raw.readableBytes - bytes.readableBytes)
    }
}

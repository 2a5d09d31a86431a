// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// An event stream, while it passes.
final class StreamAnswer {
    private(set) var head: AnswerHead
    /// Whole events that may go on to the caller.
    private(set) var passed = ByteBuffer()
    /// The provider's answer is at its end.
    private(set) var isEnded = false
    private(set) var meter: StreamMeter
    private var reader: AnswerReader

    init(
        _ head: AnswerHead,
        _ reader: AnswerReader,
        _ endpoint: Outcome.Endpoint,
        hidesUsage: Bool,
        keepsText: Bool = false
    ) {
        self.head = head
        self.reader = reader
        meter = StreamMeter(endpoint: endpoint, hidesUsage: hidesUsage, keepsText: keepsText)
    }

    /// The connection may serve again.
    var isReusable: Bool { isEnded && head.keepsAlive && !reader.hasSurplus }

    /// Nothing more will come that is passed on.
    var isOver: Bool { isEnded || meter.hasTerminal }

    /// Bytes held before the first content.
    static let heldBytes = 64 * 1_024

    /// It is clear whether this answer goes to the caller: content, an error, its end, or more than is held.
    var isDecided: Bool {
        isOver || meter.hasContent || meter.failure != nil || passed.readableBytes > StreamAnswer.heldBytes
    }

    /// Takes what came from the provider; `nil` is the end of its connection.
    func take(_ bytes: ByteBuffer?) throws(AttemptFault) {
        var out = passed
        passed = ByteBuffer()
        defer { passed = out }
        do throws(AnswerFault) {
            if let bytes { reader.append(bytes) }
            while let event = try reader.next() {
                switch event {
                case .head: throw .malformed
                case .body(let piece): meter.feed(piece.readableBytesSpan) { _ = out.writeBytes($0) }
                case .end: end(&out)
                }
            }
            guard bytes == nil, !isEnded else { return }
            try reader.finish()
            end(&out)
        } catch {
            throw .answer(error)
        }
    }

    /// Why the stream is not whole; `nil` where it is.
    func broken(by fault: AttemptFault?) -> ErrorClass? { fault?.errorClass ?? meter.fault }

    /// Lets go of the head's lines once they were passed on, and with them of the receive buffer they lie in.
    func dropLines() { head.lines = ByteBuffer() }

    /// Takes what is already in the reader.
    func begin() throws(AttemptFault) { try take(ByteBuffer()) }

    /// Takes the end that a fault made of it: what was held of an unfinished event is dropped.
    func takePassed() -> ByteBuffer {
        let out = passed
        passed = ByteBuffer()
        return out
    }

    func takeTerminal() -> [UInt8] { meter.takeTerminal() }

    private func end(_ out: inout ByteBuffer) {
        isEnded = true
        meter.finish { _ = out.writeBytes($0) }
    }
}

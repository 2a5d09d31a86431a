// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// An event stream, while it passes.
final class StreamAnswer {
    let reader: AnswerReader
    let metering: AnswerMetering
    /// By which what the meter hands out becomes the caller's.
    private let translator: StreamTranslator?
    /// Takes events out of binary frames, where the provider sends those.
    private var frames: FrameUnwrapping?
    /// Bytes of the body that were read before it was recognised.
    private var begun: ByteBuffer?
    /// Whole events that may go on to the caller.
    private(set) var passed = ByteBuffer()
    /// Events before them that go on in the chunks they came in, or in chunks of their own.
    private var chunks: ByteBuffer?
    /// The provider's answer is at its end.
    private(set) var isEnded = false
    private(set) var meter: StreamMeter
    /// What came so far ends with whole events or whole lines of comments.
    private(set) var isBetweenEvents = true

    init(
        _ reader: AnswerReader,
        _ metering: AnswerMetering,
        _ meter: consuming StreamMeter,
        _ translator: StreamTranslator? = nil,
        frames: FrameUnwrapping? = nil,
        begun: ByteBuffer? = nil
    ) {
        self.reader = reader
        self.metering = metering
        self.translator = translator
        self.frames = frames
        self.begun = begun
        self.meter = meter
    }

    /// The connection may serve again.
    var isReusable: Bool { isEnded && reader.head.keepsAlive && !reader.hasSurplus }

    /// Nothing more will come that is passed on.
    var isOver: Bool { isEnded || meter.hasTerminal }

    /// Bytes held before the first content.
    static let heldBytes = 64 * 1_024

    /// It is clear whether this answer goes to the caller: content, an error, its end, or more than is held.
    var isDecided: Bool {
        isOver || meter.hasContent || meter.failure != nil || passed.readableBytes > StreamAnswer.heldBytes
    }

    /// Takes what came from the provider; `nil` is the end of its connection.
    func take(_ bytes: consuming ByteBuffer?) throws(UpstreamFailure) {
        do throws(ConnectionFault) {
            guard let bytes else {
                try reader.finish()
                return end()
            }
            reader.append(bytes)
            try takePieces()
        } catch {
            throw .connection(error)
        }
    }

    /// Takes what came, where it is known how the caller is answered: chunks of whole events that were recognised go on as
    /// they came, or each translated as one chunk.
    func take(_ bytes: consuming ByteBuffer?, for framing: AnswerFraming) throws(UpstreamFailure) {
        guard case .chunked = framing, chunks == nil, frames == nil, passed.readableBytes == 0, var rest = bytes.take()
        else {
            return try take(bytes)
        }
        if let translator { return try translate(rest, by: translator) }
        let whole = reader.wholeChunks(of: rest) { meter.takesAsItIs($0) }
        if whole > 0, whole == rest.readableBytes {
            chunks = rest
            isBetweenEvents = true
            return
        }
        if whole > 0 { chunks = rest.readSlice(length: whole) }
        try take(rest)
    }

    /// Takes chunks of whole events that are recognised straight into chunks of the caller's, and then the rest.
    private func translate(_ bytes: consuming ByteBuffer, by translator: StreamTranslator) throws(UpstreamFailure) {
        var rest = bytes
        var out = ByteBuffer()
        let whole = reader.wholeChunks(of: rest) { data in
            guard meter.takesAsItIs(data) else { return false }
            translator.take(data, intoChunksOf: &out)
            return true
        }
        if out.readableBytes > 0 { chunks = out }
        if whole > 0, whole == rest.readableBytes {
            isBetweenEvents = true
            return
        }
        rest.moveReaderIndex(forwardBy: whole)
        try take(rest)
    }

    /// Takes what is already in the reader.
    func begin() throws(UpstreamFailure) {
        do throws(ConnectionFault) { try takePieces() } catch { throw .connection(error) }
    }

    private func takePieces() throws(ConnectionFault) {
        if let first = begun.take() { try feed(first) }
        while let piece = try reader.nextPiece() { try feed(piece) }
        isBetweenEvents = meter.isBetweenEvents
        if reader.isOver { end() }
    }

    @inline(__always)
    private func feed(_ piece: ByteBuffer) throws(ConnectionFault) {
        guard frames == nil else { return try unwrap(piece) }
        guard let translator else {
            meter.feed(piece.readableBytesSpan) { _ = passed.writeBytes($0) }
            return
        }
        meter.feed(piece.readableBytesSpan) { translator.take($0, into: &passed) }
    }

    /// What came before a frame that cannot be read goes on.
    @inline(never)
    private func unwrap(_ piece: ByteBuffer) throws(ConnectionFault) {
        var events = ByteBuffer()
        var isBroken = false
        do throws(EventStreamDecoder.Fault) {
            try frames?.feed(piece.readableBytesSpan) { _ = events.writeBytes($0) }
        } catch {
            isBroken = true
        }
        let all = events
        meter.feed(all.readableBytesSpan) { [translator] in
            if let translator { translator.take($0, into: &passed) } else { _ = passed.writeBytes($0) }
        }
        if isBroken { throw .malformed }
    }

    /// Why the stream is not whole; `nil` where it is.
    func broken(by fault: UpstreamFailure?) -> ErrorClass? { fault?.errorClass ?? meter.fault }

    /// Takes the end that a fault made of it: what was held of an unfinished event is dropped.
    func takePassed() -> ByteBuffer {
        let out = passed
        passed = ByteBuffer()
        return out
    }

    /// Everything that goes on, in the framing that is the caller's; `nil` where that is nothing.
    func takeFramed(_ framing: AnswerFraming) -> ByteBuffer? {
        let begun = chunks.take()
        guard passed.readableBytes > 0 else { return begun }
        let bytes = takePassed()
        guard case .chunked = framing else { return bytes }
        var out = begun ?? ByteBuffer()
        HTTPAnswer.chunk(bytes, in: &out)
        return out
    }

    /// The provider's own error has gone to the caller, or will.
    var tellsError: Bool { translator?.hasFailed ?? (meter.failure != nil) }

    /// The last event of a whole stream.
    func takeTerminal() -> ByteBuffer {
        let last = meter.takeTerminal()
        return translator?.end(last) ?? ByteBuffer(bytes: last)
    }

    private func end() {
        guard !isEnded else { return }
        isEnded = true
        meter.finish { [translator] in
            if let translator { translator.take($0, into: &passed) } else { _ = passed.writeBytes($0) }
        }
    }
}

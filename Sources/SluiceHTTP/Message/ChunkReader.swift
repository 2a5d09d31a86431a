// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes

/// Why the chunks of a body cannot be read, of a request or of an answer.
enum ChunkFault: Error, Equatable {
    case malformed
    /// Extensions or trailers are larger than the limit.
    case tooLarge
}

/// Takes the chunked framing off a body (RFC 9112 §7.1): hands out the data, drops extensions and trailers.
struct ChunkReader {
    private enum State {
        case size, extensionText, sizeEnd, data, dataReturn, dataEnd, lineStart, trailer, trailerEnd, lastEnd, done
    }

    private var state = State.size
    private var left = 0
    private var digits = 0
    /// Bytes of extensions and trailers so far.
    private var idleBytes = 0
    /// Nothing that another reader could take for something else: no space after a size, no line that ends without CR, and
    /// extensions and trailers by the rules of ``ChunkRules``.
    private let isStrict: Bool
    private var rules = ChunkRules()

    init(isStrict: Bool = false) { self.isStrict = isStrict }

    /// The largest chunk, and the most bytes of extensions and trailers in one body.
    private static let maxChunk = 1 << 28
    private static let maxIdleBytes = 16 * 1_024

    var isDone: Bool { state == .done }

    /// A chunk may begin with the next byte.
    var isBetweenChunks: Bool { state == .size && digits == 0 }

    /// A chunk with data that begins at an offset, as most are written: the size, nothing more, and all of the data.
    ///
    /// - Returns: where its data stands, and where the chunk ends; `nil` where something else, or less, stands.
    static func plain(in bytes: Span<UInt8>, from start: Int) -> (data: Range<Int>, end: Int)? {
        var index = start
        var size = 0
        while index < bytes.count, index &- start < 7, let digit = bytes[index].hexDigit {
            size = size << 4 | Int(digit)
            index += 1
        }
        // Both line ends have two bytes.
        guard index > start, size > 0, bytes.count - index >= size + 4, bytes[index] == .carriageReturn,
            bytes[index + 1] == .lineFeed
        else { return nil }
        let data = index + 2..<index + 2 + size
        guard bytes[data.upperBound] == .carriageReturn, bytes[data.upperBound + 1] == .lineFeed else { return nil }
        return (data, data.upperBound + 2)
    }

    /// The next piece of data, taken off the front of `bytes`; `nil` when more bytes are needed or the body is over.
    mutating func next(_ bytes: inout ByteBuffer) throws(ChunkFault) -> ByteBuffer? {
        while bytes.readableBytes > 0, state != .done {
            if state == .data {
                let count = min(left, bytes.readableBytes)
                left -= count
                if left == 0 { state = .dataReturn }
                return bytes.readSlice(length: count)
            }
            let used = try frame(bytes.readableBytesUInt8Span)
            bytes.moveReaderIndex(forwardBy: used)
        }
        return nil
    }

    /// Walks framing bytes up to the next data or the end; returns how many were used.
    private mutating func frame(_ bytes: Span<UInt8>) throws(ChunkFault) -> Int {
        var index = 0
        while index < bytes.count, state != .data, state != .done {
            try step(bytes[index])
            index += 1
        }
        return index
    }

    private mutating func step(_ byte: UInt8) throws(ChunkFault) {
        switch state {
        case .size: try size(byte)
        case .extensionText:
            try countIdle()
            if byte == .carriageReturn {
                guard !isStrict || rules.endsExtensions else { throw .malformed }
                state = .sizeEnd
            } else if isStrict {
                try rules.takeExtension(byte)
            } else if byte == .lineFeed {
                throw .malformed
            }
        case .sizeEnd:
            guard byte == .lineFeed else { throw .malformed }
            state = left == 0 ? .lineStart : .data
            digits = 0
        case .dataReturn:
            guard byte == .carriageReturn else { throw .malformed }
            state = .dataEnd
        case .dataEnd:
            guard byte == .lineFeed else { throw .malformed }
            state = .size
        case .lineStart:
            try countIdle()
            state = byte == .carriageReturn ? .lastEnd : .trailer
            if isStrict, state == .trailer { try rules.beginTrailer(byte) }
        case .trailer:
            try countIdle()
            if isStrict {
                guard byte == .carriageReturn else { return try rules.takeTrailer(byte) }
                guard rules.endsTrailer else { throw .malformed }
                state = .trailerEnd
            } else if byte == .lineFeed {
                state = .lineStart
            }
        case .trailerEnd:
            guard byte == .lineFeed else { throw .malformed }
            state = .lineStart
        case .lastEnd:
            guard byte == .lineFeed else { throw .malformed }
            state = .done
        case .data, .done: break
        }
    }

    private mutating func size(_ byte: UInt8) throws(ChunkFault) {
        if let value = byte.hexDigit { return try digit(Int(value)) }
        switch byte {
        case .carriageReturn where digits > 0: state = .sizeEnd
        case UInt8(ascii: ";") where digits > 0:
            state = .extensionText
            rules.beginExtensions()
        case .space where digits > 0 && !isStrict: state = .extensionText
        default: throw .malformed
        }
    }

    private mutating func digit(_ value: Int) throws(ChunkFault) {
        digits += 1
        left = left << 4 | value
        guard digits <= 16, left <= ChunkReader.maxChunk else { throw .malformed }
    }

    private mutating func countIdle() throws(ChunkFault) {
        idleBytes += 1
        guard idleBytes <= ChunkReader.maxIdleBytes else { throw isStrict ? .tooLarge : .malformed }
    }
}

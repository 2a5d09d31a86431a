// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Takes one request's body out of the bytes that come.
enum BodyReader {
    /// There is none, or it was taken to its end.
    case none
    /// So many bytes are still to come.
    case length(Int)
    case chunked(ChunkReader)
    /// Where it ends is not known any more.
    case lost

    init(_ body: RequestFraming.Body) {
        self =
            switch body {
            case .none: .none
            case .length(let length): .length(length)
            case .chunked: .chunked(ChunkReader(isStrict: true))
            }
    }

    var isRead: Bool { if case .none = self { true } else { false } }

    /// What there is of the body in `bytes`, which may be nothing; bytes behind it stay.
    ///
    /// - Throws: `malformed` where the chunks cannot be read.
    mutating func take(_ bytes: inout ByteBuffer) throws(HTTPProblem) -> ByteBuffer {
        switch self {
        case .none, .lost: return ByteBuffer()
        case .length(let left):
            let count = min(left, bytes.readableBytes)
            self = count == left ? .none : .length(left - count)
            return bytes.taken(count)
        case .chunked(var chunks):
            do throws(ChunkFault) {
                var data = try chunks.next(&bytes) ?? ByteBuffer()
                while let more = try chunks.next(&bytes) { data.writeImmutableBuffer(more) }
                self = chunks.isDone ? .none : .chunked(chunks)
                return data
            } catch {
                guard error != .tooLarge else {
                    throw HTTPProblem(.headersTooLarge, "the extensions or trailers of the body's chunks are too large")
                }
                throw HTTPProblem(.malformed, "a chunk of the body, an extension or a trailer cannot be read")
            }
        }
    }
}

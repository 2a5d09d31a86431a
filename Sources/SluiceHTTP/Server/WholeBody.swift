// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// One request's body while it is gathered: how large it may get, and for how much memory it has asked; pure.
struct WholeBody {
    /// Asks for so many bytes of memory; `false` where there are none.
    typealias Reserve = (_ bytes: Int) -> Bool

    private(set) var bytes = ByteBuffer()
    private let body: RequestFraming.Body
    private let limit: Int
    /// How much is asked for at most.
    private let most: Int
    /// What was asked for, where no length is announced.
    private var room = 0
    private var hasBegun = false

    /// - Throws: where the announced length is too large, or there is no memory for it.
    init(_ body: RequestFraming.Body, limit: Int, most: Int, _ reserve: Reserve) throws(HTTPProblem) {
        self.body = body
        self.limit = limit
        self.most = most
        guard case .length(let length) = body else { return }
        guard length <= limit else { throw tooLarge }
        guard reserve(length) else { throw WholeBody.noRoom(length) }
    }

    /// Adds what came next; `isLast` where the body ends with it.
    mutating func add(_ piece: ByteBuffer, isLast: Bool, _ reserve: Reserve) throws(HTTPProblem) {
        if hasBegun {
            bytes.writeImmutableBuffer(piece)
        } else {
            bytes = isLast ? piece : withRoom(piece)
            hasBegun = true
        }
        try makeRoom(isLast: isLast, reserve)
        guard bytes.readableBytes <= limit else { throw tooLarge }
    }

    /// Asks for memory for a body of unknown length: twice as much as has come, where that is more than was asked for.
    private mutating func makeRoom(isLast: Bool, _ reserve: Reserve) throws(HTTPProblem) {
        guard case .chunked = body, bytes.readableBytes > room else { return }
        room = isLast ? bytes.readableBytes : min(2 * bytes.readableBytes, most)
        guard reserve(room) else { throw WholeBody.noRoom(room) }
    }

    /// A first piece of a body with room for the rest where its length is known.
    private func withRoom(_ first: ByteBuffer) -> ByteBuffer {
        guard case .length(let length) = body, length > first.readableBytes else { return first }
        var whole = ByteBuffer()
        whole.reserveCapacity(min(length, 1 << 20))
        whole.writeImmutableBuffer(first)
        return whole
    }

    private static func noRoom(_ bytes: Int) -> HTTPProblem {
        HTTPProblem(.noRoom, "The relay has no memory left for a body of \(bytes) bytes; try again in a moment.")
    }

    private var tooLarge: HTTPProblem { HTTPProblem(.bodyTooLarge, "the body is larger than \(limit) bytes") }
}

// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// What a channel handler has for the one task of its connection: put on the loop, taken on the loop.
struct Mailbox {
    private var items = CircularBuffer<ByteBuffer>(initialCapacity: 4)
    /// Bytes that wait.
    private(set) var byteCount = 0

    init() {}

    var isEmpty: Bool { items.isEmpty }

    mutating func put(_ bytes: ByteBuffer) {
        byteCount += bytes.readableBytes
        items.append(bytes)
    }

    /// Puts bytes before all others.
    mutating func putBack(_ bytes: ByteBuffer) {
        byteCount += bytes.readableBytes
        items.prepend(bytes)
    }

    mutating func take() -> ByteBuffer? {
        guard let bytes = items.popFirst() else { return nil }
        byteCount -= bytes.readableBytes
        return bytes
    }
}

// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP

/// What one answer on a loop leaves behind for the next, so that it is not made anew for each.
struct Spares: ~Copyable {
    /// Where heads are put together.
    var head = HeadBytes(reserving: 1_024)
    private var buffer: ByteBuffer?
    private var reader: AnswerReader?

    private static let largestBuffer = 32 * 1_024

    /// An empty buffer with room for so many bytes.
    mutating func takeBuffer(_ count: Int) -> ByteBuffer {
        guard var buffer = buffer.take() else { return ByteBufferAllocator().buffer(capacity: count) }
        // Whoever still holds its bytes keeps them: then this makes new room.
        buffer.clear(minimumCapacity: count)
        return buffer
    }

    mutating func giveBack(_ buffer: consuming ByteBuffer) {
        if buffer.capacity <= Spares.largestBuffer { self.buffer = buffer }
    }

    mutating func takeReader() -> AnswerReader { reader.take() ?? AnswerReader() }

    /// Takes a reader that nobody else uses any more.
    mutating func giveBack(_ reader: AnswerReader) {
        reader.reset()
        self.reader = reader
    }
}

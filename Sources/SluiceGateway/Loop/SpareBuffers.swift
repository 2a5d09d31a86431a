// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Buffers of requests that have been sent, kept for the next ones: memory of this size is expensive to get and to give back.
///
/// One that somebody still reads is left to them: the next request gets new memory in its place.
struct SpareBuffers {
    private var buffers: [ByteBuffer] = []

    var count: Int { buffers.count }

    static let most = 16
    /// Bytes.
    static let largest = 16_384

    /// An empty buffer with room for so many bytes.
    mutating func take(_ bytes: Int, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        guard bytes <= SpareBuffers.largest, var buffer = buffers.popLast() else {
            return allocator.buffer(capacity: bytes)
        }
        buffer.clear(minimumCapacity: bytes)
        return buffer
    }

    mutating func keep(_ buffer: consuming ByteBuffer) {
        guard buffers.count < SpareBuffers.most, (1...SpareBuffers.largest).contains(buffer.storageCapacity) else {
            return
        }
        buffers.append(buffer)
    }
}

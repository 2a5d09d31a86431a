// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP
import SluiceWire

/// What one answer on a loop leaves behind for the next, so that it is not made anew for each.
struct Spares: ~Copyable {
    /// Where heads are put together.
    var head = HeadBytes(reserving: 1_024)
    /// Where requests are put together.
    var requests = SpareBuffers()
    private var buffer: ByteBuffer?
    private var readers = SparePool<AnswerReader>(most: 16)

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

    mutating func takeReader() -> AnswerReader { readers.take() ?? AnswerReader(withholding: .ofRelay) }

    /// Takes a reader that nobody else uses any more.
    mutating func giveBack(_ reader: AnswerReader) {
        reader.reset()
        readers.keep(reader)
    }
}

/// Buffers of requests that have been sent, kept for the next ones: memory of this size is expensive to get and to give back.
///
/// One that somebody still reads is left to them: the next request gets new memory in its place.
struct SpareBuffers {
    private var buffers = SparePool<ByteBuffer>(most: SpareBuffers.most)
    private let allocator = ByteBufferAllocator()

    var count: Int { buffers.count }

    static let most = 16
    /// Bytes.
    static let largest = 16_384

    /// An empty buffer with room for so many bytes.
    mutating func take(_ bytes: Int) -> ByteBuffer {
        guard bytes <= SpareBuffers.largest, var buffer = buffers.take() else {
            return allocator.buffer(capacity: bytes)
        }
        buffer.clear(minimumCapacity: bytes)
        return buffer
    }

    mutating func keep(_ buffer: consuming ByteBuffer) {
        guard (1...SpareBuffers.largest).contains(buffer.storageCapacity) else { return }
        buffers.keep(buffer)
    }
}

extension WithheldFields {
    /// What only the relay says, and whose account a provider's answer is of.
    static let ofRelay = WithheldFields(names: ProviderSpeech.accountFields, prefixes: ["x-sluice-"])
}

/// A few things that are expensive to make and to give back, kept for the next who needs one.
///
/// Stands beside its users: generic across targets it was not specialised, and looked types up four times a request.
struct SparePool<Element> {
    private var kept: [Element] = []
    /// More are not kept.
    let most: Int

    init(most: Int) { self.most = most }

    var count: Int { kept.count }

    mutating func take() -> Element? { kept.popLast() }

    mutating func keep(_ element: consuming Element) {
        if kept.count < most { kept.append(element) }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes

/// The bytes of a head while they are put together: plain stores into memory of its own, which grows when it must.
///
/// A head has some forty pieces; a `ByteBuffer` checks and takes notes at each of them, which costs more than the bytes.
@safe package struct HeadBytes: ~Copyable {
    // Safe because: `memory` has `capacity` bytes, every store asks `room` first, and nobody else has the pointer.
    @usableFromInline var memory: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline package internal(set) var count = 0

    package init(reserving capacity: Int) {
        self.capacity = max(capacity, 256)
        unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 1)
    }

    deinit { unsafe memory.deallocate() }

    /// Begins anew in the same memory, unless that has grown beyond what most heads need.
    package mutating func clear() {
        count = 0
        guard capacity > HeadBytes.mostKept else { return }
        capacity = 1_024
        unsafe memory.deallocate()
        unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
    }

    private static let mostKept = 16 * 1_024

    /// Makes room for further bytes; returns where they go.
    @inlinable @inline(__always)
    mutating func room(_ bytes: Int) -> UnsafeMutableRawPointer {
        if capacity &- count < bytes { grow(bytes) }
        return unsafe memory + count
    }

    @usableFromInline @inline(never)
    mutating func grow(_ bytes: Int) {
        let wanted = max(capacity * 2, count + bytes)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 1)
        unsafe larger.copyMemory(from: memory, byteCount: count)
        unsafe memory.deallocate()
        unsafe memory = larger
        capacity = wanted
    }

    @inline(__always)
    private mutating func put(_ source: UnsafeRawPointer, _ bytes: Int) {
        unsafe room(bytes).copyMemory(from: source, byteCount: bytes)
        count += bytes
    }

    /// A literal; its length is known where it stands, so that nothing is called.
    @inlinable @inline(__always)
    package mutating func write(_ text: StaticString) {
        let bytes = text.utf8CodeUnitCount
        unsafe room(bytes).copyMemory(from: UnsafeRawPointer(text.utf8Start), byteCount: bytes)
        count &+= bytes
    }

    /// The first `bytes` (at most eight) bytes of a word, the lowest first.
    package mutating func write(_ word: UInt64, bytes: Int) {
        unsafe room(8).storeBytes(of: word.littleEndian, as: UInt64.self)
        count += min(max(bytes, 0), 8)
    }

    package mutating func write(text: String) {
        var text = text
        text.withUTF8 { bytes in
            if let base = bytes.baseAddress { unsafe put(UnsafeRawPointer(base), bytes.count) }
        }
    }

    package mutating func write(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { unsafe put(base, bytes.count) }
        }
    }

    package mutating func write(_ bytes: [UInt8]) { write(bytes.span) }

    @inline(__always)
    package mutating func write(byte: UInt8) {
        unsafe room(1).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    /// A decimal number.
    package mutating func write(_ value: Int) {
        if value < 0 { write(byte: UInt8(ascii: "-")) }
        var rest = value.magnitude
        var digits = 1
        var larger = rest / 10
        while larger > 0 {
            digits += 1
            larger /= 10
        }
        let target = unsafe room(digits)
        for offset in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8.digitZero + UInt8(truncatingIfNeeded: rest % 10)
            unsafe target.storeBytes(of: digit, toByteOffset: offset, as: UInt8.self)
            rest /= 10
        }
        count += digits
    }

    package mutating func field(_ name: StaticString, _ value: String) {
        write(name)
        write(": ")
        write(text: value)
        write("\r\n")
    }

    package mutating func field(_ name: StaticString, _ value: Int) {
        write(name)
        write(": ")
        write(value)
        write("\r\n")
    }

    /// The bytes so far, in a buffer that has room for what is to follow.
    package func buffer(reserving further: Int = 0) -> ByteBuffer {
        var buffer = HeadBytes.allocator.buffer(capacity: count + further)
        append(to: &buffer)
        return buffer
    }

    private static let allocator = ByteBufferAllocator()

    package func append(to buffer: inout ByteBuffer) {
        _ = unsafe buffer.writeBytes(UnsafeRawBufferPointer(start: memory, count: count))
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Writes fields of a record into memory it was lent, without allocating.
///
/// Safe because: every store goes through `put`, which checks the room that is left; what does not fit sets `isFull`
/// and writes nothing more.
@safe
struct RecordWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private let capacity: Int
    private(set) var count = 0
    private(set) var isFull = false

    init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe self.memory = memory
        capacity = memory.count
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        guard !isFull, count < capacity else {
            isFull = true
            return
        }
        unsafe memory[count] = byte
        count += 1
    }

    /// Seven bits a byte, the low ones first; at most ten bytes.
    @inline(__always)
    mutating func put(unsigned value: UInt64) {
        // Most numbers of a record are small.
        if value < 0x80 { put(UInt8(truncatingIfNeeded: value)) } else { putLong(value) }
    }

    private mutating func putLong(_ value: UInt64) {
        var rest = value
        if !isFull, capacity - count >= 10 {
            // There is room for the longest: it need not be looked for at every byte.
            var place = count
            while rest >= 0x80 {
                unsafe memory[place] = UInt8(truncatingIfNeeded: rest) | 0x80
                rest >>= 7
                place &+= 1
            }
            unsafe memory[place] = UInt8(truncatingIfNeeded: rest)
            count = place &+ 1
            return
        }
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    /// Small magnitudes of either sign take few bytes.
    mutating func put(_ value: Int64) { put(unsigned: UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// Eight bytes, the low one first.
    mutating func put(fixed value: UInt64) {
        guard !isFull, capacity - count >= 8 else {
            isFull = true
            return
        }
        unsafe memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt64.self)
        count += 8
    }

    mutating func put(_ flag: Bool) { put(flag ? 1 : 0 as UInt8) }

    /// The length, then the bytes as UTF-8.
    mutating func put(_ text: String) {
        put(unsigned: UInt64(text.utf8.count))
        let isCopied = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe copy($0) }
        if isCopied == nil { for byte in text.utf8 { put(byte) } }
    }

    private mutating func copy(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !isFull, capacity - count >= bytes.count else {
            isFull = true
            return false
        }
        guard let target = unsafe memory.baseAddress, let source = bytes.baseAddress else { return true }
        unsafe (target + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
        return true
    }

    /// A byte that says whether the value is there, then the value.
    mutating func put<Value>(_ value: Value?, _ write: (inout RecordWriter, Value) -> Void) {
        put(value != nil)
        if let value { write(&self, value) }
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The bytes of a provider's request while they are put together: plain stores into memory whose size is known before.
@safe
struct RequestBytes: ~Copyable {
    // Safe because: whoever makes one sees to it that the memory outlives it; nothing is written behind its end.
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    @unsafe
    init(_ memory: UnsafeMutableRawBufferPointer) { unsafe self.memory = memory }

    /// Appends as much as there is room for.
    mutating func write(_ bytes: RawSpan) {
        let room = unsafe memory.count - count
        unsafe bytes.withUnsafeBytes { bytes in
            guard let target = unsafe memory.baseAddress, let source = bytes.baseAddress else { return }
            let length = min(bytes.count, room)
            unsafe (target + count).copyMemory(from: source, byteCount: length)
            count += length
        }
    }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        // Safe because: the text's storage is constant.
        unsafe write(RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: text.utf8CodeUnitCount))
    }

    mutating func writeLine(_ name: StaticString, _ value: StaticString) {
        write(name)
        write(": ")
        write(value)
        write("\r\n")
    }
}

/// The last fields of a provider's request: what it may answer with, and how long the body is.
struct RequestFields {
    private let isStream: Bool
    /// A stream comes in binary frames.
    private let isFramed: Bool
    /// The length in decimal digits, the last one in the highest byte that is used.
    private var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
    private var digitCount = 0

    init(isStream: Bool, isFramed: Bool = false, length: Int) {
        self.isStream = isStream
        self.isFramed = isFramed
        var rest = length.magnitude
        repeat {
            digitCount += 1
            digits[20 - digitCount] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    private var text: StaticString {
        isStream && isFramed
            ? "accept: application/vnd.amazon.eventstream\r\ncontent-length: "
            : isStream
                ? "accept: text/event-stream\r\ncontent-length: " : "accept: application/json\r\ncontent-length: "
    }

    var count: Int { text.utf8CodeUnitCount + digitCount + 4 }

    func write(to out: inout RequestBytes) {
        out.write(text)
        // Safe because: bytes have no padding.
        unsafe out.write(digits.span.bytes.extracting((20 - digitCount)..<20))
        out.write("\r\n\r\n")
    }
}

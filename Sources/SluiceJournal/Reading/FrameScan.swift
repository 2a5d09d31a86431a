// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds frames in bytes that may be anything.
struct FrameScan {
    enum Step {
        /// A whole frame whose checksum is right, where its record lies and where the next one begins.
        case frame(kind: UInt8, record: Range<Int>, next: Int)
        /// No frame here yet.
        case nothing
        /// A frame may be here, but so many bytes must be there to tell.
        case short(needed: Int)
        /// A length, but no frame.
        case damaged
    }

    let magic: UInt32
    /// The greatest payload a frame can have.
    let longest: Int

    /// What lies at an index.
    func step(_ bytes: [UInt8], at index: Int) -> Step {
        let header = index + SegmentLayout.frameHeaderSize
        guard bytes.count >= header else { return .short(needed: header) }
        let length = Int(bytes.number(at: index, UInt32.self))
        guard length > 0 else { return .nothing }
        guard length <= longest, bytes.number(at: index + 8, UInt32.self) == magic else { return .damaged }
        let end = header + length
        guard bytes.count >= end else { return .short(needed: end) }
        guard CRC32C.checksum(bytes, (index + 8)..<end) == bytes.number(at: index + 4, UInt32.self) else {
            return .damaged
        }
        return .frame(kind: bytes[index + 12], record: header..<end, next: SegmentLayout.aligned(end))
    }

    /// Where the first frame from an index on begins; looks at multiples of 8, where writers put them.
    ///
    /// Most of a segment that was never filled is zeros, which are passed over a page at a time.
    func firstFrame(_ bytes: [UInt8], from index: Int) -> Int? {
        var offset = SegmentLayout.aligned(index)
        while offset < bytes.count - 8 {
            let end = min(offset + 4_096, bytes.count - 8)
            if !FrameScan.isZero(bytes[offset..<end]) {
                for offset in stride(from: offset, to: end, by: 8)
                where bytes.number(at: offset + 8, UInt32.self) == magic {
                    if case .frame = step(bytes, at: offset) { return offset }
                }
            }
            offset = SegmentLayout.aligned(end)
        }
        return nil
    }

    private static func isZero(_ bytes: ArraySlice<UInt8>) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe bytes[0] == 0 && memcmp(base, base + 1, bytes.count - 1) == 0
        }
    }
}

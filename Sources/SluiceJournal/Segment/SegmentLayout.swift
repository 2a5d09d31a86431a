// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Where things lie in a segment file; all numbers are little-endian.
///
/// The header (64 bytes): magic text, sequence number, magic of this segment's frames, checksum of those; then the two
/// fields that change, state and end, and the sequence number of the segment before. A frame, at a multiple of 8: length of the payload (written last: while it is
/// zero there is no frame), CRC-32C over all that follows, frame magic, kind, three zero bytes, payload.
enum SegmentLayout {
    static let magic: [UInt8] = Array("SLUICEJ1".utf8)
    static let headerSize = 64
    static let sequenceOffset = 8
    static let frameMagicOffset = 16
    static let checksumOffset = 20
    /// 0 while a process writes here, 1 when nobody will any more.
    static let stateOffset = 24
    /// Where the last frame ends; 0 when that is not known (its writer died).
    static let endOffset = 32
    /// The sequence number of the segment made before this one for the same loop; 0 where there is none to name.
    static let previousOffset = 40

    static let frameHeaderSize = 16
    static let closed: UInt32 = 1

    /// Differs from segment to segment, so that no record's text can look like a frame.
    static func frameMagic(sequence: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: SplitMix64.first(seed: sequence)) | 1
    }

    /// The next multiple of 8.
    static func aligned(_ offset: Int) -> Int { (offset + 7) & ~7 }
}

/// The fixed part of a segment's header, read.
struct SegmentHeader: Equatable {
    var sequence: UInt64
    var frameMagic: UInt32
    var isClosed: Bool
    /// Where the last frame ends, if its writer lived to say so.
    var end: Int?
    /// The segment made before this one for the same loop; 0 where none is named.
    var previous: UInt64

    init(sequence: UInt64, previous: UInt64 = 0) {
        self.sequence = sequence
        self.previous = previous
        frameMagic = SegmentLayout.frameMagic(sequence: sequence)
        isClosed = false
    }

    /// The header in a file's first bytes, or `nil` when they are none.
    init?(_ bytes: [UInt8]) {
        guard
            bytes.count >= SegmentLayout.headerSize, bytes.starts(with: SegmentLayout.magic),
            CRC32C.checksum(bytes, 0..<SegmentLayout.checksumOffset)
                == bytes.number(at: SegmentLayout.checksumOffset, UInt32.self)
        else { return nil }
        sequence = bytes.number(at: SegmentLayout.sequenceOffset, UInt64.self)
        frameMagic = bytes.number(at: SegmentLayout.frameMagicOffset, UInt32.self)
        isClosed = bytes.number(at: SegmentLayout.stateOffset, UInt32.self) == SegmentLayout.closed
        let end = Int(exactly: bytes.number(at: SegmentLayout.endOffset, UInt64.self)) ?? 0
        self.end = isClosed && end >= SegmentLayout.headerSize ? end : nil
        previous = bytes.number(at: SegmentLayout.previousOffset, UInt64.self)
    }

    /// The first bytes of a new segment.
    var bytes: [UInt8] {
        var bytes = SegmentLayout.magic
        bytes.append(number: sequence)
        bytes.append(number: frameMagic)
        bytes.append(number: CRC32C.checksum(bytes, 0..<bytes.count))
        bytes += [UInt8](repeating: 0, count: SegmentLayout.previousOffset - bytes.count)
        bytes.append(number: previous)
        return bytes + [UInt8](repeating: 0, count: SegmentLayout.headerSize - bytes.count)
    }
}

extension Array<UInt8> {
    /// The little-endian number at an index; what lies beyond the end counts as zero.
    func number<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        at index: Int,
        _ type: Number.Type
    ) -> Number {
        if index >= 0, count - index >= Number.bitWidth / 8 {
            // Safe because: bytes have no padding, and that there are enough of them was just looked at.
            return unsafe Number(
                littleEndian: span.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: Number.self)
            )
        }
        var value: Number = 0
        for byte in 0..<(Number.bitWidth / 8) where indices.contains(index + byte) {
            value |= Number(truncatingIfNeeded: self[index + byte]) << Number(truncatingIfNeeded: byte * 8)
        }
        return value
    }

    mutating func append<Number: FixedWidthInteger & UnsignedInteger>(number: Number) {
        for byte in 0..<(Number.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: number >> Number(truncatingIfNeeded: byte * 8)))
        }
    }
}

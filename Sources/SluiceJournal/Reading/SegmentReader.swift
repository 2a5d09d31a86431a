// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads one segment from an offset on, while somebody may be writing to it.
struct SegmentReader {
    private(set) var offset: Int

    private let size: Int
    private let header: SegmentHeader
    private let scan: FrameScan
    /// The offset in the file of the bytes last read.
    private var windowStart = 0

    init(size: Int, header: SegmentHeader, offset: Int) {
        self.size = size
        self.header = header
        self.offset = SegmentLayout.aligned(min(max(SegmentLayout.headerSize, offset), size))
        scan = FrameScan(magic: header.frameMagic, longest: size)
    }

    /// Where the last frame can end.
    private var end: Int { min(size, header.end ?? size) }

    /// Whether all of a closed segment was read.
    var isFinished: Bool { offset >= end }

    /// Reads until a batch has so many records.
    mutating func read(
        _ file: borrowing SystemFile,
        _ reader: inout RecordReader,
        limit: Int,
        into batch: inout BatchIntake
    ) throws(JournalError) {
        reader.load([])
        windowStart = offset
        while batch.count < limit, !isFinished {
            switch try step(file, &reader) {
            case .frame(let kind, let record, let next):
                reader.seek(record)
                batch.take(kind: kind, &reader)
                offset = windowStart + next
            case .nothing:
                guard header.isClosed else { return }
                try skip(file, isDamage: false, &batch)
            case .short, .damaged:
                guard try skip(file, isDamage: true, &batch) else { return }
            }
        }
        if header.isClosed, isFinished { offset = size }
    }

    /// What lies at the offset; an offset that looks damaged is read once more, for a writer may have been under way.
    private mutating func step(
        _ file: borrowing SystemFile,
        _ reader: inout RecordReader
    ) throws(JournalError) -> FrameScan.Step {
        var step = scan.step(reader.bytes, at: offset - windowStart)
        if case .short = step {
            try load(file, &reader, atLeast: SegmentLayout.frameHeaderSize)
            step = scan.step(reader.bytes, at: 0)
        }
        if case .short(let needed) = step {
            try load(file, &reader, atLeast: needed)
            step = scan.step(reader.bytes, at: 0)
        }
        if case .damaged = step {
            try load(file, &reader, atLeast: min(end - offset, 1 << 16))
            step = scan.step(reader.bytes, at: 0)
        }
        return step
    }

    private mutating func load(
        _ file: borrowing SystemFile,
        _ reader: inout RecordReader,
        atLeast count: Int
    ) throws(JournalError) {
        windowStart = offset
        reader.load(try file.bytes(at: offset, count: min(end - offset, max(count, 1 << 16))))
    }

    /// Goes on to the next whole frame; in a closed segment, else, to the end.
    ///
    /// - Returns: false where nothing whole follows in a segment that is still written to: it may come.
    @discardableResult
    private mutating func skip(
        _ file: borrowing SystemFile,
        isDamage: Bool,
        _ batch: inout BatchIntake
    ) throws(JournalError) -> Bool {
        let rest = try file.bytes(at: offset, count: end - offset)
        if let frame = scan.firstFrame(rest, from: 8) {
            batch.damaged += 1
            offset += frame
            return true
        }
        guard header.isClosed else { return false }
        if isDamage { batch.damaged += 1 }
        offset = end
        return true
    }
}

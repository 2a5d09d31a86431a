// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads one segment from an offset on, while somebody may be writing to it.
struct SegmentReader {
    private(set) var records: [JournalRecord] = []
    private(set) var damaged = 0
    private(set) var offset: Int

    private let size: Int
    private let header: SegmentHeader
    private let scan: FrameScan
    /// The bytes last read, and their place in the file.
    private var window: [UInt8] = []
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

    /// Reads at most so many records.
    mutating func read(_ file: borrowing SystemFile, limit: Int) throws(JournalError) {
        while records.count < limit, !isFinished {
            switch try step(file) {
            case .frame(let record?, let next):
                records.append(record)
                offset = windowStart + next
            case .frame(nil, let next):
                damaged += 1
                offset = windowStart + next
            case .nothing:
                guard header.isClosed else { return }
                try skip(file, isDamage: false)
            case .short, .damaged:
                guard try skip(file, isDamage: true) else { return }
            }
        }
        if header.isClosed, isFinished { offset = size }
    }

    /// What lies at the offset; a place that looks damaged is read once more, for a writer may have been under way.
    private mutating func step(_ file: borrowing SystemFile) throws(JournalError) -> FrameScan.Step {
        var step = scan.step(window, at: offset - windowStart)
        if case .short = step {
            try load(file, atLeast: SegmentLayout.frameHeaderSize)
            step = scan.step(window, at: 0)
        }
        if case .short(let needed) = step {
            try load(file, atLeast: needed)
            step = scan.step(window, at: 0)
        }
        if case .damaged = step {
            try load(file, atLeast: min(end - offset, 1 << 16))
            step = scan.step(window, at: 0)
        }
        return step
    }

    private mutating func load(_ file: borrowing SystemFile, atLeast count: Int) throws(JournalError) {
        windowStart = offset
        window = try file.bytes(at: offset, count: min(end - offset, max(count, 1 << 16)))
    }

    /// Goes on to the next whole frame; in a closed segment, else, to the end.
    ///
    /// - Returns: false where nothing whole follows in a segment that is still written to: it may come.
    @discardableResult
    private mutating func skip(_ file: borrowing SystemFile, isDamage: Bool) throws(JournalError) -> Bool {
        let rest = try file.bytes(at: offset, count: end - offset)
        if let place = scan.firstFrame(rest, from: 8) {
            damaged += 1
            offset += place
            return true
        }
        guard header.isClosed else { return false }
        if isDamage { damaged += 1 }
        offset = end
        return true
    }
}

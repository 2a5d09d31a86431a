// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import SluiceCore
import Synchronization

/// Reads a node's journal, of this process and of former ones, while it is written to.
///
/// Works on the files alone. Damaged ranges are skipped and counted; segments are removed only when they are closed
/// and wholly read. Records of one loop come in order, but for a segment that had to be made in haste.
package final class JournalReader: JournalSource {
    let directory: String
    let node: String
    private let state = Mutex(State())

    private struct State {
        /// Which loop's segments the next read begins with, so that a busy one does not keep others waiting.
        var turn = 0
        var reader = RecordReader()
        /// How many outcomes the last read gave.
        var outcomes = 0
    }

    package init(directory: String, node: String) {
        self.directory = directory
        self.node = node
    }

    package func read(after position: JournalPosition, limit: Int) throws(JournalError) -> JournalBatch {
        try state.withLock { (state: inout State) throws(JournalError) -> JournalBatch in
            var batch = BatchIntake(expecting: state.outcomes)
            for name in inTurn(try segments(), &state.turn) {
                let known = position.offsets[name.fileName]
                guard batch.count < max(0, limit) else {
                    if let known { batch.position.offsets[name.fileName] = known }
                    continue
                }
                try read(name, from: known, &state.reader, limit: limit, into: &batch)
            }
            let read = batch.batch(&state.reader)
            state.reader.load([])
            state.outcomes = read.outcomes.count
            return read
        }
    }

    /// Removes what was read whole, of each loop the oldest first and none before an older one: a process that dies over it
    /// leaves the end of a chain, in which nothing is missing.
    package func release(upTo position: JournalPosition) throws(JournalError) {
        let names = position.offsets.keys.compactMap { SegmentName($0) }.filter { $0.node == node }
        for (_, chain) in Dictionary(grouping: names, by: \.loop) {
            for name in chain.sorted(by: { $0.sequence < $1.sequence }) {
                let path = "\(directory)/\(name.fileName)"
                guard let file = try? SystemFile(path, .read) else { continue }
                // One that cannot be read stays, for a person to look at, and bars none.
                guard let header = SegmentHeader(try file.bytes(at: 0, count: SegmentLayout.headerSize)) else {
                    continue
                }
                let offset = position.offsets[name.fileName] ?? 0
                guard header.isClosed, offset >= Int64(try file.size()) else { break }
                try removeFile(path)
            }
        }
    }

    private func segments() throws(JournalError) -> [SegmentName] {
        try JournalDirectory.segments(in: directory)
            .filter { $0.node == node }
            .sorted { ($0.loop, $0.sequence) < ($1.loop, $1.sequence) }
    }

    /// The same; none where there is no directory yet.
    func segmentsIfAny() throws(JournalError) -> [SegmentName] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        return try segments()
    }

    /// The segments, beginning with another loop each time.
    private func inTurn(_ segments: [SegmentName], _ turn: inout Int) -> [SegmentName] {
        let loops = Set(segments.map(\.loop)).sorted()
        guard !loops.isEmpty else { return [] }
        turn = (turn + 1) % loops.count
        let first = loops[turn]
        return segments.filter { $0.loop >= first } + segments.filter { $0.loop < first }
    }

    private func read(
        _ name: SegmentName,
        from known: Int64?,
        _ reader: inout RecordReader,
        limit: Int,
        into batch: inout BatchIntake
    ) throws(JournalError) {
        let file = try SystemFile("\(directory)/\(name.fileName)", .read)
        let size = try file.size()
        guard let header = SegmentHeader(try file.bytes(at: 0, count: SegmentLayout.headerSize)) else {
            // Not removed: a person may want to look. Counted the first time it is met.
            if known == nil { batch.damaged += 1 }
            batch.position.offsets[name.fileName] = Int64(size)
            return
        }
        var segment = SegmentReader(size: size, header: header, offset: Int(clamping: known ?? 0))
        try segment.read(file, &reader, limit: limit, into: &batch)
        batch.position.offsets[name.fileName] = Int64(segment.offset)
    }
}

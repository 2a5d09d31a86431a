// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// Reads a node's journal, of this process and of former ones, while it is written to.
///
/// Works on the files alone. Damaged places are skipped and counted; segments are removed only when they are closed
/// and wholly read. Records of one loop come in order, but for a segment that had to be made in haste.
package final class JournalReader: JournalSource {
    private let directory: String
    private let node: String
    /// Which segment the next read begins with, so that a busy loop does not keep others waiting.
    private let turn = Mutex(0)

    package init(directory: String, node: String) {
        self.directory = directory
        self.node = node
    }

    package func read(after position: JournalPosition, limit: Int) throws(JournalError) -> JournalBatch {
        var batch = JournalBatch(records: [], position: JournalPosition())
        for name in inTurn(try segments()) {
            let known = position.offsets[name.fileName]
            guard batch.records.count < max(0, limit) else {
                if let known { batch.position.offsets[name.fileName] = known }
                continue
            }
            try read(name, from: known, limit: limit - batch.records.count, into: &batch)
        }
        return batch
    }

    package func release(upTo position: JournalPosition) throws(JournalError) {
        for (fileName, offset) in position.offsets {
            guard SegmentName(fileName)?.node == node else { continue }
            let path = "\(directory)/\(fileName)"
            guard let file = try? SystemFile(path, .read) else { continue }
            let header = SegmentHeader(try file.bytes(at: 0, count: SegmentLayout.headerSize))
            guard let header, header.isClosed, offset >= Int64(try file.size()) else { continue }
            try removeFile(path)
        }
    }

    private func segments() throws(JournalError) -> [SegmentName] {
        try JournalDirectory.segments(in: directory)
            .filter { $0.node == node }
            .sorted { ($0.loop, $0.sequence) < ($1.loop, $1.sequence) }
    }

    /// The segments, beginning with another loop each time.
    private func inTurn(_ segments: [SegmentName]) -> [SegmentName] {
        let loops = Set(segments.map(\.loop)).sorted()
        guard !loops.isEmpty else { return [] }
        let first = turn.withLock { turn in
            turn = (turn + 1) % loops.count
            return loops[turn]
        }
        return segments.filter { $0.loop >= first } + segments.filter { $0.loop < first }
    }

    private func read(
        _ name: SegmentName,
        from known: Int64?,
        limit: Int,
        into batch: inout JournalBatch
    ) throws(JournalError) {
        let file = try SystemFile("\(directory)/\(name.fileName)", .read)
        let size = try file.size()
        guard let header = SegmentHeader(try file.bytes(at: 0, count: SegmentLayout.headerSize)) else {
            // Not removed: a person may want to look. Counted the first time it is met.
            if known == nil { batch.damaged += 1 }
            batch.position.offsets[name.fileName] = Int64(size)
            return
        }
        var reader = SegmentReader(size: size, header: header, offset: Int(clamping: known ?? 0))
        try reader.read(file, limit: limit)
        if batch.records.isEmpty { batch.records = reader.records } else { batch.records += reader.records }
        batch.damaged += reader.damaged
        batch.position.offsets[name.fileName] = Int64(reader.offset)
    }
}

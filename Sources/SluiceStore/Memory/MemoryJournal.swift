// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// The in-memory twin of a node's journal: what is appended on one side is read on the other.
package final class MemoryJournal: OutcomeSink, JournalSource {
    private struct Segment {
        /// How many records were released.
        var start: Int64 = 0
        var records: [JournalRecord] = []
    }

    private let segments = Mutex<[String: Segment]>([:])

    package init() {}

    package func append(_ record: JournalRecord, loop: Int) {
        segments.withLock { $0["memory-\(loop)", default: Segment()].records.append(record) }
    }

    package func read(after position: JournalPosition, limit: Int) throws(JournalError) -> JournalBatch {
        segments.withLock { segments in
            var batch = JournalBatch(position: JournalPosition())
            for (name, segment) in segments.sorted(by: { $0.key < $1.key }) {
                let end = segment.start + Int64(segment.records.count)
                let start = min(max(position.offsets[name] ?? 0, segment.start), end)
                let room = max(0, limit - batch.count)
                let taken = segment.records.dropFirst(Int(start - segment.start)).prefix(room)
                for record in taken { batch.append(record) }
                batch.position.offsets[name] = start + Int64(taken.count)
            }
            return batch
        }
    }

    package func release(upTo position: JournalPosition) throws(JournalError) {
        segments.withLock { segments in
            for (name, offset) in position.offsets {
                guard var segment = segments[name] else { continue }
                let count = min(max(0, offset - segment.start), Int64(segment.records.count))
                segment.records.removeFirst(Int(count))
                segment.start += count
                segments[name] = segment
            }
        }
    }
}

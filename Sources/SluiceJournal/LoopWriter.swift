// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// The end of the journal that one event loop writes to.
///
/// The lock is taken by that loop for each record and by maintenance for moments, never while a file is made or
/// removed. The loop makes, closes and unmaps none itself: where maintenance is a whole segment late, records wait in
/// memory for it.
final class LoopWriter: Sendable {
    private struct State {
        var current: MappedSegment?
        /// Made ahead of time, so that rolling over costs nothing.
        var spare: MappedSegment?
        /// Full; to be unmapped off the loop.
        var retired: [MappedSegment] = []
        /// Records that wait in memory for a segment.
        var spool: [JournalRecord] = []
        /// Pages that a writer will soon need.
        var ahead: [(segment: MappedSegment, bytes: Range<Int>)] = []
        var appended = 0
        var lost = 0
        var isClosed = false

        var isDegraded: Bool { current == nil || !spool.isEmpty }
    }

    private let loop: Int
    private let directory: JournalDirectory
    private let state = Mutex(State())

    init(loop: Int, directory: JournalDirectory) {
        self.loop = loop
        self.directory = directory
        maintain()
    }

    /// Writes a record, or keeps it in memory while there is no segment.
    ///
    /// - Returns: whether maintenance has something to do.
    func append(_ record: JournalRecord) -> Bool {
        append({ write(record, &$0) }, orKeep: { record })
    }

    /// The same of an outcome's record, written from the outcome: to make the record first would cost as much again.
    func append(_ kind: RecordCodec.Kind, _ outcome: Outcome) -> Bool {
        append({ write(kind, outcome, &$0) }, orKeep: { RecordCodec.record(kind, outcome) })
    }

    @inline(__always)
    private func append(_ write: (inout State) -> Bool, orKeep record: () -> JournalRecord?) -> Bool {
        state.withLock { state in
            guard !state.isClosed else {
                state.lost += 1
                return false
            }
            guard !state.isDegraded else {
                spool(record(), &state)
                return true
            }
            if write(&state) { return runsLow(&state) }
            roll(&state)
            if state.current == nil {
                spool(record(), &state)
            } else if !write(&state) {
                state.lost += 1
            }
            return true
        }
    }

    /// Makes a spare, writes out what waits in memory, unmaps what is full; called off the loop.
    func maintain() {
        repeat {
            let retired = state.withLock { state in
                defer { state.retired = [] }
                return state.retired
            }
            retired.forEach { $0.close() }
            makeReady()
            let needsSegment = state.withLock { !$0.isClosed && ($0.spare == nil || $0.current == nil) }
            guard needsSegment, let segment = try? directory.makeSegment(loop: loop) else { break }
            adopt(segment)
        } while drain()
        _ = drain()
    }

    func add(to status: inout JournalStatus) {
        state.withLock { state in
            status.appended += state.appended
            status.waiting += state.spool.count
            status.lost += state.lost
            status.isDegraded = status.isDegraded || (state.isDegraded && !state.isClosed)
        }
    }

    /// Ends all segments; what still waits in memory is written if there is room.
    func close() {
        if state.withLock({ !$0.spool.isEmpty }) { maintain() }
        state.withLock { state in
            state.isClosed = true
            state.lost += state.spool.count
            state.spool = []
            state.current?.close()
            state.spare?.close()
            state.retired.forEach { $0.close() }
            (state.current, state.spare, state.retired, state.ahead) = (nil, nil, [], [])
        }
    }

    private func write(_ record: JournalRecord, _ state: inout State) -> Bool {
        write(RecordCodec.kind(of: record), &state) { RecordCodec.write(record, to: &$0) }
    }

    private func write(_ kind: RecordCodec.Kind, _ outcome: Outcome, _ state: inout State) -> Bool {
        write(kind, &state) { RecordCodec.write(kind, outcome, to: &$0) }
    }

    @inline(__always)
    private func write(_ kind: RecordCodec.Kind, _ state: inout State, _ content: (inout RecordWriter) -> Void) -> Bool
    {
        guard let current = state.current, current.append(kind, syncing: directory.isSyncing, content) == .written
        else {
            return false
        }
        state.appended += 1
        return true
    }

    /// Whether pages ahead of the writer are to be made ready.
    private func runsLow(_ state: inout State) -> Bool {
        guard let current = state.current, let bytes = current.claimAhead() else { return false }
        state.ahead.append((current, bytes))
        return true
    }

    private func makeReady() {
        let ahead = state.withLock { state in
            defer { state.ahead = [] }
            return state.ahead
        }
        for (segment, bytes) in ahead { segment.makeReady(bytes) }
    }

    /// Puts the spare in the place of the segment that is full; there may be none.
    private func roll(_ state: inout State) {
        if let full = state.current { state.retired.append(full) }
        state.current = state.spare
        state.spare = nil
    }

    private func spool(_ record: JournalRecord?, _ state: inout State) {
        if let record, state.spool.count < directory.spoolRecords {
            state.spool.append(record)
        } else {
            state.lost += 1
        }
    }

    private func adopt(_ segment: MappedSegment) {
        state.withLock { state in
            if state.isClosed {
                segment.close()
            } else if state.current == nil {
                state.current = segment
            } else if state.spare == nil {
                state.spare = segment
            } else {
                segment.close()
            }
        }
    }

    /// Writes waiting records, some at a time so that the loop never waits long.
    ///
    /// - Returns: whether a further segment is needed.
    private func drain() -> Bool {
        while true {
            let (isDone, needsSegment) = state.withLock { state -> (Bool, Bool) in
                var written = 0
                for record in state.spool.prefix(256) {
                    if !write(record, &state) {
                        guard state.current?.isEmpty == true else { break }
                        state.lost += 1  // larger than a whole segment
                    }
                    written += 1
                }
                let isFull = written < min(256, state.spool.count)
                state.spool.removeFirst(written)
                if isFull, state.current != nil { roll(&state) }
                let isStuck = !state.spool.isEmpty && state.current == nil
                return (state.spool.isEmpty || isStuck, isStuck || (state.spare == nil && !state.isClosed))
            }
            if isDone { return needsSegment }
        }
    }
}

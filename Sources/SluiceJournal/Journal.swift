// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The append-only outcome journal of a node: what the data plane hands up, in the kernel's hands before it goes on.
///
/// Each event loop owns a chain of segment files. An append is a store into shared memory: about a microsecond, no
/// system call, and `kill -9` right after it loses nothing. When no segment can be had (the disk is full), records
/// wait in bounded memory, ``JournalStatus/isDegraded`` says so, and traffic goes on; ``run(retryEvery:)`` writes them
/// once there is room.
package final class Journal: OutcomeSink {
    /// What an appended record survives.
    package enum Durability: String, Sendable, CaseIterable {
        /// The death of the process. A power cut may lose what the kernel had not yet written: by its defaults some
        /// thirty seconds.
        case process
        /// A power cut as well: each append waits for the disk, on the event loop. Some 0.1–1 ms on a good SSD.
        case power
    }

    package struct Configuration: Sendable {
        package var directory: String
        /// Names the files: 1–64 of `A–Z a–z 0–9 . _ -`.
        package var node: String
        /// Bytes of one segment file, 64 KiB at least; two are taken per event loop.
        package var segmentBytes: Int
        package var durability: Durability
        /// How many records per event loop may wait in memory while there is no segment.
        package var spoolRecords: Int

        package static let standardSegmentBytes = 4 << 20

        package init(
            directory: String,
            node: String,
            segmentBytes: Int = Configuration.standardSegmentBytes,
            durability: Durability = .process,
            spoolRecords: Int = 16_384
        ) {
            self.directory = directory
            self.node = node
            self.segmentBytes = segmentBytes
            self.durability = durability
            self.spoolRecords = spoolRecords
        }

        /// Whether a text can name a node.
        package static func isNode(_ text: String) -> Bool { SegmentName.isNode(text) }
    }

    private let directory: JournalDirectory
    private let writers: [LoopWriter]
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// Takes over a directory: segments of a former process are closed and stay to be read.
    ///
    /// - Parameters:
    ///   - loops: how many event loops will append; 1 at least.
    ///   - now: makes the names of segments new; wall-clock time.
    /// - Throws: ``JournalError`` with code `locked` when another process writes here. A disk that is full is no
    ///   error: the journal starts degraded.
    package static func open(
        _ configuration: Configuration,
        loops: Int,
        now: Timestamp
    ) throws(JournalError) -> Journal {
        Journal(directory: try JournalDirectory(configuration, now: now), loops: loops)
    }

    private init(directory: JournalDirectory, loops: Int) {
        self.directory = directory
        writers = (0..<max(1, loops)).map { LoopWriter(loop: $0, directory: directory) }
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Appends a record; returns when the kernel has it, or when it waits in memory because there is no room.
    package func append(_ record: JournalRecord, loop: Int) {
        if writer(loop).append(record) { wakeUp.yield() }
    }

    /// As ``append(_:loop:)``.
    package func opened(_ outcome: inout Outcome, loop: Int) {
        if writer(loop).append(.opened, outcome) { wakeUp.yield() }
    }

    /// As ``append(_:loop:)``.
    package func settled(_ outcome: inout Outcome, loop: Int) {
        if writer(loop).append(.settled, outcome) { wakeUp.yield() }
    }

    private func writer(_ loop: Int) -> LoopWriter { writers[Int(loop.magnitude % UInt(writers.count))] }

    /// Prepares segments ahead of the loops, until cancelled; while degraded it tries again after every pause.
    ///
    /// A loop never makes a segment itself: that takes a fraction of a millisecond on an idle disk, and as long as the disk
    /// likes on a busy one. Where two segments are full before this comes round (some 20 000 records each), records wait in
    /// memory until it does.
    package func run(retryEvery pause: Duration = .milliseconds(250), clock: some Clock<Duration> = .continuous) async {
        var signals = wakeUps.makeAsyncIterator()
        while !Task.isCancelled {
            maintain()
            if status.isDegraded {
                try? await clock.sleep(for: pause)
            } else if await signals.next() == nil {
                return
            }
        }
    }

    /// One round of what ``run(retryEvery:clock:)`` does; blocks for as long as making files does.
    package func maintain() { writers.forEach { $0.maintain() } }

    package var status: JournalStatus { writers.reduce(into: JournalStatus()) { $1.add(to: &$0) } }

    /// Ends the segments and gives the directory free; later appends are lost and counted.
    package func close() {
        writers.forEach { $0.close() }
        wakeUp.finish()
        directory.unlock()
    }
}

/// How a journal fares since it was opened.
package struct JournalStatus: Sendable, Equatable {
    /// Records in the kernel's hands.
    package var appended = 0
    /// Records that wait in memory for room on the disk.
    package var waiting = 0
    /// Records given up: memory was full too, or they were larger than a segment.
    package var lost = 0
    /// There is no segment to write to: a crash now would lose what waits.
    package var isDegraded = false

    package init() {}
}

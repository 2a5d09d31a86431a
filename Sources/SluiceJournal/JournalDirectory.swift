// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore
import Synchronization

/// The directory of a node's journal: its lock, and the making of segments.
final class JournalDirectory: Sendable {
    let path: String
    let node: String
    let segmentBytes: Int
    let spoolRecords: Int
    let isSyncing: Bool
    private let nextSequence: Atomic<UInt64>
    private let lock: Mutex<LockFile>
    /// The last segment of each loop.
    private let last: Mutex<[Int: UInt64]>

    private struct LockFile: ~Copyable {
        var file: SystemFile?
    }

    /// Takes the lock, removes drafts of a former process and closes its segments.
    init(_ configuration: Journal.Configuration, now: Timestamp) throws(JournalError) {
        guard SegmentName.isNode(configuration.node) else {
            throw JournalError(.unusable, "a node's name is 1–64 of A–Z a–z 0–9 . _ -, not \"\(configuration.node)\"")
        }
        path = configuration.directory
        node = configuration.node
        segmentBytes = max(65_536, configuration.segmentBytes & ~4_095)
        spoolRecords = max(0, configuration.spoolRecords)
        isSyncing = configuration.durability == .power
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw JournalError(.unavailable, "cannot make the directory \(path): \(error)")
        }
        let file = try SystemFile(path + "/journal.lock", .createOrOpen)
        guard file.lock() else {
            throw JournalError(.locked, "another process writes the journal in \(path)")
        }
        lock = Mutex(LockFile(file: file))
        let former = try JournalDirectory.takeOver(path, node: configuration.node)
        let started = UInt64(clamping: now.nanoseconds / 1_000_000)
        nextSequence = Atomic(max(started, (former.values.max() ?? 0) &+ 1))
        last = Mutex(former)
    }

    func makeSegment(loop: Int) throws(JournalError) -> MappedSegment {
        let sequence = nextSequence.wrappingAdd(1, ordering: .relaxed).oldValue
        let segment = try MappedSegment(
            directory: path,
            name: SegmentName(node: node, loop: loop, sequence: sequence),
            after: last.withLock { $0[loop] ?? 0 },
            capacity: segmentBytes,
            syncing: isSyncing
        )
        last.withLock { $0[loop] = max($0[loop] ?? 0, sequence) }
        return segment
    }

    func unlock() { lock.withLock { $0.file = nil } }

    /// The segment files in a directory.
    static func segments(in path: String) throws(JournalError) -> [SegmentName] {
        try names(in: path).compactMap { SegmentName($0) }
    }

    private static func names(in path: String) throws(JournalError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw JournalError(.unavailable, "cannot list \(path): \(error)")
        }
    }

    /// Marks all segments as closed, since their writer is dead: this process has the lock.
    ///
    /// - Returns: the greatest sequence number of each of the node's loops.
    private static func takeOver(_ path: String, node: String) throws(JournalError) -> [Int: UInt64] {
        for name in try names(in: path) where name.hasSuffix(SegmentName.suffix + ".tmp") {
            try removeFile("\(path)/\(name)")
        }
        let segments = try segments(in: path)
        for name in segments {
            let file = try SystemFile("\(path)/\(name.fileName)", .write)
            let header = SegmentHeader(try file.bytes(at: 0, count: SegmentLayout.headerSize))
            guard let header, !header.isClosed else { continue }
            var closed: [UInt8] = []
            closed.append(number: SegmentLayout.closed)
            try file.write(closed, at: SegmentLayout.stateOffset)
        }
        return segments.filter { $0.node == node }.reduce(into: [:]) { last, name in
            last[name.loop] = max(last[name.loop] ?? 0, name.sequence)
        }
    }
}

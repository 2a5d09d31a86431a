// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A segment file being written, through memory shared with the kernel.
///
/// What is stored here is in the kernel's hands at once: it survives the death of the process at any instruction. The
/// disk's space is taken when the file is made, so that a full disk is a failed call and never a bus error.
///
/// Safe because: the memory is mapped in `init` and unmapped in `deinit`, every access is checked against `capacity`,
/// and the owner (``LoopWriter``) lets one thread in at a time.
@safe
final class MappedSegment: @unchecked Sendable {
    enum Appended {
        case written
        /// No room for it here.
        case full
    }

    let name: SegmentName
    let capacity: Int
    private let memory: UnsafeMutableRawPointer
    private let frameMagic: UInt32
    private(set) var offset = SegmentLayout.headerSize
    /// Up to where pages were asked to be made ready.
    private var claimed = MappedSegment.ahead

    /// Bytes that are made ready at once; the next ones when the writer is in the second half of them.
    private static let ahead = 256 << 10

    /// Makes the file, takes its space and makes its first pages ready.
    init(
        directory: String,
        name: SegmentName,
        after previous: UInt64 = 0,
        capacity: Int,
        syncing: Bool
    ) throws(JournalError) {
        let path = "\(directory)/\(name.fileName)"
        let draft = path + ".tmp"
        let header = SegmentHeader(sequence: name.sequence, previous: previous)
        self.name = name
        self.capacity = capacity
        frameMagic = header.frameMagic
        var mapped: UnsafeMutableRawPointer?
        do throws(JournalError) {
            let file = try SystemFile(draft, .createNew)
            try file.reserve(capacity)
            try file.write(header.bytes, at: 0)
            if syncing { file.sync() }
            unsafe mapped = unsafe mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, 0)
            guard unsafe mapped != UnsafeMutableRawPointer(bitPattern: -1) else {
                throw .system("map", draft)
            }
            try renameFile(draft, to: path)
        } catch {
            try? removeFile(draft)
            throw error
        }
        guard let mapped = unsafe mapped else { throw JournalError(.unavailable, "cannot map \(path)") }
        unsafe memory = unsafe mapped
        if syncing, let directory = try? SystemFile(directory, .read) { directory.sync() }
        makeReady(0..<min(capacity, claimed))
    }

    deinit { _ = unsafe munmap(memory, capacity) }

    var isEmpty: Bool { offset == SegmentLayout.headerSize }

    /// Writes a frame and, as the very last store, its length.
    @inline(__always)
    func append(_ kind: RecordCodec.Kind, syncing: Bool, _ content: (inout RecordWriter) -> Void) -> Appended {
        let start = offset
        let payload = start + SegmentLayout.frameHeaderSize
        guard payload < capacity else { return .full }
        var writer = unsafe RecordWriter(
            UnsafeMutableRawBufferPointer(start: memory + payload, count: capacity - payload)
        )
        content(&writer)
        guard !writer.isFull, let length = UInt32(exactly: writer.count) else { return .full }
        let end = payload + writer.count
        let word = UInt32(kind.rawValue)
        unsafe memory.storeBytes(of: frameMagic.littleEndian, toByteOffset: start + 8, as: UInt32.self)
        unsafe memory.storeBytes(of: word.littleEndian, toByteOffset: start + 12, as: UInt32.self)
        let covered = unsafe UnsafeRawBufferPointer(start: memory + start + 8, count: end - start - 8)
        let checksum = unsafe CRC32C.checksum(covered)
        unsafe memory.storeBytes(of: checksum.littleEndian, toByteOffset: start + 4, as: UInt32.self)
        let next = SegmentLayout.aligned(end)
        // What an earlier record that did not fit left behind must not look like a length.
        if next + 4 <= capacity { unsafe memory.storeBytes(of: 0, toByteOffset: next, as: UInt32.self) }
        commit(length, at: start)
        offset = next
        if syncing { sync(start..<end) }
        return .written
    }

    /// The bytes the writer will soon need, each answered once; `nil` while enough is ready.
    func claimAhead() -> Range<Int>? {
        guard claimed < capacity, offset > claimed - MappedSegment.ahead / 2 else { return nil }
        let start = claimed
        claimed = min(capacity, start + MappedSegment.ahead)
        return start..<claimed
    }

    /// Maps pages ahead of the writer, so that it meets no page fault, and lets go of those far behind it.
    ///
    /// Changes no byte, so it may run beside the writer. What was written stays in the kernel's hands. Where the system
    /// cannot map ahead, a page is mapped when it is first written to.
    func makeReady(_ bytes: Range<Int>) {
        #if os(Linux)
            // MADV_POPULATE_WRITE, since Linux 5.14.
            _ = unsafe madvise(memory + bytes.lowerBound, bytes.count, 23)
            let written = bytes.lowerBound - MappedSegment.ahead
            if written > 0 { _ = unsafe madvise(memory, written, Int32(MADV_DONTNEED)) }
        #endif
    }

    /// Says that nothing more will come; a reader may then remove the file.
    func close() {
        unsafe memory.storeBytes(
            of: UInt64(offset).littleEndian,
            toByteOffset: SegmentLayout.endOffset,
            as: UInt64.self
        )
        commit(SegmentLayout.closed, at: SegmentLayout.stateOffset)
    }

    private func commit(_ word: UInt32, at offset: Int) {
        let target = unsafe (memory + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
        unsafe target.pointee.store(word.littleEndian, ordering: .releasing)
    }

    private func sync(_ bytes: Range<Int>) {
        let page = bytes.lowerBound & ~4_095
        _ = unsafe msync(memory + page, bytes.upperBound - page, MS_SYNC)
    }
}

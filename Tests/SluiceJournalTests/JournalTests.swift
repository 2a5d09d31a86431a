// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceJournal
import Testing

@Suite("The journal")
struct JournalTests {
    private let now = Timestamp(milliseconds: 1_763_683_744_125)

    private func open(_ directory: String, loops: Int = 1, spool: Int = 16_384) throws -> Journal {
        let configuration = Journal.Configuration(
            directory: directory,
            node: "node-1",
            segmentBytes: 65_536,
            spoolRecords: spool
        )
        return try Journal.open(configuration, loops: loops, now: now)
    }

    /// Reads until nothing new comes.
    private func readAll(
        _ directory: String,
        after position: inout JournalPosition,
        limit: Int = 100
    ) throws -> [JournalRecord] {
        let reader = JournalReader(directory: directory, node: "node-1")
        var records: [JournalRecord] = []
        while true {
            let batch = try reader.read(after: position, limit: limit)
            #expect(batch.count <= limit)
            #expect(batch.damaged == 0)
            position = batch.position
            if batch.count == 0 { return records }
            records += batch.records
        }
    }

    private func files(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".slj") }.sorted()
    }

    @Test("records are read in order while the writer lives, over many segments", arguments: [1, 7, 1_000])
    func order(_ limit: Int) async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory)
            let records = (0..<1_500).map { $0 % 2 == 0 ? Sample.opened($0) : Sample.settled($0) }
            var position = JournalPosition()
            var read: [JournalRecord] = []
            for (index, record) in records.enumerated() {
                journal.append(record, loop: 0)
                if index % 300 == 299 {
                    journal.maintain()
                    read += try readAll(directory, after: &position, limit: limit)
                }
            }
            #expect(JournalBatch(read, position: position) == JournalBatch(records, position: position))
            #expect(journal.status.appended == 1_500)
            #expect(!journal.status.isDegraded)
            journal.close()
        }
    }

    @Test("an attempt that is settled in the batch it was opened in is told of by its outcome alone")
    func settledAtOnce() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory)
            for number in UInt64(0)..<20 { journal.append(Sample.opened(number), loop: 0) }
            for number in UInt64(0)..<20 where number % 3 != 0 { journal.append(Sample.settled(number), loop: 0) }
            let reader = JournalReader(directory: directory, node: "node-1")
            let batch = try reader.read(after: JournalPosition(), limit: 1_000)
            let open = stride(from: UInt64(0), to: 20, by: 3).map { Sample.opened($0).request }
            #expect(batch.count == 33)
            #expect(batch.outcomes.count == 13)
            #expect(Set(batch.opened.map(\.request)) == Set(open))
            #expect(batch.opened.count == open.count)
            for number in UInt64(0)..<20 where number % 3 == 0 { journal.append(Sample.settled(number), loop: 0) }
            let rest = try reader.read(after: batch.position, limit: 1_000)
            #expect(rest.outcomes.map(\.request) == open && rest.opened.isEmpty && rest.count == 7)
            journal.close()
        }
    }

    @Test("what was read is given back, and the position forgets it")
    func release() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory)
            for number in 0..<2_000 { journal.append(Sample.settled(UInt64(number)), loop: 0) }
            journal.maintain()
            let before = try files(directory).count
            #expect(before > 5)
            let reader = JournalReader(directory: directory, node: "node-1")
            let half = try reader.read(after: JournalPosition(), limit: 1_000)
            try reader.release(upTo: half.position)
            #expect(try files(directory).count < before)
            let rest = try reader.read(after: half.position, limit: 10_000)
            #expect(half.records + rest.records == (0..<2_000).map { Sample.settled($0) })
            try reader.release(upTo: rest.position)
            let kept = try files(directory)
            #expect(kept.count == 2)
            let idle = try reader.read(after: rest.position, limit: 10)
            #expect(idle.records.isEmpty)
            #expect(Set(idle.position.offsets.keys) == Set(kept))
            journal.close()
        }
    }

    @Test("a release touches nothing but closed segments of its own node")
    func releaseIsNarrow() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory + "/journal")
            journal.append(Sample.settled(1), loop: 0)
            let other = directory + "/precious-0-0000000000000001.slj"
            try Data("x".utf8).write(to: URL(fileURLWithPath: other))
            let reader = JournalReader(directory: directory + "/journal", node: "node-1")
            var position = JournalPosition(offsets: [
                "../precious-0-0000000000000001.slj": .max, "journal.lock": .max, "": .max, "..": .max,
            ])
            for name in try files(directory + "/journal") { position.offsets[name] = .max }
            try reader.release(upTo: position)
            #expect(FileManager.default.fileExists(atPath: other))
            #expect(FileManager.default.fileExists(atPath: directory + "/journal/journal.lock"))
            #expect(try files(directory + "/journal").count == 2)
            journal.close()
        }
    }

    @Test("a second writer is refused, and welcome once the first has ended")
    func lock() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory)
            let error = #expect(throws: JournalError.self) { try open(directory) }
            #expect(error?.code == .locked)
            journal.close()
            try open(directory).close()
        }
    }

    @Test("a node's name that is no file name is refused", arguments: ["", ".", "../x", "a/b", "a b", "é"])
    func nodeName(_ name: String) async throws {
        try await withTemporaryDirectory { directory in
            let error = #expect(throws: JournalError.self) {
                try Journal.open(.init(directory: directory, node: name), loops: 1, now: now)
            }
            #expect(error?.code == .unusable)
        }
    }

    @Test("a journal whose process died is read whole by the next, and given back")
    func takeOver() async throws {
        try await withTemporaryDirectory { directory in
            let crashed = directory + "/crashed"
            let journal = try open(directory + "/live", loops: 2)
            let records = (0..<700).map { Sample.settled($0) }
            for (index, record) in records.enumerated() { journal.append(record, loop: index % 2) }
            // What the kernel has at this moment is what a killed process leaves behind.
            try FileManager.default.copyItem(atPath: directory + "/live", toPath: crashed)
            journal.close()

            let next = try open(crashed, loops: 2)
            next.append(Sample.opened(9_999), loop: 0)
            var position = JournalPosition()
            let read = try readAll(crashed, after: &position)
            #expect(read.count == 701)
            #expect(Set(read.map(\.request)) == Set((records + [Sample.opened(9_999)]).map(\.request)))
            try JournalReader(directory: crashed, node: "node-1").release(upTo: position)
            #expect(try files(crashed).count == 4)
            next.close()
        }
    }

    @Test("appends of several loops and reads go on side by side; nothing is lost, nothing comes twice")
    func concurrent() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory, loops: 4)
            let expected = 4 * 3_000
            let maintenance = Task { await journal.run() }
            let appending = Task {
                await withTaskGroup(of: Void.self) { group in
                    for loop in 0..<4 {
                        group.addTask {
                            for number in 0..<3_000 {
                                journal.append(Sample.settled(UInt64(loop * 3_000 + number)), loop: loop)
                            }
                        }
                    }
                }
            }
            let reader = JournalReader(directory: directory, node: "node-1")
            var position = JournalPosition()
            var perLoop = [[UInt64]](repeating: [], count: 4)
            var count = 0
            let deadline = ContinuousClock.now + .seconds(300)
            while count < expected, ContinuousClock.now < deadline {
                let batch = try reader.read(after: position, limit: 500)
                #expect(batch.damaged == 0)
                position = batch.position
                count += batch.records.count
                for record in batch.records {
                    let number = record.request.low & 0xFFFF_FFFF
                    perLoop[Int(number) / 3_000].append(number)
                }
                try reader.release(upTo: position)
                if batch.records.isEmpty { await Task.yield() }
            }
            await appending.value
            for (loop, numbers) in perLoop.enumerated() {
                #expect(numbers.sorted() == (0..<3_000).map { UInt64(loop * 3_000 + $0) })
            }
            #expect(journal.status.lost == 0)
            maintenance.cancel()
            await maintenance.value
            journal.close()
        }
    }

    @Test("a loop makes no segment itself: what two cannot hold waits in memory for maintenance, in order")
    func late() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory)
            let records = (0..<2_000).map { Sample.settled($0) }
            for record in records { journal.append(record, loop: 0) }
            #expect(try files(directory).count == 2)
            #expect(journal.status.isDegraded && journal.status.waiting > 0 && journal.status.lost == 0)
            journal.maintain()
            #expect(!journal.status.isDegraded && journal.status.waiting == 0)
            var position = JournalPosition()
            #expect(try readAll(directory, after: &position) == records)
            journal.close()
        }
    }

    @Test("without room records wait in bounded memory, are counted, and are written once there is room")
    func degraded() async throws {
        try await withTemporaryDirectory { parent in
            let directory = parent + "/journal"
            let journal = try open(directory, spool: 300)
            // No segment can be made in a directory that is gone, as none can be on a full disk.
            try FileManager.default.moveItem(atPath: directory, toPath: parent + "/away")
            var number: UInt64 = 0
            while !journal.status.isDegraded, number < 10_000 {
                journal.append(Sample.settled(number), loop: 0)
                number += 1
            }
            #expect(journal.status.isDegraded)
            while journal.status.lost == 0, number < 20_000 {
                journal.append(Sample.settled(number), loop: 0)
                number += 1
            }
            #expect(journal.status.waiting == 300)
            #expect(journal.status.lost == 1)
            journal.maintain()
            #expect(journal.status.isDegraded)

            try FileManager.default.moveItem(atPath: parent + "/away", toPath: directory)
            journal.maintain()
            #expect(!journal.status.isDegraded)
            #expect(journal.status.waiting == 0)
            journal.append(Sample.settled(number), loop: 0)
            var position = JournalPosition()
            let read = try readAll(directory, after: &position)
            #expect(read == ((0..<(number - 1)).map { Sample.settled($0) } + [Sample.settled(number)]))
            journal.close()
        }
    }

    @Test("maintenance writes what waits by itself, as soon as there is room")
    func recovers() async throws {
        try await withTemporaryDirectory { parent in
            let directory = parent + "/journal"
            let journal = try open(directory, spool: 300)
            let maintenance = Task { await journal.run(retryEvery: .milliseconds(1)) }
            try FileManager.default.moveItem(atPath: directory, toPath: parent + "/away")
            var number: UInt64 = 0
            while !journal.status.isDegraded, number < 10_000 {
                journal.append(Sample.settled(number), loop: 0)
                number += 1
            }
            try FileManager.default.moveItem(atPath: parent + "/away", toPath: directory)
            let deadline = ContinuousClock.now + .seconds(30)
            while journal.status.isDegraded, ContinuousClock.now < deadline { await Task.yield() }
            #expect(!journal.status.isDegraded)
            #expect(journal.status.appended == Int(number))
            maintenance.cancel()
            await maintenance.value
            journal.close()
        }
    }

    @Test("a record larger than a segment is given up and counted, and the next is fine")
    func oversized() async throws {
        try await withTemporaryDirectory { directory in
            let journal = try open(directory)
            var huge = Sample.outcome(1)
            huge.tags = String(repeating: "x", count: 100_000)
            journal.append(.settled(huge), loop: 0)
            journal.append(Sample.settled(2), loop: 0)
            #expect(journal.status.lost == 1)
            #expect(!journal.status.isDegraded)
            var position = JournalPosition()
            #expect(try readAll(directory, after: &position) == [Sample.settled(2)])
            journal.close()
        }
    }

    @Test("waiting for the disk changes nothing but the time it takes")
    func power() async throws {
        try await withTemporaryDirectory { directory in
            let configuration = Journal.Configuration(
                directory: directory,
                node: "node-1",
                segmentBytes: 65_536,
                durability: .power
            )
            let journal = try Journal.open(configuration, loops: 1, now: now)
            for number in 0..<20 { journal.append(Sample.settled(UInt64(number)), loop: 0) }
            var position = JournalPosition()
            #expect(try readAll(directory, after: &position) == (0..<20).map { Sample.settled($0) })
            journal.close()
        }
    }

    @Test("a directory that is not there cannot be read, and says so")
    func noDirectory() {
        let error = #expect(throws: JournalError.self) {
            try JournalReader(directory: "/nowhere/at/all", node: "n").read(after: JournalPosition(), limit: 1)
        }
        #expect(error?.code == .unavailable)
    }
}

extension JournalRecord {
    /// The request a record is about.
    var request: RequestID {
        switch self {
        case .opened(let attempt): attempt.request
        case .settled(let outcome): outcome.request
        case .pinned(let pin): RequestID(high: pin.digest.high, low: pin.digest.low)
        case .charged(let charge): charge.request
        }
    }
}

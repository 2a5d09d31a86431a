// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceJournal
import SluiceTestKit
import Testing

@Suite("The journal on a full disk", .enabled(if: TinyDisk.isPossible, "needs the right to mount a tmpfs"))
struct FullDiskTests {
    @Test("records wait in memory, nothing traps, and all are written once there is room")
    func full() async throws {
        try await TinyDisk.with { directory in
            let configuration = Journal.Configuration(
                directory: directory + "/journal",
                node: "n",
                segmentBytes: 65_536,
                spoolRecords: 1_000
            )
            let journal = try Journal.open(configuration, loops: 1, now: Timestamp(nanoseconds: 0))
            let ballast = try TinyDisk.fill(directory, leaving: 150_000)
            var number: UInt64 = 0
            while !journal.status.isDegraded, number < 100_000 {
                journal.append(Sample.settled(number), loop: 0)
                journal.maintain()
                number += 1
            }
            #expect(journal.status.isDegraded)
            for _ in 0..<500 {
                journal.append(Sample.settled(number), loop: 0)
                number += 1
            }
            journal.maintain()
            #expect(journal.status.isDegraded)
            try FileManager.default.removeItem(atPath: ballast)
            journal.maintain()
            #expect(!journal.status.isDegraded)
            #expect(journal.status.lost == 0)
            let reader = JournalReader(directory: directory + "/journal", node: "n")
            let batch = try reader.read(after: JournalPosition(), limit: 200_000)
            #expect(batch.records == (0..<number).map { Sample.settled($0) })
            journal.close()
        }
    }

    @Test("a journal that starts on a full disk starts degraded and heals")
    func fullAtStart() async throws {
        try await TinyDisk.with { directory in
            let ballast = try TinyDisk.fill(directory, leaving: 20_000)
            let configuration = Journal.Configuration(
                directory: directory + "/journal",
                node: "n",
                segmentBytes: 65_536
            )
            let journal = try Journal.open(configuration, loops: 2, now: Timestamp(nanoseconds: 0))
            journal.append(Sample.settled(1), loop: 0)
            #expect(journal.status.isDegraded)
            #expect(journal.status.waiting == 1)
            try FileManager.default.removeItem(atPath: ballast)
            journal.maintain()
            #expect(!journal.status.isDegraded)
            #expect(journal.status.appended == 1)
            journal.close()
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceJournal

@Suite("Segments that are missing")
struct GapTests {
    private static let bytes = 65_536

    private func open(_ directory: String, at milliseconds: Int64 = 1_763_683_744_125) throws -> Journal {
        try Journal.open(
            Journal.Configuration(directory: directory, node: "node-1", segmentBytes: GapTests.bytes),
            loops: 1,
            now: Timestamp(milliseconds: milliseconds)
        )
    }

    /// Some segments of a process that has ended; returns their names in order.
    private func fill(_ directory: String) throws -> [String] {
        let journal = try open(directory)
        for number in 0..<1_500 {
            journal.append(Sample.settled(UInt64(number)), loop: 0)
            if number % 100 == 0 { journal.maintain() }
        }
        journal.close()
        let names = try files(directory)
        #expect(names.count > 4)
        return names
    }

    private func files(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".slj") }.sorted()
    }

    private func gaps(_ directory: String, _ position: JournalPosition? = nil) throws -> JournalGaps {
        try JournalReader(directory: directory, node: "node-1").gaps(after: position, segmentBytes: GapTests.bytes)
    }

    @Test("nothing is missing in a directory that is new, empty or whole")
    func none() async throws {
        try await withTemporaryDirectory { directory in
            #expect(try gaps(directory + "/none") == JournalGaps(segments: [], isWhole: true))
            #expect(try gaps(directory).segments == [])
            _ = try fill(directory)
            #expect(try gaps(directory) == JournalGaps(segments: [], isWhole: false))
        }
    }

    @Test("a segment that is gone between two others is missed, also over a restart")
    func middle() async throws {
        try await withTemporaryDirectory { directory in
            let names = try fill(directory)
            let second = try open(directory, at: 1_763_683_999_999)
            second.append(Sample.settled(1), loop: 0)
            second.close()
            for name in [names[1], names[names.count - 1]] {
                let path = "\(directory)/\(name)"
                try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
                #expect(try gaps(directory) == JournalGaps(segments: [name], isWhole: false))
                try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            }
            #expect(try gaps(directory).segments == [])
        }
    }

    @Test("what was read whole and removed is not missed, in whatever order")
    func released() async throws {
        try await withTemporaryDirectory { directory in
            let names = try fill(directory)
            let reader = JournalReader(directory: directory, node: "node-1")
            var position = try reader.read(after: JournalPosition(), limit: 600).position
            try reader.release(upTo: position)
            #expect(try files(directory).count < names.count)
            #expect(try gaps(directory, position).segments == [])
            position = try reader.read(after: position, limit: 10_000).position
            try FileManager.default.removeItem(atPath: "\(directory)/\(names[names.count - 2])")
            #expect(try gaps(directory, position).segments == [])
        }
    }

    @Test("a process that dies while it removes what was read leaves nothing that is missed later")
    func diedRemoving() async throws {
        try await withTemporaryDirectory { directory in
            let names = try fill(directory)
            let reader = JournalReader(directory: directory, node: "node-1")
            let position = try reader.read(after: JournalPosition(), limit: 10_000).position
            // It fails at the third, as if it had died there.
            let third = "\(directory)/\(names[2])"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: third))
            try FileManager.default.removeItem(atPath: third)
            try FileManager.default.createDirectory(atPath: third, withIntermediateDirectories: false)
            #expect(throws: JournalError.self) { try reader.release(upTo: position) }
            #expect(try files(directory) == Array(names[2...]))
            try FileManager.default.removeItem(atPath: third)
            try bytes.write(to: URL(fileURLWithPath: third))
            // The next process writes on, and its position knows only of what is there.
            let next = try open(directory, at: 1_763_683_999_999)
            next.append(Sample.settled(1), loop: 0)
            let later = try reader.read(after: position, limit: 10_000).position
            next.close()
            #expect(try gaps(directory, later).segments == [])
        }
    }

    @Test("nothing is removed before an older segment that was not read whole")
    func oldestFirst() async throws {
        try await withTemporaryDirectory { directory in
            let names = try fill(directory)
            let reader = JournalReader(directory: directory, node: "node-1")
            var position = try reader.read(after: JournalPosition(), limit: 10_000).position
            position.offsets[names[1]] = 64
            try reader.release(upTo: position)
            #expect(try files(directory) == Array(names.dropFirst()))
        }
    }

    @Test("a segment that the store was reading is missed by its position")
    func reading() async throws {
        try await withTemporaryDirectory { directory in
            let names = try fill(directory)
            let reader = JournalReader(directory: directory, node: "node-1")
            let position = try reader.read(after: JournalPosition(), limit: 5).position
            try FileManager.default.removeItem(atPath: "\(directory)/\(names[0])")
            #expect(try gaps(directory, position).segments == [names[0]])
            for name in names.dropFirst() { try FileManager.default.removeItem(atPath: "\(directory)/\(name)") }
            #expect(try gaps(directory, position).isWhole)
        }
    }
}

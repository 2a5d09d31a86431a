// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceJournal

@Suite("A journal with torn or damaged files")
struct DamageTests {
    private static let count = 40
    private let now = Timestamp(milliseconds: 1_763_683_744_125)

    /// The bytes of a segment with forty records, as its writer's death leaves it, and where its frames begin.
    private func segment(closed: Bool = false) async throws -> (name: String, bytes: [UInt8], frames: [Int]) {
        try await withTemporaryDirectory { directory in
            let configuration = Journal.Configuration(directory: directory, node: "n", segmentBytes: 65_536)
            let journal = try Journal.open(configuration, loops: 1, now: now)
            for number in 0..<DamageTests.count { journal.append(Sample.settled(UInt64(number)), loop: 0) }
            let reader = JournalReader(directory: directory, node: "n")
            var frames: [Int] = []
            var position = JournalPosition()
            var name = ""
            for _ in 0...DamageTests.count {
                let batch = try reader.read(after: position, limit: 1)
                position = batch.position
                let furthest = position.offsets.max { $0.value < $1.value }
                name = furthest?.key ?? ""
                frames.append(Int(furthest?.value ?? 0))
            }
            if closed { journal.close() }
            let path = directory + "/" + name
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            if !closed { journal.close() }
            return (name, bytes, [SegmentLayout.headerSize] + frames.dropLast())
        }
    }

    /// What is read of a file by the process that comes after its writer's death.
    private func read(_ name: String, _ bytes: [UInt8]) async throws -> JournalBatch {
        try await withTemporaryDirectory { directory in
            try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
            let configuration = Journal.Configuration(directory: directory, node: "n", segmentBytes: 65_536)
            let journal = try Journal.open(configuration, loops: 1, now: now)
            defer { journal.close() }
            let reader = JournalReader(directory: directory, node: "n")
            let batch = try reader.read(after: JournalPosition(), limit: 1_000)
            let again = try reader.read(after: batch.position, limit: 1_000)
            #expect(again.records.isEmpty && again.damaged == 0)
            try reader.release(upTo: batch.position)
            return batch
        }
    }

    private func records(_ numbers: Range<Int>) -> [JournalRecord] { numbers.map { Sample.settled(UInt64($0)) } }

    @Test("cut at any byte of its last frames, a segment gives every whole frame and nothing else")
    func cut() async throws {
        let (name, bytes, frames) = try await segment()
        let end = frames[DamageTests.count]
        for length in (frames[DamageTests.count - 1] - 24)...end {
            // Once as a shorter file, once as a file whose end never reached the disk.
            for cut in [Array(bytes.prefix(length)), Array(bytes.prefix(length)) + Array(repeating: 0, count: 4_096)] {
                let batch = try await read(name, cut)
                // The padding behind a payload is no part of it.
                let whole = frames.dropFirst().filter { $0 - 7 <= length }.count
                #expect(batch.records.count == whole || batch.records.count == whole - 1)
                #expect(batch.records == records(0..<batch.records.count))
                #expect(batch.records.count >= frames.dropFirst().filter { $0 <= length }.count)
            }
        }
    }

    @Test("a frame whose length was never written is none, whatever else of it was", arguments: [0, 17, 39])
    func torn(_ index: Int) async throws {
        var (name, bytes, frames) = try await segment()
        for place in frames[index]..<(frames[index] + 4) { bytes[place] = 0 }
        for place in frames[index + 1]..<bytes.count { bytes[place] = 0 }
        let batch = try await read(name, bytes)
        #expect(batch.records == records(0..<index))
        #expect(batch.damaged == 0)
    }

    @Test("a flipped bit anywhere in a frame costs that frame, is counted, and costs no other")
    func flipped() async throws {
        let (name, bytes, frames) = try await segment()
        var generator = SeededGenerator(seed: 5)
        let frame = frames[11]..<frames[12]
        let length = Int(bytes.number(at: frame.lowerBound, UInt32.self))
        for place in frame.lowerBound..<(frame.lowerBound + SegmentLayout.frameHeaderSize + length) {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            let batch = try await read(name, damaged)
            #expect(batch.records == records(0..<11) + records(12..<DamageTests.count))
            #expect(batch.damaged == 1)
        }
    }

    @Test("sectors that never reached the disk cost their frames and no others")
    func lostSectors() async throws {
        var (name, bytes, frames) = try await segment()
        for place in 2_048..<4_096 { bytes[place] = 0 }
        let batch = try await read(name, bytes)
        let kept = (0..<DamageTests.count).filter { frames[$0 + 1] <= 2_048 || frames[$0] >= 4_096 }
        #expect(kept.count > 10)
        #expect(batch.records == kept.map { Sample.settled(UInt64($0)) })
        #expect(batch.damaged >= 1)
    }

    @Test(
        "a frame far behind zeros is found, wherever it lies",
        arguments: [4_080, 4_088, 4_096, 4_104, 8_184, 40_000]
    )
    func farFrame(_ gap: Int) async throws {
        let (name, bytes, frames) = try await segment()
        let frame = Array(bytes[frames[3]..<frames[4]])
        var sparse = Array(bytes.prefix(frames[2])) + Array(repeating: 0, count: gap) + frame
        sparse += Array(repeating: 0, count: bytes.count - sparse.count)
        let batch = try await read(name, sparse)
        #expect(batch.records == records(0..<2) + records(3..<4))
        #expect(batch.damaged == 1)
    }

    @Test("a closed segment is read to the end its writer noted")
    func closed() async throws {
        var (name, bytes, _) = try await segment(closed: true)
        let header = try #require(SegmentHeader(Array(bytes.prefix(64))))
        #expect(header.isClosed)
        let end = try #require(header.end)
        for place in end..<bytes.count { bytes[place] = 0xFF }
        let batch = try await read(name, bytes)
        #expect(batch.records == records(0..<DamageTests.count))
        #expect(batch.damaged == 0)
    }

    @Test("files of garbage trap nothing, are counted once and are left for a person")
    func garbage() async throws {
        let (name, bytes, _) = try await segment()
        var generator = SeededGenerator(seed: 99)
        for round in 0..<60 {
            var damaged = bytes
            switch round % 4 {
            case 0: damaged = []
            case 1: damaged = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            case 2: for place in 64..<damaged.count { damaged[place] = UInt8.random(in: 0...255, using: &generator) }
            default:
                for _ in 0..<200 {
                    let place = Int.random(in: 0..<12_000, using: &generator)
                    damaged[place] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            let batch = try await read(name, damaged)
            #expect(batch.damaged >= 1)
        }
    }

    @Test("a position that lies is taken for what it can be", arguments: [Int64.min, -1, 0, 1, 63, 65, 777, .max])
    func lyingPosition(_ offset: Int64) async throws {
        try await withTemporaryDirectory { directory in
            let configuration = Journal.Configuration(directory: directory, node: "n", segmentBytes: 65_536)
            let journal = try Journal.open(configuration, loops: 1, now: now)
            defer { journal.close() }
            for number in 0..<10 { journal.append(Sample.settled(UInt64(number)), loop: 0) }
            let reader = JournalReader(directory: directory, node: "n")
            let first = try reader.read(after: JournalPosition(), limit: 10)
            let lies = JournalPosition(offsets: first.position.offsets.mapValues { _ in offset })
            let batch = try reader.read(after: lies, limit: 100)
            #expect(batch.records.allSatisfy { first.records.contains($0) })
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceJournal

@Suite("The codec of journal records")
struct RecordCodecTests {
    private func encoded(_ record: JournalRecord, room: Int = 1 << 20) -> [UInt8]? {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 8)
        defer { memory.deallocate() }
        var writer = RecordWriter(memory)
        RecordCodec.write(record, to: &writer)
        return writer.isFull ? nil : Array(memory.prefix(writer.count))
    }

    /// The same without making the record of the outcome first.
    private func encoded(_ kind: RecordCodec.Kind, _ outcome: Outcome) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
        defer { memory.deallocate() }
        var writer = RecordWriter(memory)
        RecordCodec.write(kind, outcome, to: &writer)
        return Array(memory.prefix(writer.count))
    }

    private func decoded(_ kind: RecordCodec.Kind, _ bytes: [UInt8]) -> JournalRecord? {
        var reader = RecordReader()
        // Other bytes before and behind, which are no part of it.
        reader.load([0xFF, 0x01] + bytes + [0x01, 0x00, 0x01])
        reader.seek(2..<(2 + bytes.count))
        return decoded(kind, &reader)
    }

    private func decoded(_ kind: RecordCodec.Kind, _ reader: inout RecordReader) -> JournalRecord? {
        switch kind {
        case .opened: (try? RecordCodec.opened(&reader)).map { .opened($0) }
        case .settled: (try? RecordCodec.outcome(&reader)).map { .settled($0) }
        case .pinned: (try? RecordCodec.pin(&reader)).map { .pinned($0) }
        case .charged: (try? RecordCodec.charge(&reader)).map { .charged($0) }
        }
    }

    @Test("every record comes back as it was, to the byte of its texts")
    func roundTrip() throws {
        for record in Sample.extremes {
            let bytes = try #require(encoded(record))
            let kind = RecordCodec.kind(of: record)
            let back = try #require(decoded(kind, bytes))
            #expect(back == record)
            #expect(encoded(back) == bytes)
        }
    }

    @Test("a number of every length is written in as many bytes as it needs, and comes back")
    func numbers() throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { memory.deallocate() }
        for bits in UInt64(0)..<64 {
            for value: UInt64 in [1 << bits, (1 << bits) - 1, 0 &- (1 << bits)] {
                let needed = (63 - (value | 1).leadingZeroBitCount) / 7 + 1
                // With room behind it and without.
                for room in [64, needed] {
                    var writer = RecordWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<room]))
                    writer.put(unsigned: value)
                    #expect(!writer.isFull && writer.count == needed)
                    for padding in [0, 9] {
                        var reader = RecordReader()
                        reader.load(Array(memory.prefix(writer.count)) + [UInt8](repeating: 0xFF, count: padding))
                        #expect(try reader.unsigned() == value)
                        #expect(reader.rest.count == padding)
                    }
                }
            }
        }
    }

    @Test("records read one after another by one reader come back as they were, whatever texts it keeps")
    func oneReader() throws {
        var reader = RecordReader()
        for round in 0..<3 {
            for number in UInt64(0)..<700 {
                var outcome = Sample.outcome(number)
                // More texts than the reader keeps, of all lengths; those of one length differ where it does not look.
                outcome.version = VersionID("v\(number % 300)")
                outcome.unitSource = String(repeating: "é", count: Int(number % 90))
                outcome.route = RouteID("a-long-name-\(number % 7)-that-differs-in-its-middle")
                for record in [Sample.opened(number), .settled(outcome)] + (round == 1 ? Sample.extremes : []) {
                    let bytes = try #require(encoded(record, room: 1 << 16))
                    reader.load(bytes)
                    #expect(decoded(RecordCodec.kind(of: record), &reader) == record)
                }
            }
        }
    }

    @Test("what is written straight from an outcome is its record, to the byte")
    func withoutRecord() throws {
        for case .settled(let outcome) in Sample.extremes {
            for kind in [RecordCodec.Kind.opened, .settled] {
                guard let record = RecordCodec.record(kind, outcome) else {
                    // An attempt is only opened where there is a route and an attempt.
                    #expect(kind == .opened && (outcome.attempts.isEmpty || outcome.route == nil))
                    continue
                }
                #expect(encoded(kind, outcome) == encoded(record))
            }
        }
    }

    @Test(
        "records from before an endpoint had a dialect are read as OpenAI's, and written to the same bytes",
        arguments: [
            ("01", Outcome.Endpoint.chatCompletions), ("02", .completions), ("03", .embeddings), ("04", .models),
            ("05", .other),
        ]
    )
    func oldRecords(code: String, endpoint: Outcome.Endpoint) throws {
        let text =
            "0100000000009001010000000000008080e59c8babc1eef9309ccdb1c00dd080050180f8c5a902"
            + code
            + "0101086131423263334434010463686174010976322d63616e61727901e72401146865616465723a782d736c756963652d756e6974"
            + "01efbefecacefaedfe549003010000010201046d61696e076770742d342e310976322d63616e617279e0d10480ab8dbf0d0180efcb"
            + "a8020190030001d80c80100000f2050000000180f4f404"
        let digits = Array(text.utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
        var outcome = Sample.outcome(1)
        outcome.endpoint = endpoint
        #expect(decoded(.settled, bytes) == .settled(outcome))
        #expect(encoded(.settled(outcome)) == bytes)
    }

    @Test("codes of words are distinct and not zero")
    func codes() {
        func areDistinct<Code: RecordCode & CaseIterable>(_ type: Code.Type) -> Bool {
            let codes = Set(type.allCases.map(\.recordCode))
            return codes.count == type.allCases.count && !codes.contains(0)
        }
        #expect(areDistinct(Outcome.Endpoint.self))
        #expect(areDistinct(Outcome.Ending.self))
        #expect(areDistinct(Attempt.Purpose.self))
        #expect(areDistinct(ErrorClass.self))
    }

    @Test("a record cut at any byte is none")
    func cut() throws {
        for record in [Sample.opened(7), Sample.settled(7)] {
            let bytes = try #require(encoded(record))
            for length in 0..<bytes.count {
                #expect(decoded(RecordCodec.kind(of: record), Array(bytes.prefix(length))) == nil)
            }
        }
    }

    @Test("bytes of a later release behind a record are passed over")
    func laterFields() throws {
        var outcome = Sample.outcome(7)
        outcome.requestBytes = 4_096
        let bytes = try #require(encoded(.settled(outcome)))
        #expect(decoded(.settled, bytes + [1, 2, 3]) == .settled(outcome))
    }

    @Test(
        "a request's size stands at the end; one that is not known writes nothing, and one beyond all numbers is no record"
    )
    func requestBytes() throws {
        let before = try #require(encoded(Sample.settled(7)))
        var outcome = Sample.outcome(7)
        outcome.requestBytes = 300
        #expect(encoded(.settled(outcome)) == before + [1, 0xAC, 0x02])
        #expect(decoded(.settled, before) == Sample.settled(7))
        #expect(decoded(.settled, before + [0]) == Sample.settled(7))
        #expect(decoded(.settled, before + [1]) == nil)
        #expect(decoded(.settled, before + [1] + [UInt8](repeating: 0xFF, count: 9) + [1]) == nil)
    }

    @Test("no bytes whatever trap, and what decodes encodes again")
    func hostile() throws {
        var generator = SeededGenerator(seed: 20_261_121)
        let seeds = try [Sample.opened(7), Sample.settled(7)].map { try #require(encoded($0)) }
        var accepted = 0
        for round in 0..<30_000 {
            var bytes = seeds[round % 2]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                default: bytes.remove(at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let kind: RecordCodec.Kind = round % 3 == 0 ? .opened : .settled
            guard let record = decoded(kind, bytes) else { continue }
            accepted += 1
            let again = try #require(encoded(record))
            #expect(decoded(kind, again) == record)
        }
        #expect(accepted > 100)
        for _ in 0..<5_000 {
            let length = Int.random(in: 0...200, using: &generator)
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = decoded(.opened, bytes)
            _ = decoded(.settled, bytes)
        }
    }

    @Test("a count of attempts that lies ends with the bytes")
    func lyingCount() throws {
        var outcome = Sample.outcome(1)
        outcome.attempts = []
        var bytes = try #require(encoded(.settled(outcome)))
        #expect(bytes.last == 0)
        bytes.removeLast()
        bytes += [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
        #expect(decoded(.settled, bytes) == nil)
    }

    @Test("a record writes nothing beyond the room it is lent", arguments: [Sample.opened(1), Sample.settled(1)])
    func room(_ record: JournalRecord) throws {
        let needed = try #require(encoded(record)).count
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: needed + 64, alignment: 8)
        defer { memory.deallocate() }
        for room in 0...needed {
            memory.copyBytes(from: [UInt8](repeating: 0xA5, count: memory.count))
            var writer = RecordWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<room]))
            RecordCodec.write(record, to: &writer)
            #expect(writer.isFull == (room < needed))
            #expect(memory[room...].allSatisfy { $0 == 0xA5 })
        }
    }
}

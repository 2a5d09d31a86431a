// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("The in-memory journal")
struct MemoryJournalTests {
    @Test("gives what was appended once, in the order of each loop, and forgets what was released")
    func reads() throws {
        let journal = MemoryJournal()
        for number in 0..<30 { journal.append(Sample.settled(UInt64(number)), loop: number % 3) }
        var position = JournalPosition()
        var read: [JournalRecord] = []
        while true {
            let batch = try journal.read(after: position, limit: 4)
            if batch.records.isEmpty { break }
            #expect(batch.records.count <= 4)
            read += batch.records
            position = batch.position
            try journal.release(upTo: position)
        }
        let expected = (0..<3).flatMap { loop in
            stride(from: loop, to: 30, by: 3).map { Sample.settled(UInt64($0)) }
        }
        #expect(read == expected)
        #expect(try journal.read(after: JournalPosition(), limit: 10).records.isEmpty)
        journal.append(Sample.opened(99), loop: 1)
        #expect(try journal.read(after: position, limit: 10).records == [Sample.opened(99)])
    }

    @Test("what was not released is read again from an older position")
    func rereads() throws {
        let journal = MemoryJournal()
        journal.append(Sample.settled(1), loop: 0)
        let first = try journal.read(after: JournalPosition(), limit: 10)
        #expect(try journal.read(after: JournalPosition(), limit: 10) == first)
        #expect(try journal.read(after: first.position, limit: 10).records.isEmpty)
    }
}

// SPDX-License-Identifier: Apache-2.0
#if os(Linux)
    import Foundation
    import SluiceCore
    import SluiceJournal
    import Testing

    @Suite("The journal's memory")
    struct ResidentTests {
        /// KiB of this process's memory that map files of a directory.
        private func resident(_ directory: String) throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/smaps", encoding: .utf8)
            var isOurs = false
            var sum = 0
            for line in text.split(separator: "\n") {
                // A mapping's first line begins with its addresses, the others with a name and a colon.
                if line.split(separator: " ").first?.hasSuffix(":") == false {
                    isOurs = line.contains(directory)
                } else if isOurs, line.hasPrefix("Rss:") {
                    sum += line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                }
            }
            return sum
        }

        @Test("a segment is in memory around its writer only, not before and not behind")
        func window() async throws {
            try await withTemporaryDirectory { directory in
                let configuration = Journal.Configuration(directory: directory, node: "n", segmentBytes: 4 << 20)
                let journal = try Journal.open(configuration, loops: 1, now: Timestamp(milliseconds: 1))
                defer { journal.close() }
                #expect(try resident(directory) <= 600)
                // Some 3 MiB, with maintenance as often as it would come.
                let count = 20_000
                for number in 0..<UInt64(count) {
                    journal.append(Sample.settled(number), loop: 0)
                    if number % 200 == 0 { journal.maintain() }
                }
                #expect(try resident(directory) <= 1_500)
                var position = JournalPosition()
                var read = 0
                let reader = JournalReader(directory: directory, node: "n")
                while true {
                    let batch = try reader.read(after: position, limit: 5_000)
                    position = batch.position
                    #expect(batch.damaged == 0)
                    guard !batch.records.isEmpty else { break }
                    read += batch.records.count
                }
                #expect(read == count)
            }
        }
    }
#endif

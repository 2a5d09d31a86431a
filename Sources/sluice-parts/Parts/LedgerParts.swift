// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceControl
import SluiceCore
import SluiceJournal
import SluiceStoreSQLite

extension Part {
    /// What is written down of a request: an opened attempt and an outcome.
    static let ledger: [Part] = [
        Part("journal-append", "both records of a request appended") { count in
            try await inFolder { folder in
                let journal = try Part.journal(in: folder)
                for number in 0..<count { Part.records(number).forEach { journal.append($0, loop: 0) } }
                let appended = journal.status.appended
                journal.close()
                return appended
            }
        },
        Part("journal-read", "both records appended and read back") { count in
            try await inFolder { folder in
                let journal = try Part.journal(in: folder)
                for number in 0..<count { Part.records(number).forEach { journal.append($0, loop: 0) } }
                let reader = JournalReader(directory: folder, node: "parts")
                var position = JournalPosition()
                var sum = 0
                while true {
                    let batch = try reader.read(after: position, limit: 2_000)
                    guard batch.count > 0 else { break }
                    sum += batch.count
                    position = batch.position
                }
                journal.close()
                return sum
            }
        },
        Part("ledger-ingest", "both records taken into the ledger, a thousand requests a transaction") { count in
            try await inFolder { folder in
                let store = try SQLiteStore.open(SQLiteStore.Configuration(path: folder + "/ledger.db"))
                var done = 0
                while done < count {
                    let next = min(count, done + 1_000)
                    // The journal's reader leaves out what was opened and settled in one batch.
                    var batch = JournalBatch(position: JournalPosition(offsets: ["a": Int64(done)]))
                    batch.outcomes = (done..<next).compactMap { Part.request($0)?.1 }
                    try await store.ingest(batch, node: "parts")
                    done = next
                }
                store.close()
                return done
            }
        },
        Part("ledger-observe", "the books of metrics and telemetry told of an outcome, a hundred at a time") { count in
            let metrics = VersionStatistics()
            let telemetry = ExportedMetrics()
            for start in stride(from: 0, to: count, by: 100) {
                let outcomes = (start..<min(count, start + 100)).compactMap { Part.request($0)?.1 }
                metrics.observe(outcomes)
                telemetry.observe(outcomes)
            }
            return count
        },
    ]

    private static func journal(in folder: String) throws -> Journal {
        let configuration = Journal.Configuration(directory: folder, node: "parts")
        return try Journal.open(configuration, loops: 1, now: Timestamp(nanoseconds: 1_763_600_000_000_000_000))
    }

    /// What one request leaves behind, as the data plane writes it; made from a pattern, so that making it costs little.
    private static func records(_ number: Int) -> [JournalRecord] {
        request(number).map { [.opened($0.0), .settled($0.1)] } ?? []
    }

    private static func request(_ number: Int) -> (OpenedAttempt, Outcome)? {
        guard var (opened, outcome) = pattern else { return nil }
        let milliseconds = UInt64(1_763_600_000_000 + number / 10)
        outcome.request = RequestID(
            milliseconds: milliseconds,
            sequence: UInt16(truncatingIfNeeded: number % 10),
            random: 0x0123_4567_89AB_CDEF &* UInt64(number | 1)
        )
        outcome.startedAt = Timestamp(nanoseconds: Int64(milliseconds) * 1_000_000 + Int64(number % 1_000))
        outcome.duration += Int64(number)
        outcome.bucket = UInt16(number % 10_000)
        outcome.unitHash = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        outcome.attempts[0].duration += Int64(number)
        outcome.attempts[0].usage = Usage(freshInput: 148 + Int64(number % 7), cachedInput: 64, output: 128)
        outcome.attempts[0].cost = .known(NanoUSD(Int64(1_352_000 + number % 1_000)))
        opened.request = outcome.request
        opened.requestStartedAt = outcome.startedAt
        return (opened, outcome)
    }

    private static let pattern: (OpenedAttempt, Outcome)? = {
        guard let provider = ProviderID("openai"), let version = VersionID("gpt-4.1-2025-04"),
            let route = RouteID("chat"), let key = KeyID("key_0123456789abcdef")
        else { return nil }
        let nobody = RequestID(high: 0, low: 0)
        let never = Timestamp(nanoseconds: 0)
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: provider,
            model: "gpt-4.1-2025-04-14",
            version: version,
            startedAfter: 40_000
        )
        attempt.duration = 812_000_000
        attempt.firstToken = 203_000_000
        attempt.status = 200
        var outcome = Outcome(request: nobody, startedAt: never, endpoint: .chatCompletions, epoch: 7)
        outcome.duration = 812_090_000
        outcome.overhead = 90_000
        outcome.firstToken = attempt.firstToken
        outcome.key = key
        outcome.route = route
        outcome.version = version
        outcome.unitSource = "user"
        outcome.status = 200
        outcome.ending = .complete
        outcome.attempts = [attempt]
        let opened = OpenedAttempt(
            request: nobody,
            requestStartedAt: never,
            number: 1,
            purpose: .primary,
            provider: provider,
            model: attempt.model,
            version: version,
            route: route,
            key: key
        )
        return (opened, outcome)
    }()

    /// Gives a folder that is gone afterwards.
    private static func inFolder(_ body: (String) async throws -> Int) async throws -> Int {
        let folder = FileManager.default.temporaryDirectory.path + "/sluice-parts-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }
}

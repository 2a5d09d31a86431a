// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import SluiceCore
import SluiceStore
import Synchronization
import Testing

@testable import SluiceControl

@Suite("Taking in outcomes")
struct IngesterTests {
    private let journal = MemoryJournal()
    private let store = MemoryStore()
    private let start = Timestamp(milliseconds: 1_760_000_000_000)
    private let seen = Seen()
    private let kept = Seen()
    private let status = IngesterStatus()

    private func ingestion() -> Ingestion {
        Ingestion(
            journal: journal,
            store: store,
            node: "n1",
            live: [seen],
            stored: [kept],
            status: status,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func write(_ numbers: ClosedRange<UInt64>) {
        for number in numbers {
            for record in Outcome.sample(number, at: start).records { journal.append(record, loop: Int(number % 2)) }
        }
    }

    private func rows() async throws -> Int {
        try await store.ledger(LedgerFilter(), after: 0, limit: 10_000).count
    }

    @Test("what is in the journal comes into the ledger once, and everyone is told once")
    func once() async throws {
        var ingestion = ingestion()
        write(1...10)
        #expect(await ingestion.pass(at: start) == .drained)
        #expect(await ingestion.pass(at: start) == .drained)
        #expect(try await rows() == 10)
        #expect(seen.count == 10)
        #expect(kept.count == 10)
        #expect(status.reading.ingested == 20)
        #expect(try await LedgerCheck.findings(in: store).isEmpty)
    }

    @Test("a journal longer than a batch is taken in over several passes")
    func batches() async throws {
        var ingestion = ingestion()
        ingestion.batchSize = 7
        write(1...10)
        #expect(await ingestion.pass(at: start) == .more)
        while await ingestion.pass(at: start) == .more {}
        #expect(try await rows() == 10)
    }

    @Test("a new process goes on where the store says, and replaying changes nothing")
    func resumed() async throws {
        var first = ingestion()
        write(1...5)
        _ = await first.pass(at: start)
        write(6...9)
        var second = ingestion()
        try await second.resume()
        _ = await second.pass(at: start)
        #expect(try await rows() == 9)
        #expect(seen.count == 9)
        // The store takes the same records again, from the journal's beginning.
        let replayed = MemoryJournal()
        for number: UInt64 in 1...9 {
            for record in Outcome.sample(number, at: start).records { replayed.append(record, loop: 0) }
        }
        let batch = try replayed.read(after: JournalPosition(), limit: 1_000)
        try await store.ingest(batch, node: "n1")
        #expect(try await rows() == 9)
        #expect(try await LedgerCheck.findings(in: store).isEmpty)
    }

    @Test("while the store is down live observers go on, and nothing is lost")
    func outage() async throws {
        var ingestion = ingestion()
        await store.fail(with: StoreError(.unavailable, "database is locked"))
        write(1...4)
        #expect(await ingestion.pass(at: start) == .storeFailed)
        write(5...6)
        #expect(await ingestion.pass(at: start.advanced(bySeconds: 3)) == .storeFailed)
        #expect(seen.count == 6)
        #expect(kept.count == 0)
        #expect(!status.reading.isStoreUp)
        #expect(status.reading.pending == 12)
        #expect(status.reading.lag(at: start.advanced(bySeconds: 5)) == 5)
        await store.fail(with: nil)
        #expect(await ingestion.pass(at: start) == .drained)
        #expect(try await rows() == 6)
        #expect(seen.count == 6)
        #expect(kept.count == 6)
        #expect(status.reading.isStoreUp)
        #expect(status.reading.pending == 0)
        #expect(status.reading.lag(at: start.advanced(bySeconds: 5)) == 0)
    }

    @Test("memory is bounded while the store is down; the journal keeps the rest")
    func bounded() async throws {
        var ingestion = ingestion()
        ingestion.batchSize = 2
        ingestion.mostPending = 3
        await store.fail(with: StoreError(.unavailable, "gone"))
        write(1...10)
        for _ in 0..<10 { #expect(await ingestion.pass(at: start) == .storeFailed) }
        #expect(status.reading.pending == 6)
        await store.fail(with: nil)
        while await ingestion.pass(at: start) == .more {}
        #expect(try await rows() == 10)
        #expect(seen.count == 10)
    }

    @Test("attempts a crash left open are settled as interrupted, exactly once")
    func interrupted() async throws {
        let crashed = Outcome.sample(1, at: start)
        let finished = Outcome.sample(2, at: start)
        for record in crashed.records.dropLast() + finished.records { journal.append(record, loop: 0) }
        let later = start.advanced(bySeconds: 10)
        for record in Outcome.sample(3, at: later).records.dropLast() { journal.append(record, loop: 0) }
        var ingestion = ingestion()
        _ = await ingestion.pass(at: later)
        #expect(try await ingestion.settleInterrupted(startedBefore: later) == 1)
        #expect(try await ingestion.settleInterrupted(startedBefore: later) == 0)
        let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 10)
        #expect(rows.map(\.ending) == [.complete, .interrupted])
        #expect(rows.last?.attempt.cost == .unknown)
        #expect(rows.last?.attempt.usage == nil)
        #expect(status.reading.interrupted == 1)
        // The request of the running process is still open.
        let end = later.advanced(bySeconds: 1)
        #expect(try await store.openAttempts(of: nil, startedBefore: end, limit: 10).count == 1)
    }

    @Test("a node that starts settles what it had left open, and nothing of another node")
    func othersAttempts() async throws {
        for record in Outcome.sample(1, at: start).records.dropLast() { journal.append(record, loop: 0) }
        var own = ingestion()
        _ = await own.pass(at: start)
        var other = Ingestion(
            journal: MemoryJournal(),
            store: store,
            node: "n2",
            live: [],
            stored: [],
            status: IngesterStatus(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let later = start.advanced(bySeconds: 10)
        #expect(try await other.settleInterrupted(startedBefore: later) == 0)
        #expect(try await rows() == 0)
        #expect(try await own.settleInterrupted(startedBefore: later) == 1)
    }

    @Test("all attempts of an interrupted request make one outcome")
    func interruptedAttempts() {
        let request = RequestID(high: 1, low: 9)
        let open = [2, 1].map { number in
            OpenedAttempt(
                request: request,
                requestStartedAt: start,
                number: number,
                purpose: number == 1 ? .primary : .retry,
                provider: .of("main"),
                model: "m",
                version: .of("v1"),
                route: .of("chat"),
                key: nil
            )
        }
        let outcomes = Interruption.outcomes(of: open)
        #expect(outcomes.count == 1)
        #expect(outcomes.first?.attempts.map(\.number) == [1, 2])
        #expect(outcomes.first?.ending == .interrupted)
    }

    @Test("metrics are rebuilt from the ledger, and go on from the journal without counting twice")
    func restored() async throws {
        var first = ingestion()
        write(1...5)
        _ = await first.pass(at: start)
        let metrics = VersionStatistics()
        let now = start.advanced(bySeconds: 20)
        try await MetricsRestore(store: store, metrics: metrics).run(at: now)
        #expect(metrics.metrics(of: .of("v1"), window: 300, at: now).requests == 5)
        #expect(metrics.lifetime(of: .of("v1")).requests == 5)
        #expect(metrics.averageLatency(of: .of("v1"), at: now) ?? 0 > 900)
    }

    @Test("a graceful shutdown takes in everything that was written")
    func shutdown() async throws {
        let metrics = VersionStatistics()
        let moment = start
        let ingester = OutcomeIngester(
            journal: journal,
            store: store,
            node: "n1",
            metrics: metrics,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { moment }
        )
        write(1...50)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await ingester.run() }
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
        #expect(try await rows() == 50)
        #expect(metrics.lifetime(of: .of("v1")).requests == 50)
    }

    @Test("a shutdown does not wait for a store that is down")
    func shutdownWithoutStore() async throws {
        await store.fail(with: StoreError(.unavailable, "gone"))
        let moment = start
        let ingester = OutcomeIngester(
            journal: journal,
            store: store,
            node: "n1",
            metrics: VersionStatistics(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { moment }
        )
        write(1...3)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await ingester.run() }
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
        await store.fail(with: nil)
        #expect(try await rows() == 0)
        var next = ingestion()
        try await next.resume()
        _ = await next.pass(at: start)
        #expect(try await rows() == 3)
    }

    @Test("a signal before anyone waits is not lost")
    func signal() async {
        let signal = WakeSignal()
        signal.wake()
        await signal.wait(upTo: .seconds(3_600), on: ContinuousClock())
        async let waited: Void = signal.wait(upTo: .seconds(3_600), on: ContinuousClock())
        signal.wake()
        await waited
    }
}

/// Counts what it is told.
private final class Seen: OutcomeObserver {
    private let held = Mutex(0)
    var count: Int { held.withLock { $0 } }
    func observe(_ outcomes: [Outcome]) { held.withLock { $0 += outcomes.count } }
}

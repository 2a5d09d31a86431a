// SPDX-License-Identifier: Apache-2.0
package import Logging
import ServiceLifecycle
package import SluiceCore
package import SluiceStore
import Synchronization

/// Brings what the data plane handed up into the store, behind its back.
///
/// Idempotent, in batches whose position is stored in the same transaction. A store that is locked, full or gone is tried
/// for ever, with longer and longer pauses; traffic does not notice. At a graceful shutdown everything that was written
/// is taken in before `run()` returns, unless the store is down: then the journal keeps it for the next start.
package struct OutcomeIngester: Service {
    private let journal: any JournalSource
    private let store: any LedgerStore & BudgetStore
    private let node: String
    private let metrics: VersionStatistics
    private let live: [any OutcomeObserver]
    private let stored: [any OutcomeObserver]
    private let log: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    package let status: IngesterStatus
    /// Rung by whoever appended something that should be seen soon.
    package let signal: WakeSignal

    /// The longest pause between two looks into the journal.
    package static let interval: Duration = .milliseconds(200)
    private static let longestPause: Duration = .seconds(5)
    /// Between two batches of a backlog: about as long as one takes, so that half of a core that nobody wants is the most.
    ///
    /// On one that traffic wants the work gives way after every few outcomes (``Pace``). A rest as long as the work took
    /// there would count the time it was made to wait, and never catch up.
    private static let rest: Duration = .milliseconds(3)

    /// An ingester of one node's journal.
    ///
    /// - Parameters:
    ///   - live: Told of outcomes as soon as they are read, once.
    ///   - stored: Told of outcomes after the store took them, once per process.
    package init(
        journal: any JournalSource,
        store: any LedgerStore & BudgetStore,
        node: String,
        metrics: VersionStatistics,
        live: [any OutcomeObserver] = [],
        stored: [any OutcomeObserver] = [],
        log: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.journal = journal
        self.store = store
        self.node = node
        self.metrics = metrics
        self.live = [metrics] + live
        self.stored = stored
        self.log = log
        self.clock = clock
        self.now = now
        status = IngesterStatus()
        signal = WakeSignal()
    }

    package func run() async throws {
        let start = now()
        let isStopping = Mutex(false)
        await withGracefulShutdownHandler {
            var ingestion = Ingestion(
                journal: journal,
                store: store,
                node: node,
                live: live,
                stored: stored,
                status: status,
                log: log
            )
            let stops: @Sendable () -> Bool = { isStopping.withLock { $0 } || Task.isCancelled }
            guard await prepare(&ingestion, stops: stops) else { return }
            await follow(&ingestion, from: start, stops: stops)
            await finish(&ingestion)
        } onGracefulShutdown: {
            isStopping.withLock { $0 = true }
            signal.wake()
        }
    }

    /// Takes in, before the node serves, what a former process wrote and left open, so that budgets know of it.
    ///
    /// Nobody watches yet: ``run()`` restores what is measured from the store, as after a stop. A store that takes nothing
    /// is left to ``run()``.
    ///
    /// - Returns: whether all of it is in.
    package func catchUp(startedBefore start: Timestamp) async -> Bool {
        var ingestion = Ingestion(
            journal: journal,
            store: store,
            node: node,
            live: Array(live.dropFirst()),
            stored: stored,
            status: status,
            log: log
        )
        do throws(StoreError) { try await ingestion.resume() } catch { return false }
        while true {
            switch await ingestion.pass(at: now()) {
            case .more: continue
            case .drained: return await settle(&ingestion, startedBefore: start)
            case .storeFailed, .journalFailed: return false
            }
        }
    }

    /// Reads where ingestion stopped and what was measured before; false where the node stops before the store answered.
    private func prepare(_ ingestion: inout Ingestion, stops: @Sendable () -> Bool) async -> Bool {
        var pause = OutcomeIngester.interval
        while true {
            do throws(StoreError) {
                try await ingestion.resume()
                try await MetricsRestore(store: store, metrics: metrics).run(at: now())
                status.update { $0.isStoreUp = true }
                return true
            } catch {
                if status.reading.isStoreUp {
                    log.warning("the store cannot be read yet", metadata: ["error": "\(error)"])
                }
                status.update { $0.isStoreUp = false }
            }
            guard !stops() else { return false }
            await signal.wait(upTo: pause, on: clock)
            guard !stops() else { return false }
            pause = min(pause * 2, OutcomeIngester.longestPause)
        }
    }

    /// Takes in until the node stops; once everything a former process wrote is in, settles what it left open.
    private func follow(
        _ ingestion: inout Ingestion,
        from start: Timestamp,
        stops: @Sendable () -> Bool
    ) async {
        var pause = OutcomeIngester.interval
        var isSettled = false
        while !stops() {
            switch await ingestion.pass(at: now()) {
            case .more:
                try? await clock.sleep(for: OutcomeIngester.rest)
                continue
            case .drained:
                pause = OutcomeIngester.interval
                if !isSettled { isSettled = await settle(&ingestion, startedBefore: start) }
            case .storeFailed, .journalFailed:
                pause = min(pause * 2, OutcomeIngester.longestPause)
            }
            await signal.wait(upTo: pause, on: clock)
        }
    }

    private func settle(_ ingestion: inout Ingestion, startedBefore start: Timestamp) async -> Bool {
        do throws(StoreError) {
            let count = try await ingestion.settleInterrupted(startedBefore: start)
            if count > 0 {
                log.notice("attempts a former process left open were settled", metadata: ["count": "\(count)"])
            }
            return true
        } catch {
            return false
        }
    }

    /// Takes in the rest; a store that is down is not waited for, since the journal keeps it.
    private func finish(_ ingestion: inout Ingestion) async {
        while true {
            switch await ingestion.pass(at: now()) {
            case .more: continue
            case .drained: return
            case .storeFailed, .journalFailed:
                log.warning("outcomes are left in the journal for the next start")
                return
            }
        }
    }
}

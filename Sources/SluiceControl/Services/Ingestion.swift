// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceStore

/// Takes the journal's records into the store, pass by pass; decides when to read, to write and to give up.
///
/// What was read is shown to the live observers at once and once, whatever the store does; it waits in memory, up to a
/// bound, until the store took it. Beyond the bound nothing more is read: the journal keeps it.
struct Ingestion {
    let journal: any JournalSource
    let store: any LedgerStore & BudgetStore
    let node: String
    let live: [any OutcomeObserver]
    let stored: [any OutcomeObserver]
    let status: IngesterStatus
    let log: Logger
    /// Records read at once: to read them, or to tell observers of them, takes less than a millisecond.
    var batchSize = 500
    /// Batches that wait for a store that is down.
    var mostPending = 256
    private var position = JournalPosition()
    private var pending: [JournalBatch] = []
    /// Pins taken in since the oldest were dropped.
    private var freshPins = 0

    init(
        journal: any JournalSource,
        store: any LedgerStore & BudgetStore,
        node: String,
        live: [any OutcomeObserver],
        stored: [any OutcomeObserver],
        status: IngesterStatus,
        log: Logger
    ) {
        self.journal = journal
        self.store = store
        self.node = node
        self.live = live
        self.stored = stored
        self.status = status
        self.log = log
    }

    enum Pass: Equatable {
        /// More is waiting in the journal.
        case more
        /// All that was written is in the store.
        case drained
        /// The store did not take a batch; it will be offered again.
        case storeFailed
        /// The journal could not be read.
        case journalFailed
    }

    /// Where ingestion stopped, as the store knows it.
    mutating func resume() async throws(StoreError) {
        position = try await store.ingestPosition(node: node) ?? JournalPosition()
    }

    /// Reads one batch and offers the store all that waits.
    mutating func pass(at now: Timestamp) async -> Pass {
        var isFull = pending.count >= mostPending
        var isReadable = true
        if !isFull {
            do throws(JournalError) {
                let batch = try journal.read(after: position, limit: batchSize)
                isFull = batch.count >= batchSize
                Pace.yield()
                take(batch, at: now)
                Pace.yield()
            } catch {
                isReadable = false
                log.warning("the journal cannot be read", metadata: ["error": "\(error)"])
            }
        }
        status.update { $0.isJournalUp = isReadable }
        guard await write() else { return .storeFailed }
        guard isReadable else { return .journalFailed }
        return isFull ? .more : .drained
    }

    /// Settles as `interrupted` what a former process of this node opened and never settled.
    ///
    /// - Returns: how many attempts; they are settled exactly once, since settled ones are open no more.
    mutating func settleInterrupted(startedBefore start: Timestamp) async throws(StoreError) -> Int {
        try await store.settleCharges(of: node, startedBefore: start)
        var count = 0
        while true {
            let open = try await store.openAttempts(of: node, startedBefore: start, limit: 1_000)
            guard !open.isEmpty else { return count }
            let outcomes = Interruption.outcomes(of: open)
            var batch = JournalBatch(position: position)
            batch.outcomes = outcomes
            try await store.ingest(batch, node: node)
            count += open.count
            let settled = count
            status.update { $0.interrupted = Int64(settled) }
            for observer in live + stored { observer.observe(outcomes) }
            guard open.count == 1_000 else { return count }
        }
    }

    private mutating func take(_ batch: JournalBatch, at now: Timestamp) {
        position = batch.position
        if batch.damaged > 0 {
            log.error("damaged stretches of the journal were skipped", metadata: ["count": "\(batch.damaged)"])
        }
        guard batch.count > 0 || batch.damaged > 0 else { return }
        pending.append(batch)
        status.update { status in
            status.damaged += Int64(batch.damaged)
            status.pending += Int64(batch.count)
            if status.pendingSince == nil { status.pendingSince = now }
        }
        guard !batch.outcomes.isEmpty else { return }
        for observer in live { observer.observe(batch.outcomes) }
    }

    /// Whether the store took all that waits.
    private mutating func write() async -> Bool {
        while let batch = pending.first {
            do throws(StoreError) {
                try await store.ingest(batch, node: node)
            } catch {
                let wasUp = status.reading.isStoreUp
                status.update { $0.isStoreUp = false }
                if wasUp {
                    log.warning(
                        "the store takes no outcomes; they wait in the journal and traffic goes on",
                        metadata: ["error": "\(error)"]
                    )
                }
                return false
            }
            pending.removeFirst()
            let left = pending.isEmpty
            if !status.reading.isStoreUp { log.notice("the store takes outcomes again") }
            status.update { status in
                status.isStoreUp = true
                status.ingested += Int64(batch.count)
                status.pending -= Int64(batch.count)
                if left { status.pendingSince = nil }
            }
            await dropPins(after: batch.pins.count)
            release(batch.position)
            if !batch.outcomes.isEmpty { for observer in stored { observer.observe(batch.outcomes) } }
        }
        return true
    }

    /// Now and then drops the pins beyond those that a node keeps; where that fails, the next time.
    private mutating func dropPins(after count: Int) async {
        freshPins += count
        guard freshPins >= Ingestion.pinsBetweenDrops else { return }
        do throws(StoreError) {
            try await store.dropPins(butNewest: Pin.mostKept)
            freshPins = 0
        } catch {
            log.debug("old pins were not dropped", metadata: ["error": "\(error)"])
        }
    }

    private static let pinsBetweenDrops = 10_000

    /// The journal's space may be given back; where that fails, the next batch tries again.
    private func release(_ position: JournalPosition) {
        do throws(JournalError) {
            try journal.release(upTo: position)
        } catch {
            log.debug("the journal's space was not given back", metadata: ["error": "\(error)"])
        }
    }
}

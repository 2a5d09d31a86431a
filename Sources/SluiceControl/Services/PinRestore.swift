// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceStore

/// Reads at a start what was made that providers keep: from the store, then from what the journal holds beyond it.
package struct PinRestore {
    private let store: any LedgerStore
    private let journal: any JournalSource
    private let node: String
    private static let batchSize = 5_000

    package init(store: any LedgerStore, journal: any JournalSource, node: String) {
        self.store = store
        self.journal = journal
        self.node = node
    }

    /// Hands them out, the oldest first; those of the journal may come once more.
    package func run(_ take: ([Pin]) -> Void) async throws {
        take(try await store.pins(newest: Pin.mostKept))
        var position = try await store.ingestPosition(node: node) ?? JournalPosition()
        while true {
            let batch = try journal.read(after: position, limit: PinRestore.batchSize)
            if !batch.pins.isEmpty { take(batch.pins) }
            guard batch.count > 0, batch.position != position else { return }
            position = batch.position
        }
    }
}

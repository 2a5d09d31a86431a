// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceJournal
import SluiceStore
import SluiceStoreSQLite

extension NodeConfiguration {
    /// Opens the store; one that is locked or out of reach is tried again until it opens.
    ///
    /// - Throws: `StoreError` with code `unusable` where trying again would not help.
    func openStore(_ log: Logger) async throws -> SQLiteStore {
        let path = store.path
        try PrivateFile.makeFolder(Paths.folder(of: path))
        var isTold = false
        while true {
            do throws(StoreError) {
                return try SQLiteStore.open(SQLiteStore.Configuration(path: path, durability: storeDurability))
            } catch {
                guard error.code == .unavailable else { throw error }
                if !isTold {
                    log.warning("the store cannot be opened yet; trying again", metadata: ["error": "\(error)"])
                }
                isTold = true
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Looks whether a part of the journal is gone that the store has not taken in yet.
    ///
    /// - Throws: where segments are missing among others, or where the node has got another name. A journal that is gone
    ///   as a whole, as after the store came back from a backup, is reported in the log.
    func checkJournal(against store: SQLiteStore, acceptLoss: Bool, _ log: Logger) async throws {
        let position = try await store.ingestPosition(node: nodeName)
        if position == nil, !acceptLoss, let former = try await store.ingestedNodes().first {
            throw NodeError(
                "node.name is \(nodeName), but the store was fed by node \(former): what that one left in its journal "
                    + "and its open attempts would stay there for ever. Set node.name back to \(former); to change it, "
                    + "stop the node gracefully under its former name first, then start with --accept-loss"
            )
        }
        let gaps = try journalReader().gaps(after: position)
        guard !gaps.segments.isEmpty else { return }
        let names = gaps.segments.joined(separator: ", ")
        guard gaps.isWhole || acceptLoss else {
            throw NodeError(
                "\(journal.directory): segments of the journal are gone that the store has not taken in: \(names). What "
                    + "they held is missing in ledger and metrics. Bring them back, or start with --accept-loss"
            )
        }
        log.error(
            "a part of the journal is gone that the store has not taken in",
            metadata: ["sluice.journal.missing": "\(names)", "sluice.file": "\(journal.directory)"]
        )
    }

    /// Opens the journal, taking over what a former process left in it.
    func openJournal() throws -> Journal {
        try PrivateFile.makeFolder(journal.directory)
        return try Journal.open(
            Journal.Configuration(
                directory: journal.directory,
                node: nodeName,
                durability: journal.durability
            ),
            loops: loopCount,
            now: WallClock.now()
        )
    }

    /// What the ingester reads the journal with.
    func journalReader() -> JournalReader {
        JournalReader(directory: journal.directory, node: nodeName)
    }

    private var storeDurability: SQLiteStore.Configuration.Durability {
        switch journal.durability {
        case .process: .process
        case .power: .power
        }
    }
}

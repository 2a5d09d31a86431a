// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import SluiceJournal

/// Prepares the journal's segments ahead of the event loops.
struct JournalUpkeep: Service {
    let journal: Journal

    func run() async throws {
        await cancelWhenGracefulShutdown { [journal] in await journal.run() }
    }
}

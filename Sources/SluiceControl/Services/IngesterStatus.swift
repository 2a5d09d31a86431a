// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// How the ingester stands, for readiness and metrics.
package final class IngesterStatus: Sendable {
    package struct Reading: Sendable, Equatable {
        /// Whether the store took the last batch; true until the first one.
        package var isStoreUp = true
        /// Whether the last read of the journal succeeded.
        package var isJournalUp = true
        /// Records read and not yet in the store.
        package var pending: Int64 = 0
        /// When the oldest of them was read.
        package var pendingSince: Timestamp?
        /// Records the store took since the start.
        package var ingested: Int64 = 0
        /// Damaged stretches of the journal that were skipped.
        package var damaged: Int64 = 0
        /// Attempts a crash left open that were settled at this start.
        package var interrupted: Int64 = 0

        /// Seconds the oldest pending record has waited.
        package func lag(at now: Timestamp) -> Double {
            guard let pendingSince, pendingSince < now else { return 0 }
            return Double(now.nanoseconds - pendingSince.nanoseconds) / 1_000_000_000
        }
    }

    private let held = Mutex(Reading())

    package init() {}

    package var reading: Reading { held.withLock { $0 } }

    func update(_ change: (inout Reading) -> Void) { held.withLock { change(&$0) } }
}

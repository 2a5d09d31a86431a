// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// The snapshot last handed to the data plane, for whoever asks in between.
final class PublishedSnapshot: Sendable {
    private let held = Mutex<Snapshot?>(nil)

    func take(_ snapshot: Snapshot) { held.withLock { $0 = snapshot } }

    var current: Snapshot? { held.withLock { $0 } }
}

// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A number that several may add to.
final class Counted: Sendable {
    private let held: Mutex<Int64>

    init(_ value: Int64) { held = Mutex(value) }

    var value: Int64 { held.withLock { $0 } }

    func add(_ amount: Int64) { held.withLock { $0 += amount } }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Runs blocking work (raw sockets) on a thread of its own, so that no task of the test waits behind it.
package func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        startThread("offload") { continuation.resume(with: Result { try work() }) }
    }
}

/// Starts a thread for work that blocks.
///
/// Hundreds of tests run at once, and a queue's threads are few: work that blocks them would wait for work that waits for
/// a queue.
func startThread(_ name: String, _ work: @escaping @Sendable () -> Void) {
    let thread = Thread(block: work)
    thread.name = name
    thread.start()
}

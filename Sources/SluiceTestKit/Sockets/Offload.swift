// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Runs blocking work (raw sockets) on a thread of its own, so that no task of the test waits behind it.
package func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = DispatchQueue(label: "offload")
        thread.async { continuation.resume(with: Result { try work() }) }
    }
}

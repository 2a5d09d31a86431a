// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Runs blocking work (raw sockets) on a thread of its own, so that no task of the test waits behind it.
package func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = DispatchQueue(label: "offload")
        thread.async { continuation.resume(with: Result { try work() }) }
    }
}

/// Waits until a condition holds, looking at it every few milliseconds; `false` when the time is over.
package func eventually(
    within limit: Duration = .seconds(10),
    _ condition: @Sendable () async -> Bool
) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: limit)
    while clock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await condition()
}

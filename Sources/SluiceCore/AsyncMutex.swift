// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Lets one task at a time through, in the order in which they came; for work with awaits in it.
package final class AsyncMutex: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    package init() {}

    /// Waits until nobody else holds it; each `lock` needs one ``unlock()``.
    package func lock() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isHeld { state.waiting.append(continuation) }
                defer { state.isHeld = true }
                return !state.isHeld
            }
            if isFree { continuation.resume() }
        }
    }

    package func unlock() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.isHeld = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}

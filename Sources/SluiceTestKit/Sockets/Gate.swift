// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Holds a scripted upstream back until a test lets it go on.
package final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    /// Blocks the script's thread until ``open()``, ten seconds at most; `false` when nobody opened.
    @discardableResult
    package func pass() -> Bool { semaphore.wait(timeout: .now() + 10) == .success }

    /// Blocks for a few milliseconds, unless it is open; for a script that paces itself.
    @discardableResult
    package func passSoon() -> Bool { semaphore.wait(timeout: .now() + .milliseconds(5)) == .success }

    package func open() { semaphore.signal() }
}

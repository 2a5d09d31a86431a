// SPDX-License-Identifier: Apache-2.0

/// Keeps retries of one version from multiplying an outage: at most a tenth of the first tries, and three, in ten
/// seconds.
struct RetryBudget {
    private var window: UInt64 = 0
    private var tries = 0
    private var retries = 0

    /// Nanoseconds.
    private static let length: UInt64 = 10_000_000_000
    private static let floor = 3

    mutating func countTry(now: UInt64) {
        roll(now)
        tries += 1
    }

    /// Takes a retry out of the budget, or says no.
    mutating func takeRetry(now: UInt64) -> Bool {
        roll(now)
        guard retries < RetryBudget.floor + tries / 10 else { return false }
        retries += 1
        return true
    }

    private mutating func roll(_ now: UInt64) {
        guard now / RetryBudget.length != window else { return }
        window = now / RetryBudget.length
        tries = 0
        retries = 0
    }
}

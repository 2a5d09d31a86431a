// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Somebody who wants to know of every outcome, after the fact.
package protocol OutcomeObserver: Sendable {
    /// Takes outcomes in the order they were read; must not block for long.
    func observe(_ outcomes: [Outcome])
}

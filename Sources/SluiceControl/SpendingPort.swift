// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How the control plane sees the data plane's budgets.
package struct SpendingPort: Sendable {
    let states: @Sendable () -> [BudgetState]
    /// What was spent before, of a budget in the window that begins at a second.
    let setBefore: @Sendable (NanoUSD, BudgetID, Int64) -> Void

    package init(
        states: @escaping @Sendable () -> [BudgetState] = { [] },
        setBefore: @escaping @Sendable (NanoUSD, BudgetID, Int64) -> Void = { _, _, _ in }
    ) {
        self.states = states
        self.setBefore = setBefore
    }
}

// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import SluiceCore
import SluiceStore

/// Looks after budgets beside the traffic: tells new ones what was spent before them, and has alerts made of their shares.
package final class BudgetKeeper: Service {
    private let control: ControlPlane
    private let clock: any Clock<Duration>
    private static let interval: Duration = .seconds(1)
    /// Requests that were under way when a budget began come into the ledger later: its past is read again after so many
    /// seconds.
    private static let looks: [Int64] = [0, 5, 30, 120, 600, 3_700]

    package init(control: ControlPlane, clock: any Clock<Duration> = ContinuousClock()) {
        self.control = control
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var watch = BudgetWatch()
            while !Task.isCancelled {
                await self.look(&watch)
                try? await self.clock.sleep(for: BudgetKeeper.interval)
            }
        }
    }

    func look(_ watch: inout BudgetWatch) async {
        let (states, now) = (await control.budgets(), control.now())
        await control.noteUse(of: states, at: now)
        if watch.wantsPast(of: states, at: now, looks: BudgetKeeper.looks) {
            if !(await control.seedBudgets()) { watch.forgetPast() }
        }
        for (state, share) in watch.reached(states) {
            do throws(ControlError) {
                try await control.alertBudget(state, share: share)
            } catch {
                watch.forget(state, share)
            }
        }
    }
}

/// What the keeper has seen of budgets; pure.
struct BudgetWatch {
    private struct Past: Equatable {
        var since: Timestamp
        var looks: Int
    }

    private struct Reached: Equatable {
        var window: Int64
        var share: Int
    }

    private var pasts: [BudgetID: Past] = [:]
    private var shares: [BudgetID: Reached] = [:]

    /// Whether some budget's past is to be read now.
    mutating func wantsPast(of states: [BudgetState], at now: Timestamp, looks: [Int64]) -> Bool {
        var isDue = false
        var next: [BudgetID: Past] = [:]
        for state in states {
            let known = pasts[state.budget.id].flatMap { $0.since == state.since ? $0 : nil }
            let age = (now.nanoseconds - state.since.nanoseconds) / 1_000_000_000
            let due = looks.count { $0 <= age }
            if due > known?.looks ?? 0 { isDue = true }
            next[state.budget.id] = Past(since: state.since, looks: max(due, known?.looks ?? 0))
        }
        pasts = next
        return isDue
    }

    mutating func forgetPast() { pasts = [:] }

    /// The largest share that each budget has newly come to in its window.
    mutating func reached(_ states: [BudgetState]) -> [(BudgetState, Int)] {
        states.compactMap { state in
            let spent = Int128(state.spent.rawValue) * 100
            guard
                let share = state.budget.alertAt.last(where: {
                    Int128($0) * Int128(state.budget.limit.rawValue) <= spent
                })
            else { return nil }
            let known = shares[state.budget.id]
            guard known?.window != state.window.lowerBound || (known?.share ?? 0) < share else { return nil }
            shares[state.budget.id] = Reached(window: state.window.lowerBound, share: share)
            return (state, share)
        }
    }

    mutating func forget(_ state: BudgetState, _ share: Int) { shares[state.budget.id] = nil }
}

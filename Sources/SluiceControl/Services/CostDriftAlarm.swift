// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
package import SluiceCore
import Synchronization

/// Compares what providers say that their answers cost with what the price cards say, and has an alert made where these
/// drift apart.
///
/// Observing only adds up; the alert is made by ``run()``, so that reading the journal never waits for the store.
package final class CostDriftAlarm: OutcomeObserver, Service {
    /// Nanoseconds between two alerts of one model, and for how long amounts are added up.
    static let day: Int64 = 86_400_000_000_000
    /// Attempts of a model before anything is said of them.
    static let least: Int64 = 20
    private static let limit = 1_000

    private struct Seen: Hashable {
        var provider: ProviderID
        var model: String
    }

    struct Sum: Sendable, Equatable {
        var attempts: Int64 = 0
        var ours = NanoUSD.zero
        var theirs = NanoUSD.zero
        var since: Timestamp

        /// Whether the two are further apart than a share, in millionths, of the larger one.
        func drifts(beyond share: Int64) -> Bool {
            guard attempts >= CostDriftAlarm.least else { return false }
            let difference = Int128(ours.rawValue) - Int128(theirs.rawValue)
            let larger = Int128(max(ours.rawValue, theirs.rawValue))
            return difference.magnitude * 1_000_000 > larger.magnitude * Int128(share).magnitude
        }
    }

    private struct State {
        var sums: [Seen: Sum] = [:]
        var alerted: [Seen: Timestamp] = [:]
        var waiting: [Seen: Sum] = [:]
    }

    private let state = Mutex(State())
    private let signal = WakeSignal()
    private let share: Int64
    private let clock: any Clock<Duration>
    private let control = Mutex<ControlPlane?>(nil)

    /// - Parameter share: of the cost, in millionths, beyond which there is an alert.
    package init(share: Int64, clock: any Clock<Duration> = ContinuousClock()) {
        self.share = share
        self.clock = clock
    }

    /// Whom to tell; the control plane is made after those who read the journal.
    package func attach(_ control: ControlPlane) { self.control.withLock { $0 = control } }

    package func observe(_ outcomes: [Outcome]) {
        var isNew = false
        for index in outcomes.indices {
            for attempt in outcomes[index].attempts where attempt.usage?.providerCost != nil {
                if note(attempt, at: outcomes[index].startedAt) { isNew = true }
            }
        }
        if isNew { signal.wake() }
    }

    /// Whether it is to be told.
    private func note(_ attempt: Attempt, at moment: Timestamp) -> Bool {
        guard let theirs = attempt.usage?.providerCost, let ours = attempt.cost.known else { return false }
        let seen = Seen(provider: attempt.provider, model: attempt.model)
        return state.withLock { state in
            var sum = state.sums[seen] ?? Sum(since: moment)
            if moment.nanoseconds &- sum.since.nanoseconds > CostDriftAlarm.day { sum = Sum(since: moment) }
            guard let left = sum.ours.adding(ours), let right = sum.theirs.adding(theirs) else { return false }
            (sum.ours, sum.theirs) = (left, right)
            sum.attempts += 1
            guard state.sums[seen] != nil || state.sums.count < CostDriftAlarm.limit else { return false }
            state.sums[seen] = sum
            let last = state.alerted[seen]?.nanoseconds
            guard sum.drifts(beyond: share), last.map({ moment.nanoseconds &- $0 > CostDriftAlarm.day }) ?? true else {
                return false
            }
            state.alerted[seen] = moment
            state.waiting[seen] = sum
            return true
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.alert()
                await self.signal.wait(upTo: .seconds(3_600), on: self.clock)
            }
        }
    }

    /// Has an alert made of each model seen to drift since the last time; what the store does not take is tried next time.
    package func alert() async {
        guard let control = control.withLock({ $0 }) else { return }
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (seen, sum) in waiting {
            do throws(ControlError) {
                try await control.alertCostDrift(
                    seen.provider,
                    seen.model,
                    ours: sum.ours,
                    theirs: sum.theirs,
                    sum.attempts
                )
            } catch {
                state.withLock { $0.alerted[seen] = nil }
            }
        }
    }
}

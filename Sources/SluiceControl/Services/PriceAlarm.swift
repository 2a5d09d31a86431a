// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
package import SluiceCore
import Synchronization

/// Sees models that answer without a price, and has an alert made of it.
///
/// Observing only notes names; the alert is made by ``run()``, so that reading the journal never waits for the store.
package final class PriceAlarm: OutcomeObserver, Service {
    /// Nanoseconds between two alerts of one model.
    static let silence: Int64 = 86_400_000_000_000
    /// Names kept at most: a caller cannot make models up, but a wildcard route could.
    private static let limit = 1_000

    private struct Seen: Hashable {
        var provider: ProviderID
        var model: String
    }

    private struct State {
        var alerted: [Seen: Timestamp] = [:]
        var waiting: [Seen] = []
    }

    private let state = Mutex(State())
    private let signal = WakeSignal()
    private let clock: any Clock<Duration>
    private let control = Mutex<ControlPlane?>(nil)

    package init(clock: any Clock<Duration> = ContinuousClock()) { self.clock = clock }

    /// Whom to tell; the control plane is made after those who read the journal.
    package func attach(_ control: ControlPlane) { self.control.withLock { $0 = control } }

    package func observe(_ outcomes: [Outcome]) {
        var isNew = false
        for index in outcomes.indices {
            let attempts = outcomes[index].attempts
            for attempt in attempts.indices where PriceAlarm.isUnpriced(attempts[attempt].cost) {
                if note(attempts[attempt], at: outcomes[index].startedAt) { isNew = true }
            }
        }
        if isNew { signal.wake() }
    }

    private static func isUnpriced(_ cost: Cost) -> Bool { if case .unpriced = cost { true } else { false } }

    /// Whether it is to be told.
    private func note(_ attempt: Attempt, at moment: Timestamp) -> Bool {
        let seen = Seen(provider: attempt.provider, model: attempt.model)
        return state.withLock { state in
            guard state.alerted[seen] == nil, state.alerted.count < PriceAlarm.limit else { return false }
            state.alerted[seen] = moment
            state.waiting.append(seen)
            return true
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.alert()
                await self.signal.wait(upTo: .seconds(3_600), on: self.clock)
                self.forget()
            }
        }
    }

    /// Has an alert made of each model seen since the last time; what the store does not take is tried next time.
    package func alert() async {
        guard let control = control.withLock({ $0 }) else { return }
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for seen in waiting {
            do throws(ControlError) {
                try await control.alertPriceMissing(seen.provider, seen.model)
            } catch {
                state.withLock { $0.alerted[seen] = nil }
            }
        }
    }

    /// Forgets what was told a day ago, so that it is told again while it lasts.
    private func forget() {
        guard let now = control.withLock({ $0 })?.now() else { return }
        state.withLock { state in
            state.alerted = state.alerted.filter { now.nanoseconds - $0.value.nanoseconds < PriceAlarm.silence }
        }
    }
}

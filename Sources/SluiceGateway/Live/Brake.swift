// SPDX-License-Identifier: Apache-2.0
import SluiceHTTP
import Synchronization

/// Stops this node from sending to a canary that fails outright, and lets one request try again now and then.
///
/// Five failures in a row put it on; the first success of a request that began after the failures takes it off. Shared by all
/// loops without a lock; a healthy canary only reads it. Moments are nanoseconds of the loops' clock.
final class Brake: Sendable {
    /// Failures in a row that put it on.
    static let most = 5

    /// From one trial to the next.
    private let patience: Duration
    private let failures = Atomic<Int>(0)
    /// When the first of the failures in a row was noticed.
    private let failingSince = Atomic<UInt64>(0)
    /// When the next trial may be made; 0 while the brake is off.
    private let nextTrial = Atomic<UInt64>(0)

    init(patience: Duration) { self.patience = patience }

    enum Admission: Equatable {
        case free
        /// The one request that may try again.
        case trial
        case skip
    }

    var isOn: Bool { nextTrial.load(ordering: .relaxed) != 0 }

    /// Whether a request assigned to the canary may go there.
    func admit(now: UInt64) -> Admission {
        let moment = nextTrial.load(ordering: .relaxed)
        if moment == 0 { return .free }
        guard now >= moment else { return .skip }
        let (isOurs, _) = nextTrial.compareExchange(
            expected: moment,
            desired: now.advanced(byNanosecondsOf: patience),
            ordering: .relaxed
        )
        return isOurs ? .trial : .skip
    }

    /// Notes an attempt that failed; `true` when this put the brake on.
    func countFailure(now: UInt64) -> Bool {
        let before = failures.wrappingAdd(1, ordering: .relaxed).oldValue
        if before == 0 { failingSince.store(now, ordering: .relaxed) }
        guard before + 1 >= Brake.most else { return false }
        let moment = now.advanced(byNanosecondsOf: patience)
        return nextTrial.compareExchange(expected: 0, desired: moment, ordering: .relaxed).exchanged
    }

    /// Notes an attempt that went well; `true` when this took the brake off.
    ///
    /// One that began before the failures says nothing about now.
    func countSuccess(began: UInt64) -> Bool {
        guard failures.load(ordering: .relaxed) != 0, began >= failingSince.load(ordering: .relaxed) else {
            return false
        }
        failures.store(0, ordering: .relaxed)
        return nextTrial.exchange(0, ordering: .relaxed) != 0
    }
}

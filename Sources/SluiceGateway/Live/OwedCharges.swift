// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// What is set aside for answers that providers make in the background, until a later call tells what they came to.
///
/// Shared by all loops; only requests for such answers under budgets, and calls that fetch them, come here.
final class OwedCharges: Sendable {
    /// What one request holds of its budgets, after its end.
    struct Held: Sendable {
        var request: RequestID
        var at: Timestamp
        /// Set aside in each budget.
        var amount: Int64
        /// What of it is known to be spent.
        var spent: Int64
        var scope: Charge.Scope
        var reserved: [(meter: BudgetMeter, from: Int64)]

        /// Ends it at an amount.
        func settle(at sum: Int64) -> Charge {
            for (meter, start) in reserved { meter.settle(amount, as: sum, from: start) }
            return Charge(request: request, at: at, amount: NanoUSD(sum), isSettled: true, scope: scope)
        }
    }

    private struct State {
        var held: [Pin.Digest: Held] = [:]
        /// The oldest first; some of them may have been taken.
        var order: [Pin.Digest] = []
        var oldest: Int64 {
            held.count > OwedCharges.most
                ? .min : order.first { held[$0] != nil }.flatMap { held[$0]?.at.nanoseconds } ?? .max
        }
    }

    /// How long is waited for a word: then all that was set aside is charged.
    static let patience: Duration = .seconds(86_400)
    private static let most = 100_000

    private let state = Mutex(State())
    /// No earlier request holds anything; in nanoseconds since 1970.
    private let oldest = Atomic<Int64>(.max)

    /// Keeps what a request holds; one that is under the same digest is the caller's to end.
    func put(_ digest: Pin.Digest, _ held: Held) -> Held? {
        state.withLock { state in
            let twice = state.held.updateValue(held, forKey: digest)
            state.order.append(digest)
            if state.order.count > 2 * state.held.count + 64 {
                let held = state.held
                state.order.removeAll { held[$0] == nil }
            }
            let isTooMuch = state.held.count > OwedCharges.most
            let first = min(oldest.load(ordering: .relaxed), isTooMuch ? .min : held.at.nanoseconds)
            oldest.store(first, ordering: .relaxed)
            return twice
        }
    }

    /// What is held for an answer; it is the caller's to end from now on.
    func take(_ digest: Pin.Digest) -> Held? { state.withLock { $0.held.removeValue(forKey: digest) } }

    /// What is held for too long at a moment, or is too much, to be charged as a whole; most of the time one load.
    func due(at moment: Timestamp) -> [Held] {
        let limit = moment.advanced(by: .zero - OwedCharges.patience)
        guard oldest.load(ordering: .relaxed) < limit.nanoseconds else { return [] }
        return state.withLock { state in
            var ended: [Held] = []
            var passed = 0
            for digest in state.order {
                guard let known = state.held[digest] else {
                    passed += 1
                    continue
                }
                guard known.at < limit || state.held.count > OwedCharges.most else { break }
                state.held[digest] = nil
                ended.append(known)
                passed += 1
            }
            state.order.removeFirst(passed)
            oldest.store(state.oldest, ordering: .relaxed)
            return ended
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceRelease

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The case against a canary that a node's brake holds: how unlikely its failures are if it fares as production does.
///
/// All F attempts on the canary failed: those in a row that put the brake on, and each one that tried again since. In the
/// same seconds n requests ended on production, k of them failed. If it made no difference who served, every choice of the
/// F among all F + n would have been equally likely, and that all of them are failures has the probability
///
///     p = C(n, k) / C(n + F, k + F) = Π (k + i) / (n + i),  i = 1 … F
///
/// (Fisher's exact test). Any attempt of the canary may have been the first of such a row, and it is looked at after every
/// trial: p times the canary's attempts so far times the trials bounds the probability that this ever happens in the
/// rollout. An outage of both arms has k near n, and proves nothing however long it lasts.
///
/// Callers differ: so the canary's own units, which production serves meanwhile, must be well there too. Of them the
/// trials all failed on the canary, and k' of n' on production: the same p of these alone must be at most one in twenty.
///
/// Where answers take long, production's are still under way when the canary has failed. A request that is open counts as
/// not failed once it is older than any of the canary's attempts was when it failed: at that age those had failed and this one
/// had not, and if it made no difference who served, that would be as unlikely. A provider that hangs fails nobody at
/// first: so open requests count only while production goes on to serve others well, and serves more than it fails.
struct BrakeCase: Sendable, Hashable {
    private let failures: Int
    /// The second of the first failure.
    let began: Int64
    /// The second in which the brake was put on.
    let second: Int64
    private(set) var reason: String
    /// Attempts that tried again, and failed.
    private(set) var trials = 0
    /// People know of it.
    var isReported = false
    /// Seconds that it lasts at least before it rolls back; `nil` where it only holds.
    private let tolerated: Int64?

    /// One in ten thousand rollouts: far below any alpha.
    private static let enough = 4 * log(10.0)
    private static let enoughOfMoved = log(20.0)
    private static let leastTrials = 3
    private static let leastAttempts: Int64 = 200
    /// Requests that production has served well since, before any that is open counts.
    private static let leastServed: Int64 = 3
    /// Seconds before people are told of a case that could be proven by then.
    private static let patience: Int64 = 6
    /// What is over after so many seconds was a blip, of which nobody needs to know.
    private static let blip: Int64 = 3

    /// Seconds before people are told of a case that is not proven: fewer where nothing can be proven for longer anyway.
    var quiet: Int64 { (tolerated ?? .max) > BrakeCase.patience ? BrakeCase.blip : BrakeCase.patience }

    /// - Parameter tolerated: seconds that it lasts at least before it rolls back; `nil` where it only holds.
    init(
        failures: Int,
        began: Int64,
        second: Int64,
        reason: String = "",
        tolerated: Int64?
    ) {
        self.tolerated = tolerated
        self.failures = failures
        self.began = began
        self.second = second
        self.reason = reason
    }

    /// Counts an attempt that tried again and failed.
    mutating func countTrial(_ reason: String = "") { trials += 1 }

    /// The rollouts among which such a row is expected less than once, as a power of ten; `nil` while that is too few.
    ///
    /// - Parameter open: of production, and of the canary's units there: requests that are older by now than the canary's
    ///   attempts became.
    func proof(
        of baseline: ArmHealth,
        _ moved: ArmHealth,
        open: (baseline: Int64, moved: Int64) = (0, 0),
        attempts: Int64,
        at now: Int64
    ) -> Int64? {
        guard let tolerated, trials >= BrakeCase.leastTrials, now - began >= tolerated else { return nil }
        var others = baseline.sum(in: began...max(began, now))
        var own = moved.sum(in: second...max(second, now))
        let since = baseline.sum(in: second...max(second, now))
        let served = since.requests - since.failures
        if served >= BrakeCase.leastServed, served > since.failures {
            others.requests += open.baseline
            own.requests += open.moved
        }
        guard BrakeCase.surprise(trials, beside: own) >= BrakeCase.enoughOfMoved - 1e-9 else { return nil }
        let all = BrakeCase.surprise(failures + trials, beside: others)
        let looks = log(Double(max(attempts, BrakeCase.leastAttempts))) + log(Double(trials))
        guard all - looks >= BrakeCase.enough else { return nil }
        let power = min(18, Int(((all - looks) / log(10.0)).rounded(.down)))
        return (0..<power).reduce(Int64(1)) { number, _ in number * 10 }
    }

    /// Minus the logarithm of p.
    private static func surprise(_ failures: Int, beside count: EndedRequests) -> Double {
        var sum = 0.0
        var index = 1.0
        while index <= Double(failures) {
            sum -= log((Double(count.failures) + index) / (Double(count.requests) + index))
            index += 1
        }
        return sum
    }
}

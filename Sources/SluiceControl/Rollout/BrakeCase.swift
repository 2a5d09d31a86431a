// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The case against a canary that a node's brake holds: how unlikely its failures are if it fares as the baseline does.
///
/// All attempts on the canary failed: those that put the brake on, and each one that tried again since. Were its failures
/// the baseline's, each would have the baseline's share of failures as its probability, as it was when the attempt was
/// made. An outage of both arms has a share near one and proves nothing, however long it lasts.
struct BrakeCase: Sendable, Hashable {
    /// Attempts that tried again, and failed.
    private(set) var trials = 0
    /// Minus the logarithm of the probability.
    private(set) var surprise = 0.0

    /// One in a hundred million: far below what a rollout's alpha is divided into.
    static let enough = 8 * 2.302_585_092_994_046

    init(failures: Int, share: Double?) { count(failures, share) }

    /// Counts an attempt that tried again and failed.
    mutating func countTrial(share: Double?) {
        trials += 1
        count(1, share)
    }

    private mutating func count(_ failures: Int, _ share: Double?) {
        guard let share, share > 0, share < 1 else { return }
        surprise -= Double(failures) * log(share)
    }

    /// It failed again after it was left alone for a while, and that is no misfortune it shares with the baseline.
    var isProven: Bool { trials > 0 && surprise >= BrakeCase.enough }
}

/// How the baseline fared lately.
struct BaselineHealth: Sendable, Hashable {
    private struct Second: Sendable, Hashable {
        var second: Int64
        var requests: Int64
        var failures: Int64
    }

    /// The newest last; no more than a minute's.
    private var seconds: [Second] = []

    private static let longest: Int64 = 60
    private static let shortest: Int64 = 10
    private static let wanted: Int64 = 20
    private static let least: Int64 = 5

    mutating func note(failed: Bool, at second: Int64) {
        if seconds.last.map({ $0.second < second }) ?? true {
            seconds.append(Second(second: second, requests: 0, failures: 0))
            seconds.removeAll { $0.second <= second - BaselineHealth.longest }
        }
        seconds[seconds.count - 1].requests += 1
        if failed { seconds[seconds.count - 1].failures += 1 }
    }

    /// Requests that ended in the last ten seconds, or in as much of the last minute as twenty requests need.
    func lately(at now: Int64) -> (requests: Int64, failures: Int64) {
        var sum = (requests: Int64(0), failures: Int64(0))
        for second in seconds.reversed() where second.second > now - BaselineHealth.longest {
            if second.second <= now - BaselineHealth.shortest, sum.requests >= BaselineHealth.wanted { break }
            sum.requests += second.requests
            sum.failures += second.failures
        }
        return sum
    }

    /// The share of failures as it is to be feared (one more than seen); absent where too little was seen.
    func failureShare(at now: Int64) -> Double? {
        let (requests, failures) = lately(at: now)
        guard requests >= BaselineHealth.least else { return nil }
        return Double(failures + 1) / Double(requests + 2)
    }

    /// `0 of 28 baseline requests failed in the same time`.
    func text(at now: Int64) -> String {
        let (requests, failures) = lately(at: now)
        if requests == 0 { return "no baseline request ended in the same time" }
        return "\(failures) of \(requests) baseline requests failed in the same time"
    }
}

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
/// the baseline's, each would have the baseline's share of failures as its probability, as it was around the attempt. An
/// outage of both arms has a share near one and proves nothing, however long it lasts.
struct BrakeCase: Sendable, Hashable {
    private let failures: Int
    /// The second in which the brake was put on.
    private let second: Int64
    /// Minus the logarithm of the probability of the failures that put it on; known once the seconds after it are over.
    private var first: Double?
    /// The same of the attempts that tried again.
    private var later = 0.0
    /// Attempts that tried again, and failed.
    private(set) var trials = 0

    /// One in a hundred million for all failures: far below what a rollout's alpha is divided into.
    private static let enough = 8 * log(10.0)
    /// One in a thousand for the trials alone: what put the brake on may have been an outage of a moment.
    private static let enoughLater = 3 * log(10.0)
    private static let leastTrials = 2
    /// The seconds around the brake's that tell how the baseline fared then: an outage that has just begun shows in those
    /// that follow.
    private static let around: ClosedRange<Int64> = -2...3

    init(failures: Int, second: Int64) {
        self.failures = failures
        self.second = second
    }

    /// Counts an attempt that tried again and failed.
    mutating func countTrial(_ baseline: BaselineHealth, at now: Int64) {
        trials += 1
        later += BrakeCase.surprise(baseline.failureShare(at: now))
        let around = second + BrakeCase.around.lowerBound...second + BrakeCase.around.upperBound
        if first == nil, now > around.upperBound {
            first = Double(failures) * BrakeCase.surprise(baseline.failureShare(in: around))
        }
    }

    private static func surprise(_ share: Double?) -> Double {
        guard let share, share > 0, share < 1 else { return 0 }
        return -log(share)
    }

    /// It failed again and again after it was left alone for a while, and that is no misfortune it shares with the baseline.
    var isProven: Bool {
        trials >= BrakeCase.leastTrials && later >= BrakeCase.enoughLater && (first ?? 0) + later >= BrakeCase.enough
    }
}

/// How the baseline fared lately.
struct BaselineHealth: Sendable, Hashable {
    private struct Second: Sendable, Hashable {
        var second: Int64
        var requests: Int64
        var failures: Int64
    }

    /// The newest last.
    private var seconds: [Second] = []

    private static let kept: Int64 = 180
    private static let longest: Int64 = 60
    private static let shortest: Int64 = 10
    private static let wanted: Int64 = 20
    private static let least: Int64 = 5

    mutating func note(failed: Bool, at second: Int64) {
        if seconds.last.map({ $0.second < second }) ?? true {
            seconds.append(Second(second: second, requests: 0, failures: 0))
            seconds.removeAll { $0.second <= second - BaselineHealth.kept }
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

    /// The share of failures lately; absent where too little was seen.
    func failureShare(at now: Int64) -> Double? {
        let (requests, failures) = lately(at: now)
        return BaselineHealth.share(failures, of: requests)
    }

    /// The share of failures in some seconds; absent where too little was seen.
    func failureShare(in range: ClosedRange<Int64>) -> Double? {
        var sum = (requests: Int64(0), failures: Int64(0))
        for second in seconds where range.contains(second.second) {
            sum.requests += second.requests
            sum.failures += second.failures
        }
        return BaselineHealth.share(sum.failures, of: sum.requests)
    }

    /// As it is to be feared: one failure more than was seen.
    private static func share(_ failures: Int64, of requests: Int64) -> Double? {
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

// SPDX-License-Identifier: Apache-2.0

/// How both arms of a rollout fared in the same seconds: requests that ended, and those among them that failed.
///
/// By the second in which a request **ended**, whoever had been assigned it and whether or not it is evidence: what a
/// brake moved to production counts as production's. Refusals (401, 402, 403, 429), content filters and callers who left
/// say nothing about an arm and are not in it.
package struct RecentHealth: Sendable, Hashable {
    /// Of one arm.
    package struct Count: Sendable, Hashable {
        package var requests: Int64 = 0
        package var failures: Int64 = 0

        /// Failures among the requests, 0…1; unknown without requests.
        package var failureShare: Double? { requests > 0 ? Double(failures) / Double(requests) : nil }
    }

    /// Seconds looked back.
    package var window: Int64
    package var canary: Count
    package var baseline: Count
}

/// How one arm fared in each of the last seconds.
struct ArmHealth: Sendable, Hashable {
    private struct Second: Sendable, Hashable {
        var second: Int64
        var count: RecentHealth.Count
    }

    /// The newest last.
    private var seconds: [Second] = []

    /// Seconds that are kept.
    static let kept: Int64 = 900

    /// Notes a request that ended.
    mutating func note(failed: Bool, at second: Int64) {
        var index = seconds.endIndex
        while index > 0, seconds[index - 1].second > second { index -= 1 }
        if index == 0 || seconds[index - 1].second != second {
            seconds.insert(Second(second: second, count: RecentHealth.Count()), at: index)
            index += 1
        }
        seconds[index - 1].count.requests += 1
        if failed { seconds[index - 1].count.failures += 1 }
        if let newest = seconds.last?.second, let first = seconds.first?.second, first <= newest - 2 * ArmHealth.kept {
            seconds.removeAll { $0.second <= newest - ArmHealth.kept }
        }
    }

    /// The sum over some seconds.
    func sum(in range: ClosedRange<Int64>) -> RecentHealth.Count {
        var sum = RecentHealth.Count()
        for entry in seconds.reversed() where entry.second <= range.upperBound {
            if entry.second < range.lowerBound { break }
            sum.requests += entry.count.requests
            sum.failures += entry.count.failures
        }
        return sum
    }
}

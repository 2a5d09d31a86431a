// SPDX-License-Identifier: Apache-2.0

/// Requests that ended, and those among them that failed.
///
/// By the second in which a request **ended**, whoever had been assigned it and whether or not it is evidence: what a
/// brake moved to production counts as production's. Refusals (401, 402, 403, 429), content filters and callers who left
/// say nothing about an arm and are not in it.
struct EndedRequests: Sendable, Hashable {
    var requests: Int64 = 0
    var failures: Int64 = 0
}

/// How one arm fared in each of the last seconds.
struct ArmHealth: Sendable, Hashable {
    private struct Second: Sendable, Hashable {
        var second: Int64
        var count: EndedRequests
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
            seconds.insert(Second(second: second, count: EndedRequests()), at: index)
            index += 1
        }
        seconds[index - 1].count.requests += 1
        if failed { seconds[index - 1].count.failures += 1 }
        if let newest = seconds.last?.second, let first = seconds.first?.second, first <= newest - 2 * ArmHealth.kept {
            seconds.removeAll { $0.second <= newest - ArmHealth.kept }
        }
    }

    /// The sum over some seconds.
    func sum(in range: ClosedRange<Int64>) -> EndedRequests {
        var sum = EndedRequests()
        for entry in seconds.reversed() where entry.second <= range.upperBound {
            if entry.second < range.lowerBound { break }
            sum.requests += entry.count.requests
            sum.failures += entry.count.failures
        }
        return sum
    }
}

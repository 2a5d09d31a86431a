// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// What is measured of each version: the last hour in slices of ten seconds, and counters since the ledger began.
///
/// Fed by the ingester, read by the use cases; in memory only, rebuilt from the ledger at a start.
package final class MetricsBook: OutcomeObserver {
    /// Counters of a version over its whole life.
    package struct Lifetime: Sendable, Equatable {
        /// Requests that made an attempt on it.
        package var requests: Int64 = 0
        /// Attempts on it that failed, whosever fault it was.
        package var errors: Int64 = 0

        package init(requests: Int64 = 0, errors: Int64 = 0) {
            self.requests = requests
            self.errors = errors
        }
    }

    fileprivate struct Page {
        var lifetime = Lifetime()
        /// In the order of their numbers, none older than an hour.
        var slices: [Slice] = []
    }

    /// Slices kept: an hour.
    private static let kept: Int64 = 360

    private let pages = Mutex<[VersionID: Page]>([:])

    package init() {}

    /// Takes in what happened to requests; one that a crash interrupted says nothing about its version.
    package func observe(_ outcomes: [Outcome]) {
        pages.withLock { pages in
            for outcome in outcomes {
                for (index, attempt) in outcome.attempts.enumerated()
                where !outcome.attempts[..<index].contains(where: { $0.version == attempt.version }) {
                    pages[attempt.version, default: Page()].lifetime.requests += 1
                }
                let number = MetricsBook.number(outcome.startedAt.nanoseconds.saturatingSum(outcome.duration))
                for attempt in outcome.attempts {
                    if attempt.hasFailed { pages[attempt.version, default: Page()].lifetime.errors += 1 }
                    guard outcome.ending != .interrupted else { continue }
                    MetricsBook.account(attempt, in: &pages, number: number)
                }
                guard outcome.ending != .interrupted, let judged = outcome.judgedAttempt else { continue }
                MetricsBook.judge(judged, assigned: outcome.version, in: &pages, number: number)
            }
        }
    }

    /// Takes in an entry of the ledger's last hour; the lifetime counters come from ``restore(_:for:)``.
    package func replay(_ row: LedgerRow) {
        guard row.ending != .interrupted else { return }
        let number = MetricsBook.number(row.requestStartedAt.nanoseconds.saturatingSum(row.requestDuration))
        pages.withLock {
            MetricsBook.account(row.attempt, in: &$0, number: number)
            // Whether a hedge stands for its request cannot be told from its entry alone.
            guard row.attempt.number == 1, row.attempt.errorClass != .superseded else { return }
            MetricsBook.judge(row.attempt, assigned: nil, in: &$0, number: number)
        }
    }

    /// Sets the counters of a version to what the ledger knows.
    package func restore(_ lifetime: Lifetime, for version: VersionID) {
        pages.withLock { $0[version, default: Page()].lifetime = lifetime }
    }

    package func lifetime(of version: VersionID) -> Lifetime {
        pages.withLock { $0[version]?.lifetime ?? Lifetime() }
    }

    /// Mean latency over the last hour in milliseconds; absent without traffic.
    package func averageLatency(of version: VersionID, at now: Timestamp) -> Double? {
        let last = MetricsBook.number(now.nanoseconds)
        let (count, sum) = pages.withLock { pages in
            (pages[version]?.slices ?? []).reduce(into: (Int64(0), Int64(0))) { total, slice in
                guard slice.number > last - MetricsBook.kept, slice.number <= last else { return }
                total.0 += slice.latency.total
                total.1 = total.1.saturatingSum(slice.latency.sum)
            }
        }
        return count == 0 ? nil : Double(sum) / Double(count) / 1_000
    }

    /// The sums of a version over the last seconds, rounded up to whole slices, the running one included.
    func sum(of version: VersionID, window: Int64, at now: Timestamp) -> Slice {
        let last = MetricsBook.number(now.nanoseconds)
        let count = min(max(1, (window + Slice.length - 1) / Slice.length), MetricsBook.kept)
        let slices = pages.withLock { $0[version]?.slices ?? [] }
        return slices.reduce(into: Slice(number: last)) { sum, slice in
            if slice.number > last - count, slice.number <= last { sum.add(slice) }
        }
    }

    private static func number(_ nanoseconds: Int64) -> Int64 { nanoseconds / (Slice.length * 1_000_000_000) }

    private static func account(_ attempt: Attempt, in pages: inout [VersionID: Page], number: Int64) {
        guard attempt.isForCaller else { return }
        pages[attempt.version, default: Page()].withSlice(number) { $0.account(attempt) }
    }

    private static func judge(
        _ attempt: Attempt,
        assigned: VersionID?,
        in pages: inout [VersionID: Page],
        number: Int64
    ) {
        guard attempt.isForCaller, assigned == nil || assigned == attempt.version else { return }
        pages[attempt.version, default: Page()].withSlice(number) { $0.judge(attempt) }
    }
}

extension MetricsBook.Page {
    /// Changes the slice of a number; what is older than an hour before the newest is dropped.
    fileprivate mutating func withSlice(_ number: Int64, _ change: (inout Slice) -> Void) {
        if let newest = slices.last?.number, number <= newest - 360 { return }
        var index = slices.endIndex
        while index > 0, slices[index - 1].number > number { index -= 1 }
        if index > 0, slices[index - 1].number == number {
            change(&slices[index - 1])
        } else {
            var slice = Slice(number: number)
            change(&slice)
            slices.insert(slice, at: index)
        }
        let oldest = (slices.last?.number ?? number) - 360
        if let first = slices.first, first.number <= oldest { slices.removeAll { $0.number <= oldest } }
    }
}

extension Attempt {
    fileprivate var isForCaller: Bool { purpose != .mirror && purpose != .judge }
}

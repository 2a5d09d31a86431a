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

    fileprivate final class Page {
        let version: VersionID
        var lifetime = Lifetime()
        /// In the order of their numbers, none older than an hour.
        var slices: [Slice] = []

        init(_ version: VersionID) { self.version = version }
    }

    /// What is known of all versions.
    private struct Pages {
        var byVersion: [VersionID: Page] = [:]
        /// Most outcomes are of the versions of the one before.
        var recent: [Page] = []

        subscript(version: VersionID) -> Page? { byVersion[version] }

        /// The page of a version, made where it is not there yet.
        mutating func page(_ version: VersionID) -> Page {
            let page = byVersion[version] ?? Page(version)
            byVersion[version] = page
            return page
        }

        /// The page of an attempt's version.
        mutating func page(of attempts: [Attempt], _ index: Int) -> Page {
            for page in recent where page.version.rawValue == attempts[index].version.rawValue { return page }
            let page = page(attempts[index].version)
            if recent.count >= 8 { recent.removeFirst() }
            recent.append(page)
            return page
        }
    }

    /// Slices kept: an hour.
    private static let kept: Int64 = 360

    private let pages = Mutex(Pages())

    package init() {}

    /// Takes in what happened to requests; one that a crash interrupted says nothing about its version.
    package func observe(_ outcomes: [Outcome]) {
        pages.withLock { pages in
            for index in outcomes.indices { MetricsBook.take(outcomes, index, in: &pages) }
        }
    }

    /// Takes in one of some outcomes, which is not copied.
    private static func take(_ outcomes: [Outcome], _ index: Int, in pages: inout Pages) {
        let number = number(outcomes[index].startedAt.nanoseconds.saturatingSum(outcomes[index].duration))
        let isInterrupted = outcomes[index].ending == .interrupted
        let attempts = outcomes[index].attempts
        for place in attempts.indices {
            let page = pages.page(of: attempts, place)
            var isFirst = true
            for earlier in 0..<place where attempts[earlier].version.rawValue == page.version.rawValue {
                isFirst = false
            }
            if isFirst { page.lifetime.requests += 1 }
            if let errorClass = attempts[place].errorClass, errorClass != .superseded { page.lifetime.errors += 1 }
            if !isInterrupted { account(attempts, place, on: page, number: number) }
        }
        guard !isInterrupted, outcomes[index].endpoint.operation.isBilled, let first = attempts.indices.first else {
            return
        }
        // As `judgedAttempt` says; most requests have one attempt, which need not be copied.
        let assigned = outcomes[index].version
        if attempts[first].number == 1, attempts[first].errorClass != .superseded {
            judge(attempts, first, assigned: assigned, in: &pages, number: number)
        } else if let judged = outcomes[index].judgedAttempt {
            judge([judged], 0, assigned: assigned, in: &pages, number: number)
        }
    }

    /// Takes in an entry of the ledger's last hour; the lifetime counters come from ``restore(_:for:)``.
    package func replay(_ row: LedgerRow) {
        guard row.ending != .interrupted else { return }
        let number = MetricsBook.number(row.requestStartedAt.nanoseconds.saturatingSum(row.requestDuration))
        pages.withLock {
            MetricsBook.account([row.attempt], 0, on: $0.page(row.attempt.version), number: number)
            // Whether a hedge stands for its request cannot be told from its entry alone.
            guard row.attempt.number == 1, row.attempt.errorClass != .superseded, row.endpoint.operation.isBilled else {
                return
            }
            MetricsBook.judge([row.attempt], 0, assigned: nil, in: &$0, number: number)
        }
    }

    /// Sets the counters of a version to what the ledger knows.
    package func restore(_ lifetime: Lifetime, for version: VersionID) {
        pages.withLock { $0.page(version).lifetime = lifetime }
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

    private static func account(_ attempts: [Attempt], _ index: Int, on page: Page, number: Int64) {
        guard attempts[index].purpose.isForCaller, let slice = page.slice(number) else { return }
        page.slices[slice].account(attempts, index)
    }

    private static func judge(
        _ attempts: [Attempt],
        _ index: Int,
        assigned: VersionID?,
        in pages: inout Pages,
        number: Int64
    ) {
        guard attempts[index].purpose.isForCaller else { return }
        let page = pages.page(of: attempts, index)
        guard assigned == nil || assigned?.rawValue == page.version.rawValue, let slice = page.slice(number) else {
            return
        }
        page.slices[slice].judge(attempts, index)
    }
}

extension MetricsBook.Page {
    /// Where the slice of a number is, made where it is not there yet; what is older than an hour before the newest is
    /// dropped, and `nil`.
    fileprivate func slice(_ number: Int64) -> Int? {
        if let newest = slices.last?.number {
            if number == newest { return slices.count - 1 }
            if number <= newest - 360 { return nil }
        }
        var index = slices.endIndex
        while index > 0, slices[index - 1].number > number { index -= 1 }
        if index > 0, slices[index - 1].number == number { return index - 1 }
        slices.insert(Slice(number: number), at: index)
        let oldest = (slices.last?.number ?? number) - 360
        let dropped = slices.prefix { $0.number <= oldest }.count
        slices.removeFirst(dropped)
        return index - dropped
    }
}

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// What is measured of each version: the last hour in slices of ten seconds, and counters since the ledger began.
///
/// Fed by the ingester, read by the use cases; in memory only, rebuilt from the ledger at a start.
package final class VersionStatistics: OutcomeObserver {
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

    fileprivate final class Entry {
        let version: VersionID
        var lifetime = Lifetime()
        /// In the order of their numbers, none older than an hour.
        var slices: [Slice] = []

        init(_ version: VersionID) { self.version = version }
    }

    /// What is known of all versions.
    private struct Entries {
        var byVersion: [VersionID: Entry] = [:]
        /// Most outcomes are of the versions of the one before.
        var recent: [Entry] = []

        subscript(version: VersionID) -> Entry? { byVersion[version] }

        /// The entry of a version, made where it is not there yet.
        mutating func entry(_ version: VersionID) -> Entry {
            let entry = byVersion[version] ?? Entry(version)
            byVersion[version] = entry
            return entry
        }

        /// The entry of an attempt's version.
        mutating func entry(of attempts: [Attempt], _ index: Int) -> Entry {
            for entry in recent where entry.version.rawValue == attempts[index].version.rawValue { return entry }
            let entry = entry(attempts[index].version)
            if recent.count >= 8 { recent.removeFirst() }
            recent.append(entry)
            return entry
        }
    }

    /// Slices kept: an hour.
    private static let kept: Int64 = 360

    private let entries = Mutex(Entries())

    package init() {}

    /// Takes in what happened to requests; one that a crash interrupted says nothing about its version.
    package func observe(_ outcomes: [Outcome]) {
        entries.withLock { entries in
            for index in outcomes.indices { VersionStatistics.take(outcomes, index, in: &entries) }
        }
    }

    /// Takes in one of some outcomes, which is not copied.
    private static func take(_ outcomes: [Outcome], _ index: Int, in entries: inout Entries) {
        let number = number(outcomes[index].startedAt.nanoseconds.saturatingSum(outcomes[index].duration))
        let isInterrupted = outcomes[index].ending == .interrupted
        let attempts = outcomes[index].attempts
        for attempt in attempts.indices {
            let entry = entries.entry(of: attempts, attempt)
            var isFirst = true
            for earlier in 0..<attempt where attempts[earlier].version.rawValue == entry.version.rawValue {
                isFirst = false
            }
            if isFirst { entry.lifetime.requests += 1 }
            if let errorClass = attempts[attempt].errorClass, errorClass != .superseded { entry.lifetime.errors += 1 }
            if !isInterrupted { account(attempts, attempt, on: entry, number: number) }
        }
        guard !isInterrupted, outcomes[index].endpoint.operation.isBilled,
            outcomes[index].unitSource != Outcome.pinnedSource, let first = attempts.indices.first
        else { return }
        // As `judgedAttempt` says; most requests have one attempt, which need not be copied.
        let assigned = outcomes[index].version
        if attempts[first].number == 1, attempts[first].errorClass != .superseded {
            judge(attempts, first, assigned: assigned, in: &entries, number: number)
        } else if let judged = outcomes[index].judgedAttempt {
            judge([judged], 0, assigned: assigned, in: &entries, number: number)
        }
    }

    /// Takes in an entry of the ledger's last hour; the lifetime counters come from ``restore(_:for:)``.
    package func replay(_ row: LedgerRow) {
        guard row.ending != .interrupted else { return }
        let number = VersionStatistics.number(row.requestStartedAt.nanoseconds.saturatingSum(row.requestDuration))
        entries.withLock {
            VersionStatistics.account([row.attempt], 0, on: $0.entry(row.attempt.version), number: number)
            // Whether a hedge stands for its request cannot be told from its entry alone.
            guard row.attempt.number == 1, row.attempt.errorClass != .superseded, row.endpoint.operation.isBilled,
                row.unitSource != Outcome.pinnedSource
            else { return }
            VersionStatistics.judge([row.attempt], 0, assigned: nil, in: &$0, number: number)
        }
    }

    /// Sets the counters of a version to what the ledger knows.
    package func restore(_ lifetime: Lifetime, for version: VersionID) {
        entries.withLock { $0.entry(version).lifetime = lifetime }
    }

    package func lifetime(of version: VersionID) -> Lifetime {
        entries.withLock { $0[version]?.lifetime ?? Lifetime() }
    }

    /// Mean latency over the last hour in milliseconds.
    ///
    /// - Parameter least: absent where fewer answers than these were seen.
    package func averageLatency(of version: VersionID, at now: Timestamp, least: Int64 = 1) -> Double? {
        let last = VersionStatistics.number(now.nanoseconds)
        let (count, sum) = entries.withLock { entries in
            (entries[version]?.slices ?? []).reduce(into: (Int64(0), Int64(0))) { total, slice in
                guard slice.number > last - VersionStatistics.kept, slice.number <= last else { return }
                total.0 += slice.latency.total
                total.1 = total.1.saturatingSum(slice.latency.sum)
            }
        }
        return count < max(least, 1) ? nil : Double(sum) / Double(count) / 1_000
    }

    /// The sums of a version over the last seconds, rounded up to whole slices, the running one included.
    func sum(of version: VersionID, window: Int64, at now: Timestamp) -> Slice {
        let last = VersionStatistics.number(now.nanoseconds)
        let count = min(max(1, (window + Slice.length - 1) / Slice.length), VersionStatistics.kept)
        let slices = entries.withLock { $0[version]?.slices ?? [] }
        return slices.reduce(into: Slice(number: last)) { sum, slice in
            if slice.number > last - count, slice.number <= last { sum.add(slice) }
        }
    }

    private static func number(_ nanoseconds: Int64) -> Int64 { nanoseconds / (Slice.length * 1_000_000_000) }

    private static func account(_ attempts: [Attempt], _ index: Int, on entry: Entry, number: Int64) {
        guard attempts[index].purpose.isForCaller, let slice = entry.slice(number) else { return }
        entry.slices[slice].account(attempts, index)
    }

    private static func judge(
        _ attempts: [Attempt],
        _ index: Int,
        assigned: VersionID?,
        in entries: inout Entries,
        number: Int64
    ) {
        guard attempts[index].purpose.isForCaller else { return }
        let entry = entries.entry(of: attempts, index)
        guard assigned == nil || assigned?.rawValue == entry.version.rawValue, let slice = entry.slice(number) else {
            return
        }
        entry.slices[slice].judge(attempts, index)
    }
}

extension VersionStatistics.Entry {
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

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Settled and open attempts in memory.
struct MemoryLedger: Sendable {
    private struct AttemptKey: Hashable {
        var request: RequestID
        var number: Int
    }

    private(set) var rows: [LedgerRow] = []
    private(set) var pins: [Pin] = []
    private(set) var lastUses: [KeyID: Timestamp] = [:]
    private(set) var corrections: [LedgerCorrection] = []
    private(set) var cards: [KeptCard] = []
    private var charges: [RequestID: (charge: Charge, node: String)] = [:]
    private var settled: Set<AttemptKey> = []
    private var open: [AttemptKey: (attempt: OpenedAttempt, node: String)] = [:]

    /// Takes in one record of a node; an attempt that is known already changes nothing.
    mutating func take(_ record: JournalRecord, node: String) {
        switch record {
        case .opened(let attempt):
            let key = AttemptKey(request: attempt.request, number: attempt.number)
            guard !settled.contains(key), open[key] == nil else { return }
            open[key] = (attempt, node)
        case .settled(let outcome):
            if let key = outcome.key { lastUses[key] = max(lastUses[key] ?? outcome.startedAt, outcome.startedAt) }
            for attempt in outcome.attempts {
                let key = AttemptKey(request: outcome.request, number: attempt.number)
                guard settled.insert(key).inserted else { continue }
                open[key] = nil
                rows.append(LedgerRow(row: Int64(rows.count) + 1, outcome: outcome, attempt: attempt))
            }
        case .pinned(let pin):
            guard let index = pins.firstIndex(where: { $0.digest == pin.digest }) else { return pins.append(pin) }
            pins[index].isOwed = pins[index].isOwed && pin.isOwed
        case .charged(let charge):
            let known = charges[charge.request]
            charges[charge.request] = (known.map { $0.charge.merged(with: charge) } ?? charge, known?.node ?? node)
        }
    }

    /// Adds a correction; false where there is no such attempt.
    mutating func correct(_ correction: LedgerCorrection) -> Bool {
        guard let index = rows.firstIndex(where: { $0.is(correction.request, correction.attempt) }) else {
            return false
        }
        corrections.append(correction)
        let sum = (rows[index].correction?.rawValue ?? 0).addingHeld(correction.amount.rawValue)
        rows[index].correction = NanoUSD(sum)
        return true
    }

    /// Keeps cards that are not kept yet, in the order in which engines list them.
    mutating func keep(_ new: [KeptCard]) {
        for card in new where !cards.contains(where: { $0.number == card.number }) { cards.append(card) }
        cards.sort { left, right in
            func order(_ kept: KeptCard) -> [String] { [kept.card.provider.rawValue, kept.card.model] }
            if order(left) != order(right) { return order(left).lexicographicallyPrecedes(order(right)) }
            return (left.card.effectiveFrom, left.keptAt.nanoseconds, left.number)
                < (right.card.effectiveFrom, right.keptAt.nanoseconds, right.number)
        }
    }

    mutating func settleCharges(of node: String, startedBefore moment: Timestamp) -> Int {
        var count = 0
        for (request, entry) in charges where entry.node == node && !entry.charge.isSettled && entry.charge.at < moment
        {
            charges[request]?.charge.isSettled = true
            count += 1
        }
        return count
    }

    func charges(from: Timestamp?, until: Timestamp?, after request: RequestID?, limit: Int) -> [Charge] {
        func order(_ request: RequestID) -> (UInt64, UInt64) { (request.high, request.low) }
        let meant = charges.values.map(\.charge).filter { charge in
            charge.at >= from ?? charge.at && until.map { charge.at < $0 } ?? true
                && request.map { order($0) < order(charge.request) } ?? true
        }
        return Array(meant.sorted { order($0.request) < order($1.request) }.prefix(max(0, limit)))
    }

    /// What a scope has spent, adjustments aside.
    func spending(_ query: SpendingQuery) -> NanoUSD {
        let isMeant = { (moment: Timestamp) in moment >= query.from ?? moment && moment < query.until }
        var sum: Int64 = 0
        for (charge, _) in charges.values where isMeant(charge.at) && query.scope.holds(charge.scope) {
            sum = sum.addingHeld(charge.amount.rawValue)
        }
        for row in rows where isMeant(row.requestStartedAt) && charges[row.request] == nil {
            let scope = Charge.Scope(
                key: row.key,
                route: row.route,
                version: row.attempt.version,
                model: row.attempt.model,
                tags: row.tags,
                endUser: row.endUser
            )
            guard row.attempt.purpose.isForCaller, query.scope.holds(scope) else { continue }
            sum = sum.addingHeld(row.attempt.cost.known?.rawValue ?? 0)
        }
        return NanoUSD(sum)
    }

    mutating func dropPins(butNewest count: Int) { pins.removeFirst(max(0, pins.count - max(0, count))) }

    func failures(of version: VersionID, from: Timestamp, limit: Int) -> [FailureCount] {
        struct Group: Hashable {
            var second: Int64
            var errorClass: ErrorClass
        }
        var counts: [Group: Int64] = [:]
        for row in rows where row.requestStartedAt >= from && row.attempt.version == version && row.attempt.number == 1
        {
            guard let errorClass = row.attempt.errorClass else { continue }
            let (end, overflow) = row.requestStartedAt.nanoseconds.addingReportingOverflow(row.requestDuration)
            guard !overflow else { continue }
            counts[Group(second: end / 1_000_000_000, errorClass: errorClass), default: 0] += 1
        }
        return counts.map { FailureCount(second: $0.key.second, errorClass: $0.key.errorClass, count: $0.value) }
            .sorted { ($0.second, $0.errorClass.rawValue) < ($1.second, $1.errorClass.rawValue) }
            .prefix(max(0, limit)).map { $0 }
    }

    func openAttempts(of node: String?, startedBefore moment: Timestamp, limit: Int) -> [OpenedAttempt] {
        let own = open.values.filter { node == nil || $0.node == node }.map(\.attempt)
        let due = own.filter { $0.requestStartedAt < moment }.sorted { left, right in
            (left.requestStartedAt.nanoseconds, left.request.high, left.request.low, left.number)
                < (right.requestStartedAt.nanoseconds, right.request.high, right.request.low, right.number)
        }
        return Array(due.prefix(max(0, limit)))
    }
}

extension LedgerRow {
    /// Whether it is the entry of an attempt.
    func `is`(_ request: RequestID, _ attempt: Int) -> Bool {
        self.request == request && self.attempt.number == attempt
    }

    /// The entry an attempt of an outcome becomes.
    package init(row: Int64, outcome: Outcome, attempt: Attempt) {
        var attempt = attempt
        attempt.model = attempt.model.storable
        self.init(
            row: row,
            request: outcome.request,
            requestStartedAt: outcome.startedAt,
            endpoint: outcome.endpoint,
            isStream: outcome.isStream,
            key: outcome.key,
            route: outcome.route,
            bucket: outcome.bucket,
            unitSource: outcome.unitSource?.storable,
            status: outcome.status,
            ending: outcome.ending,
            requestDuration: outcome.duration,
            attempt: attempt
        )
        requestBytes = outcome.requestBytes
        tags = outcome.tags?.storable
        endUser = outcome.endUser?.storable
        choice = outcome.choice
    }
}

extension LedgerFilter {
    /// Whether a row is meant: `from` is the first moment inside, `until` the first one outside.
    package func matches(_ row: LedgerRow) -> Bool {
        if let from, row.requestStartedAt < from { return false }
        if let until, row.requestStartedAt >= until { return false }
        if let keys, !(row.key.map { keys.contains($0) } ?? false) { return false }
        if let route, row.route != route { return false }
        if let version, row.attempt.version != version { return false }
        if let provider, row.attempt.provider != provider { return false }
        if let tag, !TagList.holds(tag, in: row.tags) { return false }
        if let endUser, row.endUser != endUser { return false }
        return true
    }
}

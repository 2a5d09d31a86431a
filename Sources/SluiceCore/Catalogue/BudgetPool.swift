// SPDX-License-Identifier: Apache-2.0

/// How several nodes share one window of a hard budget: each draws on a part that is deducted already, so that all together never
/// spend more than the limit, whoever is cut off, killed or stopped (docs/adr/0020-nodes-draw-on-parts-of-a-budget.md).
///
/// The store keeps one for each window and changes it in one transaction each time; what time it is, is the store's to say. At every
/// moment the limit is what was spent, what nodes have and what is left.
package struct BudgetPool: Sendable, Equatable {
    /// What a node has of it.
    package struct Share: Sendable, Equatable {
        /// Deducted for the node beside what it told to be spent.
        package var amount: Int64
        /// Until then the node may spend it; it stops earlier, by its own clock.
        package var expiresAt: Timestamp
        /// The node has run out of it while others had all the rest.
        package var isShort: Bool
    }

    package private(set) var limit: Int64
    package private(set) var shares: [String: Share] = [:]
    /// What was spent before there were shares.
    private let before: Int64
    /// What each node has spent in the window, as it told last: all of it, so that to tell the same twice changes nothing.
    private var totals: [String: Int64] = [:]

    package init(limit: Int64, spent: Int64 = 0) {
        self.limit = limit
        before = spent
    }

    package var spent: Int64 { totals.values.reduce(before) { $0.addingHeld($1) } }

    /// In no node's hands; below zero where the limit was lowered, or a provider asked for more than was set aside.
    package var left: Int64 {
        shares.values.reduce(limit.subtractingHeld(spent)) { $0.subtractingHeld($1.amount) }
    }

    /// What a node tells and asks for, at once: how much it has spent, and a share for some time.
    ///
    /// A node alone gets all that is left, so that nothing is refused that one node would let pass. Where others are, it gets as
    /// much as it wants and at most its part of what is left; they learn that it is short. An answer may be lost: to ask again is safe.
    ///
    /// - Parameters:
    ///   - total: what it has spent in this window by now.
    ///   - kept: what it still needs of its share; it has let go of the rest before it asked.
    ///   - wanted: what it would like to have with that.
    /// - Returns: its share from now on.
    package mutating func draw(
        _ node: String,
        total: Int64,
        keeping kept: Int64,
        wanted: Int64,
        at now: Timestamp,
        lasting duration: Duration
    ) -> Share {
        let had = (shares[node]?.amount ?? 0).subtractingHeld(tell(node, total))
        let own = min(max(0, kept), max(0, had))
        let others = shares.count { $0.key != node && $0.value.expiresAt > now }
        shares[node] = nil
        let free = max(0, left.subtractingHeld(own))
        // The last units are given as they are asked for: a part of one is none.
        let part = max(free / Int64(others + 1), min(free, 1))
        let more = others == 0 ? free : min(part, max(0, wanted.subtractingHeld(own)))
        let share = Share(
            amount: own.addingHeld(more),
            expiresAt: now.advanced(by: duration),
            isShort: own.addingHeld(more) < wanted
        )
        shares[node] = share
        return share
    }

    /// A node that stops tells what it has spent, and has nothing any more.
    ///
    /// The same is said of one whose share expired, once its journal was taken in. Until then all of that counts as spent: the node may
    /// have spent it, and nobody could ask.
    package mutating func leave(_ node: String, total: Int64) {
        _ = tell(node, total)
        shares[node] = nil
    }

    /// - Returns: how much more it is than it told last.
    private mutating func tell(_ node: String, _ total: Int64) -> Int64 {
        let known = totals[node] ?? 0
        guard total > known else { return 0 }
        totals[node] = total
        return total.subtractingHeld(known)
    }

    /// The limit is another one from now on; what nodes have stays theirs.
    package mutating func change(limit: Int64) { self.limit = limit }

    /// Whether a node should give back what it does not need soon: somebody else is short of it.
    package func isWanted(by others: String) -> Bool { shares.contains { $0.key != others && $0.value.isShort } }

    /// The nodes whose shares have expired: their journals are to be taken in.
    package func expired(at now: Timestamp) -> [String] {
        shares.filter { $0.value.expiresAt <= now }.map(\.key).sorted()
    }
}

/// What a node has of a window, and what it does about it; a value, so that its rules can be tested without a store.
package struct BudgetAllowance: Sendable, Equatable {
    /// What it has spent in the window.
    package private(set) var total: Int64
    /// Set aside for requests under way.
    package private(set) var reserved: Int64 = 0
    /// Up to where ``total`` and ``reserved`` together may come.
    private var most: Int64
    /// By the node's monotonic clock: from then on nothing begins.
    private var stopsAt: UInt64 = 0

    /// - Parameter total: what its journal has of the window, at a start.
    package init(total: Int64 = 0) {
        self.total = total
        most = total
    }

    /// What may still be set aside.
    package var free: Int64 { most.subtractingHeld(total).subtractingHeld(reserved) }

    /// Sets an amount aside; false where the share has not so much left, or may be somebody else's by now.
    package mutating func reserve(_ amount: Int64, at now: UInt64) -> Bool {
        guard now < stopsAt, amount <= free else { return false }
        reserved = reserved.addingHeld(amount)
        return true
    }

    package mutating func settle(_ amount: Int64, as cost: Int64) {
        reserved = reserved.subtractingHeld(amount)
        total = total.addingHeld(cost)
    }

    /// What it tells the store: its total, and what it keeps.
    ///
    /// It lets go of all else at once, since the answer may be lost.
    package mutating func ask(keeping wanted: Int64) -> (total: Int64, kept: Int64) {
        let kept = max(reserved, min(wanted, reserved.addingHeld(free)))
        most = total.addingHeld(kept)
        return (total, kept)
    }

    /// Takes the store's answer to what it told as its total.
    ///
    /// It stops after two thirds of the time it was given, counted from before it asked: whatever the clocks say, that is over
    /// before the store thinks so.
    package mutating func take(
        _ share: BudgetPool.Share,
        asked total: Int64,
        at asked: UInt64,
        lasting duration: Duration
    ) {
        most = total.addingHeld(share.amount)
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: attoseconds / 1_000_000_000)
        stopsAt = asked &+ nanoseconds / 3 &* 2
    }

    /// What it would like to have: what is set aside, and as much as it spends in some seconds, so that it asks ahead of need.
    package func wanted(burn perSecond: Int64, ahead seconds: Int64) -> Int64 {
        let (soon, overflow) = max(0, perSecond).multipliedReportingOverflow(by: max(1, seconds))
        return reserved.addingHeld(overflow ? .max : soon)
    }
}

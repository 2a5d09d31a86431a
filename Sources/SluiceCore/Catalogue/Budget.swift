// SPDX-License-Identifier: Apache-2.0

package typealias BudgetID = Identifier<Budget>

/// How much may be spent on behalf of somebody in a window of time.
package struct Budget: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Nothing begins that could cost more than is left.
        case hard
        /// Nothing is refused; alerts tell.
        case soft
    }

    package var id: BudgetID
    package var entity: SpendingEntity
    package var window: BudgetWindow
    package var limit: NanoUSD
    package var mode: Mode
    package var zone: BudgetZone
    /// Shares of the limit, in percent and ascending, at each of which an alert is made.
    package var alertAt: [Int]
    /// The route that serves instead of a refusal.
    package var fallback: RouteID?
    package var owner: Owner

    package static let standardAlerts = [50, 80, 100]
    /// What a limit may be: up to a thousand million dollars.
    package static let limitRange = NanoUSD(1)...NanoUSD(1_000_000_000_000_000_000)

    package init(
        id: BudgetID,
        entity: SpendingEntity,
        window: BudgetWindow,
        limit: NanoUSD,
        mode: Mode = .hard,
        zone: BudgetZone = .utc,
        alertAt: [Int] = Budget.standardAlerts,
        fallback: RouteID? = nil,
        owner: Owner = .file
    ) {
        self.id = id
        self.entity = entity
        self.window = window
        self.limit = limit
        self.mode = mode
        self.zone = zone
        self.alertAt = alertAt
        self.fallback = fallback
        self.owner = owner
    }

    /// The id of a budget whose maker gave none: `key.app.monthly`; what an id cannot hold becomes a hyphen.
    ///
    /// Where that would make one of many names, since letters were left out or the name is long, a hash of it tells them apart.
    package static func standardID(_ entity: SpendingEntity, _ window: BudgetWindow) -> BudgetID? {
        let allowed = entity.name.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || scalar == "_" || scalar == "-" || scalar == "." ? Character(scalar) : "-"
        }
        let isWhole = allowed.count <= 96 && entity.name.unicodeScalars.allSatisfy(\.isASCII)
        let name = isWhole ? String(allowed) : "\(String(allowed.prefix(87)))-\(entity.digest)"
        return BudgetID("\(entity.kind.rawValue).\(name).\(window.rawValue)")
    }
}

/// A correction of what a budget's window has spent: made once and kept, as what is spent is never changed itself.
package struct BudgetAdjustment: Sendable, Equatable {
    package var budget: BudgetID
    package var at: Timestamp
    /// Added to what was spent; below zero for a reset.
    package var amount: NanoUSD

    package init(budget: BudgetID, at: Timestamp, amount: NanoUSD) {
        self.budget = budget
        self.at = at
        self.amount = amount
    }
}

/// Where a budget stands, as one node sees it.
package struct BudgetState: Sendable, Equatable {
    package var budget: Budget
    /// Seconds since 1970, as of ``BudgetWindow/range(at:in:)``.
    package var window: Range<Int64>
    /// Settled in the window.
    package var spent: NanoUSD
    /// Set aside for requests under way.
    package var reserved: NanoUSD
    /// From when on the node counts by itself; what requests from before have spent comes from the store.
    package var since: Timestamp

    package init(
        budget: Budget,
        window: Range<Int64>,
        spent: NanoUSD,
        reserved: NanoUSD,
        since: Timestamp
    ) {
        self.budget = budget
        self.window = window
        self.spent = spent
        self.reserved = reserved
        self.since = since
    }

    /// Spent or set aside.
    package var used: NanoUSD { NanoUSD(spent.rawValue.addingHeld(reserved.rawValue)) }

    /// What may still be set aside; below zero where more was spent than the limit.
    package var remaining: NanoUSD {
        NanoUSD(budget.limit.rawValue.subtractingHeld(spent.rawValue).subtractingHeld(reserved.rawValue))
    }
}

extension Int64 {
    /// The difference, held at the ends of the range.
    package func subtractingHeld(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : difference
    }
}

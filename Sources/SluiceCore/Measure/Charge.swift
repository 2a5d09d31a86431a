// SPDX-License-Identifier: Apache-2.0

/// What a request under budgets is charged: first what was set aside for it, then what it came to.
///
/// On record before its first attempt is sent, again where more was set aside, and once more when it is over. Known by its
/// request: one that comes twice changes nothing.
package struct Charge: Sendable, Equatable {
    package var request: RequestID
    /// The one moment by which its windows were decided.
    package var at: Timestamp
    package var amount: NanoUSD
    /// It is what the request came to, not what was set aside.
    package var isSettled: Bool
    package var scope: Scope

    /// Whose budgets it falls on.
    package struct Scope: Sendable, Equatable {
        package var key: KeyID?
        package var route: RouteID?
        package var version: VersionID?
        package var model: String?
        /// As the caller sent them, with commas between.
        package var tags: String?
        package var endUser: String?

        package init(
            key: KeyID? = nil,
            route: RouteID? = nil,
            version: VersionID? = nil,
            model: String? = nil,
            tags: String? = nil,
            endUser: String? = nil
        ) {
            self.key = key
            self.route = route
            self.version = version
            self.model = model
            self.tags = tags
            self.endUser = endUser
        }
    }

    package init(request: RequestID, at: Timestamp, amount: NanoUSD, isSettled: Bool, scope: Scope) {
        self.request = request
        self.at = at
        self.amount = amount
        self.isSettled = isSettled
        self.scope = scope
    }

    /// The later of two records of one request: the settled one, else the larger one.
    package func merged(with other: Charge) -> Charge {
        if isSettled != other.isSettled { return isSettled ? self : other }
        return isSettled || other.amount <= amount ? self : other
    }

    /// The tags of a list with commas between, without the blanks around them.
    package static func tags(in text: String) -> [String] {
        text.split(separator: ",").compactMap { part in
            let tag = part.drop { $0 == " " || $0 == "\t" }
            let end = tag.lastIndex { $0 != " " && $0 != "\t" }
            return end.map { String(tag[...$0]) }
        }
    }
}

/// Whose spending is summed up.
package enum SpendingScope: Sendable, Equatable {
    /// Of any of these keys.
    case keys([KeyID])
    case route(RouteID)
    case version(VersionID)
    case model(String)
    case tag(String)
    case endUser(String)

    /// Whether a charge falls under it.
    package func holds(_ scope: Charge.Scope) -> Bool {
        switch self {
        case .keys(let keys): scope.key.map(keys.contains) ?? false
        case .route(let route): scope.route == route
        case .version(let version): scope.version == version
        case .model(let model): scope.model == model
        case .tag(let tag): scope.tags.map { Charge.tags(in: $0).contains(tag) } ?? false
        case .endUser(let user): scope.endUser == user
        }
    }
}

/// A scope's spending of requests that began in a stretch of time.
package struct SpendingQuery: Sendable, Equatable {
    package var scope: SpendingScope
    /// Absent: from the first request on.
    package var from: Timestamp?
    package var until: Timestamp
    /// Its adjustments count, those of the whole window.
    package var budget: BudgetID
    package var windowEnd: Timestamp?

    package init(
        scope: SpendingScope,
        from: Timestamp?,
        until: Timestamp,
        budget: BudgetID,
        windowEnd: Timestamp? = nil
    ) {
        self.scope = scope
        self.from = from
        self.until = until
        self.budget = budget
        self.windowEnd = windowEnd
    }

    /// Whether an adjustment counts in it.
    package func adjusts(_ adjustment: BudgetAdjustment) -> Bool {
        adjustment.budget == budget && adjustment.at >= from ?? adjustment.at
            && windowEnd.map { adjustment.at < $0 } ?? true
    }
}

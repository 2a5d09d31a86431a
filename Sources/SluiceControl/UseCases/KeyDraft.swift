// SPDX-License-Identifier: Apache-2.0

package import SluiceCore

/// What a new key shall be.
package struct KeyDraft: Sendable, Equatable {
    package var name: String
    package var team: String?
    package var user: String?
    package var maxConcurrency: Int?
    package var scope = KeyScope()
    package var tags: [String] = []
    /// How long it is valid; without it, until it is revoked.
    package var lifetime: Duration?
    /// A JSON object.
    package var metadata: String?
    package var isBlocked = false
    /// Of the key alone.
    package var rateLimits = RateLimits()
    /// Of the key alone, in windows in UTC, hard.
    package var budget: KeyBudget?

    package init(name: String, team: String? = nil, maxConcurrency: Int? = nil) {
        self.name = name
        self.team = team
        self.maxConcurrency = maxConcurrency
    }

    /// What another call has to say to be the same one.
    var fingerprint: [UInt8] {
        KeyReplay.digest(of: [
            name, team ?? "", user ?? "", maxConcurrency.map { "\($0)" } ?? "",
            scope.routes.joined(separator: "\u{0}"), scope.operations.map(\.word).joined(separator: ","),
            tags.joined(separator: "\u{0}"), lifetime.map { "\($0.components.seconds)" } ?? "", metadata ?? "",
            "\(isBlocked)", JSONValue.object(rateLimits.record).jsonText,
            budget.map { "\($0.window.rawValue) \($0.limit)" } ?? "",
        ])
    }

    /// The limits and the budget of the key that it becomes.
    func spending(of key: KeyID) -> (limits: EntityLimits?, budget: Budget?) {
        let entity = SpendingEntity(.key, key.rawValue)
        let limits = rateLimits.isEmpty ? nil : EntityLimits(entity, rateLimits, owner: .api)
        let made = budget.flatMap { budget in
            Budget.standardID(entity, budget.window).map {
                Budget(id: $0, entity: entity, window: budget.window, limit: budget.limit, owner: .api)
            }
        }
        return (limits, made)
    }
}

/// A hard budget that a key is made with.
package struct KeyBudget: Sendable, Equatable {
    package var window: BudgetWindow
    package var limit: NanoUSD

    package init(window: BudgetWindow, limit: NanoUSD) {
        self.window = window
        self.limit = limit
    }
}

/// What becomes of one member of a thing that is changed.
package enum Patch<Value: Sendable>: Sendable {
    case keep
    /// As if it had never been said.
    case clear
    case set(Value)

    func applied(to value: inout Value?) {
        switch self {
        case .keep: break
        case .clear: value = nil
        case .set(let new): value = new
        }
    }
}

/// Some members of a key, changed.
package struct KeyPatch: Sendable {
    package var name: String?
    package var team = Patch<String>.keep
    package var user = Patch<String>.keep
    package var maxConcurrency = Patch<Int>.keep
    /// An empty list is everything.
    package var routes: [String]?
    package var operations: [Operation]?
    package var tags: [String]?
    /// From now on; cleared, the key is valid until it is revoked.
    package var lifetime = Patch<Duration>.keep
    package var metadata = Patch<String>.keep
    package var isBlocked: Bool?

    package init() {}
}

/// What the names and lists of keys, teams, users and tokens may be.
enum AccessRules {
    static let lifetimes: ClosedRange<Int64> = 1...315_360_000
    private static let tagLimit = 50
    private static let metadataLimit = 16_384

    static func check(name: String, field: String = "name") throws(ControlError) {
        let isClean = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard (1...128).contains(name.unicodeScalars.count), isClean else {
            throw ControlError(.invalid, "\(field) must have 1 to 128 characters and no control characters.")
        }
    }

    /// Names that stand in the audit for who did something.
    static func check(person: String, field: String) throws(ControlError) {
        guard Identifier<User>(person) != nil, !person.contains(":") else {
            throw ControlError(
                .invalid,
                "\(field) must have 1 to 128 of the characters A-Z a-z 0-9 . _ / @ + -, as in ada@example.com."
            )
        }
        guard !["admin", "file", "sluice"].contains(person) else {
            throw ControlError(.invalid, "\(field) must not be '\(person)', which means somebody else in the audit.")
        }
    }

    static func check(_ scope: KeyScope) throws(ControlError) {
        guard scope.routes.count <= KeyScope.routeLimit else {
            throw ControlError(.invalid, "routes must be at most \(KeyScope.routeLimit).")
        }
        for route in scope.routes { try check(name: route, field: "routes") }
    }

    static func check(tags: [String]) throws(ControlError) {
        guard tags.count <= tagLimit else { throw ControlError(.invalid, "tags must be at most \(tagLimit).") }
        for tag in tags { try check(name: tag, field: "tags") }
    }

    static func check(metadata: String?) throws(ControlError) {
        guard (metadata?.utf8.count ?? 0) <= metadataLimit else {
            throw ControlError(.invalid, "metadata must have at most \(metadataLimit) bytes.")
        }
    }

    static func check(lifetime: Duration?, field: String = "expires_in_seconds") throws(ControlError) {
        guard let lifetime else { return }
        guard lifetimes.contains(lifetime.components.seconds) else {
            throw ControlError(.invalid, "\(field) must be from 1 to \(lifetimes.upperBound) (ten years).")
        }
    }
}

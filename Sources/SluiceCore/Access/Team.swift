// SPDX-License-Identifier: Apache-2.0

/// Those who share keys and a bill.
///
/// Keys name their team by its ``name``; one that only keys name is a team all the same, without anything of its own.
package struct Team: Sendable, Equatable {
    package var name: String
    /// For people, where the name is an id.
    package var title: String?
    /// Its keys are refused.
    package var isBlocked: Bool
    /// What its keys may ask for, whatever theirs say.
    package var scope: KeyScope
    package var createdAt: Timestamp
    /// A JSON object that is kept for whoever wrote it.
    package var metadata: String?

    package init(
        name: String,
        title: String? = nil,
        isBlocked: Bool = false,
        scope: KeyScope = KeyScope(),
        createdAt: Timestamp,
        metadata: String? = nil
    ) {
        self.name = name
        self.title = title
        self.isBlocked = isBlocked
        self.scope = scope
        self.createdAt = createdAt
        self.metadata = metadata
    }
}

/// A person: who has admin tokens, and for whom keys are made.
package struct User: Sendable, Equatable {
    package var id: String
    package var name: String?
    package var email: String?
    /// What they may do on the admin plane once they sign in; absent where that is nothing.
    package var role: AdminRole?
    /// In the order in which they joined.
    package var teams: [String]
    /// Neither their admin tokens nor their keys are taken.
    package var isBlocked: Bool
    /// Their id where they are administered.
    package var externalID: String?
    package var createdAt: Timestamp
    /// A JSON object that is kept for whoever wrote it.
    package var metadata: String?

    package init(
        id: String,
        name: String? = nil,
        email: String? = nil,
        role: AdminRole? = nil,
        teams: [String] = [],
        isBlocked: Bool = false,
        externalID: String? = nil,
        createdAt: Timestamp,
        metadata: String? = nil
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.role = role
        self.teams = teams
        self.isBlocked = isBlocked
        self.externalID = externalID
        self.createdAt = createdAt
        self.metadata = metadata
    }
}

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// Everything the store holds but ledger and audit.
package struct StoredState: Sendable {
    /// Grows by one with every commit.
    package var revision: Int64
    /// Versions made by the API, definition and release.
    package var versions: [Version]
    /// Release state of versions defined in the file.
    package var fileReleases: [VersionID: Release]
    /// Keys made by the API.
    package var keys: [CallerKey]
    package var teams: [Team]
    package var users: [User]
    /// Persons' tokens for the admin plane.
    package var passes: [AdminPass]
    /// Credentials of providers.
    package var secrets: [SealedSecret]
    /// Prices made by the API.
    package var prices: [PriceCard]
    /// Model cards made by the API.
    package var models: [ModelCard]
    /// Small settings of the control plane by name.
    package var settings: [String: String]
    /// Every open rollout and the newest closed ones, oldest first.
    package var rollouts: [RolloutRecord]

    package init(
        revision: Int64 = 0,
        versions: [Version] = [],
        fileReleases: [VersionID: Release] = [:],
        keys: [CallerKey] = [],
        teams: [Team] = [],
        users: [User] = [],
        passes: [AdminPass] = [],
        secrets: [SealedSecret] = [],
        prices: [PriceCard] = [],
        models: [ModelCard] = [],
        settings: [String: String] = [:],
        rollouts: [RolloutRecord] = []
    ) {
        self.revision = revision
        self.versions = versions
        self.fileReleases = fileReleases
        self.keys = keys
        self.teams = teams
        self.users = users
        self.passes = passes
        self.secrets = secrets
        self.prices = prices
        self.models = models
        self.settings = settings
        self.rollouts = rollouts
    }

    /// How many closed rollouts are kept in sight.
    package static let closedRollouts = 200
}

/// One change of the stored state.
package enum StoreChange: Sendable {
    /// A version made by the API; its id must be new.
    case insertVersion(Version)
    /// The release state of a version, made by the API or defined in the file.
    case setRelease(VersionID, Release, owner: Owner)
    case putKey(CallerKey)
    case putTeam(Team)
    /// Nothing where there is none of this name.
    case removeTeam(String)
    case putUser(User)
    /// Nothing where there is none with this id.
    case removeUser(String)
    case putPass(AdminPass)
    /// Nothing where there is none with this id.
    case removePass(AdminPassID)
    case putSecret(SealedSecret)
    /// Nothing where the provider has none.
    case removeSecret(ProviderID)
    case putPrice(PriceCard)
    case putModel(ModelCard)
    case setSetting(String, String?)
    case putRollout(RolloutRecord)
    case enqueue(OutboxMessage)
    /// Corrects what a budget's window has spent; never taken back.
    case adjustBudget(BudgetAdjustment)
    /// What a rollout's log holds next: the evidence that the commit acts on, and what follows from it.
    ///
    /// `expecting` is the number of the last entry that the writer knows; without one they follow whatever is there.
    case appendEvidence([ReplayEvent], to: RolloutID, expecting: Int64?)
}

/// How sending a message ended.
package enum OutboxEnding: Sendable, Hashable {
    case delivered
    case retry(at: Timestamp, error: String)
    case givenUp(error: String)
}

/// An audit entry before the store gives it its number and hash.
package struct AuditDraft: Sendable {
    package var at: Timestamp
    package var actor: String
    package var action: String
    package var subject: String
    package var reason: String
    package var before: String?
    package var after: String?

    package init(
        at: Timestamp,
        actor: String,
        action: String,
        subject: String,
        reason: String,
        before: String? = nil,
        after: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.reason = reason
        self.before = before
        self.after = after
    }
}

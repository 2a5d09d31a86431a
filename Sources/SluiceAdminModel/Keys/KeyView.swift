// SPDX-License-Identifier: Apache-2.0

/// A caller's key; its text is shown once, when it is made.
package struct KeyView: Sendable, Codable {
    package var id: String
    package var name: String
    package var team: String?
    /// `active`, `expiring` (replaced, still in its grace), `expired` or `revoked`.
    package var state: String
    package var createdAt: String
    /// From here on the key is refused.
    package var validUntil: String?
    package var revokedAt: String?
    /// The key that took its place by rotation.
    package var replacedBy: String?
    /// `file` or `api`.
    package var owner: String
    /// Its own limit of requests in flight; absent where the node's holds.
    package var maxConcurrency: Int?

    package init(
        id: String,
        name: String,
        team: String? = nil,
        state: String,
        createdAt: String,
        validUntil: String? = nil,
        revokedAt: String? = nil,
        replacedBy: String? = nil,
        owner: String,
        maxConcurrency: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.team = team
        self.state = state
        self.createdAt = createdAt
        self.validUntil = validUntil
        self.revokedAt = revokedAt
        self.replacedBy = replacedBy
        self.owner = owner
        self.maxConcurrency = maxConcurrency
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, team, state
        case createdAt = "created_at"
        case validUntil = "valid_until"
        case revokedAt = "revoked_at"
        case replacedBy = "replaced_by"
        case owner
        case maxConcurrency = "max_concurrency"
    }
}

/// A key just made, with its text: the only time it is shown.
package struct NewKeyView: Sendable, Codable {
    package var view: KeyView
    /// The whole key; store it now.
    package var key: String
    /// After a rotation: the key it takes the place of, and until when that one still works.
    package var replaces: String?
    package var oldKeyValidUntil: String?

    package init(view: KeyView, key: String, replaces: String? = nil, oldKeyValidUntil: String? = nil) {
        self.view = view
        self.key = key
        self.replaces = replaces
        self.oldKeyValidUntil = oldKeyValidUntil
    }

    private enum CodingKeys: String, CodingKey {
        case key, replaces
        case oldKeyValidUntil = "old_key_valid_until"
    }

    package init(from decoder: any Decoder) throws {
        view = try KeyView(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        replaces = try container.decodeIfPresent(String.self, forKey: .replaces)
        oldKeyValidUntil = try container.decodeIfPresent(String.self, forKey: .oldKeyValidUntil)
    }

    package func encode(to encoder: any Encoder) throws {
        try view.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encodeIfPresent(replaces, forKey: .replaces)
        try container.encodeIfPresent(oldKeyValidUntil, forKey: .oldKeyValidUntil)
    }
}

/// The body of `POST /keys`.
package struct CreateKeyRequest: Sendable, Codable {
    package var name: String
    package var team: String?
    package var maxConcurrency: Int?
    package var reason: String?

    package init(name: String, team: String? = nil, maxConcurrency: Int? = nil, reason: String? = nil) {
        self.name = name
        self.team = team
        self.maxConcurrency = maxConcurrency
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case name, team, reason
        case maxConcurrency = "max_concurrency"
    }
}

/// The body of `POST /keys/{id}/rotate`; it may be missing altogether.
package struct RotateKeyRequest: Sendable, Codable {
    /// How long the old key lives on, in seconds; the configuration's own where absent.
    package var graceSeconds: Int64?
    package var reason: String?

    package init(graceSeconds: Int64? = nil, reason: String? = nil) {
        self.graceSeconds = graceSeconds
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case graceSeconds = "grace_seconds"
        case reason
    }
}

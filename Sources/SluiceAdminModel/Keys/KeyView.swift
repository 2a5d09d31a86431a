// SPDX-License-Identifier: Apache-2.0

/// A caller's key; its text is shown once, when it is made.
package struct KeyView: DescribedShape {
    package var id = ""
    package var name = ""
    package var team: String?
    package var state = ""
    package var createdAt = ""
    package var validUntil: String?
    package var revokedAt: String?
    package var replacedBy: String?
    package var maxConcurrency: Int?
    package var user: String?
    package var routes: [String]?
    package var operations: [String]?
    package var tags: [String]?
    package var lastUsedAt: String?
    package var metadata: RawJSON?
    package var owner = ""

    package init() {}

    package static let component = (name: "Key", about: "A caller's key, without its text.")

    package static let fields: [Field<KeyView>] = [
        .must("id", \.id, .string, column: .text("id")),
        .must("name", \.name, .string, column: .text("name")),
        .may("team", \.team, .string, "The team that pays.", column: .text("team")),
        .must(
            "state",
            \.state,
            .oneOf(["active", "expiring", "expired", "revoked", "blocked"]),
            "Expiring: replaced, and still in its grace. Blocked: refused until it is unblocked.",
            column: .text("state")
        ),
        .must("created_at", \.createdAt, .moment, column: .text("created")),
        .may("valid_until", \.validUntil, .moment, "From here on it is refused.", column: .text("valid until")),
        .may("revoked_at", \.revokedAt, .moment),
        .may(
            "replaced_by",
            \.replacedBy,
            .string,
            "The key that took its place by rotation.",
            column: .text("replaced by")
        ),
        .may(
            "max_concurrency",
            \.maxConcurrency,
            .integer,
            "Its own limit of requests in flight, on each node; absent where limits.in_flight_per_key holds.",
            column: .number("max concurrency")
        ),
        .may("user", \.user, .string, "The user it was made for.", column: .text("user")),
        .may("routes", \.routes, .array(.string), "Routes it may use; absent where that is all of them."),
        .may(
            "operations",
            \.operations,
            .array(.string),
            "Operations it may ask for; absent where that is all of them."
        ),
        .may("tags", \.tags, .array(.string), "For reports."),
        .may(
            "last_used_at",
            \.lastUsedAt,
            .moment,
            "When it was shown last, some seconds late.",
            column: .text("last used")
        ),
        .may("metadata", \.metadata, .object, "As it was given."),
        .must("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
    ]
}

/// A key just made, with its text: the only time it is shown.
package struct NewKeyView: DescribedShape {
    package var key = ""
    package var view = KeyView()
    package var replaces: String?
    package var oldKeyValidUntil: String?

    package init() {}

    package static let component = (name: "NewKey", about: "A key with its text, which is shown this once.")

    package static let fields: [Field<NewKeyView>] =
        KeyView.fields.map { $0.within(\NewKeyView.view) } + [
            .must("key", \.key, .string, "The whole key; store it now.", column: .text("key")),
            .may(
                "replaces",
                \.replaces,
                .string,
                "After a rotation: the key it takes the place of.",
                column: .text("replaces")
            ),
            .may(
                "old_key_valid_until",
                \.oldKeyValidUntil,
                .moment,
                "After a rotation: until when that one still works.",
                column: .text("old key works until")
            ),
        ]
}

/// The body of `POST /keys`.
package struct CreateKeyRequest: DescribedShape {
    package var name = ""
    package var team: String?
    package var maxConcurrency: Int?
    package var user: String?
    package var routes: [String]?
    package var operations: [String]?
    package var tags: [String]?
    package var expiresInSeconds: Int64?
    package var metadata: RawJSON?
    package var rateLimits: RateLimitsView?
    package var budget: KeyBudgetView?
    package var reason: String?

    package init() {}

    package static let component = (name: "CreateKeyRequest", about: "A new key.")

    package static let fields: [Field<CreateKeyRequest>] = [
        .must("name", \.name, .name, "A name for people, 1 to 128 bytes."),
        .may("team", \.team, .name, "The team that pays."),
        .may(
            "max_concurrency",
            \.maxConcurrency,
            .integer(in: 1...1_000_000),
            "Requests in flight at the same time on each node (default: limits.in_flight_per_key, 256)."
        ),
        .may("user", \.user, .id, "The user it is for: where they are blocked, so is the key."),
        .may(
            "routes",
            \.routes,
            .scopedRoutes,
            "Routes it may use, by name or alias; `gpt-*` is all that begin so (default: all)."
        ),
        .may(
            "operations",
            \.operations,
            .scopedOperations,
            "What it may ask for: chat, responses, embeddings, … (default: all)."
        ),
        .may("tags", \.tags, .list(of: .name, 0...50), "For reports."),
        .may(
            "expires_in_seconds",
            \.expiresInSeconds,
            .lifetime,
            "How long it is valid (default: until it is revoked)."
        ),
        .may("metadata", \.metadata, .object, "Kept for whoever wrote it, at most 16 KiB."),
        .may("rate_limits", \.rateLimits, .named("RateLimits"), "How often and how much it may ask."),
        .may("budget", \.budget, .named("KeyBudget"), "A hard budget of its own, in windows of UTC."),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `PATCH /keys/{key}`: what is named is changed, null takes it away, others stay.
package struct UpdateKeyRequest: DescribedShape {
    package var name: String?
    package var team: String?
    package var maxConcurrency: Int?
    package var user: String?
    package var routes: [String]?
    package var operations: [String]?
    package var tags: [String]?
    package var expiresInSeconds: Int64?
    package var metadata: RawJSON?
    package var reason: String?

    package init() {}

    package static let component = (
        name: "UpdateKeyRequest", about: "Members of a key to change; null takes one away."
    )

    package static let fields: [Field<UpdateKeyRequest>] = [
        .may("name", \.name, .name, "A name for people, 1 to 128 bytes."),
        .may("team", \.team, .name, "The team that pays."),
        .may(
            "max_concurrency",
            \.maxConcurrency,
            .integer(in: 1...1_000_000),
            "Requests in flight at the same time on each node."
        ),
        .may("user", \.user, .id, "The user it is for: where they are blocked, so is the key."),
        .may(
            "routes",
            \.routes,
            .scopedRoutes,
            "Routes it may use, by name or alias; `gpt-*` is all that begin so (default: all)."
        ),
        .may(
            "operations",
            \.operations,
            .scopedOperations,
            "What it may ask for: chat, responses, embeddings, … (default: all)."
        ),
        .may("tags", \.tags, .list(of: .name, 0...50), "For reports."),
        .may(
            "expires_in_seconds",
            \.expiresInSeconds,
            .lifetime,
            "How long it is valid from now on (default: until it is revoked)."
        ),
        .may("metadata", \.metadata, .object, "Kept for whoever wrote it, at most 16 KiB."),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `POST /keys/{id}/rotate`; it may be missing altogether.
package struct RotateKeyRequest: DescribedShape {
    package var graceSeconds: Int64?
    package var reason: String?

    package init() {}

    package static let component = (name: "RotateKeyRequest", about: "How long the old key lives.")

    package static let fields: [Field<RotateKeyRequest>] = [
        .may(
            "grace_seconds",
            \.graceSeconds,
            .integer(in: 0...31_536_000),
            "How long the old key lives on (default: the configuration's, 24 h)."
        ),
        .may("reason", \.reason, .reason),
    ]
}

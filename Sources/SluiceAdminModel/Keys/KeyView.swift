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
            .oneOf(["active", "expiring", "expired", "revoked"]),
            "Expiring: replaced, and still in its grace.",
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

// SPDX-License-Identifier: Apache-2.0

/// A person's admin token; its text is shown once, when it is made.
package struct TokenView: DescribedShape {
    package var id = ""
    package var person = ""
    package var role = ""
    package var team: String?
    package var state = ""
    package var createdAt = ""
    package var createdBy = ""
    package var expiresAt: String?
    package var revokedAt: String?
    package var kind: String?

    package init() {}

    package static let component = (name: "Token", about: "A person's token for the admin API, without its text.")

    package static let fields: [Field<TokenView>] = [
        .must("id", \.id, .string, column: .text("id")),
        .must("person", \.person, .string, "Stands in the audit.", column: .text("person")),
        .must("role", \.role, .role, column: .text("role")),
        .may("team", \.team, .string, "The only team whose things it sees.", column: .text("team")),
        .must(
            "state",
            \.state,
            .oneOf(["active", "expired", "revoked", "blocked"]),
            "Blocked: its person is.",
            column: .text("state")
        ),
        .must("created_at", \.createdAt, .moment, column: .text("created")),
        .must("created_by", \.createdBy, .string, column: .text("by")),
        .may("expires_at", \.expiresAt, .moment, column: .text("expires")),
        .may("revoked_at", \.revokedAt, .moment),
        .may(
            "kind",
            \.kind,
            .oneOf(["session", "login"]),
            "Made by signing in: in a browser, or by `sluice login`.",
            column: .text("kind")
        ),
    ]
}

/// An admin token just made, with its text: the only time it is shown.
package struct NewTokenView: DescribedShape {
    package var token = ""
    package var view = TokenView()

    package init() {}

    package static let component = (name: "NewToken", about: "An admin token with its text, which is shown this once.")

    package static let fields: [Field<NewTokenView>] =
        TokenView.fields.map { $0.within(\NewTokenView.view) } + [
            .must("token", \.token, .string, "The whole token; store it now.", column: .text("token"))
        ]
}

/// The body of `POST /tokens`.
package struct CreateTokenRequest: DescribedShape {
    package var person = ""
    package var role: String?
    package var team: String?
    package var expiresInSeconds: Int64?
    package var reason: String?

    package init() {}

    package static let component = (name: "CreateTokenRequest", about: "A new admin token.")

    package static let fields: [Field<CreateTokenRequest>] = [
        .must("person", \.person, .id, "Whose it is, as in ada or ada@example.com; stands in the audit."),
        .may("role", \.role, .role, "What it may do (default: the role of the user of this name)."),
        .may("team", \.team, .name, "The only team whose things it sees: for a viewer or a key-admin."),
        .may(
            "expires_in_seconds",
            \.expiresInSeconds,
            .lifetime,
            "How long it is valid (default: until it is revoked)."
        ),
        .may("reason", \.reason, .reason),
    ]
}

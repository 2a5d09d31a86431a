// SPDX-License-Identifier: Apache-2.0

/// A person.
package struct UserView: DescribedShape {
    package var user = ""
    package var name: String?
    package var email: String?
    package var role: String?
    package var teams: [String] = []
    package var state = ""
    package var externalID: String?
    package var createdAt = ""
    package var metadata: RawJSON?

    package init() {}

    package static let component = (name: "User", about: "A person: who has admin tokens, and for whom keys are made.")

    package static let fields: [Field<UserView>] = [
        .must("user", \.user, .string, column: .text("user")),
        .may("name", \.name, .string, column: .text("name")),
        .may("email", \.email, .string, column: .text("email")),
        .may("role", \.role, .role, "Of admin tokens made without one.", column: .text("role")),
        .must(
            "teams",
            \.teams,
            .array(.string),
            column: .text("teams"),
            shown: { $0.isEmpty ? nil : $0.joined(separator: " ") }
        ),
        .must(
            "state",
            \.state,
            .oneOf(["active", "blocked"]),
            "Blocked: neither their tokens nor their keys are taken.",
            column: .text("state")
        ),
        .may("external_id", \.externalID, .string, "Their id where they are administered."),
        .must("created_at", \.createdAt, .moment, column: .text("created")),
        .may("metadata", \.metadata, .object, "As it was given."),
    ]
}

/// The body of `POST /users`.
package struct CreateUserRequest: DescribedShape {
    package var user = ""
    package var name: String?
    package var email: String?
    package var role: String?
    package var teams: [String]?
    package var externalID: String?
    package var metadata: RawJSON?
    package var reason: String?

    package init() {}

    package static let component = (name: "CreateUserRequest", about: "A new user.")

    package static let fields: [Field<CreateUserRequest>] = [
        .must("user", \.user, .id, "Their id, as in ada or ada@example.com; the name in the audit."),
        .may("name", \.name, .name, "For people."),
        .may("email", \.email, .name),
        .may("role", \.role, .role, "Of admin tokens made without one."),
        .may("teams", \.teams, .list(of: .name, 0...100), "Teams they are a member of."),
        .may("external_id", \.externalID, .name, "Their id where they are administered."),
        .may("metadata", \.metadata, .object, "Kept for whoever wrote it, at most 16 KiB."),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `PATCH /users/{user}`.
package struct UpdateUserRequest: DescribedShape {
    package var name: String?
    package var email: String?
    package var role: String?
    package var teams: [String]?
    package var blocked: Bool?
    package var externalID: String?
    package var metadata: RawJSON?
    package var reason: String?

    package init() {}

    package static let component = (
        name: "UpdateUserRequest", about: "Members of a user to change; null takes one away."
    )

    package static let fields: [Field<UpdateUserRequest>] = [
        .may("name", \.name, .name, "For people."),
        .may("email", \.email, .name),
        .may("role", \.role, .role, "Of admin tokens made without one."),
        .may("teams", \.teams, .list(of: .name, 0...100), "Teams they are a member of."),
        .may("blocked", \.blocked, .boolean, "Neither their tokens nor their keys are taken."),
        .may("external_id", \.externalID, .name, "Their id where they are administered."),
        .may("metadata", \.metadata, .object, "Kept for whoever wrote it, at most 16 KiB."),
        .may("reason", \.reason, .reason),
    ]
}

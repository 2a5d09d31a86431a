// SPDX-License-Identifier: Apache-2.0

/// Those who share keys and a bill.
package struct TeamView: DescribedShape {
    package var team = ""
    package var title: String?
    package var state = ""
    package var keys = 0
    package var members: [String] = []
    package var routes: [String]?
    package var operations: [String]?
    package var createdAt: String?
    package var metadata: RawJSON?

    package init() {}

    package static let component = (name: "Team", about: "Those who share keys and a bill.")

    package static let fields: [Field<TeamView>] = [
        .must("team", \.team, .string, column: .text("team")),
        .may("title", \.title, .string, "For people.", column: .text("title")),
        .must(
            "state",
            \.state,
            .oneOf(["active", "blocked"]),
            "Blocked: its keys are refused.",
            column: .text("state")
        ),
        .must("keys", \.keys, .integer, "How many valid keys it has.", column: .number("keys")),
        .must(
            "members",
            \.members,
            .array(.string),
            "Users, by id.",
            column: .text("members"),
            shown: { $0.isEmpty ? nil : $0.joined(separator: " ") }
        ),
        .may("routes", \.routes, .array(.string), "Routes its keys may use; absent where that is all of them."),
        .may("operations", \.operations, .array(.string), "What its keys may ask for; absent where that is all."),
        .may("created_at", \.createdAt, .moment, "Absent where only keys name it.", column: .text("created")),
        .may("metadata", \.metadata, .object, "As it was given."),
    ]
}

/// The body of `POST /teams`.
package struct CreateTeamRequest: DescribedShape {
    package var team = ""
    package var title: String?
    package var routes: [String]?
    package var operations: [String]?
    package var blocked: Bool?
    package var metadata: RawJSON?
    package var reason: String?

    package init() {}

    package static let component = (name: "CreateTeamRequest", about: "A new team.")

    package static let fields: [Field<CreateTeamRequest>] = [
        .must("team", \.team, .name, "Its name, which keys give as their team."),
        .may("title", \.title, .name, "For people, where the name is an id."),
        .may("routes", \.routes, .scopedRoutes, "Routes its keys may use, whatever theirs say (default: all)."),
        .may("operations", \.operations, .scopedOperations, "What its keys may ask for (default: all)."),
        .may("blocked", \.blocked, .boolean, "Its keys are refused."),
        .may("metadata", \.metadata, .object, "Kept for whoever wrote it, at most 16 KiB."),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `PATCH /teams/{team}`.
package struct UpdateTeamRequest: DescribedShape {
    package var title: String?
    package var routes: [String]?
    package var operations: [String]?
    package var blocked: Bool?
    package var metadata: RawJSON?
    package var reason: String?

    package init() {}

    package static let component = (
        name: "UpdateTeamRequest", about: "Members of a team to change; null takes one away."
    )

    package static let fields: [Field<UpdateTeamRequest>] = [
        .may("title", \.title, .name, "For people, where the name is an id."),
        .may("routes", \.routes, .scopedRoutes, "Routes its keys may use, whatever theirs say."),
        .may("operations", \.operations, .scopedOperations, "What its keys may ask for."),
        .may("blocked", \.blocked, .boolean, "Its keys are refused."),
        .may("metadata", \.metadata, .object, "Kept for whoever wrote it, at most 16 KiB."),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `DELETE /teams/{team}`; it may be missing altogether.
package struct DeleteTeamRequest: DescribedShape {
    package var revokeKeys: Bool?
    package var reason: String?

    package init() {}

    package static let component = (name: "DeleteTeamRequest", about: "What becomes of the team's keys.")

    package static let fields: [Field<DeleteTeamRequest>] = [
        .may("revoke_keys", \.revokeKeys, .boolean, "Its keys end with it (default: a team with valid keys stays)."),
        .may("reason", \.reason, .reason),
    ]
}

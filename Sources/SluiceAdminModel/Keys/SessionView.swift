// SPDX-License-Identifier: Apache-2.0

/// Who makes a call, and what they may do.
package struct SessionView: DescribedShape {
    package var person = ""
    package var role = ""
    package var team: String?
    package var kind = ""
    package var id: String?
    package var issuer: String?
    package var expiresAt: String?
    package var csrfToken: String?

    package init() {}

    package static let component = (name: "Session", about: "Who makes this call, and what they may do.")

    package static let fields: [Field<SessionView>] = [
        .must("person", \.person, .string, "Stands in the audit.", column: .text("person")),
        .must("role", \.role, .role, column: .text("role")),
        .may("team", \.team, .string, "The only team whose things they see.", column: .text("team")),
        .must(
            "kind",
            \.kind,
            .oneOf(["file", "token", "login", "session"]),
            "file: a token of the configuration; token: a person's; login: of `sluice login`; session: a browser's.",
            column: .text("kind")
        ),
        .may("id", \.id, .string, "To revoke it by."),
        .may("issuer", \.issuer, .string, "Who said who they are.", column: .text("issuer")),
        .may("expires_at", \.expiresAt, .moment, column: .text("expires")),
        .may(
            "csrf_token",
            \.csrfToken,
            .string,
            "Of a session: sent as x-sluice-csrf it shows that a change is asked for by a page of this server."
        ),
    ]
}

/// What a person needs to sign in for a device.
package struct DeviceSignInView: DescribedShape {
    package var ticket = ""
    package var userCode = ""
    package var verificationURI = ""
    package var verificationURIComplete: String?
    package var interval: Int64 = 5
    package var expiresIn: Int64 = 0

    package init() {}

    package static let component = (name: "DeviceSignIn", about: "How a person signs in for a device (RFC 8628).")

    package static let fields: [Field<DeviceSignInView>] = [
        .must("ticket", \.ticket, .string, "Give it back to ask whether they have."),
        .must("user_code", \.userCode, .string, "What the person types there."),
        .must("verification_uri", \.verificationURI, .string, "Where the person goes."),
        .may("verification_uri_complete", \.verificationURIComplete, .string, "The same with the code in it."),
        .must("interval", \.interval, .integer, "Seconds between two questions, at the least."),
        .must("expires_in", \.expiresIn, .integer, "Seconds until it is over."),
    ]
}

/// The body of `POST /oidc/device/token`.
package struct DeviceTokenRequest: DescribedShape {
    package var ticket = ""

    package init() {}

    package static let component = (name: "DeviceTokenRequest", about: "A device's sign-in that was begun.")

    package static let fields: [Field<DeviceTokenRequest>] = [
        .must("ticket", \.ticket, .text(1...8_192), "As it was given.")
    ]
}

// SPDX-License-Identifier: Apache-2.0

package import SluiceCore

/// Who may sign in, and as what: pure, on the claims of a token that was verified.
package struct SignInRules: Sendable {
    package var issuer: String
    package var clientID: String
    /// Absent for a public client, which has PKCE alone.
    package var clientSecret: Secret<String>?
    /// Where browsers reach the admin plane: `https://sluice.example.com`, without a slash at its end.
    package var publicURL: String
    /// `openid` among them.
    package var scopes: [String]
    /// Whose text is the person's name in the audit, and the id of their user.
    package var userClaim: String
    /// In lower case; empty is every domain.
    package var allowedDomains: [String]
    package var takesUnverifiedEmail: Bool
    /// The first that fits says the role.
    package var roles: [RoleRule]
    /// Of whom no rule fits, and who has no role as a user; absent, they may not come in.
    package var defaultRole: AdminRole?
    package var idle: Duration
    package var lifetime: Duration

    package struct RoleRule: Sendable, Equatable {
        package var rule: ClaimRule
        package var role: AdminRole
        package var team: String?

        package init(_ rule: ClaimRule, _ role: AdminRole, team: String? = nil) {
            self.rule = rule
            self.role = role
            self.team = team
        }
    }

    package init(
        issuer: String,
        clientID: String,
        clientSecret: Secret<String>? = nil,
        publicURL: String,
        scopes: [String] = ["openid", "email", "profile"],
        userClaim: String = "email",
        allowedDomains: [String] = [],
        takesUnverifiedEmail: Bool = false,
        roles: [RoleRule] = [],
        defaultRole: AdminRole? = nil,
        idle: Duration = .seconds(3_600),
        lifetime: Duration = .seconds(43_200)
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.publicURL = publicURL
        self.scopes = scopes
        self.userClaim = userClaim
        self.allowedDomains = allowedDomains
        self.takesUnverifiedEmail = takesUnverifiedEmail
        self.roles = roles
        self.defaultRole = defaultRole
        self.idle = idle
        self.lifetime = lifetime
    }

    /// Browsers get cookies that travel encrypted only.
    package var isSecure: Bool { publicURL.hasPrefix("https://") }
    /// Where the issuer sends browsers back to.
    package var redirectURL: String { "\(publicURL)/v1/admin/oidc/callback" }

    /// A path of this plane to go to after a sign-in; anything that a browser could take for another place is none.
    package static func isOwnPath(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard bytes.count <= 1_024, bytes.first == UInt8(ascii: "/") else { return false }
        if bytes.count > 1, bytes[1] == UInt8(ascii: "/") { return false }
        return bytes.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "\\") }
    }

    /// Who has these claims.
    func person(_ claims: JSONObject) throws(SignInFault) -> SignInPerson {
        guard let subject = claims["sub"]?.string, !subject.isEmpty, subject.utf8.count <= 255 else {
            throw SignInFault(.failed, "The issuer did not say who signs in (sub).")
        }
        if userClaim == "email" || !allowedDomains.isEmpty { try check(email: claims) }
        guard let name = claims.texts(at: userClaim).first, !name.isEmpty else {
            throw SignInFault(
                .forbidden,
                "The issuer's token has no claim '\(userClaim)', which is to name the person.",
                hint: "Ask for its scope in auth.oidc.scopes, or name another claim in auth.oidc.user_claim."
            )
        }
        do throws(ControlError) {
            try AccessRules.check(person: name, field: "The claim '\(userClaim)'")
        } catch {
            throw SignInFault(.forbidden, error.message, hint: "Name another claim in auth.oidc.user_claim.")
        }
        let rule = roles.first { $0.rule.holds(for: claims) }
        if rule?.rule.claim == "email" { try check(email: claims) }
        if rule == nil { try checkOverage(claims) }
        return SignInPerson(issuer: issuer, subject: subject, name: name, role: rule?.role, team: rule?.team)
    }

    private func check(email claims: JSONObject) throws(SignInFault) {
        guard let email = claims["email"]?.string, let mark = email.lastIndex(of: "@") else {
            throw SignInFault(
                .forbidden,
                "The issuer's token has no email address.",
                hint: "Ask for the scope email in auth.oidc.scopes, or name another claim in auth.oidc.user_claim."
            )
        }
        let said = claims["email_verified"]
        guard takesUnverifiedEmail || said?.bool == true || said?.string == "true" else {
            throw SignInFault(
                .forbidden,
                "The issuer has not verified the person's email address.",
                hint: "Where the issuer never says so and only its administrators set addresses: "
                    + "auth.oidc.allow_unverified_email."
            )
        }
        let domain = email[email.index(after: mark)...].lowercased()
        guard allowedDomains.isEmpty || allowedDomains.contains(domain) else {
            throw SignInFault(.forbidden, "People of this email domain may not sign in here.")
        }
    }

    /// Entra leaves groups out where somebody has too many, and says where to ask for them.
    private func checkOverage(_ claims: JSONObject) throws(SignInFault) {
        guard let left = claims["_claim_names"]?.object,
            let claim = roles.map(\.rule.claim).first(where: { left[$0] != nil })
        else { return }
        throw SignInFault(
            .forbidden,
            "The issuer left out the claim '\(claim.prefix(64))': the person is in too many groups for a token.",
            hint: "Have the issuer send only the groups of this application, or application roles."
        )
    }
}

/// A person whom an issuer knows, and what its claims give them.
package struct SignInPerson: Sendable, Equatable {
    package var issuer: String
    package var subject: String
    package var name: String
    package var role: AdminRole?
    package var team: String?
}

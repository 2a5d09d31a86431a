// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore

/// `auth`: who people are by an issuer of identities, and which machines show tokens in the place of keys.
struct AuthSection {
    var signIn: SignInRules?
    var issuers: [MachineIssuer] = []
    /// The keys whose rights machines have.
    var callers: [CallerKey] = []
}

extension ConfigurationReader {
    private static let oidcKeys = [
        "issuer", "client_id", "client_secret", "public_url", "scopes", "user_claim", "allowed_domains",
        "allow_unverified_email", "roles", "default_role", "session_idle", "session_lifetime",
    ]
    private static let jwtKeys = ["issuer", "audience", "jwks_url", "user_claim", "callers"]
    private static let callerKeys = ["name", "claims", "team", "routes", "operations", "max_concurrency"]

    func auth(_ field: ConfigurationField?, keys: [ConfiguredKey]) -> AuthSection {
        guard let section = field?.section(["oidc", "jwt"]) else { return AuthSection() }
        var auth = AuthSection()
        auth.signIn = section.optional("oidc").flatMap(signIn)
        var names = Set(keys.map(\.id))
        for item in section.optional("jwt")?.list() ?? [] {
            guard let (issuer, callers) = machineIssuer(item, &names) else { continue }
            auth.issuers.append(issuer)
            auth.callers += callers
        }
        return auth
    }

    // MARK: people

    private func signIn(_ field: ConfigurationField) -> SignInRules? {
        guard let section = field.section(ConfigurationReader.oidcKeys),
            let issuer = section.required("issuer").flatMap(issuerURL),
            let client = section.required("client_id")?.filledText(),
            let publicURL = section.required("public_url").flatMap(publicURL)
        else { return nil }
        var rules = SignInRules(issuer: issuer, clientID: client, publicURL: publicURL)
        if let secret = section.present("client_secret") {
            guard let text = secret.secretText() else { return nil }
            if let fault = SecretRules.fault(of: text, minimum: 8) { secret.fail("the client's secret \(fault)") }
            rules.clientSecret = Secret(text)
        }
        if let scopes = section.optional("scopes") {
            let words = scopes.list().compactMap { $0.filledText() }
            if words.contains(where: { !$0.utf8.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "\"") } }) {
                scopes.fail("a scope is a word without spaces and quotes")
            }
            rules.scopes = ["openid"] + words.filter { $0 != "openid" }
        }
        if let claim = section.optional("user_claim")?.filledText() { rules.userClaim = claim }
        let domains = section.optional("allowed_domains")
        rules.allowedDomains = (domains?.list() ?? []).compactMap { item in
            guard let text = item.filledText() else { return nil }
            if text.contains("@") || !text.contains(".") {
                item.fail("must be a domain such as example.com, is '\(text)'")
            }
            return text.lowercased()
        }
        if let domains, domains.list().isEmpty {
            domains.fail("must name at least one domain; where every one is to be taken, leave it out")
        }
        rules.takesUnverifiedEmail = section.optional("allow_unverified_email")?.bool() ?? false
        rules.roles = (section.optional("roles")?.list() ?? []).compactMap(roleRule)
        rules.defaultRole = section.optional("default_role")?.choice(of: AdminRole.allCases)
        if rules.defaultRole == .owner {
            section.optional("default_role")?.fail("whoever the issuer knows would own this node; give owners a rule")
        }
        let range = Duration.seconds(60)...Duration.seconds(30 * 86_400)
        if let idle = section.optional("session_idle")?.duration(in: range) { rules.idle = idle }
        if let lifetime = section.optional("session_lifetime")?.duration(in: range) { rules.lifetime = lifetime }
        if rules.idle > rules.lifetime { section.optional("session_idle")?.fail("is longer than session_lifetime") }
        if let role = rules.defaultRole, rules.allowedDomains.isEmpty {
            section.optional("default_role")?.warn(
                "whoever has an account at the issuer comes in as \(role.rawValue); where others than yours have, name"
                    + " allowed_domains"
            )
        }
        if rules.roles.isEmpty, rules.defaultRole == nil {
            field.warn("has neither roles nor default_role: only users who have a role may sign in")
        }
        return rules
    }

    private func roleRule(_ field: ConfigurationField) -> SignInRules.RoleRule? {
        guard let section = field.section(["claim", "value", "role", "team"]),
            let claim = section.required("claim")?.filledText(), let value = section.required("value"),
            let role = section.required("role")?.choice(of: AdminRole.allCases)
        else { return nil }
        let team = section.optional("team")?.filledText()
        if team != nil, !role.fitsTeam {
            section.optional("team")?.fail(
                "the role \(role.rawValue) is for the whole node; for one team there are viewer and key-admin"
            )
        }
        return SignInRules.RoleRule(ClaimRule(claim, values(value)), role, team: team)
    }

    /// The texts that a claim may have.
    private func values(_ field: ConfigurationField) -> [String] {
        let values = field.list().compactMap { $0.filledText() }
        if values.isEmpty { field.fail("must name at least one value") }
        return values
    }

    private func issuerURL(_ field: ConfigurationField) -> String? {
        guard let text = field.filledText() else { return nil }
        guard IssuerURL.isSafe(text), !text.contains("?") else {
            field.fail("must be a URL that begins with https:// (http:// on this machine alone), is '\(text)'")
            return nil
        }
        return text
    }

    private func publicURL(_ field: ConfigurationField) -> String? {
        guard var text = field.filledText() else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        guard IssuerURL.isSafe(text), !text.contains("?"), text.split(separator: "/").count == 2 else {
            field.fail(
                "must be where browsers reach the admin port, without a path: https://sluice.example.com"
                    + " (http:// on this machine alone)"
            )
            return nil
        }
        return text
    }

    // MARK: machines

    private func machineIssuer(
        _ field: ConfigurationField,
        _ names: inout Set<KeyID>
    ) -> (MachineIssuer, [CallerKey])? {
        guard let section = field.section(ConfigurationReader.jwtKeys),
            let issuer = section.required("issuer").flatMap(issuerURL),
            let audience = section.required("audience").map(values), !audience.isEmpty,
            let list = section.required("callers")?.list()
        else { return nil }
        let found = list.compactMap { machineCaller($0, &names) }
        if list.isEmpty { section.optional("callers")?.fail("must name at least one caller") }
        let machine = MachineIssuer(
            rules: TokenRules(issuer: issuer, audiences: audience),
            keysURL: section.optional("jwks_url").flatMap(issuerURL),
            userClaim: section.optional("user_claim")?.filledText(),
            callers: found.map(\.0)
        )
        return (machine, found.map(\.1))
    }

    private func machineCaller(
        _ field: ConfigurationField,
        _ names: inout Set<KeyID>
    ) -> (MachineIssuer.Caller, CallerKey)? {
        guard let section = field.section(ConfigurationReader.callerKeys), let name = section.required("name"),
            let id = name.identifier(KeyID.self)
        else { return nil }
        guard names.insert(id).inserted else {
            name.fail("a second key or caller with the name '\(id)'")
            return nil
        }
        let claims = (section.optional("claims")?.members() ?? []).map { claim, value in
            ClaimRule(claim.text() ?? "", values(value))
        }
        if claims.isEmpty { field.warn("has no claims: every token of this issuer for this audience is taken") }
        let hash = MachineIssuer.hash(of: id.rawValue)
        var key = CallerKey(
            id: id,
            name: id.rawValue,
            team: section.optional("team")?.filledText(),
            hash: hash,
            createdAt: now,
            owner: .file,
            maxConcurrency: section.optional("max_concurrency")?.integer(in: CallerKey.concurrencyRange)
        )
        key.scope.routes = (section.optional("routes")?.list() ?? []).compactMap { $0.filledText() }
        key.scope.operations = (section.optional("operations")?.list() ?? []).compactMap { item in
            guard let word = item.filledText() else { return nil }
            if let operation = Operation(word: word) { return operation }
            let known = Operation.allCases.map(\.word)
            item.fail("there is no operation '\(word)'\(ConfigurationField.hint(word, among: known))")
            return nil
        }
        return (MachineIssuer.Caller(hash: hash, claims: claims), key)
    }
}

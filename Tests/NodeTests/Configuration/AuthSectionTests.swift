// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("auth in the configuration file")
struct AuthSectionTests {
    private static let oidc =
        "issuer: https://id.example, client_id: c, public_url: https://s.example, default_role: viewer"

    @Test("people: what is said, and what is not")
    func people() throws {
        let plain = try #require(try Sample.read("auth: {oidc: {\(AuthSectionTests.oidc)}}").signIn)
        #expect(plain.scopes == ["openid", "email", "profile"] && plain.userClaim == "email")
        #expect(plain.idle == .seconds(3_600) && plain.lifetime == .seconds(43_200) && plain.clientSecret == nil)
        #expect(plain.redirectURL == "https://s.example/v1/admin/oidc/callback" && plain.isSecure)
        let full = try #require(
            try Sample.read(
                """
                auth:
                  oidc:
                    issuer: http://127.0.0.1:9000/realm
                    client_id: sluice
                    client_secret: a-client-s3cret
                    public_url: http://localhost:4001/
                    scopes: [groups, openid]
                    user_claim: preferred_username
                    allowed_domains: [Example.com]
                    allow_unverified_email: true
                    session_idle: 10m
                    session_lifetime: 1h
                    roles:
                      - {claim: groups, value: [a, b], role: owner}
                      - {claim: realm.roles, value: s, role: viewer, team: search}
                """
            ).signIn
        )
        #expect(full.scopes == ["openid", "groups"] && full.allowedDomains == ["example.com"] && !full.isSecure)
        #expect(full.clientSecret?.exposed == "a-client-s3cret" && full.publicURL == "http://localhost:4001")
        #expect(full.roles.map(\.role) == [.owner, .viewer] && full.roles.last?.team == "search")
        #expect(full.roles.first?.rule == ClaimRule("groups", ["a", "b"]) && full.defaultRole == nil)
        #expect(try Sample.read("log: {level: info}").signIn == nil)
    }

    @Test("machines: each caller is a key of its name that no text opens")
    func machines() throws {
        let configuration = try Sample.read(
            """
            auth:
              jwt:
                - issuer: https://ci.example
                  audience: [sluice, relay]
                  jwks_url: https://ci.example/keys
                  user_claim: email
                  callers:
                    - name: ci
                      team: search
                      claims: {repository: [a/b, a/c], ref: main}
                      routes: [chat]
                      operations: [chat]
                      max_concurrency: 4
                    - {name: other, claims: {sub: x}}
            """
        )
        let issuer = try #require(configuration.machineIssuers.first)
        #expect(issuer.rules == TokenRules(issuer: "https://ci.example", audiences: ["sluice", "relay"]))
        #expect(issuer.callers.first?.claims == [ClaimRule("repository", ["a/b", "a/c"]), ClaimRule("ref", ["main"])])
        let definitions = configuration.definitions(pepper: Secret([1]), simulated: [:], now: Timestamp(nanoseconds: 0))
        let key = try #require(definitions.keys.first { $0.id.rawValue == "ci" })
        #expect(key.team == "search" && key.scope == KeyScope(routes: ["chat"], operations: [.chat]))
        #expect(key.maxConcurrency == 4 && key.owner == .file && key.hash == issuer.callers.first?.hash)
        #expect(key.hash != KeyText.hash("ci".utf8, pepper: Secret([1])))
        #expect(definitions.machineIssuers.count == 1)
    }

    @Test(
        "nonsense is refused with its place",
        arguments: [
            ("auth: {odic: {}}", "unknown key 'odic' in auth"),
            (
                "auth: {oidc: {issuer: \"http://id.example\", client_id: c, public_url: \"https://s.example\"}}",
                "auth.oidc.issuer: must be a URL"
            ),
            (
                "auth: {oidc: {issuer: \"https://id.example?x\", client_id: c, public_url: \"https://s.example\"}}",
                "auth.oidc.issuer"
            ),
            ("auth: {oidc: {issuer: \"https://id.example\", client_id: c}}", "'public_url' is missing"),
            (
                "auth: {oidc: {issuer: \"https://id.example\", client_id: c, public_url: \"http://s.example\"}}",
                "auth.oidc.public_url: must be where"
            ),
            (
                "auth: {oidc: {issuer: \"https://id.example\", client_id: c, public_url: \"https://s.example/x\"}}",
                "auth.oidc.public_url: must be where"
            ),
            ("auth: {oidc: {\(oidc), client_secret: changeme}}", "the client's secret"),
            ("auth: {oidc: {\(oidc), session_idle: 24h}}", "is longer than session_lifetime"),
            ("auth: {oidc: {\(oidc), session_lifetime: 90d}}", "auth.oidc.session_lifetime: must be from"),
            ("auth: {oidc: {\(oidc), allowed_domains: [\"@x.y\"]}}", "must be a domain"),
            ("auth: {oidc: {\(oidc), allowed_domains: []}}", "must name at least one domain"),
            (
                "auth: {oidc: {\(oidc), roles: [{claim: g, value: v, role: operator, team: t}]}}",
                "is for the whole node"
            ),
            ("auth: {oidc: {\(oidc), roles: [{claim: g, value: [], role: viewer}]}}", "at least one value"),
            ("auth: {oidc: {\(oidc), roles: [{claim: g, value: v, role: boss}]}}", "must be viewer"),
            (
                "auth: {oidc: {issuer: \"https://i.x\", client_id: c, public_url: \"https://s.x\", default_role: owner}}",
                "would own this node"
            ),
            ("auth: {jwt: [{issuer: \"https://i.x\", callers: [{name: a}]}]}", "'audience' is missing"),
            ("auth: {jwt: [{issuer: \"https://i.x\", audience: a, callers: []}]}", "at least one caller"),
            (
                "auth: {jwt: [{issuer: \"https://i.x\", audience: a, jwks_url: \"http://i.x\", callers: [{name: a}]}]}",
                "jwks_url: must be a URL"
            ),
            (
                "auth: {jwt: [{issuer: \"https://i.x\", audience: a, callers: [{name: a}, {name: a}]}]}",
                "a second key or caller"
            ),
            (
                "auth: {jwt: [{issuer: \"https://i.x\", audience: a, callers: [{name: a, operations: [chta]}]}]}",
                "did you mean 'chat'"
            ),
            (
                "keys: [{name: a, key: \"0123456789abcdefghijKL\"}]\nauth: {jwt: [{issuer: \"https://i.x\", audience: a, callers: [{name: a}]}]}",
                "a second key or caller"
            ),
        ]
    )
    func nonsense(text: String, expected: String) {
        let errors = Sample.errors(text)
        #expect(errors.contains { $0.contains(expected) }, "\(errors)")
    }

    @Test("another issuer, or another secret, needs a restart; who calls does not")
    func restart() throws {
        let first = try Sample.read("auth: {oidc: {\(AuthSectionTests.oidc), client_secret: a-client-s3cret}}")
        let second = try Sample.read("auth: {oidc: {\(AuthSectionTests.oidc), client_secret: b-client-s3cret}}")
        #expect(second.startOnlyChanges(from: first) == ["auth.oidc"])
        #expect(first.startOnlyChanges(from: first).isEmpty)
        let machine = try Sample.read(
            "auth: {oidc: {\(AuthSectionTests.oidc), client_secret: a-client-s3cret},"
                + " jwt: [{issuer: \"https://i.x\", audience: a, callers: [{name: a}]}]}"
        )
        #expect(machine.startOnlyChanges(from: first).isEmpty)
    }
}

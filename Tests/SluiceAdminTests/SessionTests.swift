// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceAdmin

@Suite("Sessions of browsers")
struct SessionTests {
    private static let issuer = "https://id.example"
    private let forge: Forge
    private let token = Mutexed("")
    private let admin: AdminHarness

    init() async throws {
        forge = try Forge.first.get()
        let keys = try forge.keys().text
        let port = IssuerPort { [token] request throws(IssuerFault) in
            let text =
                switch request.url {
                case "\(SessionTests.issuer)/.well-known/openid-configuration":
                    #"{"issuer":"\#(SessionTests.issuer)","authorization_endpoint":"\#(SessionTests.issuer)/go","#
                        + #""token_endpoint":"\#(SessionTests.issuer)/token","jwks_uri":"\#(SessionTests.issuer)/keys","#
                        + #""device_authorization_endpoint":"\#(SessionTests.issuer)/device"}"#
                case "\(SessionTests.issuer)/keys": keys
                case "\(SessionTests.issuer)/device":
                    #"{"device_code":"d","user_code":"U","verification_uri":"https://id.example/go"}"#
                default:
                    token.value.isEmpty ? #"{"error":"authorization_pending"}"# : #"{"id_token":"\#(token.value)"}"#
                }
            return (token.value.isEmpty && request.url.hasSuffix("/token") ? 400 : 200, Array(text.utf8))
        }
        admin = try await AdminHarness(
            signIn: SignInRules(
                issuer: SessionTests.issuer,
                clientID: "sluice",
                publicURL: "https://sluice.example",
                roles: [.init(ClaimRule("groups", ["ops"]), .operator)],
                defaultRole: .viewer
            ),
            issuer: port
        )
    }

    private func claims(_ nonce: String?, groups: String) -> JSONObject {
        var claims = Forge.claims
        let now = AdminHarness.now.nanoseconds / 1_000_000_000
        claims["iat"] = .integer("\(now)")
        claims["exp"] = .integer("\(now + 300)")
        claims["email_verified"] = true
        claims["groups"] = .string(groups)
        claims["nonce"] = nonce.map { .string($0) }
        return claims
    }

    /// Signs in, and answers the session's cookie as a browser shows it.
    private func signIn(groups: String = "ops") async throws -> String {
        let left = try await admin.send("GET", "/v1/admin/oidc/login?return_to=/x", nil, headers: [:])
        let ticket = try #require(left.headers["set-cookie"]?.split(separator: ";").first)
        let url = try #require(left.headers["location"])
        func sent(_ name: String) -> String {
            String(url.split(separator: "&").first { $0.hasPrefix("\(name)=") }?.dropFirst(name.count + 1) ?? "")
        }
        token.value = try forge.token(.es256, claims(sent("nonce"), groups: groups))
        let back = try await admin.send(
            "GET",
            "/v1/admin/oidc/callback?code=c&state=\(sent("state"))&session_state=whatever",
            nil,
            headers: ["cookie": "a=b; \(ticket)"]
        )
        #expect(back.status == 302 && back.headers["location"] == "https://sluice.example/x")
        let cookie = try #require(back.cookies.last)
        #expect(cookie.hasPrefix("__Host-sluice_session=sls_"))
        #expect(cookie.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure"))
        #expect(back.cookies.first?.hasPrefix("__Host-sluice_sign_in=; Path=/; Max-Age=0;") == true)
        return String(try #require(cookie.split(separator: ";").first))
    }

    @Test("a session reads in its role, and is told who it is")
    func reads() async throws {
        let cookie = try await signIn()
        let me = try await admin.send("GET", "/v1/admin/session", nil, headers: ["cookie": cookie])
        #expect(me["person"]?.string == "ada@example.com" && me["role"]?.string == "operator")
        #expect(me["kind"]?.string == "session" && me["issuer"]?.string == SessionTests.issuer)
        #expect(me["csrf_token"]?.string?.utf8.count == 43 && me["expires_at"] != nil)
        #expect(try await admin.send("GET", "/v1/admin/versions", nil, headers: ["cookie": cookie]).status == 200)
        let listed = try await admin.call("GET", "/v1/admin/tokens")
        #expect(listed.text.contains(#""kind":"session""#) && !listed.text.contains("sls_"))
        for (shown, kind) in [(AdminHarness.token, "file")] {
            let answer = try await admin.call("GET", "/v1/admin/session", token: shown)
            #expect(answer["kind"]?.string == kind && answer["csrf_token"] == nil)
        }
    }

    @Test("a session changes something only where a page of this server asks for it")
    func forged() async throws {
        let cookie = try await signIn()
        let path = "/v1/admin/versions/v1/thresholds"
        let body = JSONValue.object(["error_rate": 0.1]).json
        let me = try await admin.send("GET", "/v1/admin/session", nil, headers: ["cookie": cookie])
        let proof = try #require(me["csrf_token"]?.string)
        func status(_ fields: [String: String]) async throws -> Int {
            try await admin.send("PATCH", path, body, headers: fields.merging(["cookie": cookie]) { $1 }).status
        }
        for fields in [
            [:], ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"], ["sec-fetch-site": "none"],
            ["origin": "https://evil.example"], ["origin": "null"], ["origin": "https://sluice.example.evil.example"],
            ["origin": "http://sluice.example"], ["sec-fetch-site": "cross-site", "x-sluice-csrf": proof],
            ["origin": "https://evil.example", "x-sluice-csrf": proof], ["x-sluice-csrf": String(proof.dropLast())],
            ["x-sluice-csrf": ""], ["sec-fetch-site": "same-origin", "origin": "https://evil.example"],
            ["sec-fetch-site": "same-origin", "x-sluice-csrf": "x"],
        ] { #expect(try await status(fields) == 403, "\(fields)") }
        for fields in [
            ["sec-fetch-site": "same-origin"], ["origin": "https://sluice.example"], ["x-sluice-csrf": proof],
            ["sec-fetch-site": "same-origin", "origin": "https://SLUICE.example", "x-sluice-csrf": proof],
        ] { #expect(try await status(fields) == 200, "\(fields)") }
    }

    @Test("a session is a cookie alone, and a token that is shown goes before it")
    func places() async throws {
        let cookie = try await signIn()
        let text = String(try #require(cookie.split(separator: "=", maxSplits: 1).last))
        #expect(try await admin.call("GET", "/v1/admin/session", token: text).status == 401)
        #expect(try await admin.send("GET", "/v1/admin/session", nil, headers: ["x-api-key": text]).status == 401)
        let both = ["cookie": cookie, "authorization": "Bearer nothing-known-0123456789"]
        #expect(try await admin.send("GET", "/v1/admin/session", nil, headers: both).status == 401)
        for fields in [
            "sluice_session=\(text)", "__Host-sluice_session=\(AdminHarness.token)", "__Host-sluice_session=", ";;=;=a",
        ] {
            #expect(try await admin.send("GET", "/v1/admin/session", nil, headers: ["cookie": fields]).status == 401)
        }
    }

    @Test("the role holds for a session as for a token, and nobody chooses a session's text")
    func roleAndFixation() async throws {
        let chosen = "__Host-sluice_session=sls_aaaaaaaa_chosen"
        let cookie = try await signIn(groups: "none")
        #expect(cookie != chosen)
        let fields = ["cookie": cookie, "sec-fetch-site": "same-origin"]
        let weight = JSONValue.object(["weight": 0.5]).json
        #expect(try await admin.send("PATCH", "/v1/admin/versions/v1/weight", weight, headers: fields).status == 403)
        #expect(try await signIn(groups: "none") != cookie)
    }

    @Test("signing out ends the session at once; a token that was made by hand it does not end")
    func signOut() async throws {
        let cookie = try await signIn()
        let fields = ["cookie": cookie, "sec-fetch-site": "same-origin"]
        #expect(try await admin.send("POST", "/v1/admin/session/end", nil, headers: ["cookie": cookie]).status == 403)
        let out = try await admin.send("POST", "/v1/admin/session/end", nil, headers: fields)
        #expect(out.status == 200 && out["state"]?.string == "revoked")
        #expect(out.cookies.first?.hasPrefix("__Host-sluice_session=; ") == true)
        #expect(try await admin.send("GET", "/v1/admin/session", nil, headers: fields).status == 401)
        #expect(try await admin.call("POST", "/v1/admin/session/end").status == 409)
    }

    @Test("a blocked user's session and login are refused at once")
    func blocked() async throws {
        let cookie = try await signIn()
        _ = try await admin.call("POST", "/v1/admin/users", ["user": "ada@example.com"])
        #expect(try await admin.call("POST", "/v1/admin/users/ada@example.com/block").status == 200)
        #expect(try await admin.send("GET", "/v1/admin/session", nil, headers: ["cookie": cookie]).status == 401)
    }

    @Test("a device waits for its person, and gets a token that signs out")
    func device() async throws {
        let start = try await admin.send("POST", "/v1/admin/oidc/device", nil, headers: [:])
        #expect(start.status == 201 && start["user_code"]?.string == "U")
        let body = JSONValue.object(["ticket": try #require(start["ticket"])])
        let waiting = try await admin.call("POST", "/v1/admin/oidc/device/token", body, token: nil)
        #expect(waiting.status == 400 && waiting["error"]?.string == "authorization_pending")
        token.value = try forge.token(.rs256, claims(nil, groups: "ops"))
        let made = try await admin.call("POST", "/v1/admin/oidc/device/token", body, token: nil)
        #expect(made.status == 201 && made["kind"]?.string == "login" && made["role"]?.string == "operator")
        let text = try #require(made["token"]?.string)
        #expect(try await admin.call("GET", "/v1/admin/session", token: text)["kind"]?.string == "login")
        #expect(try await admin.call("POST", "/v1/admin/session/end", token: text).status == 200)
        #expect(try await admin.call("GET", "/v1/admin/session", token: text).status == 401)
        #expect(try await admin.call("POST", "/v1/admin/oidc/device/token", ["ticket": "x"], token: nil).status == 400)
    }

    @Test("what an issuer opened is shut where it is not asked any more")
    func formerIssuer() async throws {
        let cookie = try await signIn()
        let start = try await admin.send("POST", "/v1/admin/oidc/device", nil, headers: [:])
        token.value = try forge.token(.rs256, claims(nil, groups: "ops"))
        let body = JSONValue.object(["ticket": try #require(start["ticket"])])
        let made = try await admin.call("POST", "/v1/admin/oidc/device/token", body, token: nil)
        let text = try #require(made["token"]?.string)
        let byHand = try await admin.call("POST", "/v1/admin/tokens", ["person": "eve", "role": "viewer"])
        func statuses(_ admin: AdminHarness) async throws -> [Int] {
            [
                try await admin.send("GET", "/v1/admin/session", nil, headers: ["cookie": cookie]).status,
                try await admin.call("GET", "/v1/admin/session", token: text).status,
                try await admin.call("GET", "/v1/admin/session", token: byHand["token"]?.string).status,
            ]
        }
        #expect(try await statuses(admin) == [200, 200, 200])
        for (issuer, expected) in [(SessionTests.issuer, 200), ("https://other.example", 401)] {
            let rules = SignInRules(issuer: issuer, clientID: "sluice", publicURL: "https://sluice.example")
            let next = try await AdminHarness(over: admin.store, signIn: rules)
            #expect(try await statuses(next) == [expected, expected, 200])
        }
        #expect(try await statuses(try await AdminHarness(over: admin.store)) == [401, 401, 200])
    }

    @Test("without an issuer, signing in is not there, and a cookie is nobody")
    func unconfigured() async throws {
        let plain = try await AdminHarness()
        #expect(try await plain.send("GET", "/v1/admin/oidc/login", nil, headers: [:]).status == 404)
        #expect(try await plain.send("GET", "/v1/admin/oidc/callback?state=a", nil, headers: [:]).status == 404)
        let fields = ["cookie": "sluice_session=sls_x"]
        #expect(try await plain.send("GET", "/v1/admin/session", nil, headers: fields).status == 401)
    }

    @Test("who signs in is sent nowhere else")
    func openRedirect() async throws {
        for path in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/%0d%0aset-cookie:a=b"] {
            let answer = try await admin.send("GET", "/v1/admin/oidc/login?return_to=\(path)", nil, headers: [:])
            #expect(answer.status == 400 && answer.headers["location"] == nil, "\(path)")
        }
    }
}

@Suite("Tokens of persons whose rights change")
struct LoweredTokenTests {
    @Test("a user who is demoted has no token that may do more; without a role there is none")
    func demoted() async throws {
        let admin = try await AdminHarness()
        func make(_ person: String, _ body: JSONObject) async throws -> String {
            var body = body
            body["person"] = .string(person)
            return try #require(try await admin.call("POST", "/v1/admin/tokens", .object(body))["token"]?.string)
        }
        _ = try await admin.call("POST", "/v1/admin/users", ["user": "ada", "role": "operator"])
        let (mover, watcher) = (try await make("ada", [:]), try await make("ada", ["role": "viewer"]))
        let locksmith = try await make("ada", ["role": "key-admin"])
        #expect(try await admin.call("PATCH", "/v1/admin/users/ada", ["role": "viewer"]).status == 200)
        for token in [mover, watcher, locksmith] {
            #expect(try await admin.call("GET", "/v1/admin/session", token: token)["role"]?.string == "viewer")
        }
        let weight: JSONValue = ["weight": 0.5]
        #expect(try await admin.call("PATCH", "/v1/admin/versions/v1/weight", weight, token: mover).status == 403)
        #expect(try await admin.call("PATCH", "/v1/admin/users/ada", ["role": nil]).status == 200)
        for token in [mover, watcher, locksmith] {
            #expect(try await admin.call("GET", "/v1/admin/session", token: token).status == 401)
        }
        #expect(try await admin.call("GET", "/v1/admin/audit?limit=100").text.contains("token.lower"))
    }

    @Test("an owner's token that ends does not stand in for one that does not")
    func lastOwner() async throws {
        let admin = try await AdminHarness()
        func make(_ person: String, ends: Bool) async throws -> String {
            var body: JSONObject = ["person": .string(person), "role": "owner"]
            if ends { body["expires_in_seconds"] = 3_600 }
            return try #require(try await admin.call("POST", "/v1/admin/tokens", .object(body))["id"]?.string)
        }
        let lasting = try await make("ada", ends: false)
        let ending = try await make("bob", ends: true)
        let path = { (id: String) in "/v1/admin/tokens/\(id)/revoke" }
        #expect(try await admin.call("POST", path(lasting)).status == 409)
        #expect(try await admin.call("POST", path(ending)).status == 200)
        #expect(try await admin.call("POST", path(lasting)).status == 409)
        _ = try await make("eve", ends: false)
        #expect(try await admin.call("POST", path(lasting)).status == 200)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceControl

/// An issuer of identities as a script.
final class ScriptedIssuer: Sendable {
    struct State {
        var isUp = true
        var keys: String
        var tokenAnswer: (status: Int, body: String) = (400, #"{"error":"invalid_grant"}"#)
        var metadata: JSONObject
        var asked: [IssuerRequest] = []
    }

    static let name = "https://id.example"
    private let state: Mutex<State>

    init(_ keys: KeySet) {
        let metadata: JSONObject = [
            "issuer": .string(ScriptedIssuer.name), "authorization_endpoint": "https://id.example/authorize?tenant=1",
            "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys",
            "device_authorization_endpoint": "https://id.example/device",
        ]
        state = Mutex(State(keys: keys.text, metadata: metadata))
    }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    var asked: [IssuerRequest] { state.withLock { $0.asked } }
    func count(_ path: String) -> Int { asked.count { $0.url.hasSuffix(path) } }

    var port: IssuerPort {
        IssuerPort { [self] request throws(IssuerFault) in
            let answer = state.withLock { state -> (status: Int, body: [UInt8])? in
                state.asked.append(request)
                guard state.isUp else { return nil }
                let text: (Int, String) =
                    switch request.url.split(separator: "/").last {
                    case "openid-configuration": (200, JSONValue.object(state.metadata).jsonText)
                    case "keys": (200, state.keys)
                    case "device":
                        (
                            200,
                            #"{"device_code":"device-code-1","user_code":"AB-CD","verification_uri":"https://id.example/go","expires_in":300}"#
                        )
                    case "token": state.tokenAnswer
                    default: (404, "")
                    }
                return (text.0, Array(text.1.utf8))
            }
            guard let answer else { throw IssuerFault("the connection is refused") }
            return answer
        }
    }
}

@Suite("Signing in by an issuer of identities")
struct SignInTests {
    private let forge: Forge
    private let stranger: Forge
    private let issuer: ScriptedIssuer
    private let bench: Bench
    private let desk: SignInDesk

    init() async throws {
        forge = try Forge.first.get()
        stranger = try Forge.second.get()
        issuer = ScriptedIssuer(try forge.keys())
        bench = try await Bench.started()
        desk = SignInTests.desk(bench, issuer)
        bench.time.set(Forge.now)
    }

    private static func rules(_ change: (inout SignInRules) -> Void = { _ in }) -> SignInRules {
        var rules = SignInRules(
            issuer: ScriptedIssuer.name,
            clientID: "sluice",
            clientSecret: Secret("s3cret/+"),
            publicURL: "https://sluice.example",
            roles: [
                .init(ClaimRule("groups", ["owners"]), .owner),
                .init(ClaimRule("groups", ["search"]), .keyAdmin, team: "search"),
            ],
            defaultRole: .viewer
        )
        change(&rules)
        return rules
    }

    private static func desk(
        _ bench: Bench,
        _ issuer: ScriptedIssuer,
        _ change: (inout SignInRules) -> Void = { _ in }
    ) -> SignInDesk {
        SignInDesk(
            rules: rules(change),
            control: bench.plane,
            port: issuer.port,
            pepper: Secret([1, 2, 3]),
            now: { bench.time.now },
            random: SeededGenerator(seed: 3)
        )
    }

    private func parameters(_ url: String) -> [String: String] {
        var found: [String: String] = [:]
        for pair in url.split(separator: "?").last?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1)
            found[String(sides[0])] = sides.count == 2 ? String(sides[1]) : ""
        }
        return found
    }

    private func claims(_ nonce: String?, _ changes: JSONObject = JSONObject()) -> JSONObject {
        var claims = Forge.claims
        claims["email_verified"] = true
        claims["nonce"] = nonce.map { .string($0) }
        for change in changes.members { claims[change.name] = change.value == .null ? JSONValue?.none : change.value }
        return claims
    }

    private func answer(_ token: String) {
        issuer.set { $0.tokenAnswer = (200, JSONValue.object(["id_token": .string(token)]).jsonText) }
    }

    /// Signs in with these claims; everything else is as it should be.
    private func arrive(
        _ changes: JSONObject = JSONObject(),
        at desk: SignInDesk? = nil,
        returningTo path: String = "/"
    ) async throws(SignInFault) -> SignInDesk.Arrival {
        let desk = desk ?? self.desk
        let departure = try await desk.begin(returningTo: path)
        let sent = parameters(departure.url)
        answer((try? forge.token(.es256, claims(sent["nonce"], changes))) ?? "")
        return try await desk.finish(["state": sent["state"] ?? "", "code": "c1"], ticket: departure.ticket)
    }

    private func fault(_ use: () async throws(SignInFault) -> some Any) async -> SignInFault? {
        do throws(SignInFault) {
            _ = try await use()
            return nil
        } catch {
            return error
        }
    }

    @Test("a browser is sent with PKCE, state and nonce, and comes back with a session of its role")
    func browser() async throws {
        let departure = try await desk.begin(returningTo: "/rollouts?x=1")
        #expect(departure.url.hasPrefix("https://id.example/authorize?tenant=1&response_type=code&client_id=sluice&"))
        let sent = parameters(departure.url)
        #expect(sent["code_challenge_method"] == "S256" && sent["scope"] == "openid%20email%20profile")
        #expect(sent["redirect_uri"] == "https%3A%2F%2Fsluice.example%2Fv1%2Fadmin%2Foidc%2Fcallback")
        answer(try forge.token(.rs256, claims(sent["nonce"], ["groups": ["x", "owners", "search"]])))
        let arrival = try await desk.finish(
            ["state": try #require(sent["state"]), "code": "c1"],
            ticket: departure.ticket
        )
        #expect(arrival.returnTo == "/rollouts?x=1")
        let pass = arrival.session.pass
        #expect(pass.person == "ada@example.com" && pass.role == .owner && pass.team == nil && pass.isSession)
        #expect(pass.signIn == .init(kind: .session, issuer: ScriptedIssuer.name, subject: "ada"))
        #expect(pass.expiresAt == Forge.now.advanced(bySeconds: 43_200))
        let asked = try #require(issuer.asked.last { $0.url.hasSuffix("/token") })
        let form = Dictionary(uniqueKeysWithValues: (asked.form ?? []).map { ($0.name, $0.value) })
        #expect(form["code"] == "c1" && form["client_secret"] == nil && asked.basic?.user == "sluice")
        let verifier = try #require(form["code_verifier"])
        #expect(SignInTicket.challenge(verifier) == sent["code_challenge"] && verifier.utf8.count == 43)
        #expect(!departure.url.contains(verifier))
        // What a cookie holds is found as a session, and opens nothing as a token.
        let text = arrival.session.text.exposed
        #expect(await bench.plane.session(showing: text, idle: .seconds(60))?.id == pass.id)
        #expect(await bench.plane.pass(showing: text) == nil)
        let audit = try await bench.store.auditEntries(after: 0, limit: 100)
        #expect(audit.contains { $0.action == "session.create" && $0.actor == "ada@example.com" })
    }

    @Test("a state comes back once, in the browser that began, within ten minutes")
    func states() async throws {
        let first = try await desk.begin(returningTo: "/")
        let second = try await desk.begin(returningTo: "/")
        let sent = parameters(first.url)
        let back = ["state": sent["state"] ?? "", "code": "c1"]
        answer(try forge.token(.es256, claims(sent["nonce"])))
        for (query, ticket) in [
            (back, nil), (back, ""), (back, second.ticket), (back, String(first.ticket.dropLast(2))),
            (["code": "c1"], first.ticket), (["state": "", "code": "c1"], first.ticket),
            (["state": parameters(second.url)["state"] ?? "", "code": "c1"], first.ticket),
        ] {
            #expect(
                await fault { () throws(SignInFault) in try await desk.finish(query, ticket: ticket) }?.code == .failed
            )
        }
        #expect(issuer.count("/token") == 0)
        _ = try await desk.finish(back, ticket: first.ticket)
        // Replayed, though the issuer would take the code again.
        #expect(
            await fault { () throws(SignInFault) in try await desk.finish(back, ticket: first.ticket) }?.code == .failed
        )
        bench.time.set(Forge.now.advanced(bySeconds: 601))
        let late = ["state": parameters(second.url)["state"] ?? "", "code": "c1"]
        #expect(
            await fault { () throws(SignInFault) in try await desk.finish(late, ticket: second.ticket) }?.code
                == .failed
        )
        #expect(issuer.count("/token") == 1)
    }

    @Test("a device's ticket is no browser's, and a ticket of another node is none")
    func tickets() async throws {
        let device = try await desk.beginDevice()
        #expect(
            await fault { () throws(SignInFault) in
                try await desk.finish(["state": "device-code-1", "code": "c"], ticket: device.ticket)
            } != nil
        )
        let browser = try await desk.begin(returningTo: "/")
        #expect(
            await fault { () throws(SignInFault) in try await desk.finishDevice(ticket: browser.ticket) }?.code
                == .failed
        )
        let other = SignInDesk(
            rules: SignInTests.rules(),
            control: bench.plane,
            port: issuer.port,
            pepper: Secret([9]),
            now: { [bench] in bench.time.now }
        )
        #expect(
            await fault { () throws(SignInFault) in try await other.finishDevice(ticket: device.ticket) }?.code
                == .failed
        )
    }

    @Test("another issuer's answer is refused where issuers name themselves, and an error is told")
    func mixUp() async throws {
        func back(_ more: [String: String]) async throws -> SignInFault? {
            let departure = try await desk.begin(returningTo: "/")
            let sent = parameters(departure.url)
            answer(try forge.token(.es256, claims(sent["nonce"])))
            let query = ["state": sent["state"] ?? "", "code": "c1"].merging(more) { $1 }
            return await fault { () throws(SignInFault) in try await desk.finish(query, ticket: departure.ticket) }
        }
        #expect(try await back(["iss": ScriptedIssuer.name]) == nil)
        #expect(try await back(["iss": "https://evil.example"])?.message.contains("(iss)") == true)
        let denied = try await back(["error": "access_denied", "error_description": "no\u{7}!"])
        #expect(denied?.message == "The issuer refused: access_denied: no!.")
        #expect(try await back(["code": ""])?.code == .failed)
        issuer.set { $0.metadata["authorization_response_iss_parameter_supported"] = true }
        bench.time.set(Forge.now.advanced(bySeconds: 3_700))
        #expect(try await back([:])?.message.contains("(iss)") == true)
    }

    @Test("a token that is not this sign-in's is not believed")
    func tokens() async throws {
        func back(_ make: (String) throws -> String) async throws -> String {
            let departure = try await desk.begin(returningTo: "/")
            let sent = parameters(departure.url)
            answer(try make(sent["nonce"] ?? ""))
            let query = ["state": sent["state"] ?? "", "code": "c1"]
            return await fault { () throws(SignInFault) in try await desk.finish(query, ticket: departure.ticket) }?
                .message ?? ""
        }
        #expect(try await back { try stranger.token(.es256, claims($0)) }.contains("signature"))
        #expect(try await back { _ in try forge.token(.es256, claims("n1")) }.contains("does not answer this sign-in"))
        #expect(try await back { _ in try forge.token(.es256, claims(nil)) }.contains("does not answer this sign-in"))
        #expect(try await back { try forge.token(.es256, claims($0, ["aud": "other"])) }.contains("audience"))
        #expect(
            try await back { try forge.token(.es256, claims($0, ["iss": "https://evil.example"])) }.contains("issuer")
        )
        #expect(try await back { try forge.token(.es256, claims($0, ["azp": "other"])) }.contains("another client"))
        #expect(try await back { try forge.token(.es256, claims($0, ["exp": 1_799_999_900])) }.contains("expired"))
        #expect(
            try await back { try forge.token(.es256, claims($0, ["iat": 1_800_000_100])) }.contains("not valid yet")
        )
        #expect(try await back { try forge.token(.es256, claims($0, ["sub": .null])) }.contains("(sub)"))
        #expect(try await back { "\(Forge.part(["alg": "none"])).\(Forge.part(claims($0)))." }.contains("'none'"))
        #expect(await bench.plane.passes().isEmpty)
    }

    @Test("keys that the issuer changed are read again, at most once a minute")
    func rotation() async throws {
        _ = try await arrive()
        #expect(issuer.count("/keys") == 1)
        issuer.set { [stranger] in $0.keys = ((try? stranger.keys()) ?? .none).text.replacing(#""e""#, with: #""e2""#) }
        func next() async throws -> SignInFault? {
            let departure = try await desk.begin(returningTo: "/")
            let sent = parameters(departure.url)
            answer(try stranger.token(key: "e2", claims(sent["nonce"])))
            let query = ["state": sent["state"] ?? "", "code": "c1"]
            return await fault { () throws(SignInFault) in try await desk.finish(query, ticket: departure.ticket) }
        }
        for _ in 0..<3 { #expect(try await next()?.message.contains("'e2'") == true) }
        #expect(issuer.count("/keys") == 1)
        bench.time.set(Forge.now.advanced(bySeconds: 59))
        #expect(try await next() != nil)
        bench.time.set(Forge.now.advanced(bySeconds: 60))
        #expect(try await next() == nil)
        #expect(issuer.count("/keys") == 2)
    }

    @Test("an issuer that is down refuses new sign-ins with a hint, and sessions go on")
    func down() async throws {
        let session = try await arrive().session.text.exposed
        issuer.set { $0.isUp = false }
        bench.time.set(Forge.now.advanced(bySeconds: 10))
        let departure = try await desk.begin(returningTo: "/")
        let query = ["state": parameters(departure.url)["state"] ?? "", "code": "c1"]
        let refused = await fault { () throws(SignInFault) in try await desk.finish(query, ticket: departure.ticket) }
        #expect(refused?.code == .issuer && refused?.hint?.contains("stays so") == true)
        #expect(await bench.plane.session(showing: session, idle: .seconds(60)) != nil)
        let cold = SignInTests.desk(bench, issuer)
        #expect(await fault { () throws(SignInFault) in try await cold.begin(returningTo: "/") }?.code == .issuer)
    }

    @Test("metadata of another issuer, or with an address that is not encrypted, are not used")
    func metadata() async throws {
        for (name, value) in [
            ("issuer", JSONValue.string("https://id.example/")), ("issuer", "https://evil.example"),
            ("token_endpoint", "http://id.example/token"), ("authorization_endpoint", "javascript:alert(1)"),
            ("authorization_endpoint", "https://a@b/x"), ("jwks_uri", 5), ("jwks_uri", "http://127.0.0.1/keys"),
        ] {
            let issuer = ScriptedIssuer(try forge.keys())
            issuer.set { $0.metadata[name] = value }
            let desk = SignInTests.desk(bench, issuer)
            #expect(
                await fault { () throws(SignInFault) in try await desk.begin(returningTo: "/") }?.code == .issuer,
                "\(name)"
            )
        }
    }

    @Test(
        "only a path of this server is gone to afterwards",
        arguments: [
            "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "", "rollouts",
            "/a\r\nb: c",
            "/\t/evil.example", "/é", " /x", "javascript:alert(1)",
        ]
    )
    func openRedirect(_ path: String) async throws {
        #expect(await fault { () throws(SignInFault) in try await desk.begin(returningTo: path) }?.code == .failed)
        #expect(issuer.asked.isEmpty)
    }

    @Test("a session ends by its time, by not being used, by signing out, and with its user")
    func ends() async throws {
        let first = try await arrive().session
        let second = try await arrive().session
        let idle = Duration.seconds(600)
        func isIn(_ session: NewAdminPass) async -> Bool {
            await bench.plane.session(showing: session.text.exposed, idle: idle) != nil
        }
        #expect(first.text.exposed != second.text.exposed)
        for _ in 0..<3 {
            bench.time.advance(seconds: 599)
            #expect(await isIn(first))
        }
        #expect(await isIn(second) == false)
        _ = try await bench.plane.signOut(first.pass.id)
        #expect(await isIn(first) == false)
        let third = try await arrive(["exp": 1_800_009_000]).session
        _ = try await bench.plane.createUser("ada@example.com", UserPatch(), bench.change)
        var blocked = UserPatch()
        blocked.isBlocked = true
        _ = try await bench.plane.updateUser("ada@example.com", blocked, bench.change)
        #expect(await isIn(third) == false)
        let refused = await fault { () throws(SignInFault) in try await arrive(["exp": 1_800_009_000]) }
        #expect(refused?.code == .forbidden)
        blocked.isBlocked = false
        _ = try await bench.plane.updateUser("ada@example.com", blocked, bench.change)
        #expect(await isIn(third))
        bench.time.set(Forge.now.advanced(bySeconds: 1_797 + 43_200))
        let long = await bench.plane.session(showing: third.text.exposed, idle: .seconds(86_400))
        #expect(long == nil)
    }

    @Test("whom the directory blocks may not come in under another spelling, nor under another name of theirs")
    func blocked() async throws {
        var patch = UserPatch()
        patch.isBlocked = true
        patch.externalID = .set("sub-7")
        _ = try await bench.plane.createUser("Ada@Example.com", patch, bench.change)
        for changes: JSONObject in [["email": "ada@EXAMPLE.com"], ["email": "other@example.com", "sub": "sub-7"]] {
            #expect(await fault { () throws(SignInFault) in try await arrive(changes) }?.code == .forbidden)
        }
        #expect(await fault { () throws(SignInFault) in try await arrive(["email": "eve@example.com"]) } == nil)
    }

    @Test("whom the directory makes and blocks later loses what they have, however it spells them")
    func blockedLater() async throws {
        func isIn(_ session: NewAdminPass) async -> Bool {
            await bench.plane.session(showing: session.text.exposed, idle: .seconds(600)) != nil
        }
        var patch = UserPatch()
        let spelt = try await arrive(["email": "Ada@Example.com"]).session
        let named = try await arrive(["email": "bob@example.com", "sub": "sub-7"]).session
        let other = try await arrive(["email": "eve@example.com", "sub": "sub-8"]).session
        _ = try await bench.plane.createUser("ada@example.com", patch, bench.change)
        patch.externalID = .set("sub-7")
        _ = try await bench.plane.createUser("bobby", patch, bench.change)
        for isBlocked in [true, false] {
            patch = UserPatch()
            patch.isBlocked = isBlocked
            for user in ["ada@example.com", "bobby"] {
                _ = try await bench.plane.updateUser(user, patch, bench.change)
            }
            let isThere = [await isIn(spelt), await isIn(named), await isIn(other)]
            #expect(isThere == [!isBlocked, !isBlocked, true])
        }
        for user in ["ada@example.com", "bobby"] { _ = try await bench.plane.deleteUser(user, bench.change) }
        #expect([await isIn(spelt), await isIn(named), await isIn(other)] == [false, false, true])
    }

    @Test("a user's end is not that of another one who is spelt nearly so")
    func neighbours() async throws {
        _ = try await bench.plane.createUser("ada@example.com", UserPatch(), bench.change)
        _ = try await bench.plane.createUser("Ada@example.com", UserPatch(), bench.change)
        let session = try await arrive().session
        _ = try await bench.plane.deleteUser("Ada@example.com", bench.change)
        #expect(await bench.plane.session(showing: session.text.exposed, idle: .seconds(600)) != nil)
    }

    @Test("a device's person signs in elsewhere, and the device gets a token of theirs")
    func device() async throws {
        let start = try await desk.beginDevice()
        #expect(start.userCode == "AB-CD" && start.url == "https://id.example/go" && start.interval == 5)
        #expect(!start.ticket.contains("device-code-1"))
        for (error, code) in [
            ("authorization_pending", SignInFault.Code.pending), ("slow_down", .slowDown),
            ("access_denied", .forbidden),
            ("expired_token", .failed), ("invalid_client", .issuer),
        ] {
            issuer.set { $0.tokenAnswer = (400, #"{"error":"\#(error)"}"#) }
            let fault = await fault { () throws(SignInFault) in try await desk.finishDevice(ticket: start.ticket) }
            #expect(fault?.code == code)
        }
        answer(try forge.token(.edDSA, claims(nil, ["groups": "search"])))
        let made = try await desk.finishDevice(ticket: start.ticket)
        #expect(made.pass.role == .keyAdmin && made.pass.team == "search" && made.pass.signIn?.kind == .login)
        #expect(await bench.plane.pass(showing: made.text.exposed)?.id == made.pass.id)
        #expect(await bench.plane.session(showing: made.text.exposed, idle: .seconds(60)) == nil)
        let form = issuer.asked.last { $0.url.hasSuffix("/token") }?.form?.map { "\($0.name)=\($0.value)" } ?? []
        #expect(form.contains("device_code=device-code-1"))
    }

    @Test("devices that begin without end are refused after sixty in a minute")
    func flood() async throws {
        for _ in 0..<60 { _ = try await desk.beginDevice() }
        #expect(await fault { () throws(SignInFault) in try await desk.beginDevice() }?.code == .tooMany)
        bench.time.advance(seconds: 61)
        _ = try await desk.beginDevice()
    }

    @Test("an issuer that drags is not asked without end")
    func dragging() async throws {
        let (answers, going) = AsyncStream.makeStream(of: Void.self)
        let waiting = Mutex(0)
        let desk = SignInDesk(
            rules: SignInTests.rules(),
            control: bench.plane,
            port: IssuerPort { [issuer] request throws(IssuerFault) in
                guard request.url.hasSuffix("/token") else { return try await issuer.port.send(request) }
                let isTooMany = waiting.withLock { count in
                    count += 1
                    return count > SignInDesk.mostUnderway
                }
                if isTooMany { going.finish() }
                for await _ in answers {}
                return (400, Array(#"{"error":"slow_down"}"#.utf8))
            },
            pepper: Secret([1, 2, 3]),
            now: { [bench] in bench.time.now }
        )
        let ticket = try await desk.beginDevice().ticket
        // One more than may wait: it alone has its answer before the others are let go.
        let codes = await withTaskGroup(of: SignInFault.Code?.self) { group in
            for _ in 0...SignInDesk.mostUnderway {
                group.addTask {
                    await fault { () throws(SignInFault) in try await desk.finishDevice(ticket: ticket) }?.code
                }
            }
            var codes: [SignInFault.Code?] = []
            for await code in group {
                going.finish()
                codes.append(code)
            }
            return codes
        }
        #expect(codes.first == .issuer && codes.dropFirst().allSatisfy { $0 == .slowDown })
    }

    @Test("sessions that ended a week ago are forgotten")
    func forgotten() async throws {
        let first = try await arrive().session.pass
        bench.time.set(Forge.now.advanced(bySeconds: 43_200 + 7 * 86_400 + 1))
        let end = JSONValue.integer("\(Forge.seconds + 700_000)")
        let second = try await arrive(["exp": end]).session.pass
        #expect(await bench.plane.passes().map(\.id) == [second.id] && first.id != second.id)
    }

    // MARK: claims to a person: pure

    private func person(
        _ changes: JSONObject,
        _ change: (inout SignInRules) -> Void = { _ in }
    ) throws(SignInFault) -> SignInPerson {
        try SignInTests.rules(change).person(claims("n", changes))
    }

    private func isRefused(_ changes: JSONObject, _ change: (inout SignInRules) -> Void = { _ in }) -> Bool {
        do throws(SignInFault) {
            _ = try person(changes, change)
            return false
        } catch {
            return error.code == .forbidden
        }
    }

    @Test("the first rule that fits says the role and the team")
    func roles() throws {
        #expect(try person(["groups": ["search", "owners"]]).role == .owner)
        let team = try person(["groups": "search"])
        #expect(team.role == .keyAdmin && team.team == "search")
        #expect(try person(["groups": ["Owners"]]).role == nil)
        #expect(try person(["groups": 5]).role == nil)
        let path = try person(["resource_access": ["sluice": ["roles": ["op"]]]]) {
            $0.roles = [.init(ClaimRule("resource_access.sluice.roles", ["op"]), .operator)]
        }
        #expect(path.role == .operator)
    }

    @Test("an address that nobody verified, or of another domain, is not let in")
    func email() throws {
        #expect(isRefused(["email_verified": false]))
        #expect(isRefused(["email_verified": .null]))
        #expect(try person(["email_verified": "true"]).name == "ada@example.com")
        #expect(try person(["email_verified": .null]) { $0.takesUnverifiedEmail = true }.name == "ada@example.com")
        let domains: (inout SignInRules) -> Void = { $0.allowedDomains = ["example.com"] }
        #expect(try person([:], domains).name == "ada@example.com")
        #expect(try person(["email": "ada@EXAMPLE.com"], domains).name == "ada@EXAMPLE.com")
        for email in [
            "ada@evil.com", "ada@example.com@evil.com", "ada@sub.example.com", "ada@example.com.evil.com", "ada",
        ] {
            #expect(isRefused(["email": .string(email)], domains), "\(email)")
        }
    }

    @Test("a rule by address counts for one that the issuer has verified, whatever names the person")
    func emailRule() throws {
        let byAddress: (inout SignInRules) -> Void = {
            $0.userClaim = "sub"
            $0.roles = [.init(ClaimRule("email", ["ada@example.com"]), .owner)]
        }
        #expect(try person([:], byAddress).role == .owner)
        for said: JSONValue in [false, .null, "false", 1] {
            #expect(isRefused(["email_verified": said], byAddress))
        }
        // Of whom no such rule fits, no address is asked.
        #expect(try person(["email_verified": false, "email": "eve@example.com"], byAddress).role == nil)
        #expect(
            try person(["email_verified": false]) {
                byAddress(&$0)
                $0.takesUnverifiedEmail = true
            }.role == .owner
        )
    }

    @Test("a name that means somebody else in the audit, or does not fit there, is refused")
    func names() throws {
        let byName: (inout SignInRules) -> Void = { $0.userClaim = "preferred_username" }
        #expect(try person(["preferred_username": "ada", "email": .null], byName).name == "ada")
        for name in ["admin", "sluice", "file", "a:b", "a b", "auth0|1", ""] {
            #expect(isRefused(["preferred_username": .string(name)], byName), "\(name)")
        }
        #expect(isRefused([:], byName))
    }

    @Test("groups that were left out of the token are told, not taken for none")
    func overage() throws {
        #expect(isRefused(["_claim_names": ["groups": "src1"]]))
        #expect(try person(["_claim_names": ["other": "src1"]]).role == nil)
    }

    @Test("without a rule that fits, a role as a user counts, and then that of everybody; without any nobody comes in")
    func defaults() async throws {
        #expect(try await arrive().session.pass.role == .viewer)
        var patch = UserPatch()
        patch.role = .set(.operator)
        _ = try await bench.plane.createUser("ada@example.com", patch, bench.change)
        #expect(try await arrive().session.pass.role == .operator)
        #expect(try await arrive(["groups": "owners"]).session.pass.role == .owner)
        let strict = SignInTests.desk(bench, issuer) { $0.defaultRole = nil }
        #expect(try await arrive(at: strict).session.pass.role == .operator)
        let fault = await fault { () throws(SignInFault) in try await arrive(["email": "eve@example.com"], at: strict) }
        #expect(fault?.code == .forbidden && fault?.hint?.contains("auth.oidc.roles") == true)
    }

    @Test("an owner who signed in does not stand in for the last owner")
    func lastOwner() async throws {
        let made = try await bench.plane.createPass(for: "root", role: .owner, bench.change)
        _ = try await arrive(["groups": "owners"])
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.revokePass(made.pass.id.rawValue, bench.change)
        }
        #expect(error?.code == .conflict)
    }
}

@Suite("Keys of issuers whose tokens machines show")
struct IssuerKeyTests {
    private static func issuer(_ url: String? = nil) -> MachineIssuer {
        MachineIssuer(
            rules: TokenRules(issuer: ScriptedIssuer.name, audiences: ["sluice"]),
            keysURL: url,
            callers: [.init(hash: MachineIssuer.hash(of: "ci"), claims: [])]
        )
    }

    @Test("keys are read at the start, each ten minutes, and once a minute for what is missed; the data plane has them")
    func reading() async throws {
        let forge = try Forge.first.get()
        let scripted = ScriptedIssuer(try forge.keys())
        var definitions = Definitions.sample
        definitions.machineIssuers = [IssuerKeyTests.issuer()]
        let bench = try await Bench.started(definitions)
        #expect(bench.published.last?.machines?.issuers.first?.keys.keys.isEmpty == true)
        let missed = MissedNames()
        let keeper = IssuerKeyKeeper(control: bench.plane, port: scripted.port) { missed.take() }
        var plan = KeyReadingPlan()
        await keeper.look(&plan)
        #expect(bench.published.last?.machines?.issuers.first?.keys.keys.map(\.id) == ["r", "e", "d"])
        let revision = await bench.plane.epoch
        for (seconds, isMissed, reads) in [
            (Int64(5), false, 1), (50, true, 1), (6, false, 2), (300, false, 2), (301, false, 3), (599, false, 3),
            (2, false, 4),
        ] {
            bench.time.advance(seconds: seconds)
            if isMissed { missed.add(ScriptedIssuer.name) }
            await keeper.look(&plan)
            #expect(scripted.count("/keys") == reads, "after \(seconds)")
        }
        // What is as it was is not written again.
        #expect(await bench.plane.epoch == revision)
        // Down: what was known goes on, over a start as well.
        scripted.set { $0.isUp = false }
        bench.time.advance(seconds: 700)
        await keeper.look(&plan)
        #expect(bench.published.last?.machines?.issuers.first?.keys.keys.count == 3)
        let again = Bench(definitions, store: bench.store)
        try await again.plane.start()
        #expect(again.published.last?.machines?.issuers.first?.keys.keys.count == 3)
    }

    @Test("an issuer that drags does not keep another's keys from being read")
    func sideBySide() async throws {
        let scripted = ScriptedIssuer(try Forge.first.get().keys())
        var definitions = Definitions.sample
        definitions.machineIssuers = [
            IssuerKeyTests.issuer("https://slow.example/keys"), IssuerKeyTests.issuer("https://id.example/keys"),
        ]
        let bench = try await Bench.started(definitions)
        let (answers, arrived) = AsyncStream.makeStream(of: Void.self)
        let port = IssuerPort { request throws(IssuerFault) in
            guard request.url.hasPrefix("https://slow.example") else {
                defer { arrived.finish() }
                return try await scripted.port.send(request)
            }
            // Answers once the other one did; in turn it never would.
            for await _ in answers {}
            throw IssuerFault(Task.isCancelled ? "cancelled" : "too late")
        }
        let keeper = IssuerKeyKeeper(control: bench.plane, port: port) { [] }
        let isRead = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                var plan = KeyReadingPlan()
                await keeper.look(&plan)
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(20))
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        #expect(isRead)
        #expect(bench.published.last?.machines?.issuers.map(\.keys.keys.count) == [0, 3])
    }

    @Test("a document without a key that is taken does not take the place of known keys")
    func empty() async throws {
        let scripted = ScriptedIssuer(try Forge.first.get().keys())
        var definitions = Definitions.sample
        definitions.machineIssuers = [IssuerKeyTests.issuer("https://id.example/keys")]
        let bench = try await Bench.started(definitions)
        let keeper = IssuerKeyKeeper(control: bench.plane, port: scripted.port) { [] }
        var plan = KeyReadingPlan()
        await keeper.look(&plan)
        #expect(scripted.count("openid-configuration") == 0)
        for text in [#"{"keys":[]}"#, "{}", "[", #"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
            scripted.set { $0.keys = text }
            bench.time.advance(seconds: 601)
            await keeper.look(&plan)
            #expect(bench.published.last?.machines?.issuers.first?.keys.keys.count == 3)
        }
    }
}

private final class MissedNames: Sendable {
    private let names = Mutex<Set<String>>([])
    func add(_ name: String) { names.withLock { _ = $0.insert(name) } }
    func take() -> Set<String> {
        names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}

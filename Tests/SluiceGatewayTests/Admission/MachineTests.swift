// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceGateway

@Suite("Machines that show tokens in the place of keys")
struct MachineTests {
    private let forge: Forge
    private static let issuer = "https://id.example"

    init() throws { forge = try Forge.first.get() }

    private static func caller(_ name: String, team: String? = nil) -> CallerKey {
        CallerKey(
            id: Records.id(name),
            name: name,
            team: team,
            hash: MachineIssuer.hash(of: name),
            createdAt: Records.start,
            owner: .file
        )
    }

    private func access(keys: KeySet? = nil) throws -> MachineAccess {
        var issuer = MachineIssuer(
            rules: TokenRules(issuer: MachineTests.issuer, audiences: ["sluice"]),
            userClaim: "sub",
            callers: [
                .init(hash: MachineIssuer.hash(of: "ci"), claims: [ClaimRule("sub", ["ada", "bob"])]),
                .init(hash: MachineIssuer.hash(of: "gone"), claims: [ClaimRule("sub", ["eve"])]),
            ]
        )
        issuer.keys = try keys ?? forge.keys()
        return MachineAccess(issuers: [issuer], blockedUsers: ["bob"])
    }

    private func with(
        _ access: MachineAccess?,
        gates: [KeyID: KeyGate] = [:],
        now: @escaping @Sendable () -> Timestamp = { Forge.now },
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(
            change: { snapshot in
                snapshot.keys.append(MachineTests.caller("ci", team: "search"))
                snapshot.gates = gates
                snapshot.machines = access
            },
            wallClock: now,
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) },
            body
        )
    }

    private func ask(_ rig: Rig, _ token: String, _ path: String = "/v1/chat/completions", field: String = "")
        async throws
        -> RawAnswer
    {
        let body = #"{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}"#
        let shown = field.isEmpty ? "authorization: Bearer \(token)" : "\(field): \(token)"
        return try await rig.exchange(
            "POST \(path) HTTP/1.1\r\nhost: a\r\n\(shown)\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    private func claims(_ changes: JSONObject) -> JSONObject {
        var claims = Forge.claims
        for change in changes.members { claims[change.name] = change.value }
        return claims
    }

    @Test(
        "a genuine token is served, and its requests are those of its caller's key",
        arguments: SigningAlgorithm.allCases
    )
    func served(_ algorithm: SigningAlgorithm) async throws {
        try await with(try access()) { rig in
            let token = try forge.token(algorithm)
            for _ in 0..<2 { #expect(try await ask(rig, token).status == 200) }
            #expect(try await ask(rig, token, field: "x-api-key").status == 200)
            #expect(rig.sink.outcomes.map(\.key) == Array(repeating: Records.id("ci"), count: 3))
            // Keys are served as before.
            #expect(try await ask(rig, Rig.key).status == 200)
        }
    }

    @Test("what is not believed is 401 in the caller's dialect, with the reason; nobody waits and no provider is asked")
    func refused() async throws {
        let stranger = try Forge.second.get()
        try await with(try access()) { rig in
            for (token, reason) in [
                (try stranger.token(), "signature is wrong"), (try forge.token(key: "new"), "within a minute"),
                (try forge.token(.es256, claims(["aud": "x"])), "another audience"),
                (try forge.token(.es256, claims(["exp": 1_799_999_000])), "has expired"),
                (try forge.token(.es256, claims(["iss": "https://x.example"])), "another issuer"),
                (Forge.part(["alg": "none"]) + "." + Forge.part(Forge.claims) + ".", "with 'none'"),
                ("ey" + String(repeating: "a", count: 3_000) + ".e30.AA", "malformed"),
            ] {
                let answer = try await ask(rig, token)
                #expect(answer.status == 401 && answer.text.contains(reason), "\(reason): \(answer.text)")
                #expect(answer.text.contains(#""invalid_api_key""#))
                let anthropic = try await ask(rig, token, "/v1/messages", field: "x-api-key")
                #expect(anthropic.status == 401 && anthropic.text.contains("authentication_error"))
            }
            #expect(rig.upstream.requests.isEmpty)
            #expect(rig.gateway.takeMissedIssuers() == [MachineTests.issuer])
            #expect(rig.gateway.takeMissedIssuers().isEmpty)
        }
    }

    @Test("a blocked user, a caller that fits nobody, and one whose key is not there are 403")
    func forbidden() async throws {
        try await with(try access()) { rig in
            for subject in ["bob", "eve", "zoe"] {
                let answer = try await ask(rig, try forge.token(.es256, claims(["sub": .string(subject)])))
                #expect(answer.status == 403, "\(subject)")
            }
        }
        let closed: [KeyID: KeyGate] = [Records.id("ci"): KeyGate(closed: "The team is blocked.")]
        try await with(try access(), gates: closed) { rig in
            let answer = try await ask(rig, try forge.token())
            #expect(answer.status == 403 && answer.text.contains("The team is blocked."))
        }
    }

    @Test("where no issuer is named, a token is a key that is not known")
    func unconfigured() async throws {
        try await with(nil) { rig in
            let answer = try await ask(rig, try forge.token())
            #expect(answer.status == 401 && answer.text.contains("not known here"))
        }
    }

    @Test("a token that was served is refused once it has ended, and once its key or its caller is gone")
    func ends() async throws {
        let time = Mutexed(Forge.now)
        try await with(try access(), now: { time.value }) { rig in
            let token = try forge.token()
            #expect(try await ask(rig, token).status == 200)
            time.value = Forge.now.advanced(bySeconds: 359)
            #expect(try await ask(rig, token).status == 200)
            time.value = Forge.now.advanced(bySeconds: 361)
            #expect(try await ask(rig, token).status == 401)
            time.value = Forge.now
            #expect(try await ask(rig, token).status == 200)
            var next = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
            next.keys.append(MachineTests.caller("ci"))
            next.machines = try access(keys: KeySet.none)
            await rig.gateway.publish(next)
            #expect(try await ask(rig, token).status == 401)
            next.machines = try access()
            next.machines?.blockedUsers = ["ada"]
            await rig.gateway.publish(next)
            #expect(try await ask(rig, token).status == 403)
        }
    }
}

@Suite("Tokens that a loop remembers")
struct MachineTokensTests {
    @Test("a token is verified once, and never more are kept than there is room for")
    func bounded() throws {
        let forge = try Forge.first.get()
        var issuer = MachineIssuer(
            rules: TokenRules(issuer: "https://id.example", audiences: ["sluice"]),
            callers: [.init(hash: MachineIssuer.hash(of: "ci"), claims: [])]
        )
        issuer.keys = try forge.keys()
        let table = MachineTable(MachineAccess(issuers: [issuer]))
        var tokens = MachineTokens()
        let text = Array(try forge.token().utf8)
        let key = try tokens.key(of: text, hash: SIMD4(1, 0, 0, 0), by: table, at: Forge.now)
        #expect(key != nil)
        // By the hash alone: the text is not read again.
        #expect(try tokens.key(of: [], hash: SIMD4(1, 0, 0, 0), by: table, at: Forge.now) == key)
        #expect(throws: MachineAccess.Fault.self) {
            try tokens.key(of: [], hash: SIMD4(2, 0, 0, 0), by: table, at: Forge.now)
        }
        #expect(tokens.count == 1)
        // Another snapshot: asked anew.
        let next = MachineTable(MachineAccess(issuers: [issuer]))
        #expect(throws: MachineAccess.Fault.self) {
            try tokens.key(of: [], hash: SIMD4(1, 0, 0, 0), by: next, at: Forge.now)
        }
        #expect(tokens.count == 0)
    }
}

/// A value shared by a test and what it tests.
private final class Mutexed<Value: Sendable>: Sendable {
    private let box: Mutex<Value>
    init(_ value: Value) { box = Mutex(value) }
    var value: Value {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}

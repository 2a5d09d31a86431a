// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceStore
import Testing

@Suite("Keys, teams, users and admin tokens of a store", .tags(.contract))
struct AccessTests {
    @Test("a key comes back with all that was said of it", arguments: Engine.allCases)
    func key(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var key = Sample.key(.sample("k1"))
            key.user = "ada"
            key.scope = KeyScope(routes: ["chat", "gpt-*"], operations: [.chat, .embeddingBatch])
            key.tags = ["prod", "é\u{0}"]
            key.isBlocked = true
            key.metadata = #"{"cost_center":"42"}"#
            key.replay = KeyReplay(
                digest: Array(repeating: 255, count: 32),
                salt: [0, 1, 2],
                request: Array(repeating: 9, count: 32)
            )
            try await store.commit([.putKey(key)], audit: [], expecting: 0)
            key.tags[1] = "é\u{FFFD}"
            #expect(try await store.state().keys == [key])
            key.scope = KeyScope()
            key.tags = []
            key.isBlocked = false
            key.replay = nil
            try await store.commit([.putKey(key)], audit: [], expecting: 1)
            #expect(try await store.state().keys == [key])
        }
    }

    @Test("teams, users and admin tokens are put, put again in their place, and removed", arguments: Engine.allCases)
    func rows(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var team = Team(name: "search", createdAt: Timestamp(nanoseconds: 5))
            var user = User(id: "ada", createdAt: Timestamp(nanoseconds: 6))
            var pass = AdminPass(
                id: .sample("p1"),
                person: "ada",
                role: .keyAdmin,
                team: "search",
                hash: Array(repeating: 1, count: 32),
                createdAt: Timestamp(nanoseconds: 7),
                createdBy: "admin"
            )
            let other = Team(name: "ads", createdAt: Timestamp(nanoseconds: 8))
            try await store.commit(
                [.putTeam(team), .putTeam(other), .putUser(user), .putPass(pass)],
                audit: [],
                expecting: 0
            )
            var state = try await store.state()
            #expect(state.teams == [team, other] && state.users == [user] && state.passes == [pass])
            team.title = "Search"
            team.isBlocked = true
            team.scope = KeyScope(routes: ["chat"], operations: [.embeddings])
            team.metadata = "{}"
            user.name = "Ada"
            user.email = "ada@example.com"
            user.role = .operator
            user.teams = ["search", "ads"]
            user.isBlocked = true
            user.externalID = "00u1"
            user.metadata = "{}"
            pass.expiresAt = Timestamp(nanoseconds: 70)
            pass.revokedAt = Timestamp(nanoseconds: 60)
            pass.signIn = .init(kind: .session, issuer: "https://id.example", subject: "00u1")
            try await store.commit([.putTeam(team), .putUser(user), .putPass(pass)], audit: [], expecting: 1)
            state = try await store.state()
            #expect(state.teams == [team, other] && state.users == [user] && state.passes == [pass])
            try await store.commit(
                [.removeTeam("search"), .removeTeam("nobody"), .removeUser("ada")],
                audit: [],
                expecting: 2
            )
            state = try await store.state()
            #expect(state.teams == [other] && state.users.isEmpty && state.passes == [pass])
            pass.signIn?.kind = .login
            try await store.commit([.putPass(pass)], audit: [], expecting: 3)
            #expect(try await store.state().passes == [pass])
            try await store.commit([.removePass(.sample("p1")), .removePass(.sample("p2"))], audit: [], expecting: 4)
            #expect(try await store.state().passes.isEmpty)
        }
    }

    @Test("a key's last use is that of its newest outcome, whatever the order they come in", arguments: Engine.allCases)
    func lastUses(_ engine: Engine) async throws {
        try await engine.withStore { store in
            #expect(try await store.lastUses().isEmpty)
            let first = JournalPosition(offsets: ["n-0-1.slj": 1])
            try await store.ingest(
                [Sample.settled(1, at: 900), Sample.settled(2, at: 700)],
                node: "n",
                position: first
            )
            var refused = Sample.outcome(3, at: 800, attempts: [])
            refused.key = .sample("other")
            var stranger = Sample.outcome(4, at: 999, attempts: [])
            stranger.key = nil
            try await store.ingest(
                [.settled(refused), .settled(stranger), Sample.settled(5, at: 600)],
                node: "n",
                position: first
            )
            #expect(
                try await store.lastUses()
                    == [
                        .sample("a1B2c3D4"): Timestamp(nanoseconds: 900), .sample("other"): Timestamp(nanoseconds: 800),
                    ]
            )
        }
    }

    @Test("a provider has one sealed credential, which is put in its place and removed", arguments: Engine.allCases)
    func secrets(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var secret = SealedSecret(
                provider: .sample("main"),
                version: 1,
                masterKey: "k1",
                wrappedKey: Array(repeating: 3, count: 60),
                sealed: Array(repeating: 4, count: 40),
                setAt: Timestamp(nanoseconds: 5)
            )
            try await store.commit([.putSecret(secret)], audit: [], expecting: 0)
            #expect(try await store.state().secrets == [secret])
            secret.version = 2
            secret.masterKey = "k2"
            secret.wrappedKey[0] = 9
            secret.sealed = Array(repeating: 5, count: 28)
            secret.setAt = Timestamp(nanoseconds: 6)
            try await store.commit([.putSecret(secret)], audit: [], expecting: 1)
            #expect(try await store.state().secrets == [secret])
            try await store.commit(
                [.removeSecret(.sample("main")), .removeSecret(.sample("x"))],
                audit: [],
                expecting: 2
            )
            #expect(try await store.state().secrets.isEmpty)
        }
    }
}

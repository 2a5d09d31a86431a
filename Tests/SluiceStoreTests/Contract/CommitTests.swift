// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("Commits of a store", .tags(.contract))
struct CommitTests {
    @Test("a new store is empty at revision 0", arguments: Engine.allCases)
    func empty(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let state = try await store.state()
            #expect(state.revision == 0)
            #expect(state.versions.isEmpty && state.keys.isEmpty && state.settings.isEmpty)
            #expect(try await store.auditEntries(after: 0, limit: 10).isEmpty)
        }
    }

    @Test("changes and their audit entries are there together", arguments: Engine.allCases)
    func atomic(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let revision = try await store.commit(
                [.insertVersion(try Sample.version(.sample("v2"))), .setSetting("pepper", "x")],
                audit: [Sample.draft("first"), Sample.draft("second")],
                expecting: 0
            )
            #expect(revision == 1)
            let state = try await store.state()
            #expect(state.revision == 1)
            #expect(state.versions.map(\.id) == [.sample("v2")])
            #expect(state.settings == ["pepper": "x"])
            let audit = try await store.auditEntries(after: 0, limit: 10)
            #expect(audit.map(\.sequence) == [1, 2])
            #expect(audit.map(\.reason) == ["first", "second"])
        }
    }

    @Test("a commit that expects another revision changes nothing", arguments: Engine.allCases)
    func stale(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await store.commit([.setSetting("a", "1")], audit: [Sample.draft("one")], expecting: 0)
            let error = await #expect(throws: StoreError.self) {
                try await store.commit([.setSetting("a", "2")], audit: [Sample.draft("two")], expecting: 0)
            }
            #expect(error?.code == .conflict)
            let state = try await store.state()
            #expect(state.revision == 1)
            #expect(state.settings == ["a": "1"])
            #expect(try await store.auditEntries(after: 0, limit: 10).count == 1)
        }
    }

    @Test("one bad change undoes the good ones before it, and their audit entries", arguments: Engine.allCases)
    func allOrNothing(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let version = try Sample.version(.sample("v1"))
            let error = await #expect(throws: StoreError.self) {
                try await store.commit(
                    [.setSetting("a", "1"), .insertVersion(version), .insertVersion(version)],
                    audit: [Sample.draft("never")],
                    expecting: 0
                )
            }
            #expect(error?.code == .conflict)
            let state = try await store.state()
            #expect(state.revision == 0)
            #expect(state.settings.isEmpty && state.versions.isEmpty)
            #expect(try await store.auditEntries(after: 0, limit: 10).isEmpty)
        }
    }

    @Test("of many commits that expect the same revision, one wins", arguments: Engine.allCases)
    func race(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let winners = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<16 {
                    group.addTask {
                        let revision = try? await store.commit(
                            [.setSetting("winner", "\(index)")],
                            audit: [Sample.draft("\(index)")],
                            expecting: 0
                        )
                        return revision != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            let audit = try await store.auditEntries(after: 0, limit: 20)
            #expect(audit.count == 1)
        }
    }

    @Test("the release of a version moves, its definition stays", arguments: Engine.allCases)
    func release(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let version = try Sample.version(.sample("v1"))
            let moved = Release(
                state: .canary,
                weight: .all,
                thresholds: Thresholds(p99LatencyMilliseconds: 0.1, p99FirstTokenMilliseconds: 1e-300),
                deployedAt: Timestamp(nanoseconds: .min),
                changedAt: Timestamp(nanoseconds: .max)
            )
            try await store.commit([.insertVersion(version)], audit: [], expecting: 0)
            try await store.commit(
                [.setRelease(.sample("v1"), moved, owner: .api), .setRelease(.sample("f1"), moved, owner: .file)],
                audit: [],
                expecting: 1
            )
            let state = try await store.state()
            #expect(state.versions.first?.release == moved)
            #expect(state.versions.first?.config.jsonText == version.config.jsonText)
            #expect(state.versions.first?.createdAt == version.createdAt)
            #expect(state.fileReleases == [.sample("f1"): moved])
        }
    }

    @Test("the release of an unknown version is refused", arguments: Engine.allCases)
    func unknownVersion(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let change = StoreChange.setRelease(.sample("ghost"), Sample.release(weight: 1), owner: .api)
            let error = await #expect(throws: StoreError.self) {
                try await store.commit([change], audit: [], expecting: 0)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("keys, prices, models and settings are replaced in their place", arguments: Engine.allCases)
    func replaced(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var rotated = Sample.key(.sample("k1"), name: "renamed")
            rotated.team = "core"
            rotated.maxConcurrency = 12
            rotated.validUntil = Timestamp(nanoseconds: 77)
            rotated.revokedAt = Timestamp(nanoseconds: 66)
            rotated.replacedBy = .sample("k2")
            let cheap = Sample.price(input: 1)
            var dear = Sample.price(input: .max)
            dear.tiers = [
                .init(fromInputTokens: 200_000, rates: .init(input: 2, cachedInput: 1, output: 3)),
                .init(fromInputTokens: .max, rates: .init(input: 4, output: 5, reasoning: 6)),
            ]
            let model = ModelCard(provider: .sample("main"), model: "m", owner: .api)
            let better = ModelCard(
                provider: .sample("main"),
                model: "m",
                qualityScore: 0.95,
                contextWindow: .max,
                prefill: .continueFinalMessage,
                owner: .api
            )
            try await store.commit(
                [
                    .putKey(Sample.key(.sample("k1"))), .putKey(Sample.key(.sample("k2"))), .putPrice(cheap),
                    .putModel(model), .setSetting("a", "1"), .setSetting("b", "2"),
                ],
                audit: [],
                expecting: 0
            )
            try await store.commit(
                [.putKey(rotated), .putPrice(dear), .putModel(better), .setSetting("a", nil), .setSetting("b", "3")],
                audit: [],
                expecting: 1
            )
            let state = try await store.state()
            #expect(state.keys == [rotated, Sample.key(.sample("k2"))])
            #expect(state.prices == [dear])
            #expect(state.models == [better])
            #expect(state.settings == ["b": "3"])
        }
    }

    @Test("texts that are equal only canonically stay two", arguments: Engine.allCases)
    func unicode(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let composed = ModelCard(provider: .sample("main"), model: "mod\u{E9}l", owner: .api)
            let decomposed = ModelCard(provider: .sample("main"), model: "mode\u{301}l", owner: .api)
            let name = "日本語 🧑🏽‍🚀 \u{202E}rtl ' \" \\ \n % _ ; --"
            try await store.commit(
                [.putModel(composed), .putModel(decomposed), .putKey(Sample.key(.sample("k1"), name: name))],
                audit: [Sample.draft("zero\0byte", before: name)],
                expecting: 0
            )
            let state = try await store.state()
            #expect(state.models.map { Array($0.model.utf8) } == [composed, decomposed].map { Array($0.model.utf8) })
            #expect(state.keys.first.map { Array($0.name.utf8) } == Array(name.utf8))
            let audit = try await store.auditEntries(after: 0, limit: 10)
            #expect(audit.first?.reason == "zero\u{FFFD}byte")
            let hash = try #require(audit.first?.hash)
            #expect(AuditChain.verify(audit) == .intact(.init(sequence: 1, hash: hash)))
        }
    }
}

extension Sample {
    static func price(input: Int64) -> PriceCard {
        PriceCard(
            provider: .sample("main"),
            model: "gpt-4.1",
            effectiveFrom: Timestamp(nanoseconds: 0),
            rates: .init(input: input, output: 8_000_000),
            perRequest: NanoUSD(5),
            owner: .api
        )
    }
}

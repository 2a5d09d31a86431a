// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Keys")
struct KeyTests {
    @Test("a key's text is told once, and only its hash is kept")
    func create() async throws {
        let bench = try await Bench.started()
        let made = try await bench.plane.createKey(name: "shop", bench.change)
        let text = made.text.exposed
        #expect(text.hasPrefix("sl_\(made.key.id)_"))
        let stored = try await bench.store.state().keys
        #expect(stored.map(\.hash) == [KeyText.hash(text.utf8, pepper: Secret(Array("pepper".utf8)))])
        let audit = try await bench.plane.audit().last
        #expect(audit?.action == "key.create")
        #expect(audit?.after?.contains(text) == false)
        #expect(bench.published.last?.keys.contains { $0.id == made.key.id } == true)
    }

    @Test("a key has a limit of its own, which its successor takes over and the audit trail tells")
    func ownLimit() async throws {
        let bench = try await Bench.started()
        let made = try await bench.plane.createKey(name: "shop", maxConcurrency: 4, bench.change)
        #expect(bench.published.last?.keys.first { $0.id == made.key.id }?.maxConcurrency == 4)
        #expect(try await bench.plane.audit().last?.after?.contains(#""max_concurrency":4"#) == true)
        let next = try await bench.plane.rotateKey("shop", bench.change)
        #expect(next.key.maxConcurrency == 4)
        #expect(try await bench.store.state().keys.map(\.maxConcurrency) == [4, 4])
        for wrong in [0, -1, 1_000_001] {
            await #expect(throws: ControlError.self) {
                try await bench.plane.createKey(name: "other", maxConcurrency: wrong, bench.change)
            }
        }
    }

    @Test("a revoked key is refused from the moment the call returns, and stays revoked")
    func revoke() async throws {
        let bench = try await Bench.started()
        let made = try await bench.plane.createKey(name: "shop", bench.change)
        bench.time.advance(seconds: 10)
        let revoked = try await bench.plane.revokeKey("shop", bench.change)
        #expect(revoked.id == made.key.id)
        let published = bench.published.last?.keys.first { $0.id == made.key.id }
        #expect(published?.isValid(at: bench.time.now) == false)
        let epoch = await bench.plane.epoch
        _ = try await bench.plane.revokeKey(made.key.id.rawValue, bench.change)
        #expect(await bench.plane.epoch == epoch)
    }

    @Test("after a rotation the old key lives for the grace, then not")
    func rotate() async throws {
        let bench = try await Bench.started()
        let old = try await bench.plane.createKey(name: "shop", team: "web", bench.change)
        let new = try await bench.plane.rotateKey(old.key.id.rawValue, bench.change)
        #expect(new.key.name == "shop")
        #expect(new.key.team == "web")
        #expect(new.text.exposed != old.text.exposed)
        let ending = try #require(new.replaces)
        #expect(ending.replacedBy == new.key.id)
        #expect(ending.isValid(at: bench.time.now.advanced(bySeconds: 86_399)))
        #expect(!ending.isValid(at: bench.time.now.advanced(bySeconds: 86_400)))
        #expect(new.key.isValid(at: bench.time.now.advanced(bySeconds: 1_000_000)))
        let again = await refusal { () async throws(ControlError) in
            try await bench.plane.rotateKey(old.key.id.rawValue, bench.change)
        }
        #expect(again?.code == .conflict)
    }

    @Test("a rotation may end the old key at once")
    func rotateNow() async throws {
        let bench = try await Bench.started()
        let old = try await bench.plane.createKey(name: "shop", bench.change)
        let new = try await bench.plane.rotateKey(old.key.id.rawValue, grace: .zero, bench.change)
        #expect(new.replaces?.isValid(at: bench.time.now) == false)
    }

    @Test("a key of the file is read-only")
    func readOnly() async throws {
        let bench = try await Bench.started()
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.revokeKey("filekey1", bench.change)
        }
        #expect(error?.code == .readOnly)
        #expect(await bench.plane.keys().map(\.owner) == [.file])
    }

    @Test("a name that several keys have is no way to say which", arguments: ["nobody", "twin"])
    func ambiguous(name: String) async throws {
        let bench = try await Bench.started()
        _ = try await bench.plane.createKey(name: "twin", bench.change)
        _ = try await bench.plane.createKey(name: "twin", bench.change)
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.revokeKey(name, bench.change)
        }
        #expect(error?.code == (name == "twin" ? .conflict : .notFound))
    }

    @Test("the audit chain of all this is whole")
    func chain() async throws {
        let bench = try await Bench.started()
        let made = try await bench.plane.createKey(name: "a", bench.change)
        _ = try await bench.plane.rotateKey(made.key.id.rawValue, bench.change)
        _ = try await bench.plane.revokeKey(made.key.id.rawValue, bench.change)
        let entries = try await bench.plane.audit()
        guard case .intact(let head) = try await bench.plane.verifyAudit() else {
            Issue.record("the chain is broken")
            return
        }
        #expect(head.sequence == Int64(entries.count))
        #expect(head.sequence == 6)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("The audit trail of a store", .tags(.contract))
struct AuditTrailTests {
    @Test("entries chain across commits and are read in pages", arguments: Engine.allCases)
    func chain(_ engine: Engine) async throws {
        try await engine.withStore { store in
            for revision in 0..<7 {
                let drafts = (0..<revision).map { Sample.draft("\(revision).\($0)") }
                try await store.commit([], audit: drafts, expecting: Int64(revision))
            }
            var verifier = AuditVerifier()
            var read: Int64 = 0
            while true {
                let page = try await store.auditEntries(after: read, limit: 4)
                guard let last = page.last else { break }
                #expect(page.count <= 4)
                verifier.take(page)
                read = last.sequence
            }
            #expect(read == 21)
            guard case .intact(let head) = verifier.finish() else {
                Issue.record("broken: \(verifier.finish())")
                return
            }
            #expect(head.sequence == 21)
        }
    }

    @Test("both engines write the same hashes")
    func sameHashes() async throws {
        var chains: [[AuditEntry]] = []
        for engine in Engine.allCases {
            try await engine.withStore { store in
                try await store.commit([], audit: [Sample.draft("a"), Sample.draft("b", before: "{}")], expecting: 0)
                chains.append(try await store.auditEntries(after: 0, limit: 10))
            }
        }
        #expect(chains.count == 2)
        #expect(chains.first == chains.last)
        #expect(chains.first?.count == 2)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("The audit chain")
struct AuditChainTests {
    private static func chain(_ count: Int) -> [AuditEntry] {
        var head = AuditChain.Head.genesis
        return (0..<count).map { index in
            let draft = AuditEntry(
                sequence: 0,
                at: Timestamp(nanoseconds: Int64(index) * 1_000),
                actor: "admin",
                action: "version.weight",
                subject: "version:v\(index)",
                reason: "reason \(index)",
                before: index % 3 == 0 ? nil : "{\"weight\":\(index)}",
                after: nil,
                hash: ""
            )
            let entry = AuditChain.sealed(draft, after: head)
            head = AuditChain.Head(sequence: entry.sequence, hash: entry.hash)
            return entry
        }
    }

    private static func head(_ entry: AuditEntry) -> AuditChain.Head {
        AuditChain.Head(sequence: entry.sequence, hash: entry.hash)
    }

    private let chain = chain(12)

    @Test("a chain as it was written is intact, whole or in pages")
    func intact() throws {
        let last = AuditChainTests.head(try #require(chain.last))
        #expect(AuditChain.verify(chain, knownHeads: [last, AuditChainTests.head(chain[4])]) == .intact(last))
        var verifier = AuditVerifier()
        for entry in chain { verifier.take([entry]) }
        #expect(verifier.finish() == .intact(last))
        #expect(AuditChain.verify([]) == .intact(.genesis))
        #expect(AuditChain.verify(chain.dropFirst(5), after: AuditChainTests.head(chain[4])) == .intact(last))
    }

    @Test("the canonical text is what Python's json.dumps writes")
    func canonical() {
        let entry = AuditEntry(
            sequence: 7,
            at: Timestamp(nanoseconds: -1),
            actor: "admin",
            action: "key.revoke",
            subject: "key:a",
            reason: "\"\\\u{8}\u{C}\n\r\t\u{1}\u{1F}\u{7F}é🧑🏽‍🚀/",
            before: nil,
            after: "{}",
            hash: "ignored"
        )
        // json.dumps(["sluice.audit.1", 7, -1, "admin", "key.revoke", "key:a", reason, None, "{}"],
        //            ensure_ascii=False, separators=(",", ":"))
        let expected =
            #"["sluice.audit.1",7,-1,"admin","key.revoke","key:a","\"\\\b\f\n\r\t\u0001\u001f"#
            + "\u{7F}é🧑🏽‍🚀/\",null,\"{}\"]"
        #expect(Array(AuditChain.canonicalText(of: entry).utf8) == Array(expected.utf8))
    }

    @Test("the hash is SHA-256 over the previous hash and the canonical text")
    func knownHash() throws {
        let entry = AuditEntry(
            sequence: 0,
            at: Timestamp(nanoseconds: 1),
            actor: "a",
            action: "b",
            subject: "c",
            reason: "d",
            before: nil,
            after: nil,
            hash: ""
        )
        // python3: hashlib.sha256(b"0" * 64 + b'["sluice.audit.1",1,1,"a","b","c","d",null,null]').hexdigest()
        #expect(
            AuditChain.sealed(entry, after: .genesis).hash
                == "f074b41e482dcff9bb6c97e007b23e15f3db70c5528af0ca429a0eccb7c6a788"
        )
    }

    @Test("every altered field of every entry is named", arguments: 0..<12)
    func altered(_ index: Int) {
        let changes: [(inout AuditEntry) -> Void] = [
            { $0.at.nanoseconds ^= 1 }, { $0.actor += " " }, { $0.action = "" }, { $0.subject = "version:other" },
            { $0.reason = "another" }, { $0.before = $0.before == nil ? "" : nil }, { $0.after = "null" },
            { $0.hash = String($0.hash.reversed()) },
        ]
        for change in changes {
            var entries = chain
            change(&entries[index])
            #expect(AuditChain.verify(entries) == .broken(at: Int64(index) + 1, .altered))
        }
    }

    @Test("an entry whose text moves from one field to the next is altered")
    func moved() {
        var entries = chain
        entries[3].actor = "adminversion"
        entries[3].action = ".weight"
        #expect(AuditChain.verify(entries) == .broken(at: 4, .altered))
    }

    @Test("a dropped entry is named", arguments: 0..<11)
    func dropped(_ index: Int) {
        var entries = chain
        entries.remove(at: index)
        #expect(AuditChain.verify(entries) == .broken(at: Int64(index) + 1, .outOfSequence))
        for place in index..<entries.count { entries[place].sequence -= 1 }
        #expect(AuditChain.verify(entries) == .broken(at: Int64(index) + 1, .altered))
    }

    @Test("swapped entries are named", arguments: 0..<11)
    func swapped(_ index: Int) {
        var entries = chain
        entries.swapAt(index, index + 1)
        #expect(AuditChain.verify(entries) == .broken(at: Int64(index) + 1, .outOfSequence))
    }

    @Test("a cut end is seen with a head kept elsewhere, and only with one")
    func truncated() throws {
        let last = AuditChainTests.head(try #require(chain.last))
        let cut = Array(chain.dropLast(3))
        #expect(AuditChain.verify(cut) == .intact(AuditChainTests.head(cut[8])))
        #expect(AuditChain.verify(cut, knownHeads: [last]) == .broken(at: 10, .truncated))
        #expect(AuditChain.verify([], knownHeads: [last]) == .broken(at: 1, .truncated))
    }

    @Test("a chain written anew is seen with a head kept elsewhere, and only with one")
    func rewritten() {
        var head = AuditChainTests.head(chain[1])
        let forged =
            Array(chain.prefix(2))
            + chain.dropFirst(2).map { entry in
                var entry = entry
                entry.reason = "nothing happened"
                entry = AuditChain.sealed(entry, after: head)
                head = AuditChainTests.head(entry)
                return entry
            }
        #expect(AuditChain.verify(forged) == .intact(head))
        let known = AuditChainTests.head(chain[6])
        #expect(AuditChain.verify(forged, knownHeads: [known]) == .broken(at: 7, .rewritten))
    }
}

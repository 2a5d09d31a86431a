// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore
import SluiceStore
import Testing

@Suite("Gates of keys")
struct GateTests {
    @Test("a key without scopes has no gate, whatever its team is called")
    func none() async throws {
        let bench = try await Bench.started()
        _ = try await bench.plane.createKey(name: "a", team: "search", bench.change)
        #expect(await bench.plane.snapshot.gates.isEmpty)
    }

    @Test("scopes of a key and of its team are both in its gate; blocks say whose they are")
    func both() async throws {
        let bench = try await Bench.started()
        var draft = KeyDraft(name: "a", team: "search")
        draft.scope = KeyScope(routes: ["chat"])
        let key = try await bench.plane.createKey(draft, bench.change).key.id
        var patch = TeamPatch()
        patch.operations = [.chat]
        _ = try await bench.plane.updateTeam("search", patch, bench.change)
        let scopes = [KeyScope(routes: ["chat"]), KeyScope(operations: [.chat])]
        #expect(await bench.plane.snapshot.gates == [key: KeyGate(scopes: scopes)])
        patch = TeamPatch()
        patch.isBlocked = true
        _ = try await bench.plane.updateTeam("search", patch, bench.change)
        #expect(await bench.plane.snapshot.gates[key]?.closed?.contains("team `search`") == true)
        var own = KeyPatch()
        own.isBlocked = true
        _ = try await bench.plane.updateKey("a", own, bench.change)
        #expect(await bench.plane.snapshot.gates[key]?.closed?.contains("This API key is blocked") == true)
        let audit = try await bench.store.auditEntries(after: 0, limit: 100).map(\.action)
        #expect(audit.suffix(4) == ["key.create", "team.update", "team.block", "key.block"])
    }
}

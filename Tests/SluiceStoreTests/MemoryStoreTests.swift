// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("The in-memory store")
struct MemoryStoreTests {
    @Test("fails as told and heals with nothing lost")
    func faults() async throws {
        let store = MemoryStore()
        try await store.commit([.setSetting("a", "1")], audit: [], expecting: 0)
        await store.fail(with: StoreError(.unavailable, "locked"))
        let error = await #expect(throws: StoreError.self) {
            try await store.commit([.setSetting("a", "2")], audit: [], expecting: 1)
        }
        #expect(error?.code == .unavailable)
        await store.fail(with: nil)
        #expect(try await store.state().settings == ["a": "1"])
    }
}

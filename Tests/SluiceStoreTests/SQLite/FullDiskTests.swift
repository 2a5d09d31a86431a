// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceStore
import SluiceStoreSQLite
import SluiceTestKit
import Testing

@Suite("The SQLite store on a full disk", .enabled(if: TinyDisk.isPossible, "needs the right to mount a tmpfs"))
struct FullDiskTests {
    @Test("calls fail, nothing is half there, and the store goes on once there is room")
    func full() async throws {
        try await TinyDisk.with { directory in
            let store = try SQLiteStore.open(.init(path: directory + "/store.db"))
            defer { store.close() }
            let ballast = try TinyDisk.fill(directory, leaving: 200_000)
            var taken: UInt64 = 0
            var failure: StoreError?
            while failure == nil, taken < 1_000_000 {
                do throws(StoreError) {
                    let records = (taken..<(taken + 50)).map { Sample.settled($0) }
                    try await store.ingest(records, node: "n", position: .init(offsets: ["n-0": Int64(taken)]))
                    taken += 50
                } catch {
                    failure = error
                }
            }
            #expect(failure?.code == .unavailable)
            let counted = try await store.usage(LedgerFilter(), groupedBy: [])
            #expect(counted.first?.attempts == Int64(taken))

            try FileManager.default.removeItem(atPath: ballast)
            let records = (0..<(taken + 50)).map { Sample.settled($0) }
            try await store.ingest(records, node: "n", position: .init(offsets: ["n-0": Int64(taken)]))
            try await store.commit([.setSetting("a", "1")], audit: [Sample.draft("after")], expecting: 0)
            let recounted = try await store.usage(LedgerFilter(), groupedBy: [])
            #expect(recounted.first?.attempts == Int64(taken) + 50)
            #expect(try await LedgerCheck.findings(in: store) == [])
        }
    }
}

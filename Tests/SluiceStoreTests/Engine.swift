// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceRelease
import SluiceStore
import SluiceStoreSQLite
import Testing

extension Tag {
    @Tag static var contract: Self
}

/// Each implementation of the store's contract.
enum Engine: String, CaseIterable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { rawValue }

    /// Runs a test against an empty store and removes its files.
    ///
    /// - Parameter now: the store's clock, which ends leases and claims.
    func withStore(
        now: @escaping @Sendable () -> Timestamp = { Timestamp(nanoseconds: 0) },
        _ body: (any Store) async throws -> Void
    ) async throws {
        switch self {
        case .memory: try await body(MemoryStore(now: now))
        case .sqlite:
            try await withTemporaryDirectory { directory in
                let store = try SQLiteStore.open(.init(path: directory + "/store.db", now: now))
                defer { store.close() }
                try await body(store)
            }
        }
    }
}

/// A directory of the test's own, gone afterwards.
func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}

extension EvidenceLog {
    /// The number of a log's last entry; 0 where there is none.
    func lastEvidence(of rollout: RolloutID) async throws -> Int64 {
        try await evidence(of: rollout, after: 0, limit: 1_000_000).last?.sequence ?? 0
    }
}

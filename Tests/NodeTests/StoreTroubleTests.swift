// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("A whole node whose store is in trouble", .serialized)
struct StoreTroubleTests {
    @Test("a locked store stops no traffic, and the ledger catches up once it is free")
    func locked() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                _ = try await node.chat()
                var settings = Configuration()
                settings.allowsUnsafeTransactions = true
                // The node may be writing at that moment.
                settings.busyMode = .timeout(10)
                let other = try DatabaseQueue(
                    path: "\(folder.path)/sluice-data/sluice.db",
                    configuration: settings
                )
                try await other.writeWithoutTransaction { database in
                    try database.execute(sql: "BEGIN EXCLUSIVE")
                }
                for turn in 0..<20 { #expect(try await node.chat(unit: "\(turn)").status == 200) }
                let refused = try await node.admin("POST", "/keys", #"{"name":"later"}"#)
                #expect(refused.status == 503)
                let ready = try await node.eventually("readiness tells it") {
                    let ready = try await node.call("GET", node.addresses.adminURL + "/readyz")
                    return ready.body.contains("degraded") ? ready : nil
                }
                #expect(ready.status == 200)
                try await other.writeWithoutTransaction { database in try database.execute(sql: "ROLLBACK") }
                try other.close()
                try await node.eventually("all requests in the ledger") {
                    let usage = try await node.admin("GET", "/usage?group_by=version").body
                    return usage.contains("\"requests\":21") ? () : nil
                }
                #expect(try await node.admin("POST", "/keys", #"{"name":"later"}"#).status == 201)
            }
        }
    }
}

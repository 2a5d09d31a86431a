// SPDX-License-Identifier: Apache-2.0
import SluiceAdmin
import SluiceControl
import SluiceCore
import SluiceJournal
import Synchronization
import Testing

@testable import SluiceNode

@Suite("What a node says of itself")
struct HealthTests {
    private final class Lost: Sendable {
        let count = Mutex<Int64>(0)
    }

    @Test("lost evidence of rollouts is a problem that status names; traffic goes on")
    func lostEvidence() async throws {
        try await Folder.with { folder in
            let settings = Journal.Configuration(directory: "\(folder.path)/journal", node: "node")
            let journal = try Journal.open(settings, loops: 1, now: WallClock.now())
            defer { journal.close() }
            let lost = Lost()
            let serving = NodeReadiness()
            serving.begin()
            let health = NodeHealth(
                serving: serving,
                ingester: IngesterStatus(),
                journal: journal,
                lostEvidence: { lost.count.withLock { $0 } },
                lostBlocks: { 0 },
                memory: nil,
                unservedProviders: { [] }
            )
            #expect(health.readiness == Readiness(.ready))
            lost.count.withLock { $0 = 3 }
            #expect(health.readiness.state == .degraded)
            #expect(health.readiness.problems.count == 1 && health.readiness.problems[0].hasPrefix("3 records"))
        }
    }
}

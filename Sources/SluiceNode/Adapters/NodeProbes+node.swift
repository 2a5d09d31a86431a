// SPDX-License-Identifier: Apache-2.0
import SluiceAdmin
import SluiceControl
import SluiceGateway
import SluiceJournal
import SluiceTelemetry

extension NodeProbes {
    /// What the admin plane asks this node about itself.
    init(_ registry: MetricRegistry, _ health: NodeHealth) {
        self.init(
            softwareVersion: NodeVersion.text,
            metricsText: { registry.text() },
            readiness: { health.readiness },
            now: WallClock.now
        )
    }
}

/// How the parts of a node are, read when somebody asks.
struct NodeHealth: Sendable {
    let serving: NodeReadiness
    let ingester: IngesterStatus
    let journal: Journal
    /// Records of rollouts' evidence that were dropped.
    let lostEvidence: @Sendable () -> Int64
    /// Blocks of evidence that were dropped.
    let lostBlocks: @Sendable () -> Int64
    /// Absent where the memory has no limit.
    let memory: MemoryWatch?
    /// Providers whose credentials do not open, in a sentence each.
    let unservedProviders: @Sendable () -> [String]

    var readiness: Readiness {
        guard serving.isServing else {
            return Readiness(.notReady, problems: [serving.isDraining ? "draining" : "starting"])
        }
        if memory?.pressure == .full {
            return Readiness(.notReady, problems: ["memory is nearly full; no connection is accepted"])
        }
        let problems = self.problems
        return Readiness(problems.isEmpty ? .ready : .degraded, problems: problems)
    }

    /// Traffic goes on with each of these.
    private var problems: [String] {
        var problems = unservedProviders()
        let reading = ingester.reading
        if !reading.isStoreUp { problems.append("the store takes no entries; the journal keeps them") }
        if !reading.isJournalUp { problems.append("the journal cannot be read") }
        if memory?.pressure == .high { problems.append("memory is short; new requests are refused") }
        let journal = journal.status
        if journal.isDegraded { problems.append("the journal has no room; records wait in memory") }
        if journal.lost > 0 { problems.append("\(journal.lost) records were lost for want of room") }
        let evidence = lostEvidence()
        if evidence > 0 {
            problems.append(
                "\(evidence) records of the evidence for rollouts were lost: they were not taken in in time, and the judge "
                    + "knows of fewer requests than were served"
            )
        }
        let blocks = lostBlocks()
        if blocks > 0 {
            problems.append(
                "\(blocks) blocks of the evidence for rollouts were dropped: the store could not take them for too long, and "
                    + "the judge knows of fewer requests than were served"
            )
        }
        return problems
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// The evidence of all rollouts that are judged, on its way from the inbox to closed blocks.
///
/// The conductor sorts and takes blocks; the control plane says which rollouts there are. Nobody else waits for it: what
/// readers see is in ``RolloutReadings``.
actor RolloutTallies {
    /// A rollout whose canary is judged, and its canary's share.
    struct Followed: Sendable {
        var state: RolloutState
        /// Of both arms, 0…1.
        var share: Double
        /// The production versions with traffic, and their parts.
        var production: [RolloutState.ProductionShare] = []
        /// Seconds a request of either arm may take, by the limits of the route's versions.
        var patience: Int64
        /// Asked for where a tally begins.
        var traffic: @Sendable () -> (rate: Double, history: [MetricID: ValueHistogram])
    }

    private let inbox: EvidenceInbox
    private let readings: RolloutReadings
    private(set) var tallies: [RolloutID: RolloutTally] = [:]
    /// What the logs are to hold before the next block.
    private var pending: [RolloutID: [ReplayEvent]] = [:]
    /// Logs that orders have added to, which their leaders are to read; whether a rollout began with it.
    private var grown: [RolloutID: Bool] = [:]
    private var brakeNews: [(rollout: RolloutID, news: BrakeNews)] = []
    /// Blocks dropped of rollouts that are not judged any more.
    private var formerlyLost: Int64 = 0
    private var serial: Int64 = 0
    private var published: Int64 = 0

    init(inbox: EvidenceInbox, readings: RolloutReadings) {
        self.inbox = inbox
        self.readings = readings
    }

    /// Serials grow over restarts too, since the seconds do.
    private func nextSerial(_ now: Int64) -> Int64 {
        serial = max(serial + 1, now * 1_000)
        return serial
    }

    // MARK: For the control plane

    /// Takes note of the rollouts in force and returns what is to be watched; called in the order of revisions.
    func follow(_ open: [Followed]) -> [RolloutWatch] {
        let now = inbox.now
        let ids = Set(open.map(\.state.id))
        for id in tallies.keys where !ids.contains(id) {
            formerlyLost += tallies[id]?.lost ?? 0
            tallies[id] = nil
            pending[id] = nil
            grown[id] = nil
            brakeNews.removeAll { $0.rollout == id }
        }
        for rollout in open {
            let id = rollout.state.id
            if tallies[id] == nil {
                // What was said of a former run says nothing about this one.
                readings.set(nil, of: id)
                let traffic = rollout.traffic()
                tallies[id] = RolloutTally(
                    rollout.state,
                    share: rollout.share,
                    production: rollout.production,
                    rate: traffic.rate,
                    history: traffic.history,
                    patience: rollout.patience,
                    serial: nextSerial(now),
                    now: now
                )
            } else {
                tallies[id]?.follow(
                    rollout.state,
                    share: rollout.share,
                    production: rollout.production,
                    patience: rollout.patience,
                    serial: { nextSerial(now) },
                    now: now
                )
            }
        }
        publishGaps()
        return watches
    }

    /// What is to be watched now.
    var watches: [RolloutWatch] {
        published = serial
        return tallies.values.compactMap(\.watch).sorted { $0.rollout < $1.rollout }
    }

    /// Takes note of the logs that a committed order has added to.
    func noteLogs(of changes: [StoreChange]) {
        for case .appendEvidence(let events, let rollout, _) in changes {
            let begins = events.contains { if case .start = $0 { true } else { false } }
            grown[rollout] = grown[rollout] == true || begins
        }
    }

    // MARK: For the conductor

    /// Sorts what came in, closes the seconds that are over, and renews limits.
    ///
    /// - Returns: whether there are new watches to publish.
    func sort() -> Bool {
        let contents = inbox.take()
        let now = contents.now
        var bySerial: [Int64: RolloutID] = [:]
        for record in contents.records {
            if bySerial[record.serial] == nil {
                bySerial[record.serial] = tallies.first { $0.value.knows(record.serial) }?.key
            }
            guard let id = bySerial[record.serial] else { continue }
            tallies[id]?.take(record, second: record.second + contents.offset, at: now)
        }
        // After the records: what the baseline did meanwhile tells whose fault it is.
        for (id, move) in contents.brakes {
            if let news = tallies[id]?.move(move, serial: { nextSerial(now) }, now: now) {
                brakeNews.append((id, news))
            }
        }
        for id in tallies.keys { close(id, contents.reported, now) }
        publishGaps()
        return serial != published
    }

    private func publishGaps() {
        let gaps = tallies.mapValues { EvidenceGap(late: $0.late, blocks: $0.lost) }
        readings.set(gaps, lostBlocks: gaps.values.reduce(formerlyLost) { $0 + $1.blocks })
    }

    private func close(_ id: RolloutID, _ reported: ReportedThrough, _ now: Int64) {
        if let news = tallies[id]?.brakeNews(now: now) { brakeNews.append((id, news)) }
        if let left = tallies[id]?.takeLeavers(), !left.isEmpty { pending[id, default: []].append(.unitsLeft(left)) }
        if let units = tallies[id]?.unitsToTell() { pending[id, default: []].append(.canaryUnits(units)) }
        tallies[id]?.close(reported)
        tallies[id]?.renew(serial: { nextSerial(now) }, now: now)
    }

    /// What a brake means that nobody has acted on yet, the oldest first.
    ///
    /// - Parameter rollouts: those whose news have to wait.
    func brakeNews(besides rollouts: Set<RolloutID>) -> (rollout: RolloutID, news: BrakeNews)? {
        brakeNews.first { !rollouts.contains($0.rollout) }
    }

    /// The oldest news of a rollout's brake were acted on.
    func dropBrakeNews(of rollout: RolloutID) {
        if let index = brakeNews.firstIndex(where: { $0.rollout == rollout }) { brakeNews.remove(at: index) }
    }

    /// Whether a node's brake keeps units from a rollout's canary.
    func isBraked(_ rollout: RolloutID) -> Bool { tallies[rollout]?.brakeCase != nil }

    /// Whether orders have added to a rollout's log since this was asked last, and whether it began with one of them.
    func takeGrown(_ rollout: RolloutID) -> Bool? { grown.removeValue(forKey: rollout) }

    /// Units that a former process has counted events of stay out.
    func restore(_ left: [UnitCap.Departure], of rollout: RolloutID) { tallies[rollout]?.restore(left) }

    /// What waits of a rollout: entries for its log, and the oldest closed block after them.
    func waiting(of rollout: RolloutID) -> (entries: [ReplayEvent], block: Block?) {
        (pending[rollout] ?? [], tallies[rollout]?.ready.first)
    }

    /// So many entries are in the log, and the oldest block with them.
    func drop(_ entries: Int, ofWaiting rollout: RolloutID, withBlock: Bool) {
        if let waiting = pending[rollout] { pending[rollout] = Array(waiting.dropFirst(entries)) }
        if withBlock { tallies[rollout]?.dropFirst() }
    }

    /// The second up to which everything of a rollout is in blocks that were taken in; absent while something is not.
    func quietThrough(of rollout: RolloutID) -> Int64? {
        guard let tally = tallies[rollout], tally.hasNothingPending else { return nil }
        return tally.closedThrough
    }
}

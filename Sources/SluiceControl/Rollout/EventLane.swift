// SPDX-License-Identifier: Apache-2.0
import SluiceJudge

/// The series that count events themselves (errors, refusals): a request is at risk from its start, and its event counts
/// when it happens, however long that takes.
///
/// Requests that began in the same block are a **cohort**. Its first table closes with the block: all its requests of both
/// arms, and the events they have had by then. Events that come later make further tables, one whenever something came:
/// the cohort's requests that had no event so far, and those that have one now. A request without an event stays at risk
/// also once it has been answered; one that turns out to say nothing (its caller left, it was refused, its unit has left)
/// is taken out, from then on.
///
/// Why this is valid: requests of one block were assigned by the same share, so given how many of them went to the canary
/// every choice of them is equally likely. If the arms are the same, the times of all events are what they are whoever
/// serves, and the times at which tables close are chosen without looking at the arms. So within each table, given the
/// ones before it, the events of the canary are hypergeometric, and the e-values multiply (a log-rank test with
/// successes kept at risk). Nothing depends on how long answers take: to count a request only when it ends would set a
/// canary's quick failures beside those baseline requests that happened to have ended, and in the first moments of a
/// step only failures have; to count it where it began only once it has ended drops what takes longer than the wait. A
/// canary that fails at once among answers of twenty seconds is found within a block or two, since the baseline's open
/// requests are known not to have failed by then; failures after half a minute are found when they happen.
struct EventLane: Sendable {
    private struct Arms: Sendable {
        var canary: Int64 = 0
        var baseline: Int64 = 0

        subscript(_ arm: Arm) -> Int64 {
            get { arm == .canary ? canary : baseline }
            set { if arm == .canary { canary = newValue } else { baseline = newValue } }
        }
    }

    /// One series of a cohort.
    private struct Row: Sendable {
        var atRisk = Arms()
        /// Events that no table holds yet.
        var fresh = Arms()
        /// The baseline's part of both by production version, where there are several.
        var versions: [(atRisk: Int64, fresh: Int64)] = []
    }

    private struct Cohort: Sendable {
        let start: Int64
        let end: Int64
        var rows: [Row]
        var hasNews = false
    }

    /// Cohorts that are waited for at most: nine hours of blocks of two seconds.
    private static let mostCohorts = 16_384

    private let items: [Watch.Item]
    private let epoch: Int64
    /// Several production versions, each of which the canary is compared with; empty where there is one.
    private let versions: [String]
    private var assembler: BlockAssembler
    /// In the order of their starts.
    private var cohorts: [Cohort] = []
    /// Whether events have come of which no table tells yet.
    private(set) var hasNews = false

    init(_ watch: Watch, _ setting: LaneSetting) {
        items = watch.items
        epoch = setting.epoch
        versions = setting.versions
        assembler = setting.assembler(watch, countsUnits: setting.share > 0 && setting.share < 1)
    }

    var requestsPerSecond: Double { assembler.requestsPerSecond }
    /// Nothing waits for its block.
    var isQuiet: Bool { assembler.isEmpty && !hasNews }

    /// A request has begun: it is at risk in some of the series.
    ///
    /// - Parameters:
    ///   - rows: bit i: series i.
    ///   - isNew: its unit was seen for the first time.
    ///   - version: of the baseline: 1 + the index of its production version, 0 where there is one.
    /// - Returns: `false` where its block is closed.
    mutating func begin(_ arm: Arm, at second: Int64, rows: UInt64, isNew: Bool, of version: Int = 0) -> Bool {
        assembler.change(at: second, of: name(version)) { counters in
            if isNew { counters.assign(arm) }
            for row in 0..<counters.series where rows >> UInt64(row) & 1 == 1 {
                counters.count(row, arm, event: false)
            }
        }
    }

    /// An event of a request that began at `second`; `false` where its cohort is not waited for any more.
    mutating func event(_ arm: Arm, of second: Int64, in row: Int, of version: Int = 0) -> Bool {
        let isOpen = assembler.change(at: second, of: name(version)) { counters in
            counters.takeBack(row, arm, event: false)
            counters.count(row, arm, event: true)
        }
        if isOpen { return true }
        guard let index = cohort(of: second), row < cohorts[index].rows.count else { return false }
        if cohorts[index].rows[row].fresh[arm] < cohorts[index].rows[row].atRisk[arm] {
            cohorts[index].rows[row].fresh[arm] += 1
            change(index, row, version) { if $0.fresh < $0.atRisk { $0.fresh += 1 } }
            cohorts[index].hasNews = true
            hasNews = true
        }
        return true
    }

    /// A request that began at `second` says nothing any more.
    mutating func withdraw(_ arm: Arm, of second: Int64, in row: Int, of version: Int = 0) {
        if assembler.change(at: second, of: name(version), { $0.takeBack(row, arm, event: false) }) { return }
        guard let index = cohort(of: second), row < cohorts[index].rows.count else { return }
        let left = cohorts[index].rows[row].atRisk[arm] - 1
        guard left >= cohorts[index].rows[row].fresh[arm] else { return }
        cohorts[index].rows[row].atRisk[arm] = left
        change(index, row, version) { if $0.fresh < $0.atRisk { $0.atRisk -= 1 } }
    }

    private func name(_ version: Int) -> String {
        versions.indices.contains(version - 1) ? versions[version - 1] : ""
    }

    private mutating func change(
        _ index: Int,
        _ row: Int,
        _ version: Int,
        _ body: (inout (atRisk: Int64, fresh: Int64)) -> Void
    ) {
        guard cohorts[index].rows[row].versions.indices.contains(version - 1) else { return }
        body(&cohorts[index].rows[row].versions[version - 1])
    }

    /// Hands over the blocks that end by `second`; their requests go on to be at risk.
    ///
    /// - Parameter isLast: nothing begins here from `second` on.
    mutating func close(through second: Int64, isLast: Bool = false) -> [Block] {
        let blocks = isLast ? assembler.finish(at: second) : assembler.close(through: second)
        for block in blocks { if block.stratum.isEmpty { begin(block) } else { split(block) } }
        return blocks
    }

    private mutating func begin(_ block: Block) {
        let none = versions.map { _ in (atRisk: Int64(0), fresh: Int64(0)) }
        let rows = items.indices.map { index in
            let counts = index < block.entries.count ? block.entries[index].counts : .zero
            let atRisk = Arms(
                canary: counts.canary - counts.canaryEvents,
                baseline: counts.baseline - counts.baselineEvents
            )
            return Row(atRisk: atRisk, versions: none)
        }
        cohorts.append(Cohort(start: block.start, end: block.end, rows: rows))
    }

    /// One version's part of the cohort begun last.
    private mutating func split(_ block: Block) {
        guard let version = versions.firstIndex(of: block.stratum), let last = cohorts.indices.last else { return }
        for index in cohorts[last].rows.indices where index < block.entries.count {
            let counts = block.entries[index].counts
            cohorts[last].rows[index].versions[version].atRisk = counts.baseline - counts.baselineEvents
        }
    }

    /// Forgets the cohorts of which nothing can come any more: all that began before `second` has ended.
    ///
    /// A stream may last for hours, and its cohort stays as long. Where there are more than ``mostCohorts`` the oldest are given up,
    /// and tell nothing more: their requests are no successes.
    ///
    /// - Parameter successes: of some metrics: the baseline's requests that have ended without the event are added.
    mutating func settle(before second: Int64, into successes: inout [MetricID: Int64]) {
        for (row, item) in items.enumerated() {
            guard let known = successes[item.metric] else { continue }
            successes[item.metric] = cohorts.reduce(known) { sum, cohort in
                cohort.end <= second ? sum.saturatingSum(cohort.rows[row].atRisk.baseline) : sum
            }
        }
        cohorts.removeAll { $0.end <= second }
        if cohorts.count > EventLane.mostCohorts { cohorts.removeFirst(cohorts.count - EventLane.mostCohorts) }
    }

    /// A table of each cohort that had an event since the last ones, as one block of the second before `second`; where
    /// several versions are production, followed by one for each.
    mutating func further(at second: Int64) -> [Block] {
        guard hasNews else { return [] }
        hasNews = false
        var entries: [Block.Entry] = []
        var parts = versions.map { _ in [Block.Entry]() }
        for cohort in cohorts.indices where cohorts[cohort].hasNews {
            cohorts[cohort].hasNews = false
            for index in items.indices {
                let row = cohorts[cohort].rows[index]
                guard row.fresh.canary > 0 || row.fresh.baseline > 0 else { continue }
                entries.append(
                    Block.Entry(
                        items[index].series,
                        Counts(clamping: row.atRisk.canary, row.fresh.canary, row.atRisk.baseline, row.fresh.baseline)
                    )
                )
                for (version, own) in row.versions.enumerated()
                where own.atRisk > 0 && (own.fresh > 0 || row.fresh.canary > 0) {
                    parts[version].append(
                        Block.Entry(
                            items[index].series,
                            Counts(clamping: row.atRisk.canary, row.fresh.canary, own.atRisk, own.fresh)
                        )
                    )
                    cohorts[cohort].rows[index].versions[version] = (own.atRisk - own.fresh, 0)
                }
                cohorts[cohort].rows[index].atRisk.canary -= row.fresh.canary
                cohorts[cohort].rows[index].atRisk.baseline -= row.fresh.baseline
                cohorts[cohort].rows[index].fresh = Arms()
            }
        }
        guard !entries.isEmpty else { return [] }
        let cut = versions.indices.filter { !parts[$0].isEmpty }
        var blocks = [Block(start: second - 1, seconds: 1, parts: cut.count, epoch: epoch, entries: entries)]
        blocks += cut.map {
            Block(start: second - 1, seconds: 1, stratum: versions[$0], epoch: epoch, entries: parts[$0])
        }
        for index in blocks.indices { blocks[index].isFurther = true }
        return blocks
    }

    /// Most events are of the newest.
    private func cohort(of second: Int64) -> Int? {
        for index in cohorts.indices.reversed() where cohorts[index].start <= second {
            return second < cohorts[index].end ? index : nil
        }
        return nil
    }
}

/// Series of values: a request counts where it began, once it is known on which side of each limit it lies.
///
/// A second is closed when all its requests have ended, or when so much time has passed that the lane's limits are behind
/// them.
struct ValueLane: Sendable {
    private let versions: [String]
    private var assembler: BlockAssembler
    /// Seconds before this one are closed.
    private(set) var closedThrough: Int64

    init(_ watch: Watch, _ setting: LaneSetting) {
        versions = setting.versions
        closedThrough = setting.start
        assembler = setting.assembler(watch)
    }

    /// Changes what is counted of a second; `false` where that is closed.
    ///
    /// - Parameter version: as in ``EventLane/begin(_:at:rows:isNew:of:)``.
    mutating func change(at second: Int64, of version: Int = 0, _ body: (inout BlockCounters) -> Void) -> Bool {
        let name = versions.indices.contains(version - 1) ? versions[version - 1] : ""
        return second >= closedThrough && assembler.change(at: second, of: name, body)
    }

    /// Hands over the blocks that end by `second`; their requests were counted with their events.
    mutating func close(through second: Int64, isLast: Bool = false) -> [Block] {
        guard second > closedThrough else { return [] }
        closedThrough = second
        var blocks = isLast ? assembler.finish(at: second) : assembler.close(through: second)
        for index in blocks.indices { blocks[index].isFurther = true }
        return blocks
    }
}

/// What the lanes of a stretch have in common.
struct LaneSetting: Sendable {
    /// The first second that counts.
    var start: Int64
    /// The canary's share of both arms.
    var share: Double
    /// Grows when the weights change.
    var epoch: Int64
    /// Several production versions, each of which the canary is compared with; empty where there is one.
    var versions: [String] = []
    /// Of both arms, as far as known: it gives the length of blocks.
    var requestsPerSecond: Double

    fileprivate func assembler(_ watch: Watch, countsUnits: Bool = false) -> BlockAssembler {
        BlockAssembler(
            watch: watch,
            start: start,
            share: share,
            epoch: epoch,
            requestsPerSecond: requestsPerSecond,
            countsUnits: countsUnits,
            versions: versions
        )
    }
}

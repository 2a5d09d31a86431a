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
    }

    private struct Cohort: Sendable {
        let start: Int64
        let end: Int64
        var rows: [Row]
        var hasNews = false
    }

    private let items: [Watch.Item]
    private let epoch: Int64
    private let stratum: String
    private var assembler: BlockAssembler
    /// In the order of their starts.
    private var cohorts: [Cohort] = []
    private var hasNews = false

    init(
        _ watch: Watch,
        start: Int64,
        share: Double,
        epoch: Int64,
        stratum: String = "",
        requestsPerSecond: Double
    ) {
        items = watch.items
        self.epoch = epoch
        self.stratum = stratum
        assembler = BlockAssembler(
            watch: watch,
            start: start,
            share: share,
            epoch: epoch,
            stratum: stratum,
            requestsPerSecond: requestsPerSecond,
            countsUnits: share > 0 && share < 1
        )
    }

    var requestsPerSecond: Double { assembler.requestsPerSecond }
    /// Nothing waits for its block.
    var isQuiet: Bool { assembler.isEmpty && !hasNews }

    /// A request has begun: it is at risk in some of the series.
    ///
    /// - Parameters:
    ///   - rows: bit i: series i.
    ///   - isNew: its unit was seen for the first time.
    /// - Returns: `false` where its block is closed.
    mutating func begin(_ arm: Arm, at second: Int64, rows: UInt64, isNew: Bool) -> Bool {
        assembler.change(at: second) { counters in
            if isNew { counters.assign(arm) }
            for row in 0..<counters.series where rows >> UInt64(row) & 1 == 1 {
                counters.count(row, arm, event: false)
            }
        }
    }

    /// An event of a request that began at `second`; `false` where its cohort is not waited for any more.
    mutating func event(_ arm: Arm, of second: Int64, in row: Int) -> Bool {
        let isOpen = assembler.change(at: second) { counters in
            counters.takeBack(row, arm, event: false)
            counters.count(row, arm, event: true)
        }
        if isOpen { return true }
        guard let place = cohort(of: second), row < cohorts[place].rows.count else { return false }
        if cohorts[place].rows[row].fresh[arm] < cohorts[place].rows[row].atRisk[arm] {
            cohorts[place].rows[row].fresh[arm] += 1
            cohorts[place].hasNews = true
            hasNews = true
        }
        return true
    }

    /// A request that began at `second` says nothing any more.
    mutating func withdraw(_ arm: Arm, of second: Int64, in row: Int) {
        if assembler.change(at: second, { $0.takeBack(row, arm, event: false) }) { return }
        guard let place = cohort(of: second), row < cohorts[place].rows.count else { return }
        let left = cohorts[place].rows[row].atRisk[arm] - 1
        if left >= cohorts[place].rows[row].fresh[arm] { cohorts[place].rows[row].atRisk[arm] = left }
    }

    /// Hands over the blocks that end by `second`; their requests go on to be at risk.
    ///
    /// - Parameter isLast: nothing begins here from `second` on.
    mutating func close(through second: Int64, isLast: Bool = false) -> [Block] {
        let blocks = isLast ? assembler.finish(at: second) : assembler.close(through: second)
        for block in blocks {
            let rows = items.indices.map { index in
                let counts = index < block.entries.count ? block.entries[index].counts : .zero
                return Row(
                    atRisk: Arms(
                        canary: counts.canary - counts.canaryEvents,
                        baseline: counts.baseline - counts.baselineEvents
                    )
                )
            }
            cohorts.append(Cohort(start: block.start, end: block.end, rows: rows))
        }
        return blocks
    }

    /// Forgets the cohorts of which nothing can come any more: all that began before `second` has ended.
    mutating func settle(before second: Int64) { cohorts.removeAll { $0.end <= second } }

    /// A table of each cohort that had an event since the last ones, as one block of the second before `second`.
    mutating func further(at second: Int64) -> Block? {
        guard hasNews else { return nil }
        hasNews = false
        var entries: [Block.Entry] = []
        for place in cohorts.indices where cohorts[place].hasNews {
            cohorts[place].hasNews = false
            for index in items.indices {
                let row = cohorts[place].rows[index]
                guard row.fresh.canary > 0 || row.fresh.baseline > 0 else { continue }
                entries.append(
                    Block.Entry(
                        items[index].series,
                        Counts(clamping: row.atRisk.canary, row.fresh.canary, row.atRisk.baseline, row.fresh.baseline)
                    )
                )
                cohorts[place].rows[index].atRisk.canary -= row.fresh.canary
                cohorts[place].rows[index].atRisk.baseline -= row.fresh.baseline
                cohorts[place].rows[index].fresh = Arms()
            }
        }
        guard !entries.isEmpty else { return nil }
        var block = Block(start: second - 1, seconds: 1, stratum: stratum, epoch: epoch, entries: entries)
        block.isFurther = true
        return block
    }

    /// Most events are of the newest.
    private func cohort(of second: Int64) -> Int? {
        for place in cohorts.indices.reversed() where cohorts[place].start <= second {
            return second < cohorts[place].end ? place : nil
        }
        return nil
    }
}

/// Series of values: a request counts where it began, once it is known on which side of each limit it lies.
///
/// A second is closed when all its requests have ended, or when so much time has passed that the lane's limits are behind
/// them.
struct ValueLane: Sendable {
    private var assembler: BlockAssembler
    /// Seconds before this one are closed.
    private(set) var closedThrough: Int64

    init(
        _ watch: Watch,
        start: Int64,
        share: Double,
        epoch: Int64,
        stratum: String = "",
        requestsPerSecond: Double
    ) {
        closedThrough = start
        assembler = BlockAssembler(
            watch: watch,
            start: start,
            share: share,
            epoch: epoch,
            stratum: stratum,
            requestsPerSecond: requestsPerSecond
        )
    }

    /// Changes what is counted of a second; `false` where that is closed.
    mutating func change(at second: Int64, _ body: (inout BlockCounters) -> Void) -> Bool {
        second >= closedThrough && assembler.change(at: second, body)
    }

    /// Hands over the blocks that end by `second`; their requests were counted with their events.
    mutating func close(through second: Int64, isLast: Bool = false) -> [Block] {
        guard second > closedThrough else { return [] }
        closedThrough = second
        var blocks = isLast ? assembler.finish(at: second) : assembler.close(through: second)
        for place in blocks.indices { blocks[place].isFurther = true }
        return blocks
    }
}

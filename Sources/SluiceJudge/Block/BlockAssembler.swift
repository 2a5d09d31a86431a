// SPDX-License-Identifier: Apache-2.0

/// Makes blocks from closed seconds of all loops and nodes.
///
/// Each block's length is settled when it opens, from the traffic of earlier blocks (see ``BlockLength``); where twice as many
/// requests as a block wants have come before that time is over, it ends early. That looks at requests alone, never at their arm or
/// fate.
public struct BlockAssembler: Sendable {
    private let watch: Watch
    private let stratum: String
    private let epoch: Int64
    /// The canary's share of the traffic.
    private let share: Double
    /// The planned share of first-seen units, when they are counted.
    private let counted: Bool
    private var seconds: [Int64: BlockCounters] = [:]
    /// The baseline's part of each second, by production version; empty as long as nobody names versions.
    private var versions: [String: [Int64: BlockCounters]] = [:]
    private var next: Int64
    private var rate: Double
    /// Requests of the seconds that are not yet in a block.
    private var waiting: Int64 = 0

    /// Starts at a second, with what is known of the traffic.
    ///
    /// - Parameters:
    ///   - watch: the series.
    ///   - start: the first second to be judged.
    ///   - share: the canary's share, 0 … 1.
    ///   - epoch: the weight epoch, which the blocks carry.
    ///   - stratum: the stratum, which the blocks carry.
    ///   - requestsPerSecond: earlier traffic of both arms; zero when unknown.
    ///   - countsUnits: whether first-seen units are counted, for the sample-ratio test.
    ///   - versions: the production versions where they are known; with two or more, each block is cut from the first on.
    public init(
        watch: Watch,
        start: Int64,
        share: Double,
        epoch: Int64 = 0,
        stratum: String = "",
        requestsPerSecond: Double = 0,
        countsUnits: Bool = false,
        versions: [String] = []
    ) {
        self.watch = watch
        self.stratum = stratum
        self.epoch = epoch
        self.share = share
        counted = countsUnits
        for version in versions where Self.isName(version) { self.versions[version] = [:] }
        next = start
        rate = requestsPerSecond.isFinite ? max(0, requestsPerSecond) : 0
    }

    /// The traffic that the next block's length rests on, requests per second.
    public var requestsPerSecond: Double { rate }

    /// Takes one closed second of one loop; a second that has been judged is dropped.
    ///
    /// - Parameters:
    ///   - counters: requests of both arms.
    ///   - version: where several versions are production, the one that answered the baseline's requests; empty for the
    ///     canary's own and where there is one. With two or more names each block is followed by one a version (see ``Block/stratum``).
    /// - Returns: whether it was taken.
    @discardableResult
    public mutating func add(_ counters: BlockCounters, of version: String = "") -> Bool {
        guard counters.start >= next else { return false }
        let empty = BlockCounters(start: counters.start, series: watch.items.count)
        seconds[counters.start, default: empty].merge(counters)
        waiting = waiting.addingClamped(counters.requests)
        if Self.isName(version) { versions[version, default: [:]][counters.start, default: empty].merge(counters) }
        return true
    }

    private static func isName(_ version: String) -> Bool {
        !version.isEmpty && version.utf8.allSatisfy(SeriesID.isAllowed)
    }

    /// Changes what is counted of a second in place; a second that has been judged is left alone.
    ///
    /// - Parameter version: as in ``add(_:of:)``; of the baseline's requests only. The change is made a second time there.
    /// - Returns: whether it was changed.
    @discardableResult
    public mutating func change(
        at second: Int64,
        of version: String = "",
        _ body: (inout BlockCounters) -> Void
    ) -> Bool {
        guard second >= next else { return false }
        let series = watch.items.count
        let more = Self.change(&seconds[second, default: BlockCounters(start: second, series: series)], body)
        waiting = max(0, waiting.addingClamped(more))
        if Self.isName(version) {
            body(&versions[version, default: [:]][second, default: BlockCounters(start: second, series: series)])
        }
        return true
    }

    /// The requests that a change adds.
    private static func change(_ counters: inout BlockCounters, _ body: (inout BlockCounters) -> Void) -> Int64 {
        let before = counters.requests
        body(&counters)
        return counters.requests.subtractingClamped(before)
    }

    /// Whether nothing waits for its block.
    public var isEmpty: Bool { seconds.isEmpty }

    /// Hands over the blocks that end by `second`, before which every loop has closed its seconds.
    public mutating func close(through second: Int64) -> [Block] {
        var blocks: [Block] = []
        while next < second {
            var length = length(at: next)
            var (end, overflow) = next.addingReportingOverflow(Int64(length))
            if !overflow, end > second, isFull {
                while length > 1, second.subtractingClamped(next) < Int64(length) { length /= 2 }
                (end, overflow) = next.addingReportingOverflow(Int64(length))
            }
            guard !overflow, end <= second else { break }
            if seconds.isEmpty {
                skip(to: second)
                break
            }
            blocks += take(next, length)
            next = end
        }
        return blocks
    }

    /// Hands over everything before `second` in blocks as short as that takes: the weights or the limits change there.
    public mutating func finish(at second: Int64) -> [Block] {
        var blocks = close(through: second)
        while next < second, !seconds.isEmpty {
            var length = length(at: next)
            while length > 1, second.subtractingClamped(next) < Int64(length) { length /= 2 }
            blocks += take(next, length)
            next = next.addingClamped(Int64(length))
        }
        return blocks
    }

    /// Whether twice as many requests wait as a block is meant to hold.
    private var isFull: Bool {
        guard let wanted = BlockLength.requests(share: share) else { return false }
        return Double(waiting) >= 2 * wanted
    }

    /// The wanted length, cut to what ends at a whole multiple of itself.
    private func length(at start: Int64) -> Int {
        let wanted = BlockLength.seconds(requestsPerSecond: rate, share: share)
        var length = wanted
        while length > 1, start % Int64(length) != 0 { length /= 2 }
        return length
    }

    /// Passes over time without requests; what is coming may begin a block of the usual length.
    private mutating func skip(to second: Int64) {
        let usual = BlockLength.seconds(requestsPerSecond: rate, share: share)
        let edge = BlockLength.start(holding: second, seconds: usual)
        if edge > next { next = edge }
    }

    private mutating func take(_ start: Int64, _ length: Int) -> [Block] {
        let whole = gather(start, length, &seconds)
        let tables = watch.items.indices.map { whole.counts($0) }
        let requests = whole.requests
        waiting = seconds.isEmpty ? 0 : max(0, waiting.subtractingClamped(requests))
        learn(requests, over: length)
        let parts = split(start, length, tables)
        let units = whole.assigned
        guard requests > 0 || units.canary > 0 || units.baseline > 0 || whole.spending != .zero else { return [] }
        let block = Block(
            start: start,
            seconds: length,
            stratum: stratum,
            parts: parts.count,
            epoch: epoch,
            entries: zip(watch.items, tables).map { Block.Entry($0.series, $1) },
            assigned: counted
                ? AssignedUnits(canary: units.canary, baseline: units.baseline, share: share) : nil,
            spending: whole.spending == .zero ? nil : whole.spending
        )
        return [block] + parts
    }

    /// The canary against each production version, where there are several.
    private mutating func split(_ start: Int64, _ length: Int, _ tables: [Counts]) -> [Block] {
        let isSplit = versions.count > 1
        var parts: [Block] = []
        for version in versions.keys.sorted() {
            guard var own = versions[version] else { continue }
            let baseline = gather(start, length, &own)
            versions[version] = own
            guard isSplit, baseline.requests > 0 else { continue }
            let entries = watch.items.indices.map { index -> Block.Entry in
                let own = baseline.counts(index)
                let both = Counts(
                    clamping: tables[index].canary,
                    tables[index].canaryEvents,
                    own.baseline,
                    own.baselineEvents
                )
                return Block.Entry(watch.items[index].series, both)
            }
            parts.append(Block(start: start, seconds: length, stratum: version, epoch: epoch, entries: entries))
        }
        return parts
    }

    /// The sum of a block's seconds, taken out of where they waited.
    private func gather(_ start: Int64, _ length: Int, _ from: inout [Int64: BlockCounters]) -> BlockCounters {
        var whole = BlockCounters(start: start, series: watch.items.count)
        let end = start.addingClamped(Int64(length))
        if from.count < length {
            for second in from.keys where second >= start && second < end {
                if let part = from.removeValue(forKey: second) { whole.merge(part) }
            }
        } else {
            for second in start..<end {
                if let part = from.removeValue(forKey: second) { whole.merge(part) }
            }
        }
        return whole
    }

    /// A moving mean over about five minutes, or sixty requests where those take longer.
    ///
    /// It falls to a quarter at most in a block, so that one empty block does not make the next one endless.
    private mutating func learn(_ requests: Int64, over length: Int) {
        let seen = Double(requests) / Double(length)
        guard rate > 0 else {
            rate = seen
            return
        }
        let part = min(1, Double(length) / max(300, 60 / rate))
        rate = max(rate + part * (seen - rate), rate / 4)
    }
}

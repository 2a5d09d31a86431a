// SPDX-License-Identifier: Apache-2.0

/// Makes blocks from closed seconds of all loops and nodes.
///
/// Each block's length is settled when it opens, from the traffic of earlier blocks (see ``BlockLength``).
public struct BlockAssembler: Sendable {
    private let watch: Watch
    private let stratum: String
    private let epoch: Int64
    /// The canary's share of the traffic.
    private let share: Double
    /// The planned share of first-seen units, when they are counted.
    private let counted: Bool
    private var seconds: [Int64: BlockCounters] = [:]
    private var next: Int64
    private var rate: Double

    /// Starts at a second, with what is known of the traffic.
    ///
    /// - Parameters:
    ///   - watch: the series.
    ///   - start: the first second to be judged.
    ///   - share: the canary's share, 0 … 1.
    ///   - epoch: the weight epoch, which the blocks carry.
    ///   - stratum: the stratum, which the blocks carry.
    ///   - requestsPerSecond: earlier traffic of both arms; zero when unknown, which makes the first block long.
    ///   - countsUnits: whether first-seen units are counted, for the sample-ratio test.
    public init(
        watch: Watch,
        start: Int64,
        share: Double,
        epoch: Int64 = 0,
        stratum: String = "",
        requestsPerSecond: Double = 0,
        countsUnits: Bool = false
    ) {
        self.watch = watch
        self.stratum = stratum
        self.epoch = epoch
        self.share = share
        counted = countsUnits
        next = start
        rate = requestsPerSecond.isFinite ? max(0, requestsPerSecond) : 0
    }

    /// The traffic that the next block's length rests on, requests per second.
    public var requestsPerSecond: Double { rate }

    /// Takes one closed second of one loop; a second that has been judged is dropped.
    ///
    /// - Returns: whether it was taken.
    @discardableResult
    public mutating func add(_ counters: BlockCounters) -> Bool {
        guard counters.start >= next else { return false }
        seconds[counters.start, default: BlockCounters(start: counters.start, series: watch.items.count)]
            .merge(counters)
        return true
    }

    /// Hands over the blocks that end by `second`, before which every loop has closed its seconds.
    public mutating func close(through second: Int64) -> [Block] {
        var blocks: [Block] = []
        while next < second {
            let length = length(at: next)
            let (end, overflow) = next.addingReportingOverflow(Int64(length))
            guard !overflow, end <= second else { break }
            if seconds.isEmpty {
                skip(to: second)
                break
            }
            if let block = take(next, length) { blocks.append(block) }
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
            if let block = take(next, length) { blocks.append(block) }
            next = next.addingClamped(Int64(length))
        }
        return blocks
    }

    /// The wanted length, cut to what ends at a whole multiple of itself.
    private func length(at start: Int64) -> Int {
        let wanted = BlockLength.seconds(requestsPerSecond: rate, share: share)
        var length = wanted
        while length > 1, start % Int64(length) != 0 { length /= 2 }
        return length
    }

    private mutating func skip(to second: Int64) {
        let longest = Int64(BlockLength.longest)
        let edge = BlockLength.start(holding: second, seconds: Int(longest))
        if edge > next { next = edge }
    }

    private mutating func take(_ start: Int64, _ length: Int) -> Block? {
        var whole = BlockCounters(start: start, series: watch.items.count)
        for second in start..<(start + Int64(length)) {
            if let part = seconds.removeValue(forKey: second) { whole.merge(part) }
        }
        let tables = watch.items.indices.map { whole.counts($0) }
        let requests = tables.map { $0.canary + $0.baseline }.max() ?? 0
        learn(Double(requests) / Double(length), over: length)
        let units = whole.assigned
        guard requests > 0 || units.canary > 0 || units.baseline > 0 else { return nil }
        return Block(
            start: start,
            seconds: length,
            stratum: stratum,
            epoch: epoch,
            entries: zip(watch.items, tables).map { Block.Entry($0.series, $1) },
            assigned: counted
                ? AssignedUnits(canary: units.canary, baseline: units.baseline, share: share) : nil,
            spending: whole.spending == .zero ? nil : whole.spending
        )
    }

    /// A moving mean over about five minutes.
    private mutating func learn(_ seen: Double, over length: Int) {
        let part = min(1, Double(length) / 300)
        rate = rate == 0 ? seen : rate + part * (seen - rate)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The evidence of one stretch of time: a 2×2 table per series, after capping.
///
/// Blocks are what is stored and replayed; nothing else enters a verdict but the configuration and the steps.
/// A request belongs to the block in which it **started**. What is not known when that closes comes in further blocks
/// (see ``isFurther``). Blocks come in the order in which they closed.
public struct Block: Sendable, Hashable, Codable {
    /// One series and its table.
    public struct Entry: Sendable, Hashable, Codable {
        public var series: SeriesID
        public var counts: Counts

        public init(_ series: SeriesID, _ counts: Counts) {
            self.series = series
            self.counts = counts
        }

        enum CodingKeys: String, CodingKey {
            case series = "s"
            case counts = "n"
        }
    }

    /// First second of the block, counted from the Unix epoch or any other fixed origin.
    public var start: Int64
    /// Length in seconds, a power of two (see ``BlockLength``).
    public var seconds: Int
    /// Empty for both arms as they are; else the production version that the canary is compared with.
    ///
    /// Where several versions are production, the block of all traffic is followed by one for each of them, of the same
    /// seconds: with the whole canary, and the requests of that version as the baseline. Of these only the evidence relative to the
    /// baseline is taken, of the first everything else.
    public var stratum: String
    /// How many blocks of single production versions follow this one.
    public var parts: Int
    /// The weight epoch in which the requests were assigned.
    public var epoch: Int64
    /// The tables, in the order of the judge's series.
    public var entries: [Entry]
    /// Units first seen in this block, per arm, when assignments are counted.
    public var assigned: AssignedUnits?
    /// Money and tokens per arm, for the plain cost ratio only.
    public var spending: Spending?
    /// Tells more of requests that another block has counted already.
    ///
    /// An entry of a series of events is then a table of its own: the requests of one earlier block that had no event so
    /// far, and those that have had it since; the same series may stand here several times. Series of values are told here
    /// for the first time.
    public var isFurther = false

    public init(
        start: Int64,
        seconds: Int,
        stratum: String = "",
        parts: Int = 0,
        epoch: Int64 = 0,
        entries: [Entry],
        assigned: AssignedUnits? = nil,
        spending: Spending? = nil
    ) {
        self.start = start
        self.seconds = seconds
        self.stratum = stratum
        self.parts = parts
        self.epoch = epoch
        self.entries = entries
        self.assigned = assigned
        self.spending = spending
    }

    /// Its seconds.
    var span: Range<Int64> { start..<end }

    /// The second after the last one; saturates.
    public var end: Int64 {
        let (sum, overflow) = start.addingReportingOverflow(Int64(max(1, seconds)))
        return overflow ? .max : sum
    }
}

extension Block {
    private enum CodingKeys: String, CodingKey {
        case start, seconds, stratum, parts, epoch, entries, assigned, spending, further
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            start: try box.decode(Int64.self, forKey: .start),
            seconds: try box.decode(Int.self, forKey: .seconds),
            stratum: try box.decodeIfPresent(String.self, forKey: .stratum) ?? "",
            parts: try box.decodeIfPresent(Int.self, forKey: .parts) ?? 0,
            epoch: try box.decode(Int64.self, forKey: .epoch),
            entries: try box.decode([Entry].self, forKey: .entries),
            assigned: try box.decodeIfPresent(AssignedUnits.self, forKey: .assigned),
            spending: try box.decodeIfPresent(Spending.self, forKey: .spending)
        )
        isFurther = try box.decodeIfPresent(Bool.self, forKey: .further) ?? false
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(start, forKey: .start)
        try box.encode(seconds, forKey: .seconds)
        try box.encode(stratum, forKey: .stratum)
        if parts > 0 { try box.encode(parts, forKey: .parts) }
        try box.encode(epoch, forKey: .epoch)
        try box.encode(entries, forKey: .entries)
        try box.encodeIfPresent(assigned, forKey: .assigned)
        try box.encodeIfPresent(spending, forKey: .spending)
        if isFurther { try box.encode(true, forKey: .further) }
    }
}

/// Units first seen in a block and the share of them that was meant for the canary.
public struct AssignedUnits: Sendable, Hashable, Codable {
    /// First-seen units on the canary.
    public var canary: Int64
    /// First-seen units on the baseline.
    public var baseline: Int64
    /// The planned share of the canary, strictly between 0 and 1.
    public var share: Double

    public init(canary: Int64, baseline: Int64, share: Double) {
        self.canary = canary
        self.baseline = baseline
        self.share = share
    }
}

/// Money and tokens of both arms in a block: what the plain cost ratio is made of.
public struct Spending: Sendable, Hashable, Codable {
    /// Nano-dollars spent by the canary.
    public var canaryNanoUSD: Int64
    /// Tokens, in and out, of the canary.
    public var canaryTokens: Int64
    /// Nano-dollars spent by the baseline.
    public var baselineNanoUSD: Int64
    /// Tokens, in and out, of the baseline.
    public var baselineTokens: Int64

    public init(canaryNanoUSD: Int64, canaryTokens: Int64, baselineNanoUSD: Int64, baselineTokens: Int64) {
        self.canaryNanoUSD = canaryNanoUSD
        self.canaryTokens = canaryTokens
        self.baselineNanoUSD = baselineNanoUSD
        self.baselineTokens = baselineTokens
    }

    /// Nothing spent.
    public static let zero = Spending(canaryNanoUSD: 0, canaryTokens: 0, baselineNanoUSD: 0, baselineTokens: 0)

    /// Both together; saturates.
    public static func + (a: Spending, b: Spending) -> Spending {
        Spending(
            canaryNanoUSD: a.canaryNanoUSD.addingClamped(b.canaryNanoUSD),
            canaryTokens: a.canaryTokens.addingClamped(b.canaryTokens),
            baselineNanoUSD: a.baselineNanoUSD.addingClamped(b.baselineNanoUSD),
            baselineTokens: a.baselineTokens.addingClamped(b.baselineTokens)
        )
    }

    /// Cost per token of the canary over that of the baseline; unknown without tokens or money on either side.
    public var ratio: Double? {
        guard canaryTokens > 0, baselineTokens > 0, baselineNanoUSD > 0, canaryNanoUSD >= 0 else { return nil }
        let canary = Double(canaryNanoUSD) / Double(canaryTokens)
        return canary / (Double(baselineNanoUSD) / Double(baselineTokens))
    }
}

extension Int64 {
    /// The sum, held at the ends of the range.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    /// The difference, held at the ends of the range.
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The tables of one series over a rollout, added up over stretches of time, from which an interval is made when someone asks.
///
/// Stretches are 64 s at first and grow with the rollout, so that some thousand are kept at most. Only those that can say something
/// are kept: with both arms, and with events.
struct TableHistory: Sendable {
    private var tables: [Counts] = []
    private var open: (start: Int64, counts: Counts)?
    private var seconds = 64
    private static let most = 4096

    /// Takes one table; of requests that were taken before only the events are new.
    mutating func note(_ counts: Counts, at second: Int64, isAgain: Bool) {
        let start = BlockLength.start(holding: second, seconds: seconds)
        if let open, open.start == start || isAgain {
            self.open = (open.start, isAgain ? open.counts.adding(eventsOf: counts) : open.counts + counts)
            return
        }
        close()
        open = (start, counts)
    }

    private mutating func close() {
        guard let counts = open?.counts, counts.canary > 0, counts.baseline > 0,
            counts.canaryEvents + counts.baselineEvents > 0
        else { return }
        tables.append(counts)
        guard tables.count > Self.most else { return }
        tables = stride(from: 0, to: tables.count, by: 2).map { index in
            index + 1 < tables.count ? tables[index] + tables[index + 1] : tables[index]
        }
        if seconds < BlockLength.longest { seconds *= 2 }
    }

    /// Every odds ratio that is not excluded; none before there is something to tell.
    func range(alpha: Double) -> OddsRange? {
        var all = self
        all.close()
        guard !all.tables.isEmpty else { return nil }
        var interval = OddsInterval(alpha: alpha)
        for counts in all.tables { interval.absorb(counts) }
        return OddsRange(lower: interval.lower, upper: interval.upper, alpha: interval.alpha)
    }
}

/// The odds ratios of the canary that are not excluded, always valid at level 1 − alpha.
public struct OddsRange: Sendable, Hashable, Codable {
    /// The canary's odds are above this many times the baseline's; nothing is shown without.
    public var lower: Double?
    /// The canary's odds are below this many times the baseline's; nothing is shown without.
    public var upper: Double?
    /// 1 − level of the interval.
    public var alpha: Double

    public init(lower: Double?, upper: Double?, alpha: Double) {
        self.lower = lower
        self.upper = upper
        self.alpha = alpha
    }
}

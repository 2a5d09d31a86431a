// SPDX-License-Identifier: Apache-2.0

/// The baseline's quantiles as limits, made from earlier data only.
///
/// Limits that looked at the block they judge would not be fair. So values gather aside, and become the limits only at the next
/// refresh, between two blocks. Stale limits cost power, never validity.
public struct PredictableQuantiles: Sendable, Hashable {
    /// Seconds between refreshes.
    public let refreshSeconds: Int64
    /// Values needed before the first limits are made.
    public let leastValues: Int64
    /// The limits in force, in the metric's unit; empty while too little is known.
    public private(set) var limits: [QuantileLevel: Double] = [:]
    private var gathering = ValueHistogram()
    private var previous = ValueHistogram()
    private var refreshedAt: Int64?

    /// Starts without limits.
    public init(refreshSeconds: Int64 = 300, leastValues: Int64 = 200) {
        self.refreshSeconds = max(1, refreshSeconds)
        self.leastValues = max(1, leastValues)
    }

    /// Starts with limits from history, such as the stable version's last day.
    public init(history: ValueHistogram, refreshSeconds: Int64 = 300, leastValues: Int64 = 200) {
        self.init(refreshSeconds: refreshSeconds, leastValues: leastValues)
        previous = history
        limits = Self.limits(history, leastValues)
    }

    /// Notes a value of the baseline, for later limits.
    public mutating func note(_ value: Double) { gathering.add(value) }

    /// Notes values gathered elsewhere, for later limits.
    public mutating func note(_ values: ValueHistogram) { gathering.merge(values) }

    /// Renews the limits when it is time; call between blocks.
    ///
    /// - Returns: whether the limits have changed.
    @discardableResult
    public mutating func refresh(at now: Int64) -> Bool {
        guard let last = refreshedAt else {
            refreshedAt = now
            return renew()
        }
        guard now.subtractingClamped(last) >= refreshSeconds else { return false }
        refreshedAt = now
        return renew()
    }

    /// The last two stretches together, so that a quiet one does not empty the limits.
    private mutating func renew() -> Bool {
        guard gathering.count >= leastValues else { return false }
        var recent = previous
        recent.merge(gathering)
        let fresh = Self.limits(recent, leastValues)
        previous = gathering
        gathering = ValueHistogram()
        defer { limits = fresh }
        return fresh != limits
    }

    private static func limits(_ values: ValueHistogram, _ least: Int64) -> [QuantileLevel: Double] {
        guard values.count >= least else { return [:] }
        var limits: [QuantileLevel: Double] = [:]
        for level in QuantileLevel.allCases { limits[level] = values.quantile(level.rawValue) }
        return limits
    }
}

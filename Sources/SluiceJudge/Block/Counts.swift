// SPDX-License-Identifier: Apache-2.0

/// One 2×2 table: requests and events of both arms in one block.
///
/// Every value of this type is a possible table: no count is negative or above ``limit``, and no arm has more events than requests.
public struct Counts: Sendable, Hashable {
    /// The largest count of one cell, 2^40.
    ///
    /// Larger ones are held at it, events in proportion.
    public static let limit: Int64 = 1 << 40

    /// Requests of the canary, `n_c`.
    public let canary: Int64
    /// Requests of the canary with the event, `k_c`.
    public let canaryEvents: Int64
    /// Requests of the baseline, `n_b`.
    public let baseline: Int64
    /// Requests of the baseline with the event, `k_b`.
    public let baselineEvents: Int64

    /// Takes four counts as they are, or nothing when they are no table.
    ///
    /// - Returns: `nil` for a negative count, more events than requests, or a cell above ``limit``.
    public init?(canary: Int64, canaryEvents: Int64, baseline: Int64, baselineEvents: Int64) {
        let isTable = 0 <= canaryEvents && canaryEvents <= canary && 0 <= baselineEvents && baselineEvents <= baseline
        guard isTable, canary <= Self.limit, baseline <= Self.limit else { return nil }
        self.init(unchecked: canary, canaryEvents, baseline, baselineEvents)
    }

    /// Takes the nearest possible table: negatives become zero, and surplus events are cut to the requests.
    public init(clamping canary: Int64, _ canaryEvents: Int64, _ baseline: Int64, _ baselineEvents: Int64) {
        let canary = min(max(0, canary), Self.limit)
        let baseline = min(max(0, baseline), Self.limit)
        self.init(
            unchecked: canary,
            min(max(0, canaryEvents), canary),
            baseline,
            min(max(0, baselineEvents), baseline)
        )
    }

    private init(unchecked canary: Int64, _ canaryEvents: Int64, _ baseline: Int64, _ baselineEvents: Int64) {
        self.canary = canary
        self.canaryEvents = canaryEvents
        self.baseline = baseline
        self.baselineEvents = baselineEvents
    }

    /// The empty table.
    public static let zero = Counts(unchecked: 0, 0, 0, 0)

    /// Both blocks taken as one, each cell held at ``limit``.
    public static func + (a: Counts, b: Counts) -> Counts {
        Counts(
            clamping: a.canary + b.canary,
            a.canaryEvents + b.canaryEvents,
            a.baseline + b.baseline,
            a.baselineEvents + b.baselineEvents
        )
    }

    /// These requests, of which some more have had the event.
    func adding(eventsOf other: Counts) -> Counts {
        Counts(
            clamping: canary,
            canaryEvents + other.canaryEvents,
            baseline,
            baselineEvents + other.baselineEvents
        )
    }

    public static func += (a: inout Counts, b: Counts) { a = a + b }

    /// Share of canary requests with the event; unknown without requests.
    public var canaryRate: Double? { canary > 0 ? Double(canaryEvents) / Double(canary) : nil }
    /// Share of baseline requests with the event; unknown without requests.
    public var baselineRate: Double? { baseline > 0 ? Double(baselineEvents) / Double(baseline) : nil }
}

/// Coded as four numbers `[n_c, k_c, n_b, k_b]`.
extension Counts: Codable {
    public init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        let cells = (try list.decode(Int64.self), try list.decode(Int64.self))
        let others = (try list.decode(Int64.self), try list.decode(Int64.self))
        guard
            let counts = Counts(canary: cells.0, canaryEvents: cells.1, baseline: others.0, baselineEvents: others.1)
        else {
            throw DecodingError.dataCorruptedError(
                in: list,
                debugDescription: "no 2x2 table: events may not exceed requests, nothing may be negative or above 2^40"
            )
        }
        self = counts
    }

    public func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(canary)
        try list.encode(canaryEvents)
        try list.encode(baseline)
        try list.encode(baselineEvents)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The name of one stream of 0/1 events, such as `error`, `ttft/q0.99` or `latency/ceiling`.
///
/// A metric has one series or several; each block holds one 2×2 table per series.
public struct SeriesID: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    /// Takes a name of 1 to 64 ASCII letters, digits and `/ . _ -`.
    ///
    /// - Returns: `nil` for anything else.
    public init?(rawValue: String) {
        let bytes = rawValue.utf8
        guard (1...64).contains(bytes.count), bytes.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(trusted: String) { rawValue = trusted }

    /// Whether a byte may stand in a series name.
    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// The event itself: the request failed, hit the quota, or the pair differed.
    public static func event(_ metric: MetricID) -> SeriesID { SeriesID(trusted: metric.rawValue) }

    /// The value lay above the baseline's quantile `level`, the canary's divided by the tolerance.
    public static func above(_ level: QuantileLevel, of metric: MetricID) -> SeriesID {
        SeriesID(trusted: "\(metric.rawValue)/\(level.name)")
    }

    /// Beside the table of events: how many of the baseline's requests have ended without the event since the block before.
    ///
    /// They may have begun in any earlier block, and are told in the order in which they began. A block that has this series leaves
    /// open which of its own requests went well (see ``BaselineBelow``).
    public static func settled(_ metric: MetricID) -> SeriesID { SeriesID(trusted: "\(metric.rawValue)/settled") }

    /// The value lay above the absolute ceiling, in both arms the same.
    public static func ceiling(_ metric: MetricID) -> SeriesID { SeriesID(trusted: "\(metric.rawValue)/ceiling") }
}

extension SeriesID: Codable, CustomStringConvertible {
    public var description: String { rawValue }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        guard let id = SeriesID(rawValue: try box.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: box, debugDescription: "not a series name")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(rawValue)
    }
}

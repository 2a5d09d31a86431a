// SPDX-License-Identifier: Apache-2.0

/// The name of a metric: `error`, `ttft`, `latency`, `tpot`, `cost`, `quota`, `credential`, `equivalence`, or one of your own.
public struct MetricID: RawRepresentable, Sendable, Hashable {
    public let rawValue: String

    /// Takes a name of 1 to 48 lower-case ASCII letters, digits, `_` and `-`.
    ///
    /// - Returns: `nil` for anything else.
    public init?(rawValue: String) {
        let isAllowed: (UInt8) -> Bool = { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        guard (1...48).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(trusted: String) { rawValue = trusted }

    /// The version's own failures (5xx, time-outs, broken answers); see docs/judge.md for the classes.
    public static let error = MetricID(trusted: "error")
    /// Time to the first token, milliseconds.
    public static let ttft = MetricID(trusted: "ttft")
    /// Time to the last byte, milliseconds.
    public static let latency = MetricID(trusted: "latency")
    /// Time per output token, milliseconds.
    public static let tpot = MetricID(trusted: "tpot")
    /// Money per request, nano-dollars.
    public static let cost = MetricID(trusted: "cost")
    /// The provider refused for quota (429).
    public static let quota = MetricID(trusted: "quota")
    /// The provider refused the credential (401, 402, 403).
    public static let credential = MetricID(trusted: "credential")
    /// The split of units between the arms; no metric of a plan, but what is acknowledged after a mismatch.
    public static let sampleRatio = MetricID(trusted: "sample_ratio")
    /// A mirrored answer failed its comparison.
    public static let equivalence = MetricID(trusted: "equivalence")
}

extension MetricID: Codable, Comparable, CustomStringConvertible {
    public var description: String { rawValue }
    public static func < (a: MetricID, b: MetricID) -> Bool { a.rawValue < b.rawValue }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        guard let id = MetricID(rawValue: try box.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: box, debugDescription: "not a metric name")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(rawValue)
    }
}

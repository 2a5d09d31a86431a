// SPDX-License-Identifier: Apache-2.0

/// How long a block lasts: 1·2^k seconds, so that it is expected to hold at least 2/share requests.
///
/// Beyond ``unknown`` a quarter of that is enough: what an arm lacks is carried into the next block, and one block of so little traffic can
/// say no more than a ``BurstLimit`` lets it, so that several short ones tell more than a long one.
///
/// Too short a block leaves one arm empty, and its evidence is lost. The rate must come from **earlier** traffic, so that the
/// length is settled before the block begins. Blocks start at whole multiples of their length, so a longer block
/// is always the sum of shorter ones.
public enum BlockLength {
    /// The longest block, seconds: the largest power of two within a day.
    public static let longest = 65_536
    /// The length where nothing is known of the traffic.
    public static let unknown = 512

    /// Seconds of a block.
    ///
    /// Samples: 27.8 requests/s at 5 % → 2; 10 000 requests a day at 5 % → 512; 1 000 requests/s at 5 % → 1; 50 a day at 5 % → 32 768.
    ///
    /// - Parameters:
    ///   - requestsPerSecond: both arms together, from earlier traffic. Not positive or no number gives ``unknown``.
    ///   - share: the canary's share, 0 … 1; above a half the baseline's share counts.
    public static func seconds(requestsPerSecond: Double, share: Double) -> Int {
        guard let wanted = requests(share: share), requestsPerSecond > 0 else { return unknown }
        var length = 1
        while length < unknown, Double(length) < wanted / requestsPerSecond { length *= 2 }
        while length < longest, Double(length) < wanted / 4 / requestsPerSecond { length *= 2 }
        return length
    }

    /// Requests of both arms that a block is expected to hold; none where an arm has no share.
    static func requests(share: Double) -> Double? {
        let thin = min(share, 1 - share)
        return thin > 0 ? 2 / thin : nil
    }

    /// The start of the block of `seconds` that holds `second`.
    public static func start(holding second: Int64, seconds: Int) -> Int64 {
        let length = Int64(max(1, seconds))
        let remainder = second % length
        let offset = remainder < 0 ? remainder + length : remainder
        let (start, overflow) = second.subtractingReportingOverflow(offset)
        return overflow ? second : start
    }
}

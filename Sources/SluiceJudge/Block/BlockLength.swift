// SPDX-License-Identifier: Apache-2.0

/// How long a block lasts: 1·2^k seconds, so that it is expected to hold at least 2/share requests.
///
/// Too short a block leaves one arm empty, and its evidence is lost. The rate must come from **earlier** traffic, so that the
/// length is settled before the block begins. Blocks start at whole multiples of their length, so a longer block
/// is always the sum of shorter ones.
public enum BlockLength {
    /// The longest block, seconds: the largest power of two within ten minutes.
    public static let longest = 512

    /// Seconds of a block.
    ///
    /// Samples: 27.8 requests/s at 5 % → 2; 10 000 requests a day at 5 % → 512; 1 000 requests/s at 5 % → 1.
    ///
    /// - Parameters:
    ///   - requestsPerSecond: both arms together, from earlier traffic. Unknown or not positive gives the longest.
    ///   - share: the canary's share, 0 … 1; above a half the baseline's share counts.
    public static func seconds(requestsPerSecond: Double, share: Double) -> Int {
        let thin = min(share, 1 - share)
        guard requestsPerSecond > 0, thin > 0 else { return longest }
        let wanted = 2 / thin / requestsPerSecond
        var length = 1
        while length < longest, Double(length) < wanted { length *= 2 }
        return length
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

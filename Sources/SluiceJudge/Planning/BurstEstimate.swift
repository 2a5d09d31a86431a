// SPDX-License-Identifier: Apache-2.0

/// How long a route's errors hang together, from its own history: the cluster of a ``BurstLimit``.
///
/// Counts of independent errors have the same relative variance in windows of any length; errors that come in bursts have a larger one
/// the longer the window, until it is as long as a burst. So the cluster is the shortest window beyond which the variance over the mean
/// (the index of dispersion) grows by less than a fifth when the window doubles.
public enum BurstEstimate {
    /// The clusters that are tried, seconds.
    public static let clusters = [4, 6, 8, 10, 15, 20, 30, 40, 60, 90, 120]

    /// Errors below which a history says nothing.
    public static let fewestErrors: Int64 = 200

    /// The cluster of a history, seconds, 4 … 120; nothing where the history is too short or too clean to tell.
    ///
    /// - Parameters:
    ///   - errors: errors of production by second; seconds without errors may be missing.
    ///   - span: the seconds that were watched.
    public static func cluster(errors: [Int64: Int64], over span: Range<Int64>) -> Int? {
        let seen = errors.filter { span.contains($0.key) && $0.value > 0 }
        let total = seen.values.reduce(Int64(0)) { $0.addingClamped($1) }
        let (length, overflow) = span.upperBound.subtractingReportingOverflow(span.lowerBound)
        guard !overflow, total >= fewestErrors, length >= 3600 else { return nil }
        return clusters.first { window in
            let short = dispersion(seen, span.lowerBound, length, total, window)
            let long = dispersion(seen, span.lowerBound, length, total, 2 * window)
            return long < 1.2 * short
        } ?? clusters.last
    }

    /// Variance over mean of the counts in windows of so many seconds, averaged over two starts of the first one.
    private static func dispersion(
        _ errors: [Int64: Int64],
        _ start: Int64,
        _ length: Int64,
        _ total: Int64,
        _ window: Int
    ) -> Double {
        let windows = Double(length) / Double(window)
        let mean = Double(total) / windows
        let shifts = [Int64(0), Int64(window / 2)]
        let sum = shifts.reduce(0.0) { sum, shift in
            var counts: [Int64: Int64] = [:]
            for (second, count) in errors {
                let index = second.subtractingClamped(start).addingClamped(shift) / Int64(window)
                counts[index] = (counts[index] ?? 0).addingClamped(count)
            }
            let squares = counts.values.reduce(0.0) { $0 + Double($1) * Double($1) }
            return sum + squares / windows - mean * mean
        }
        return max(sum / Double(shifts.count) / mean, 1e-9)
    }
}

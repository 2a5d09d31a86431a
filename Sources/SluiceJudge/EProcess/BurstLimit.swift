// SPDX-License-Identifier: Apache-2.0
import RealModule

/// How much one stretch of time may say: requests are independent between clusters of seconds, not within them.
///
/// A provider that stumbles for some seconds fails many requests for one cause. So the e-values of one cluster count, for each
/// alternative, as at most `cap` together: `min(e, cap)` is a supermartingale wherever `e` is one (the minimum is concave), may be
/// looked at inside the cluster, and leaves an `e` below one as it is. Clusters are `cluster` seconds of the clock of the blocks; a
/// block belongs to the one in which it starts. A block that is longer is as many clusters as go into it: its requests are as far
/// apart, and it may say as much as they.
public struct BurstLimit: Sendable, Hashable, Codable {
    /// Seconds of a cluster, 1 … 3600.
    public let cluster: Int
    /// The most that a cluster multiplies an alternative's capital by, 1.5 … 1e6.
    public let cap: Double

    /// Brings both into their ranges.
    public init(cluster: Int, cap: Double) {
        self.cluster = min(max(cluster, 1), 3600)
        self.cap = cap.isNaN ? 1.5 : min(max(cap, 1.5), 1e6)
    }

    /// Seconds of a cluster where nobody says otherwise.
    ///
    /// docs/judge.md has the frontier it was taken from.
    public static let standardCluster = 20

    /// What a cluster may say where nobody says otherwise, in a metric that has a part of alpha.
    ///
    /// A blip that is shorter than a cluster touches two at most. Both together may bring 36 % of what a rollback by that metric
    /// takes: 6 times each where one metric has an alpha of 1 %, 8.5 times where it has half of that. Rounded to halves, 3 … 100.
    public static func standard(
        part: Double = 1,
        alpha: Double = 0.01,
        cluster: Int = standardCluster
    ) -> BurstLimit {
        let cap = (0.36 / max(1e-9, part * alpha)).squareRoot()
        return BurstLimit(cluster: cluster, cap: min(max((2 * cap).rounded() / 2, 3), 100))
    }

    /// The same for the metric with the largest part of alpha among some that may roll back.
    public static func standard(
        for metrics: [MetricRule],
        alpha: Double,
        cluster: Int = standardCluster
    ) -> BurstLimit {
        let acting = metrics.filter { $0.onRegression == .rollback }.map(\.weight)
        let whole = acting.reduce(0, +)
        return standard(part: whole > 0 ? (acting.max() ?? 1) / whole : 1, alpha: alpha, cluster: cluster)
    }

    private enum CodingKeys: String, CodingKey {
        case cluster, cap
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            cluster: try box.decode(Int.self, forKey: .cluster),
            cap: try box.decode(Double.self, forKey: .cap)
        )
    }

    /// How many clusters a block stands for: one, or as many as go into it where it is longer.
    func clusters(in span: Range<Int64>) -> Double {
        max(1, Double(span.upperBound.subtractingClamped(span.lowerBound)) / Double(cluster))
    }

    /// The second after the cluster that holds `second`; saturates.
    func end(ofClusterAt second: Int64) -> Int64 {
        BlockLength.start(holding: second, seconds: cluster).addingClamped(Int64(cluster))
    }
}

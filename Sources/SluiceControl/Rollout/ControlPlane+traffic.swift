// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// The rollouts whose canaries are judged, for the tallies.
    func followed(in catalogue: Catalogue) -> [RolloutTallies.Followed] {
        catalogue.state.rollouts.filter { $0.state.isJudged }.map { record in
            let state = record.state
            return RolloutTallies.Followed(
                state: state,
                share: catalogue.share(ofCanary: state.canary, on: state.route),
                production: catalogue.productionShares(besides: state),
                patience: catalogue.patience(on: state.route),
                traffic: { [metrics, now] in
                    let moment = now()
                    let versions = catalogue.versions(of: state.route).map(\.id)
                    return (
                        metrics.rate(of: versions, at: moment),
                        state.baseline.map { metrics.history(of: $0, at: moment) } ?? [:]
                    )
                }
            )
        }
    }
}

extension Catalogue {
    /// Seconds after which a request on a route is over as a rule, by the limits of its versions; at least those that hold
    /// where nobody says otherwise.
    func patience(on route: RouteID) -> Int64 {
        let limits = versions(of: route).map(\.settings.timeouts) + [.standard]
        let longest = limits.compactMap { $0.total?.components.seconds }.max() ?? 0
        return min(longest, 86_400) + 30
    }

    /// A canary's share of the traffic that is on it or on production: other canaries are no part of the comparison.
    func share(ofCanary id: VersionID, on route: RouteID) -> Double {
        var own = 0
        var others = 0
        for version in versions(of: route) where version.release.state == .canary {
            if version.id == id { own = version.release.buckets.count } else { others += version.release.buckets.count }
        }
        let whole = BucketRanges.total - others
        return whole > 0 ? Double(own) / Double(whole) : 0
    }
}

extension VersionStatistics {
    /// Requests per second of some versions together: the busiest of the last 20 seconds, minute and five minutes.
    func rate(of versions: [VersionID], at now: Timestamp) -> Double {
        [Int64(20), 60, 300].map { window in
            let sum = requests(of: versions, window: window, at: now)
            return Double(sum) / Double(window)
        }.max() ?? 0
    }

    /// The same for people who plan: only windows that saw enough requests to tell count, up to the last hour.
    ///
    /// - Returns: Nothing where even the hour saw too few: one request in 20 seconds may be the only one of the day.
    func usualRate(of versions: [VersionID], at now: Timestamp) -> Double? {
        [Int64(20), 60, 300, 3_600]
            .compactMap { window in
                let sum = requests(of: versions, window: window, at: now)
                return sum >= 20 ? Double(sum) / Double(window) : nil
            }
            .max()
    }

    /// Of versions that have had traffic for less than ``settlingSeconds``: since when, to within a slice.
    ///
    /// - Returns: Nothing where there was traffic before that, or none at all.
    func secondsOfTraffic(of versions: [VersionID], at now: Timestamp) -> Int64? {
        let recent = requests(of: versions, window: VersionStatistics.settlingSeconds, at: now)
        let ever = versions.reduce(Int64(0)) { $0.saturatingSum(lifetime(of: $1).requests) }
        guard recent > 0, recent >= ever else { return nil }
        return stride(from: Slice.length, to: VersionStatistics.settlingSeconds, by: Int(Slice.length))
            .first { requests(of: versions, window: $0, at: now) == recent } ?? VersionStatistics.settlingSeconds
    }

    private func requests(of versions: [VersionID], window: Int64, at now: Timestamp) -> Int64 {
        versions.reduce(0) { $0.saturatingSum(sum(of: $1, window: window, at: now).requests) }
    }

    /// Seconds of traffic from which a route's rate is known.
    static let settlingSeconds: Int64 = 60

    /// What is known of a version's times over the last hour, milliseconds.
    func history(of version: VersionID, at now: Timestamp) -> [MetricID: ValueHistogram] {
        let slice = sum(of: version, window: 3_600, at: now)
        let known = Metric.values.compactMap { metric in slice.times(of: metric).map { (metric.id, $0.values) } }
        return Dictionary(uniqueKeysWithValues: known).filter { $0.value.count > 0 }
    }
}

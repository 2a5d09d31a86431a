// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import SluiceRelease

extension Slice {
    /// How many requests had an event, and of how many that is known; `nil` of what is not kept, or is no event.
    func events(of metric: Metric) -> (events: Int64, requests: Int64)? {
        switch metric.facts.lastHour {
        case .errors: (errors, judged)
        case .refusals(let errorClass): (byClass[errorClass] ?? 0, requests)
        case .times, .cost, .notKept: nil
        }
    }

    /// The times of a metric; `nil` of what is none, or is not kept.
    func times(of metric: Metric) -> LatencyCounts? {
        switch metric.facts.lastHour {
        case .times(.firstToken): firstToken
        case .times(.end): latency
        case .errors, .refusals, .cost, .notKept: nil
        }
    }

    /// Whether what was measured is above a ceiling; `nil` where nothing was measured of the metric.
    func breaks(_ ceiling: MetricRule.Ceiling, of metric: Metric) -> Bool? {
        if let (events, requests) = events(of: metric) {
            return requests > 0 ? Double(events) > ceiling.share * Double(requests) : nil
        }
        guard let limit = ceiling.above, let times = times(of: metric),
            let value = times.percentiles([(1 - ceiling.share) * 100]).first
        else { return nil }
        return value > limit
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceJudge

extension Slice {
    /// Whether what was measured is above a ceiling; `nil` where nothing was measured of the metric.
    func breaks(_ ceiling: MetricRule.Ceiling, of metric: MetricID) -> Bool? {
        switch metric {
        case .error: return judged > 0 ? Double(errors) > ceiling.share * Double(judged) : nil
        case .latency: return latency.breaks(ceiling)
        case .ttft: return firstToken.breaks(ceiling)
        default: return nil
        }
    }
}

extension LatencyCounts {
    /// Whether the quantile that a ceiling is about lies above its limit.
    fileprivate func breaks(_ ceiling: MetricRule.Ceiling) -> Bool? {
        guard let limit = ceiling.above, let value = percentiles([(1 - ceiling.share) * 100]).first else { return nil }
        return value > limit
    }
}

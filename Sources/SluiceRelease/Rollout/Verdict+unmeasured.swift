// SPDX-License-Identifier: Apache-2.0
package import SluiceJudge

extension Verdict {
    /// Metrics that decide, are known of the baseline, and of the canary not once.
    ///
    /// A canary that states no usage has no cost, and would be promoted past what the plan asks. Only where as many of its
    /// requests as it had would have told at least ``leastExpected`` times, were it like the baseline: with little traffic
    /// one arm may well have no streams.
    package var unmeasured: [MetricID] {
        let requests = metrics.reduce((canary: Int64(0), baseline: Int64(0))) { most, report in
            (max(most.canary, report.counts.canary), max(most.baseline, report.counts.baseline))
        }
        guard requests.canary > 0, requests.baseline > 0 else { return [] }
        return metrics.filter { report in
            let expected = Double(report.counts.baseline) * Double(requests.canary) / Double(requests.baseline)
            return report.counts.canary == 0 && expected >= Verdict.leastExpected
        }
        .map(\.metric)
    }

    static let leastExpected = 20.0
}

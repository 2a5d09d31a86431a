// SPDX-License-Identifier: Apache-2.0

/// What came out of the runs of a scenario.
public struct SimulationSummary: Sendable, Hashable, Codable {
    /// One way of deciding.
    public struct Row: Sendable, Hashable, Codable {
        public var name: String
        /// Runs that rolled back at all, as a share.
        public var rollbackRate: Double
        /// Runs that rolled back before anything was wrong, as a share; all rollbacks of a null scenario.
        public var falseRollbackRate: Double
        /// Standard error of `falseRollbackRate`.
        public var falseRollbackError: Double
        /// Runs that rolled back after the onset, as a share.
        public var detectionRate: Double
        /// Canary requests from the onset to the rollback, mean over the runs that found it; absent when none did.
        public var meanRequests: Double?
        /// Standard error of `meanRequests`.
        public var meanRequestsError: Double?
        public var medianRequests: Double?
        /// Seconds from the onset to the rollback, mean.
        public var meanSeconds: Double?
        /// Runs at whose end the judge said `advance`, as a share; only of a judge, where nothing is wrong with the canary.
        public var advanceRate: Double?

        init(name: String, fired: [(seconds: Int, requests: Int64)], runs: Int) {
            self.name = name
            let count = Double(max(1, runs))
            let found = fired.filter { $0.seconds > 0 }
            rollbackRate = Double(fired.count) / count
            detectionRate = Double(found.count) / count
            falseRollbackRate = Double(fired.count - found.count) / count
            falseRollbackError = (falseRollbackRate * (1 - falseRollbackRate) / count).squareRoot()
            guard !found.isEmpty else { return }
            let n = Double(found.count)
            let requests = found.map { Double($0.requests) }.sorted()
            let mean = requests.reduce(0, +) / n
            let variance = requests.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
            meanRequests = mean
            meanRequestsError = (variance / n).squareRoot()
            medianRequests = 0.5 * (requests[(requests.count - 1) / 2] + requests[requests.count / 2])
            meanSeconds = found.reduce(0) { $0 + Double($1.seconds) } / n
        }

        private enum CodingKeys: String, CodingKey {
            case name
            case rollbackRate = "rollback_rate"
            case falseRollbackRate = "false_rollback_rate"
            case falseRollbackError = "false_rollback_error"
            case detectionRate = "detection_rate"
            case meanRequests = "mean_canary_requests"
            case meanRequestsError = "mean_canary_requests_error"
            case medianRequests = "median_canary_requests"
            case meanSeconds = "mean_seconds"
            case advanceRate = "advance_rate"
        }
    }

    public var scenario: String
    public var summary: String
    public var isNull: Bool
    public var seed: UInt64
    public var runs: Int
    public var blockSeconds: Int
    /// Seconds, or observations, of a run at most.
    public var horizon: Int
    /// The two-sample lower bound on canary requests, where the scenario has one.
    public var bound: Double?
    public var rows: [Row]

    init(scenario: Scenario, seed: UInt64, runs: Int, blockSeconds: Int, rows: [Row]) {
        self.scenario = scenario.name
        summary = scenario.summary
        isNull = scenario.isNull
        self.seed = seed
        self.runs = runs
        self.blockSeconds = blockSeconds
        horizon = scenario.horizon
        bound = scenario.bound.map {
            LowerBound.twoSample(
                baseline: $0.baseline,
                canary: $0.canary,
                share: scenario.share,
                alpha: scenario.alpha
            )
        }
        self.rows = rows
        guard scenario.isNull else { return }
        for index in self.rows.indices {
            let rate = self.rows[index].rollbackRate
            self.rows[index].falseRollbackRate = rate
            self.rows[index].falseRollbackError = (rate * (1 - rate) / Double(max(1, runs))).squareRoot()
            self.rows[index].detectionRate = 0
        }
    }

    private enum CodingKeys: String, CodingKey {
        case scenario, summary, seed, runs, horizon, bound, rows
        case isNull = "is_null"
        case blockSeconds = "block_seconds"
    }
}

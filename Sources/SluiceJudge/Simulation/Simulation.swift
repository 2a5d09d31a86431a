// SPDX-License-Identifier: Apache-2.0

/// Runs a scenario many times, with chance from a seed.
public struct Simulation: Sendable {
    public let scenario: Scenario
    public let seed: UInt64
    /// Length of a block, seconds.
    public let blockSeconds: Int
    private let contenders: [Contender]

    /// Prepares the runs.
    ///
    /// - Parameters:
    ///   - scenario: what happens.
    ///   - seed: the same seed gives the same runs.
    ///   - blockSeconds: by the rule of ``BlockLength`` when absent.
    /// - Throws: ``ConfigurationError`` when the scenario cannot be judged.
    public init(_ scenario: Scenario, seed: UInt64, blockSeconds: Int? = nil) throws(ConfigurationError) {
        self.scenario = scenario
        self.seed = seed
        let ruled = BlockLength.seconds(requestsPerSecond: scenario.requestsPerSecond, share: scenario.share)
        self.blockSeconds = min(max(1, blockSeconds ?? ruled), max(3600, BlockLength.longest))
        contenders = try Contender.all(for: scenario)
    }

    /// Runs the scenario.
    ///
    /// - Parameters:
    ///   - runs: how often.
    ///   - progress: told the number of runs done, after each.
    public func run(_ runs: Int, progress: (Int) -> Void = { _ in }) -> SimulationSummary {
        let prepared = PreparedTraffic(scenario, blockSeconds: blockSeconds)
        var fired = contenders.map { _ in [(seconds: Int, requests: Int64)]() }
        var advanced = contenders.map { _ in 0 }
        for run in 0..<max(0, runs) {
            var trial = trial(run)
            trial.run(prepared)
            for (index, contender) in trial.contenders.enumerated() {
                if let moment = contender.fired { fired[index].append(moment) }
                if contender.advances(at: scenario.horizon) { advanced[index] += 1 }
            }
            progress(run + 1)
        }
        return SimulationSummary(
            scenario: scenario,
            seed: seed,
            runs: max(0, runs),
            blockSeconds: blockSeconds,
            rows: contenders.indices.map { index in
                var row = SimulationSummary.Row(name: contenders[index].name, fired: fired[index], runs: runs)
                let isJudge = contenders[index].judge != nil
                if isJudge, scenario.isNull { row.advanceRate = Double(advanced[index]) / Double(max(1, runs)) }
                return row
            }
        )
    }

    /// The evidence of the judges in one run, block by block.
    public func path(run: Int = 0) -> EvidencePath {
        let names = contenders.filter { $0.judge != nil }.map(\.name)
        var points: [EvidencePath.Point] = []
        var trial = trial(run) { second, evidence in
            points.append(EvidencePath.Point(second: second, logEvidence: evidence))
        }
        trial.run(PreparedTraffic(scenario, blockSeconds: blockSeconds))
        return EvidencePath(scenario: scenario, names: names, points: points)
    }

    private func trial(_ run: Int, trace: ((Int, [Double]) -> Void)? = nil) -> Trial {
        Trial(
            scenario,
            contenders: contenders,
            blockSeconds: blockSeconds,
            chance: Xoshiro256(seed: seed, stream: UInt64(run)),
            trace: trace
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import FoundationEssentials
import SluiceJudge

/// `sluice judge simulate`: false rollbacks and delays, the judge and the threshold rule side by side.
struct JudgeSimulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulate rollouts: how often each rule rolls back for nothing, and how soon it finds a fault.",
        discussion: "Scenarios:\n"
            + Scenario.all.map { "  \(JudgeOutput.left($0.name, 22))\($0.summary)" }.joined(separator: "\n")
    )

    @Argument(help: "Scenarios; the eight of the introduction when none is given, every one for `all`.")
    var scenarios: [String] = []

    @Option(help: "Seed of the chance: the same seed gives the same figures.")
    var seed: UInt64 = 1

    @Option(help: "Runs of each scenario.")
    var runs = 200

    @Option(help: "Length of a block in seconds, instead of the rule's.")
    var blockSeconds: Int?

    @Option(help: "Planned hours of the rollout, over which the funded form pays in.")
    var planHours: Double?

    @Option(help: "Tolerance of the judge, instead of the scenario's: an odds ratio for errors, a factor for values.")
    var tolerance: Double?

    @Flag(
        help:
            "Judge by the metrics a rollout has by default, instead of the scenario's one; only for scenarios of errors."
    )
    var defaultMetrics = false

    @Option(help: "What one stretch of time may say, instead of the rule's: seconds and times, such as 20,8.5; or off.")
    var burst: String?

    @Flag(help: "Run the judge as it ships alone, without its plain form and the threshold rules.")
    var shipped = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Write the evidence path of the first scenario's first run as SVG to this file.")
    var svg: String?

    @Flag(help: "No progress on the standard error.")
    var quiet = false

    private static let introduction = [
        "healthy", "worse-errors", "slow-tail", "dead-canary", "shared-outage", "drifting-baseline", "sticky-tenants",
        "late-onset",
    ]

    func validate() throws {
        guard (1...10_000_000).contains(runs) else { throw ValidationError("--runs must lie within 1 … 10000000") }
        if let length = blockSeconds, !(1...3600).contains(length) {
            throw ValidationError("--block-seconds must lie within 1 … 3600")
        }
        if let hours = planHours, !(hours >= 1 && hours <= 10_000) {
            throw ValidationError("--plan-hours must lie within 1 … 10000")
        }
        if let factor = tolerance, !(factor >= 1 && factor <= 1000) {
            throw ValidationError("--tolerance must lie within 1 … 1000")
        }
        if let burst, limit(burst) == nil { throw ValidationError("--burst is off, or seconds and times: 20,8.5") }
        for name in scenarios where name != "all" && Scenario.named(name) == nil {
            throw ValidationError("no scenario \(name); there are: \(Scenario.all.map(\.name).joined(separator: ", "))")
        }
    }

    func run() throws {
        var summaries: [SimulationSummary] = []
        for (index, scenario) in chosen.enumerated() {
            let simulation = try Simulation(scenario, seed: seed, blockSeconds: blockSeconds)
            let summary = simulation.run(runs) { done in tell(scenario.name, done) }
            summaries.append(summary)
            if !json { show(summary) }
            if index == 0, let svg { try Data(simulation.path().svg.utf8).write(to: URL(filePath: svg)) }
        }
        if json { print(try JudgeOutput.json(summaries)) }
    }

    private var chosen: [Scenario] {
        let names = scenarios.isEmpty ? Self.introduction : scenarios
        let list = names.contains("all") ? Scenario.all : names.compactMap(Scenario.named)
        return list.map { scenario in
            var scenario = scenario
            if let hours = planHours { scenario.planMinutes = Int(hours * 60) }
            if let tolerance, scenario.rule.tolerance != nil { scenario.rule.tolerance = tolerance }
            if shipped { scenario.isShippedOnly = true }
            if let burst { scenario.burst = limit(burst) }
            return defaultMetrics && scenario.isOfErrors ? scenario.withDefaultMetrics : scenario
        }
    }

    /// A limit on bursts, none for `off`; nothing for what cannot be read.
    private func limit(_ text: String) -> BurstLimit?? {
        if text == "off" { return .some(nil) }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int(parts[0]), let cap = Double(parts[1]),
            (1...3600).contains(seconds), (1.5...1e6).contains(cap)
        else { return nil }
        return BurstLimit(cluster: seconds, cap: cap)
    }

    private func tell(_ name: String, _ done: Int) {
        guard !quiet, done % max(1, runs / 100) == 0 || done == runs else { return }
        guard JudgeOutput.isInteractive else {
            if done == runs { JudgeOutput.note("\(name): \(runs) runs\n") }
            return
        }
        JudgeOutput.note("\r\(name): \(done) of \(runs)\(done == runs ? "\n" : "")")
    }

    private func show(_ summary: SimulationSummary) {
        let bound = summary.bound.map { "; the bound is \(JudgeOutput.number($0, 1)) canary requests" } ?? ""
        print("\n\(summary.scenario): \(summary.summary)")
        print("\(summary.runs) runs, seed \(summary.seed), blocks of \(summary.blockSeconds) s\(bound)")
        let head = ["false rollback", summary.isNull ? "advances" : "found", "mean", "median", "mean time"]
        let widths = [20, 10, 18, 10, 12]
        print(JudgeOutput.left("", 28) + zip(head, widths).map { JudgeOutput.right($0, $1) }.joined())
        for row in summary.rows {
            let wrong =
                JudgeOutput.percent(row.falseRollbackRate) + " ± " + JudgeOutput.number(100 * row.falseRollbackError, 2)
            let mean =
                row.meanRequests.map {
                    JudgeOutput.number($0, 1) + " ± " + JudgeOutput.number(row.meanRequestsError, 1)
                } ?? "-"
            let cells = [
                wrong,
                summary.isNull
                    ? row.advanceRate.map { JudgeOutput.percent($0, 1) } ?? ""
                    : JudgeOutput.percent(row.detectionRate, 1),
                mean,
                JudgeOutput.number(row.medianRequests),
                row.meanSeconds.map(JudgeOutput.duration) ?? "-",
            ]
            print(JudgeOutput.left(row.name, 28) + zip(cells, widths).map { JudgeOutput.right($0, $1) }.joined())
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

@Suite("Simulation")
struct SimulationTests {
    private func run(_ name: String, _ runs: Int, horizon: Int? = nil) throws -> SimulationSummary {
        var scenario = try #require(Scenario.named(name))
        if let horizon { scenario.horizon = horizon }
        return try Simulation(scenario, seed: 42, blockSeconds: 1).run(runs)
    }

    private func row(_ summary: SimulationSummary, _ name: String) throws -> SimulationSummary.Row {
        try #require(summary.rows.first { $0.name == name })
    }

    @Test("the same seed gives the same figures, another seed others")
    func seeded() throws {
        let scenario = try #require(Scenario.named("worse-errors"))
        let first = try Simulation(scenario, seed: 1).run(5)
        #expect(try Simulation(scenario, seed: 1).run(5) == first)
        #expect(try Simulation(scenario, seed: 2).run(5).rows != first.rows)
    }

    @Test("errors of 5 % instead of 1 % are found near the lower bound")
    func worse() throws {
        let summary = try run("worse-errors", 60)
        let bound = try #require(summary.bound)
        let plain = try row(summary, "judge, plain")
        let funded = try row(summary, "judge, funded")
        #expect(plain.detectionRate == 1 && funded.detectionRate == 1)
        #expect(try #require(plain.meanRequests) < 1.9 * bound)
        #expect(try #require(funded.meanRequests) < 2.1 * bound)
    }

    @Test("a dead canary is stopped after a handful of requests")
    func dead() throws {
        let summary = try run("dead-canary", 200)
        #expect(try #require(row(summary, "judge, plain").meanRequests) < 4.2)
        // Three clusters of seconds have to say it: one alone could be a blip of the provider.
        #expect(try #require(row(summary, "judge, funded").meanRequests) < 75)
    }

    @Test("an outage of both arms rolls nothing back, but the threshold rule does")
    func sharedOutage() throws {
        let summary = try run("shared-outage", 15)
        #expect(try row(summary, "judge, funded").rollbackRate <= 1 / 15)
        #expect(try row(summary, "threshold, 60 s").rollbackRate == 1)
    }

    @Test("a metric that holds never rolls back, however bad")
    func holds() throws {
        let summary = try run("hold-metric", 10)
        #expect(try row(summary, "judge, plain").rollbackRate == 0)
        #expect(try row(summary, "judge, funded").rollbackRate == 0)
    }

    @Test("slower answers are found within a few requests")
    func slow() throws {
        let summary = try run("slow", 20)
        #expect(try #require(row(summary, "judge, plain").meanRequests) < 20)
    }

    @Test("every scenario runs, and its picture is drawn", arguments: Scenario.all.map(\.name))
    func all(name: String) throws {
        var scenario = try #require(Scenario.named(name))
        scenario.requestsPerSecond = min(scenario.requestsPerSecond, 2)
        scenario.horizon = min(scenario.horizon, 300)
        scenario.traffic = shortened(scenario.traffic)
        let simulation = try Simulation(scenario, seed: 3)
        let summary = simulation.run(1)
        #expect(summary.runs == 1 && !summary.rows.isEmpty)
        let svg = simulation.path().svg
        #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    }

    private func shortened(_ traffic: Scenario.Traffic) -> Scenario.Traffic {
        switch traffic {
        case .errors(let phases):
            .errors(
                phases.prefix(3).map {
                    Scenario.ErrorPhase(seconds: 200, canary: $0.canary, baseline: $0.baseline, traffic: $0.traffic)
                }
            )
        case .values(let phases): .values(phases.prefix(1).map { $0 })
        case .sticky, .observations, .blips, .answers, .versions: traffic
        }
    }
}

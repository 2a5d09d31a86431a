// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

/// Few and short runs: the full figures stand in docs/judge.md.
@Suite("Simulation of real traffic")
struct RealTrafficTests {
    private func run(_ name: String, _ runs: Int, horizon: Int? = nil) throws -> [SimulationSummary.Row] {
        var scenario = try #require(Scenario.named(name))
        if let horizon { scenario.horizon = horizon }
        return try Simulation(scenario, seed: 42).run(runs).rows
    }

    @Test("models with a p99 of four seconds are let through by the default metrics")
    func slowModels() throws {
        let rows = try run("slow-models", 2, horizon: 240)
        #expect(rows[0].rollbackRate == 0 && rows[0].advanceRate == 1)
    }

    @Test("errors after 35 s are found when they happen, not when the answers would have ended")
    func lateErrors() throws {
        let row = try run("long-answers-broken", 5, horizon: 240)[0]
        #expect(row.detectionRate == 1)
        let seconds = try #require(row.meanSeconds)
        #expect(seconds > 35 && seconds < 75)
        #expect(try run("long-answers", 2, horizon: 300)[0].rollbackRate == 0)
    }

    @Test("open requests of production are no successes: a ceiling that both break is not the canary's alone")
    func ceilingOfBoth() throws {
        let rows = try run("ceiling-of-both", 5, horizon: 300)
        #expect(rows.map(\.name) == ["judge, funded", "the same, open as well"])
        #expect(rows[0].rollbackRate == 0)
        #expect(rows[1].rollbackRate > 0, "as it was judged up to the third formulation")
    }

    @Test("a dead canary is found among answers of twenty seconds before one of them has ended")
    func deadAmongSlow() throws {
        let row = try run("long-answers-dead", 20, horizon: 240)[0]
        #expect(row.detectionRate == 1)
    }

    @Test("a tenant that fails wherever it is served rolls nothing back, as it would without the cap")
    func badTenant() throws {
        let rows = try run("bad-tenant", 3, horizon: 900)
        #expect(rows.map(\.name) == ["judge, funded", "the same, cap anew", "the same, no cap"])
        #expect(rows[0].rollbackRate == 0)
        #expect(rows[2].rollbackRate == 1)
    }

    @Test("slow refusals are no slow answers")
    func slowRefusals() throws {
        let rows = try run("slow-refusals", 3, horizon: 240)
        #expect(rows[0].rollbackRate == 0)
        #expect(rows[1].rollbackRate == 1)
    }

    @Test("a canary that is cold for ten seconds gets through its warm-up")
    func cold() throws {
        let rows = try run("cold-canary", 10, horizon: 300)
        #expect(rows[0].rollbackRate <= 0.1)
    }

    @Test("blips of a provider that serves both arms are nobody's fault, without a limit on bursts")
    func commonBlips() throws {
        for name in ["common-blips-1", "common-blips-20", "common-blips-low"] {
            let rows = try run(name, 10, horizon: 20_000)
            #expect(rows[0].rollbackRate <= 0.1, "\(name)")
        }
    }

    @Test("an outage of both for twenty seconds is over when it is over")
    func outage() throws {
        let rows = try run("outage-of-both-20", 2, horizon: 3600)
        #expect(rows[0].rollbackRate == 0 && rows[0].advanceRate == 1)
    }
}

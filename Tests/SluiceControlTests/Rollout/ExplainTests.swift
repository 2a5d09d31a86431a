// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore
import Synchronization
import Testing

@testable import SluiceControl
@testable import SluiceJudge

@Suite("Why a rollout decided")
struct ExplainTests {
    private func row(
        _ number: UInt64,
        version: String,
        errorClass: ErrorClass? = nil,
        status: Int? = 503,
        isStream: Bool = false,
        milliseconds: Int64 = 120,
        prompt: Int64? = nil,
        unit: UInt16? = nil
    ) -> LedgerRow {
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: .of("main"),
            model: "m",
            version: .of(version),
            startedAfter: 0
        )
        attempt.duration = milliseconds * 1_000_000
        attempt.usage = prompt.map { Usage(freshInput: $0, output: 10) }
        attempt.errorClass = errorClass
        attempt.status = errorClass == nil ? 200 : status
        return LedgerRow(
            row: Int64(number),
            request: RequestID(high: 1, low: number),
            requestStartedAt: Timestamp(milliseconds: 1_760_000_000_000 + Int64(number)),
            endpoint: .chatCompletions,
            isStream: isStream,
            key: nil,
            route: .of("chat"),
            bucket: unit ?? UInt16(number % 10_000),
            unitSource: unit == nil ? nil : "user",
            status: 200,
            ending: .complete,
            requestDuration: 120_000_000,
            attempt: attempt
        )
    }

    private func outcome(_ number: UInt64, at now: Timestamp) -> Outcome {
        var outcome = Outcome(
            request: RequestID(high: 2, low: number),
            startedAt: now.advanced(bySeconds: -1),
            endpoint: .chatCompletions,
            epoch: 1
        )
        outcome.version = .of("v1")
        outcome.route = .of("chat")
        outcome.ending = .complete
        outcome.status = 200
        var attempt = row(number, version: "v1").attempt
        attempt.status = 200
        outcome.attempts = [attempt]
        return outcome
    }

    @Test("whose fault a broken ceiling looks like is read at the quantile that the ceiling is about")
    func quantileOfCeiling() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        var status = try await stage.plane.rollout("v2-1")
        status.record.state.plan.judging.metrics = status.record.state.plan.judging.metrics.map { rule in
            var rule = rule
            if rule.metric == .latency { rule.ceiling = MetricRule.Ceiling(share: 0.5, above: 1_000) }
            return rule
        }
        status.record.state.phase = .paused(.held([Reason(.sharedOutage, .latency)]))
        // Half of production's requests are quick, the slowest ones are not.
        var production = Slice(number: 0)
        for number in 0..<100 { production.latency.record(nanoseconds: number < 90 ? 200_000_000 : 5_000_000_000) }
        let catalogue = await stage.plane.current
        func advice(_ slice: Slice) -> String {
            var explainer = RolloutExplainer(status: status, catalogue: catalogue, audit: [])
            explainer.production = slice
            return explainer.explanation.text
        }
        #expect(advice(production).contains("Production is not above it in the last minutes"))
        for _ in 0..<200 { production.latency.record(nanoseconds: 5_000_000_000) }
        #expect(advice(production).contains("Production is above it as well in the last minutes"))
    }

    @Test(
        "a refused canary's hold says who serves its callers, and that it ends by itself; a brake says who else fails"
    )
    func holds() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        var status = try await stage.plane.rollout("v2-1")
        let catalogue = await stage.plane.current
        func text(_ phase: RolloutState.Phase, production: Slice = Slice(number: 0)) -> String {
            status.record.state.phase = phase
            status.awaited = RolloutText(record: status.record, catalogue: catalogue).awaited(nil, now: 0)
            var explainer = RolloutExplainer(status: status, catalogue: catalogue, audit: [])
            explainer.production = production
            return explainer.explanation.text
        }
        let refused = RolloutState.Phase.paused(.held([Reason(.credential, .credential)]))
        let held = text(refused)
        #expect(held.contains("v1 serves its callers meanwhile"), "\(held)")
        #expect(held.contains("Goes on by itself after three of them in a row that were not refused."))
        #expect(held.contains("it goes on by itself then, or at once by sluice rollout resume v2-1"))
        #expect(held.contains("Until then production serves the callers of v2") && !held.contains("keeps its weight"))
        status.record.state.plan.divertsRefused = false
        let kept = text(refused)
        #expect(kept.contains("Resume goes on.") && kept.contains("v2 keeps its weight") && !kept.contains("by itself"))
        let braked = RolloutState.Phase.paused(.brake("4 attempts in a row failed"))
        #expect(text(braked).contains("See why requests to v2 fail"))
        var bad = Slice(number: 0)
        bad.judged = 200
        bad.errors = 164
        let both = text(braked, production: bad)
        #expect(both.contains("Production fails as well, 82% of its requests in the last minutes"), "\(both)")
        #expect(!both.contains("See why requests to v2 fail"))
        #expect(try await !stage.plane.explain("v2-1").text.contains("URGENT"))
        try await stage.plane.rollback("v1", stage.change)
        let unserved = try await stage.plane.explain("v2-1").text
        #expect(unserved.contains("URGENT: no production version serves route chat"), "\(unserved)")
    }

    @Test("beside several production versions no odds are told against all of them together")
    func oddsOfSeveral() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(100, canary: .init(errors: 0.2), others: .init(errors: 0.2))
        var status = try await stage.plane.rollout("v2-1")
        let catalogue = await stage.plane.current
        let verdict = try #require(status.verdict)
        func text(_ names: [String]) -> String {
            status.verdict = verdict
            status.verdict?.metrics = verdict.metrics.map { report in
                var report = report
                report.strata = names.map {
                    MetricReport.Stratum(version: $0, part: 0.5, logEvidence: 1, counts: report.counts)
                }
                return report
            }
            let odds: [MetricID: OddsRange] = [.error: OddsRange(lower: 0.5, upper: 2, alpha: 0.05)]
            return RolloutExplainer(status: status, odds: odds, catalogue: catalogue, audit: []).explanation.text
        }
        #expect(text(["v1"]).contains("its odds are 0.5 to 2 times"))
        let several = text(["v1", "p2"])
        #expect(!several.contains("its odds are") && several.contains("against p2 (50% of the evidence)"), "\(several)")
    }

    @Test("errors are told by status, kind and provider with counts, one example, and each production version")
    func faults() {
        var report = FaultReport(canary: .of("v2"), keys: [])
        for number in 0..<40 {
            let failed = number < 10
            report.count(row(UInt64(number), version: "v2", errorClass: failed ? .upstreamError : nil))
        }
        for number in 100..<900 {
            let failed: ErrorClass? = number < 104 ? .timeout : nil
            report.count(row(UInt64(number), version: number % 2 == 0 ? "v1" : "p2", errorClass: failed, status: nil))
        }
        report.count(row(999, version: "v2", errorClass: .callerGone))
        let text = report.lines.joined(separator: "\n")
        #expect(text.contains("status 503, upstream_error from main: canary 10 of 40 (25%), baseline 0 of 800 (0%)"))
        #expect(text.contains("timeout from main: canary 0 of 40 (0%), baseline 4 of 800 (0.5%)"))
        #expect(text.contains("For instance request") && text.contains("after 120 ms"))
        #expect(
            text.contains("Failed by version: v2 10 of 40 (25%); production: p2 2 of 400 (0.5%), v1 2 of 400 (0.5%).")
        )
    }

    @Test("failures of one unit are told as such, without odds: the evidence counts it once")
    func oneUnit() {
        func line(units: UInt16, source: Bool = true) -> String {
            var report = FaultReport(canary: .of("v2"), keys: [])
            for number in 0..<36 {
                let unit = source ? UInt16(number) % units : nil
                report.count(row(UInt64(number), version: "v2", errorClass: .upstreamError, unit: unit))
            }
            for number in 100..<1_200 {
                report.count(row(UInt64(number), version: number < 400 ? "v2" : "v1", unit: 7))
            }
            return report.lines.first { $0.contains("upstream_error") } ?? ""
        }
        #expect(
            line(units: 1).hasSuffix(", all of them from one unit, which the evidence counts once"),
            "\(line(units: 1))"
        )
        #expect(line(units: 3).hasSuffix(", all of them from 3 units, which the evidence counts once each"))
        #expect(line(units: 4).contains("times the odds") && line(units: 1, source: false).contains("times the odds"))
    }

    @Test("a part of the traffic stands out where only there the canary is worse")
    func strata() {
        var report = FaultReport(canary: .of("v2"), keys: [])
        var number: UInt64 = 0
        func add(_ count: Int, _ version: String, failed: Int, isStream: Bool) {
            for index in 0..<count {
                number += 1
                let error: ErrorClass? = index < failed ? .truncated : nil
                report.count(row(number, version: version, errorClass: error, isStream: isStream))
            }
        }
        add(100, "v2", failed: 30, isStream: true)
        add(100, "v2", failed: 1, isStream: false)
        add(2_000, "v1", failed: 20, isStream: true)
        add(2_000, "v1", failed: 20, isStream: false)
        #expect(report.standingOut.map(\.stratum) == [.init(dimension: "answers", value: "streamed")])
        #expect(report.standingOutLines.first?.hasPrefix("- answers streamed: failed: canary 30 of 100 (30%)") == true)
        var even = FaultReport(canary: .of("v2"), keys: [])
        for number in 0..<400 {
            let error: ErrorClass? = number % 4 == 0 ? .truncated : nil
            let version = number % 20 == 0 ? "v2" : "v1"
            even.count(row(UInt64(number), version: version, errorClass: error, isStream: number % 3 == 0))
        }
        #expect(even.standingOut.isEmpty)
    }

    @Test("refusals are told of all requests, with how much more often they hit the canary at least")
    func refusals() {
        var report = FaultReport(canary: .of("v2"), keys: [])
        for number in 0..<50 { report.count(row(UInt64(number), version: "v2", errorClass: .quota, status: 429)) }
        for number in 100..<900 { report.count(row(UInt64(number), version: "v1")) }
        let text = report.lines.joined(separator: "\n")
        #expect(text.contains("status 429, quota from main: canary 50 of 50 (100%), baseline 0 of 800 (0%), at least"))
        #expect(report.whole.canary == 0, "a refusal is no failure of the version's")
        #expect(report.failures.first?.example.request.description.isEmpty == false)
    }

    @Test("failures stand out by the size of the request, which failed ones have as well")
    func requestSize() {
        var report = FaultReport(canary: .of("v2"), keys: [])
        for number in 0..<1_200 {
            let isCanary = number % 4 == 0
            let isLarge = number % 3 == 0
            let error: ErrorClass? = isCanary && isLarge && number % 5 < 2 || number % 97 == 0 ? .timeout : nil
            var entry = row(UInt64(number), version: isCanary ? "v2" : "v1", errorClass: error)
            entry.requestBytes = isLarge ? 100_000 : 900
            report.count(entry)
        }
        #expect(report.standingOut.map(\.stratum) == [.init(dimension: "request", value: "32 to 256 KiB")])
        #expect(report.standingOutLines.first?.hasPrefix("- request 32 to 256 KiB: failed: canary") == true)
    }

    @Test("a slow canary stands out where only long prompts are slow; both arms are held to production's first quarter")
    func slowPart() {
        var report = FaultReport(canary: .of("v2"), keys: [])
        for number in 0..<1_200 {
            let isCanary = number % 4 == 0
            let isLong = number % 3 == 0
            let milliseconds: Int64 = isCanary && isLong ? 900 : 100 + Int64(number % 50)
            report.count(
                row(
                    UInt64(number),
                    version: isCanary ? "v2" : "v1",
                    milliseconds: milliseconds,
                    prompt: isLong ? 12_000 : 300
                )
            )
        }
        let found = report.standingOut
        #expect(found.map(\.stratum) == [.init(dimension: "prompt", value: "8k to 32k tokens")], "\(found)")
        #expect(found.first?.event == .slow)
        #expect(report.standingOutLines.first?.contains("latency above") == true)
        #expect(report.valueLines.contains { $0.hasPrefix("- the latency: median") && $0.contains("of 300 and 900") })
    }

    @Test("parts of one dimension are bounded: a thousand teams are 64 and the others")
    func boundedParts() {
        let keys = (0..<1_000).map { number in
            CallerKey(
                id: .of("k\(number)"),
                name: "k\(number)",
                team: "t\(number)",
                hash: [],
                createdAt: Timestamp(milliseconds: 0),
                owner: .api
            )
        }
        var report = FaultReport(canary: .of("v2"), keys: keys)
        for number in 0..<1_000 {
            var row = row(UInt64(number), version: "v1")
            row.key = .of("k\(number)")
            report.count(row)
        }
        #expect(report.strata.keys.count { $0.dimension == "team" } == 65)
    }

    @Test("a rollout that was rolled back says how much worse at least, and still after a restart")
    func effects() async throws {
        let stage = try await Stage.set()
        try await stage.begin(
            #"{"steps": [{"weight": "20%", "for": "1h"}], "burst": "off", "metrics": {"error": {}}}"#
        )
        try await stage.run(300, canary: .init(errors: 0.3)) { try await !stage.state().isOpen }
        guard case .aborted(.regression) = try await stage.state().phase else {
            Issue.record("\(try await stage.state().phase)")
            return
        }
        let explanation = try await stage.plane.explain("v2-1")
        let lower = try #require(explanation.odds[.error]?.lower)
        #expect(lower > 1 && explanation.text.contains("its odds are"), "\(explanation.text)")
        #expect(explanation.text.contains("The setting that would have let it pass: metrics.error"))
        #expect(explanation.commands.contains("sluice rollout retry v2-1"))
        #expect(try await stage.plane.replay("v2-1").agrees == true)
        let next = try await stage.restarted()
        #expect(try await next.plane.explain("v2-1").odds == explanation.odds)
    }

    @Test("intervals are told while it runs, and of a rollout that a person ended")
    func runningEffects() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(200, canary: .init(errors: 0.1), others: .init(errors: 0.1))
        let running = try await stage.plane.explain("v2-1")
        #expect(running.odds[.error]?.upper != nil, "\(running.text)")
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        let ended = try await stage.plane.explain("v2-1")
        #expect(ended.odds[.error]?.upper != nil)
        #expect(ended.text.contains("Nothing. To begin again: sluice rollout retry v2-1."))
    }

    @Test("the control plane answers while a plan is rehearsed")
    func rehearsalElsewhere() async throws {
        let stage = try await Stage.set()
        let now = stage.time.now
        await stage.plane.metrics.observe((0..<600).map { outcome(UInt64($0), at: now) })
        let request = RolloutRequest(canary: "v2", plan: .of(#"{"preset": "careful"}"#))
        let plane = stage.plane
        // As long as somebody else rehearses the plan has to wait, and the plane does not.
        await plane.rehearsals.turn.lock()
        let done = Mutex(false)
        let estimating = Task {
            let found = try await plane.estimate(request)
            done.withLock { $0 = true }
            return found
        }
        for _ in 0..<1_000 {
            _ = await plane.epoch
            await Task.yield()
        }
        #expect(!done.withLock { $0 }, "it was rehearsed in the plane's turn")
        plane.rehearsals.turn.unlock()
        #expect(try await estimating.value.steps.first?.secondsToFindErrors != nil)
    }

    @Test("one request in a minute is not taken for the traffic of a day")
    func thinTraffic() async throws {
        let stage = try await Stage.set()
        let now = stage.time.now
        let plan = RolloutRequest(canary: "v2", plan: .of(#"{"preset": "careful"}"#))
        await stage.plane.metrics.observe((0..<3).map { outcome(UInt64($0), at: now) })
        #expect(try await stage.plane.estimate(plan).requestsPerSecond == 0, "the ledger knows of none")
        await stage.plane.metrics.observe((10..<40).map { outcome(UInt64($0), at: now) })
        #expect(try await stage.plane.estimate(plan).requestsPerSecond == 33.0 / 20)
    }

    @Test("why a limit is passed more or less often than its name says; settings only where the judge decided")
    func discreteCosts() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "30%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(60)
        let text = try await stage.plane.explain("v2-1").text
        #expect(!text.contains("let it pass"))
        #expect(text.contains("Waits for") && text.contains("(holds at 100)") == text.contains("- quota"))
    }

    @Test("the key of the plan is named, and no p-value where nothing is to be told")
    func keys() throws {
        let rules = try JudgeConfiguration.standard(planMinutes: 60).metrics
        #expect(RolloutText.key("error.tolerance", in: rules) == "metrics.error.tolerance_odds")
        #expect(RolloutText.key("latency.tolerance", in: rules) == "metrics.latency.tolerance")
        #expect(RolloutText.key("error.ceiling", in: rules) == "metrics.error.ceiling")
        #expect(RolloutText.probability(1) == nil)
        #expect(RolloutText.probability(0.02) == "p-value 0.02")
    }

    @Test("the waiting time is what is left of the step, not the whole of it")
    func waits() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(120)
        let text = try await stage.plane.explain("v2-1").text
        #expect(text.contains("waits for 5"), "\(text)")
        #expect(text.contains("(rolls back at 100)"))
        #expect(!text.contains("/v1/admin") && !text.contains("to 1 that"))
    }

    @Test(
        "production against itself is hardly ever rolled back; a canary that is worse would be found by the same judge"
    )
    func selfTest() async throws {
        var chance = SplitMix64(seed: 5)
        let requests = (0..<6_000).map { number in
            let failed = Double.random(in: 0..<1, using: &chance) < 0.02
            let latency = Double.random(in: 80..<400, using: &chance)
            return SelfTest.Request(
                second: 1_760_000_000 + Int64(number / 10),
                unit: chance.next(),
                source: MetricSource(
                    errorClass: failed ? .upstreamError : nil,
                    duration: Int64(latency * 1_000_000),
                    firstToken: failed ? nil : Int64(latency * 500_000)
                )
            )
        }
        let test = try SelfTest(SelfTest.Question(route: .of("chat"), share: 0.1, salts: 10), requests)
        let answer = await test.run(within: .seconds(600))
        #expect(answer.salts == 10 && answer.rolledBack <= 1, "\(answer)")
        #expect(answer.requests == 4_500 && answer.alpha == 0.01)
        let few = #expect(throws: ControlError.self) {
            try SelfTest(SelfTest.Question(route: .of("chat")), Array(requests.prefix(50)))
        }
        #expect(few?.code == .invalidState)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Why a rollout decided")
struct ExplainTests {
    private func row(
        _ number: UInt64,
        version: String,
        errorClass: ErrorClass? = nil,
        status: Int? = 503,
        isStream: Bool = false
    ) -> LedgerRow {
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: .of("main"),
            model: "m",
            version: .of(version),
            startedAfter: 0
        )
        attempt.duration = 120_000_000
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
            bucket: UInt16(number % 10_000),
            unitSource: nil,
            status: 200,
            ending: .complete,
            requestDuration: 120_000_000,
            attempt: attempt
        )
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
        #expect(report.lines.contains { $0.hasPrefix("Stands out: answers streamed: canary 30 of 100 (30%)") })
        var even = FaultReport(canary: .of("v2"), keys: [])
        for number in 0..<400 {
            let error: ErrorClass? = number % 4 == 0 ? .truncated : nil
            let version = number % 20 == 0 ? "v2" : "v1"
            even.count(row(UInt64(number), version: version, errorClass: error, isStream: number % 3 == 0))
        }
        #expect(even.standingOut.isEmpty)
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
        var chance = SeededGenerator(seed: 5)
        let requests = (0..<6_000).map { number in
            let failed = Double.random(in: 0..<1, using: &chance) < 0.02
            let latency = Double.random(in: 80..<400, using: &chance)
            return SelfTest.Request(
                second: 1_760_000_000 + Int64(number / 10),
                unit: chance.next(),
                values: failed ? [] : [(.latency, latency), (.ttft, latency / 2)],
                failed: failed,
                isQuota: false,
                isCredential: false
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

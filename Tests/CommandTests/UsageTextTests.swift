// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import Testing

@testable import sluice

@Suite("Usage as text")
struct UsageTextTests {
    private func row(_ attempts: Int64, cost: Int64, state: String = "known") -> UsageRowView {
        UsageRowView(
            requests: attempts,
            attempts: attempts,
            failedAttempts: 1,
            callerGoneAttempts: 2,
            inputTokens: 1_000,
            cachedInputTokens: 300,
            cacheWriteTokens: 400,
            outputTokens: 50,
            reasoningTokens: 5,
            costNanoUSD: cost,
            costState: state
        )
    }

    @Test("the time, keys by name with their team, written tokens and how sure the cost is")
    func text() {
        var first = row(4, cost: 1_500_000_000)
        first.key = "k1"
        first.keyName = "app"
        first.team = "search"
        var second = row(6, cost: 250_000_000, state: "estimated")
        second.key = "k2"
        second.estimatedAttempts = 3
        var total = row(10, cost: 1_750_000_000, state: "estimated")
        total.estimatedAttempts = 3
        let text = UsageSummary.text(
            UsageView(
                from: nil,
                until: nil,
                since: "2026-11-01T08:00:00.000Z",
                groupBy: ["key"],
                groups: [first, second],
                total: total
            )
        )
        #expect(
            text == """
                From the first entry, 2026-11-01T08:00:00.000Z, until now

                KEY           REQUESTS  ATTEMPTS  FAILED  LEFT  INPUT TOKENS  CACHED  WRITTEN  OUTPUT TOKENS  REASONING   COST  STATE      ESTIMATED
                app (search)         4         4       1     2          1000     300      400             50          5   $1.5  known              0
                k2                   6         6       1     2          1000     300      400             50          5  $0.25  estimated          3
                total               10        10       1     2          1000     300      400             50          5  $1.75  estimated          3
                """
        )
    }

    @Test("a time without traffic says which it was")
    func nothing() {
        let text = UsageSummary.text(
            UsageView(
                from: "2026-11-01T00:00:00.000Z",
                until: "2026-11-02T00:00:00.000Z",
                groupBy: [],
                groups: [],
                total: row(0, cost: 0)
            )
        )
        #expect(text == "From 2026-11-01T00:00:00.000Z until 2026-11-02T00:00:00.000Z: nothing was used.")
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

@Suite("Threshold rule")
struct ThresholdWatchTests {
    @Test("it says nothing below the minimum sample")
    func minimum() {
        var watch = ThresholdWatch(ThresholdRule(minimumRequests: 100))
        watch.absorb(end: 1, errors: table(99, 0, of: 99, 0))
        #expect(watch.exceeded == nil)
        watch.absorb(end: 2, errors: table(0, 0, of: 1, 0))
        #expect(watch.exceeded == .error)
    }

    @Test("a rate at the threshold is not above it")
    func atThreshold() {
        var watch = ThresholdWatch(ThresholdRule(errorRate: 0.05, minimumRequests: 1))
        watch.absorb(end: 1, errors: table(5, 0, of: 100, 0))
        #expect(watch.exceeded == nil)
        watch.absorb(end: 2, errors: table(1, 0, of: 1, 0))
        #expect(watch.exceeded == .error)
    }

    @Test("what has left the window counts no more")
    func window() {
        var watch = ThresholdWatch(ThresholdRule(windowSeconds: 10, minimumRequests: 1))
        watch.absorb(end: 1, errors: table(10, 0, of: 10, 0))
        #expect(watch.exceeded == .error)
        for second in 2...5000 { watch.absorb(end: Int64(second), errors: table(0, 0, of: 10, 0)) }
        #expect(watch.exceeded == nil)
        watch.absorb(end: 5001, errors: table(6, 0, of: 6, 0))
        #expect(watch.exceeded == .error)
    }

    @Test("a p99 above the ceiling is more than one percent of values above it")
    func slow() {
        var watch = ThresholdWatch(ThresholdRule(minimumRequests: 100))
        watch.absorb(end: 1, errors: .zero, slow: table(1, 0, of: 100, 0))
        #expect(watch.exceeded == nil)
        watch.absorb(end: 2, errors: .zero, slow: table(1, 0, of: 1, 0))
        #expect(watch.exceeded == .latency)
    }

    @Test("the cost ratio compares cost per token, and knows when it knows nothing")
    func cost() {
        var watch = ThresholdWatch(ThresholdRule(costRatio: 2, minimumRequests: 10))
        let dear = Spending(canaryNanoUSD: 50, canaryTokens: 10, baselineNanoUSD: 200, baselineTokens: 100)
        watch.absorb(end: 1, errors: table(0, 0, of: 9, 90), spending: dear)
        #expect(watch.exceeded == nil)
        watch.absorb(end: 2, errors: table(0, 0, of: 1, 10))
        #expect(watch.exceeded == .cost)
        #expect(Spending.zero.ratio == nil)
        #expect(dear.ratio == 2.5)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceControl

@Suite("Metrics of a version")
struct VersionStatisticsTests {
    private let start = Timestamp(milliseconds: 1_760_000_000_000)
    private func at(_ seconds: Int64) -> Timestamp { start.advanced(bySeconds: seconds) }
    private let v1 = VersionID.of("v1")

    @Test("without traffic health is 1, counts are 0 and latencies are absent")
    func empty() {
        let metrics = VersionStatistics().metrics(of: v1, window: 300, at: start)
        #expect(metrics.healthScore == 1)
        #expect(metrics.requests == 0)
        #expect(metrics.errorRate == 0)
        #expect(metrics.p99Latency == nil)
        #expect(metrics.costPer1kTokens == nil)
        #expect(metrics.isPriced)
    }

    @Test("a count of tokens says nothing about how fast a version is")
    func counted() {
        let book = VersionStatistics()
        var outcome = Outcome.sample(1, at: start, milliseconds: 5)
        outcome.endpoint = Outcome.Endpoint(.anthropic, .countTokens)
        book.observe([outcome])
        #expect(book.metrics(of: v1, window: 300, at: at(2)).p99Latency == nil)
        #expect(book.lifetime(of: v1).requests == 1)
    }

    @Test("percentiles are within one percent of the values")
    func percentiles() throws {
        let book = VersionStatistics()
        book.observe((1...1_000).map { .sample(UInt64($0), at: start, milliseconds: Int64($0)) })
        let metrics = book.metrics(of: v1, window: 300, at: at(2))
        for (value, wanted) in [
            (metrics.p50Latency, 500.0), (metrics.p90Latency, 900), (metrics.p95Latency, 950),
            (metrics.p99Latency, 990),
        ] {
            let value = try #require(value)
            #expect(abs(value - wanted) <= wanted * 0.011)
        }
        let first = try #require(metrics.p50FirstToken)
        #expect(abs(first - 125) <= 1.5)
    }

    @Test(
        "only the version's own faults make its error rate",
        arguments: ErrorClass.allCases.filter { $0 != .superseded }
    )
    func classes(errorClass: ErrorClass) {
        let book = VersionStatistics()
        book.observe([.sample(1, at: start), .sample(2, at: start, errorClass: errorClass)])
        let metrics = book.metrics(of: v1, window: 300, at: at(2))
        #expect(metrics.requests == 2)
        #expect(metrics.errorsByClass == [errorClass: 1])
        #expect(metrics.errorRate == (errorClass.countsAgainstVersion ? 0.5 : 0))
    }

    @Test("a fallback does not hide the first attempt, and its own version is not judged by it")
    func intentToTreat() {
        let book = VersionStatistics()
        var outcome = Outcome.sample(1, at: start, errorClass: .upstreamError)
        outcome.errorClass = nil
        var second = Outcome.sample(1, at: start, version: "v2").attempts[0]
        second.number = 2
        second.purpose = .fallback
        outcome.attempts.append(second)
        book.observe([outcome])
        #expect(book.metrics(of: v1, window: 300, at: at(2)).errorRate == 1)
        let fallback = book.metrics(of: .of("v2"), window: 300, at: at(2))
        #expect(fallback.judged == 0)
        #expect(fallback.outputTokens == 50)
        #expect(book.lifetime(of: .of("v2")) == .init(requests: 1, errors: 0))
        #expect(book.lifetime(of: v1) == .init(requests: 1, errors: 1))
    }

    @Test("a hedged request counts once: by the hedge where that was faster, with the time its caller waited")
    func hedges() throws {
        let book = VersionStatistics()
        var outcome = Outcome.sample(1, at: start, milliseconds: 200)
        var hedge = outcome.attempts[0]
        hedge.number = 2
        hedge.purpose = .hedge
        hedge.startedAfter += 2_000_000_000
        outcome.attempts[0].errorClass = .superseded
        outcome.attempts[0].usage = nil
        outcome.attempts[0].cost = .unknown
        outcome.attempts.append(hedge)
        var other = Outcome.sample(2, at: start, milliseconds: 200)
        hedge.errorClass = .superseded
        other.attempts.insert(hedge, at: 0)
        book.observe([outcome, other])
        let metrics = book.metrics(of: v1, window: 300, at: at(2))
        #expect(metrics.requests == 2 && metrics.judged == 2 && metrics.errorRate == 0 && metrics.errorsByClass.isEmpty)
        let slow = try #require(metrics.p99Latency)
        #expect((2_170...2_230).contains(slow))
        #expect(book.lifetime(of: v1) == .init(requests: 2, errors: 0))
    }

    @Test("what is older than the window is left out, what is older than an hour is gone")
    func window() {
        let book = VersionStatistics()
        book.observe([.sample(1, at: at(0))])
        book.observe([.sample(2, at: at(600))])
        #expect(book.metrics(of: v1, window: 300, at: at(602)).requests == 1)
        #expect(book.metrics(of: v1, window: 3_600, at: at(602)).requests == 2)
        #expect(book.metrics(of: v1, window: 3_600, at: at(4_300)).requests == 0)
        #expect(book.lifetime(of: v1).requests == 2)
    }

    @Test("outcomes that come late are counted in their own slice")
    func late() {
        let book = VersionStatistics()
        book.observe([.sample(1, at: at(600))])
        book.observe([.sample(2, at: at(0)), .sample(3, at: at(300))])
        #expect(book.metrics(of: v1, window: 10, at: at(602)).requests == 1)
        #expect(book.metrics(of: v1, window: 3_600, at: at(602)).requests == 3)
        book.observe([.sample(4, at: at(-4_000))])
        #expect(book.metrics(of: v1, window: 3_600, at: at(602)).requests == 3)
    }

    @Test("health is the share that works times how far the p99 keeps its ceiling")
    func health() throws {
        let book = VersionStatistics()
        book.observe((0..<8).map { .sample($0, at: start, milliseconds: 1_000) })
        book.observe([
            .sample(8, at: start, errorClass: .upstreamError), .sample(9, at: start, errorClass: .upstreamError),
        ])
        let free = book.metrics(of: v1, window: 300, at: at(2))
        #expect(abs(free.healthScore - 0.8) < 1e-9)
        let slow = book.metrics(of: v1, window: 300, at: at(2), p99Ceiling: 500)
        #expect(abs(slow.healthScore - 0.4) < 0.01)
        let fast = book.metrics(of: v1, window: 300, at: at(2), p99Ceiling: 5_000)
        #expect(abs(fast.healthScore - 0.8) < 1e-9)
    }

    @Test("costs are per token in one unit, and compared in the same window")
    func costs() throws {
        let book = VersionStatistics()
        book.observe([.sample(1, at: start, cost: .known(NanoUSD(150_000)))])
        book.observe([.sample(2, at: start, version: "v2", cost: .known(NanoUSD(450_000)))])
        let canary = book.metrics(of: .of("v2"), window: 300, at: at(2), baseline: [v1])
        // 150 tokens for 0.00045 USD.
        #expect(abs((canary.costPer1kTokens ?? 0) - 0.003) < 1e-12)
        #expect(abs((canary.costPer1MTokens ?? 0) - 3) < 1e-9)
        #expect(abs((canary.costRatio ?? 0) - 3) < 1e-9)
        let alone = book.metrics(of: .of("v2"), window: 300, at: at(2), baseline: [.of("v9")])
        #expect(alone.costRatio == nil)
    }

    @Test("an attempt without a price is shown, and not counted as free")
    func unpriced() {
        let book = VersionStatistics()
        book.observe([.sample(1, at: start), .sample(2, at: start, cost: .unpriced)])
        let metrics = book.metrics(of: v1, window: 300, at: at(2))
        #expect(!metrics.isPriced)
        #expect(metrics.pricedTokens == 150)
        #expect(!VersionStatistics().metrics(of: v1, window: 300, at: start, hasPrice: false).isPriced)
    }

    @Test("tokens per second are of the time after the first token")
    func speed() throws {
        let book = VersionStatistics()
        book.observe([.sample(1, at: start, milliseconds: 1_000)])
        let speed = try #require(book.metrics(of: v1, window: 300, at: at(2)).tokensPerSecond)
        #expect(abs(speed - 50 / 0.75) < 1e-6)
    }

    @Test("mirrored and judging attempts say nothing about a version")
    func mirrored() {
        let book = VersionStatistics()
        var outcome = Outcome.sample(1, at: start)
        outcome.attempts[0].purpose = .mirror
        book.observe([outcome])
        #expect(book.metrics(of: v1, window: 300, at: at(2)).requests == 0)
    }

    @Test("a timeout is a latency too, other failures are not")
    func failuresAndLatency() {
        let book = VersionStatistics()
        book.observe([.sample(1, at: start, milliseconds: 60_000, errorClass: .timeout)])
        #expect(book.metrics(of: v1, window: 300, at: at(61)).p99Latency ?? 0 > 59_000)
        let other = VersionStatistics()
        other.observe([.sample(1, at: start, milliseconds: 1, errorClass: .connect)])
        #expect(other.metrics(of: v1, window: 300, at: at(2)).p99Latency == nil)
    }

    @Test("numbers at the ends of their range do no harm")
    func extremes() {
        let book = VersionStatistics()
        var outcome = Outcome.sample(1, at: Timestamp(nanoseconds: .max), usage: Usage(freshInput: .max, output: .max))
        outcome.duration = .max
        outcome.attempts[0].duration = .max
        outcome.attempts[0].cost = .known(NanoUSD(.max))
        book.observe([outcome, outcome])
        var early = outcome
        early.startedAt = Timestamp(nanoseconds: .min)
        early.duration = .min
        early.attempts[0].duration = .min
        early.attempts[0].firstToken = .min
        book.observe([early])
        let metrics = book.metrics(of: v1, window: 3_600, at: Timestamp(nanoseconds: .max))
        #expect(metrics.requests == 2)
        #expect(metrics.cost.rawValue == .max)
    }
}

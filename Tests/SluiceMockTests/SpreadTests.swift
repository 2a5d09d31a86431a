// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceMock

@Suite("Spreads")
struct SpreadTests {
    @Test(
        "a text is read and written back",
        arguments: [
            ("200ms", "200ms"), ("1.5s", "1500ms"), ("100ms-300ms", "100ms-300ms"), ("0", "0ms"),
            ("p50=200ms,p99=2s", "p50=200ms,p99=2000ms"), ("2m", "120000ms"), ("250us", "0.25ms"),
        ]
    )
    func roundTrip(_ text: String, _ written: String) throws {
        #expect(try #require(Spread(text, unit: .milliseconds)).text(unit: .milliseconds) == written)
    }

    @Test(
        "what is no duration is refused",
        arguments: [
            "", "5", "ms", "-5ms", "300ms-100ms", "p50=2s,p99=1s", "1ms-2ms-3ms", "nanms", "infs", "0x10ms",
            "p50=0ms,p99=1ms",
        ]
    )
    func refused(_ text: String) { #expect(Spread(text, unit: .milliseconds) == nil) }

    @Test("a log-normal spread has the median and the 99th percentile it was given")
    func logNormal() throws {
        let spread = try #require(Spread("p50=200ms,p99=900ms", unit: .milliseconds))
        var dice = Dice(seed: 7)
        let drawn = (0..<20_000).map { _ in spread.draw(&dice) }.sorted()
        #expect(abs(drawn[10_000] - 200) < 6)
        #expect(abs(drawn[19_800] - 900) < 60)
    }

    @Test("a uniform spread stays within its ends and reaches both halves")
    func uniform() throws {
        let spread = try #require(Spread("10-20", unit: .count))
        var dice = Dice(seed: 7)
        let drawn = (0..<1_000).map { _ in spread.count(&dice) }
        #expect(drawn.allSatisfy { (10...20).contains($0) })
        #expect(drawn.contains { $0 < 13 } && drawn.contains { $0 > 17 })
    }
}

@Suite("Faults by name")
struct FaultTests {
    @Test(
        "a fault's text is read and written back",
        arguments: [
            "error-500", "error-429", "reset", "close", "hang", "slow-250ms", "cut-5", "stall-0", "error-in-stream-4",
            "malformed", "empty", "no-done", "no-usage", "split-3", "flaky-2", "odd",
            "bad-arguments", "bad-json", "refuse", "short", "silent", "loop",
        ]
    )
    func roundTrip(_ text: String) throws {
        #expect(try #require(Fault(text)).text == text)
        #expect(Fault(model: "mock-\(text)") == Fault(text))
    }

    @Test(
        "other names ask for nothing",
        arguments: ["mock-small", "gpt-4.1", "mock-error-200", "mock-cut--1", "mock-slow-x", "mock-", "error-500"]
    )
    func nothing(_ model: String) { #expect(Fault(model: model) == nil) }
}

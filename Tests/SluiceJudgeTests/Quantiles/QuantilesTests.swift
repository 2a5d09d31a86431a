// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

@Suite("Quantiles")
struct QuantilesTests {
    @Test("quantiles are within one percent, also after a merge")
    func accuracy() throws {
        var one = ValueHistogram()
        var two = ValueHistogram()
        for value in 1...10_000 {
            if value % 2 == 0 { one.add(Double(value)) } else { two.add(Double(value)) }
        }
        one.merge(two)
        #expect(one.count == 10_000)
        for level in [0.01, 0.5, 0.75, 0.99, 0.999, 1] {
            let quantile = try #require(one.quantile(level))
            #expect(abs(quantile / (level * 10_000) - 1) < 0.011)
        }
    }

    @Test("values that are none are counted at the ends")
    func strange() {
        var histogram = ValueHistogram()
        for value in [Double.nan, -1, 0, .infinity, 1e300, 5] { histogram.add(value) }
        #expect(histogram.count == 6)
        #expect(histogram.quantile(0) == 1)
        #expect((histogram.quantile(1) ?? 0).isFinite)
        #expect(histogram.quantile(.nan) == nil)
        #expect(ValueHistogram().quantile(0.5) == nil)
    }

    @Test("limits come from earlier data only, and change between refreshes not at all")
    func predictable() throws {
        var quantiles = PredictableQuantiles(refreshSeconds: 300, leastValues: 100)
        #expect(quantiles.limits.isEmpty)
        for value in 1...1000 { quantiles.note(Double(value)) }
        #expect(quantiles.limits.isEmpty)
        #expect(quantiles.refresh(at: 1000) == true)
        let first = try #require(quantiles.limits[.q50])
        #expect(abs(first / 500 - 1) < 0.02)
        for value in 1...1000 { quantiles.note(Double(10 * value)) }
        #expect(quantiles.refresh(at: 1299) == false)
        #expect(quantiles.limits[.q50] == first)
        #expect(quantiles.refresh(at: 1300) == true)
        #expect((quantiles.limits[.q50] ?? 0) > first)
        #expect(quantiles.refresh(at: 1600) == false)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Money")
struct NanoUSDTests {
    @Test(
        "is written in dollars without losing a digit",
        arguments: [
            (0, "0"), (1, "0.000000001"), (1_615_000, "0.001615"), (-1_500_000_000, "-1.5"), (12_000_000_000, "12"),
            (Int64.max, "9223372036.854775807"), (Int64.min, "-9223372036.854775808"),
        ]
    )
    func text(amount: Int64, text: String) {
        #expect(NanoUSD(amount).description == text)
    }

    @Test("sums that do not fit are told, not wrapped")
    func overflow() {
        #expect(NanoUSD(.max).adding(NanoUSD(1)) == nil)
        #expect(NanoUSD(.max).adding(NanoUSD(-1)) == NanoUSD(.max - 1))
    }

    @Test("shares are rounded to the nearest basis point and held to the range")
    func shares() {
        #expect(BasisPoints(fraction: 0.05)?.rawValue == 500)
        #expect(BasisPoints(fraction: 0.00004)?.rawValue == 0)
        #expect(BasisPoints(fraction: 0.00006)?.rawValue == 1)
        for bad in [-0.01, 1.01, .nan, .infinity] { #expect(BasisPoints(fraction: bad) == nil) }
        #expect(BasisPoints(10_001) == nil)
    }
}

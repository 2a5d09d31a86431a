// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceControl

@Suite("Exact rates")
struct ExactRateTests {
    @Test(
        "decimal text becomes a whole number without a detour over fractions",
        arguments: [
            ("2.5e-06", 12, 2_500_000), ("1e-5", 12, 10_000_000), ("0.00000015", 12, 150_000), ("3", 6, 3_000_000),
            ("0.075", 6, 75_000), ("1.25E-6", 12, 1_250_000), ("0", 12, 0), ("0.0", 12, 0), ("1e+2", 0, 100),
            // Rounded half to even.
            ("0.5", 0, 0), ("1.5", 0, 2), ("2.5", 0, 2), ("2.51", 0, 3), ("0.49", 0, 0), ("1e-13", 12, 0),
            ("6e-13", 12, 1), ("9e-40", 12, 0), ("5e-13", 12, 0), ("15e-13", 12, 2),
            ("00012.50", 2, 1_250), ("9223372036854775807", 0, Int64.max),
        ]
    )
    func scaled(text: String, places: Int, value: Int64) {
        #expect(ExactRate.scaled(text, by: places) == value)
    }

    @Test(
        "other text is no rate",
        arguments: ["", "-1", "1e", "e5", ".", "1.2.3", "abc", "1e999", "9223372036854775808", "1e30", "0x10", "1_0"]
    )
    func refused(text: String) {
        #expect(ExactRate.scaled(text, by: 0) == nil)
    }

    @Test("an amount that somebody writes is taken as it stands, or not at all")
    func exactly() {
        #expect(ExactRate.exactly("0.123456789", by: 9) == 123_456_789)
        #expect(ExactRate.exactly("7.10320000000000", by: 9) == 7_103_200_000)
        #expect(ExactRate.exactly("155", by: 9) == 155_000_000_000 && ExactRate.exactly("0", by: 9) == 0)
        for text in ["0.1234567891", "0.0000000001", "1e-3", "-1", "+1", "", ".", "1.2.3", " 1", "10000000000"] {
            #expect(ExactRate.exactly(text, by: 9) == nil, "\(text)")
        }
    }
}

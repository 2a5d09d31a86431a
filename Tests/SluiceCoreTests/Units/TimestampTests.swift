// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Moments")
struct TimestampTests {
    @Test(
        "are written as RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (1_795_218_544_125_999_999, "2026-11-20T23:49:04.125Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000Z"),
        ]
    )
    func text(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).description == text)
    }

    @Test("the ends of the range are held, not wrapped")
    func ends() {
        #expect(Timestamp(nanoseconds: .max).advanced(bySeconds: 1).nanoseconds == .max)
        #expect(Timestamp(nanoseconds: 0).advanced(bySeconds: .min).nanoseconds == .min)
        #expect(!Timestamp(nanoseconds: .min).description.isEmpty)
    }
}

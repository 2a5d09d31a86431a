// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Timestamps in text")
struct TimestampParsingTests {
    @Test(
        "moments are read as RFC 3339 writes them",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01", 0),
            ("2026-11-20T23:49:04.125Z", 1_795_218_544_125_000_000),
            ("2026-11-21T00:49:04.125+01:00", 1_795_218_544_125_000_000),
            ("2026-11-20t22:19:04.125-01:30", 1_795_218_544_125_000_000),
            ("2024-02-29", 1_709_164_800_000_000_000),
            ("2000-03-01T00:00:00.1234567899Z", 951_868_800_123_456_789),
        ]
    )
    func reads(text: String, nanoseconds: Int64) {
        #expect(Timestamp(text)?.nanoseconds == nanoseconds)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "now", "2026-11-20T", "2026-13-01", "2026-02-29", "2100-02-29", "2026-1-2", "2026-11-20T24:00:00Z",
            "2026-11-20T23:49:04", "2026-11-20T23:49:04.Z", "2026-11-20T23:49:04Zz", "1969-12-31", "9999-01-01",
            "2026-11-20T23:49:04+0100", "２０２６-11-20",
        ]
    )
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("what is written is read back to the millisecond, on every day of 230 years")
    func roundTrips() {
        for day in stride(from: Int64(0), to: 83_900, by: 1) {
            let moment = Timestamp(milliseconds: day * 86_400_000 + day % 86_400_000)
            #expect(Timestamp(moment.description) == moment)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Retry-After")
struct RetryAfterTests {
    /// The moment 1994-11-06T08:49:30Z.
    private let now = Timestamp(milliseconds: 784_111_770_000)

    @Test(
        "is read in every form",
        arguments: [
            ([("retry-after-ms", "1500.5")], .microseconds(1_500_500)),
            ([("x-ms-retry-after-ms", "20")], .milliseconds(20)),
            ([("retry-after", "3")], .seconds(3)), ([("retry-after", " 0.25 ")], .milliseconds(250)),
            ([("retry-after-ms", "7"), ("retry-after", "3")], .milliseconds(7)),
            ([("retry-after-ms", "soon"), ("retry-after", "3")], .seconds(3)),
            ([("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], .seconds(7)),
            ([("retry-after", "Sunday, 06-Nov-94 08:49:37 GMT")], .seconds(7)),
            ([("retry-after", "Sun Nov  6 08:49:37 1994")], .seconds(7)),
            ([("retry-after", "Sun, 06 Nov 1994 08:49:29 GMT")], .zero),
            ([("retry-after", "Mon, 01 Jan 1900 00:00:00 GMT")], .zero),
            ([("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], .seconds(86_400)),
            ([("retry-after", "1000000000")], .seconds(86_400)), ([("retry-after", "1e9")], .seconds(86_400)),
            ([("retry-after", "1e400")], .seconds(86_400)), ([("retry-after", "0")], .zero),
        ] as [([(String, String)], Duration)]
    )
    func read(headers: [(String, String)], wait: Duration) {
        #expect(RetryAfter.parse(now: now) { name in headers.first { $0.0 == name }?.1 } == wait)
    }

    @Test(
        "garbage says nothing",
        arguments: [
            "", "soon", "-1", "nan", "inf", "0x10", "1,5", "1 2", "Sun, 06 Nov 1994", "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 94949 08:49:37 GMT", "\u{661}", String(repeating: "9", count: 500),
        ]
    )
    func garbage(text: String) {
        #expect(RetryAfter.parse(now: now) { $0 == "retry-after" ? text : nil } == nil)
    }

    @Test("a year of two digits is never more than fifty years ahead")
    func shortYear() {
        let later = Timestamp(milliseconds: 1_795_000_000_000)  // 2026
        func wait(_ text: String) -> Duration? {
            RetryAfter.parse(now: later) { $0 == "retry-after" ? text : nil }
        }
        #expect(wait("Sunday, 06-Nov-94 08:49:37 GMT") == .zero)
        #expect(wait("Sunday, 06-Nov-30 08:49:37 GMT") == .seconds(86_400))
    }

    @Test("nothing said is nothing heard")
    func absent() {
        #expect(RetryAfter.parse(now: now) { _ in nil } == nil)
    }

    @Test("ten thousand damaged dates do not trap")
    func fuzz() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<10_000 {
            let text = [UInt8]("Sunday, 06-Nov-94 08:49:37 GMT").damaged(&random).text
            let wait = RetryAfter.parse(now: now) { _ in text }
            if let wait, wait < .zero || wait > .seconds(86_400) { Issue.record("\(text)") }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@Suite("The civil calendar")
struct CivilDateTests {
    @Test("counts every day of eight centuries in order, and back")
    func everyDay() {
        var expected = CivilDate(year: 1_600, month: 1, day: 1)
        for days in expected.daysSince1970...CivilDate(year: 2_400, month: 1, day: 1).daysSince1970 {
            let date = CivilDate(daysSince1970: days)
            guard date == expected, date.daysSince1970 == days else {
                Issue.record("\(days) days are \(date), not \(expected)")
                return
            }
            expected.day += 1
            if expected.day > CivilDate.days(inMonth: expected.month, of: expected.year) {
                expected.day = 1
                expected.month += 1
            }
            if expected.month > 12 {
                expected.month = 1
                expected.year += 1
            }
        }
    }

    @Test("HTTP's dates come back from their text, whatever the second")
    func httpDates() {
        var random = SeededGenerator(seed: 4)
        let now = Timestamp(milliseconds: 1_760_000_000_000)
        for _ in 0..<2_000 {
            let second = Int64.random(in: 0...253_402_300_799, using: &random)
            #expect(HTTPDate.seconds(HTTPDate.text(seconds: second), now: now) == second)
        }
        #expect(HTTPDate.text(seconds: -1) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(seconds: .max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    }

    @Test("the generator gives the published numbers of its seed")
    func splitMix() {
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<3).map { _ in random.next() }
        #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
        #expect(SplitMix64.first(seed: 1_234_567) == numbers[0])
    }
}

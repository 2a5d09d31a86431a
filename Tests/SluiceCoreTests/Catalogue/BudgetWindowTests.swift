// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Windows of budgets")
struct BudgetWindowTests {
    private func range(_ window: BudgetWindow, _ second: Int64, _ zone: String = "UTC") throws -> Range<Int64> {
        window.range(at: Timestamp(nanoseconds: second * 1_000_000_000), in: try #require(BudgetZone(zone)))
    }

    @Test("a month begins on its first day, leap years included")
    func months() throws {
        #expect(try range(.monthly, 1_770_681_600) == 1_769_904_000..<1_772_323_200)
        // 2028-02-29T12:00:00Z
        #expect(try range(.monthly, 1_835_438_400) == 1_832_976_000..<1_835_481_600)
        // One second before the year's end, and at it.
        #expect(try range(.monthly, 1_798_761_599) == 1_796_083_200..<1_798_761_600)
        #expect(try range(.monthly, 1_798_761_600).lowerBound == 1_798_761_600)
    }

    @Test("a week begins on Monday, also before 1970")
    func weeks() throws {
        // 2026-11-30 is a Monday.
        #expect(try range(.weekly, 1_796_040_000) == 1_795_996_800..<1_796_601_600)
        #expect(try range(.weekly, 1_795_996_799).upperBound == 1_795_996_800)
        #expect(try range(.weekly, -1) == -259_200..<345_600)
    }

    @Test("a day is the zone's, and its end is the next one's start")
    func zones() throws {
        // 2026-11-30T20:00:00Z is the first of December in Shanghai.
        #expect(try range(.daily, 1_796_068_800, "+08:00") == 1_796_054_400..<1_796_140_800)
        #expect(try range(.monthly, 1_796_068_800, "+08:00").lowerBound == 1_796_054_400)
        #expect(try range(.monthly, 1_796_068_800, "-03:30").upperBound == 1_796_095_800)
        #expect(try range(.hourly, 1_796_068_800, "+05:30") == 1_796_067_000..<1_796_070_600)
    }

    @Test(
        "every moment lies in its window, and windows follow each other without a gap",
        arguments: ["UTC", "+08:00", "-09:30"]
    )
    func gapless(_ zone: String) throws {
        var random = SplitMix64(seed: 17)
        for window in BudgetWindow.allCases where window != .total {
            for _ in 0..<500 {
                let second = Int64.random(in: -5_000_000_000...9_000_000_000, using: &random)
                let range = try range(window, second, zone)
                #expect(range.contains(second))
                #expect(try self.range(window, range.lowerBound, zone) == range)
                #expect(try self.range(window, range.upperBound, zone).lowerBound == range.upperBound)
                #expect(try self.range(window, range.lowerBound - 1, zone).upperBound == range.lowerBound)
            }
        }
        #expect(try range(.total, 0) == .min ..< .max)
    }

    @Test("a zone is UTC or a distance of four digits")
    func zoneTexts() {
        #expect(BudgetZone("+08:00")?.description == "+08:00")
        #expect(BudgetZone("-00:30")?.description == "-00:30")
        #expect(BudgetZone("UTC")?.description == "UTC")
        #expect(BudgetZone("+00:00")?.description == "UTC")
        for text in ["", "+8:00", "08:00", "+15:00", "-13:00", "+08:60", "+0a:00", "Europe/Berlin", "+08:000"] {
            #expect(BudgetZone(text) == nil, "\(text)")
        }
    }

    @Test("an entity is a kind and a name")
    func entities() {
        #expect(SpendingEntity("team:alpha")?.description == "team:alpha")
        #expect(SpendingEntity("end_user:a:b")?.name == "a:b")
        for text in ["", "team", "team:", "nobody:x", "key:a\u{7}", ":x"] { #expect(SpendingEntity(text) == nil) }
        #expect(Budget.standardID(SpendingEntity(.key, "app 1"), .monthly)?.rawValue == "key.app-1.monthly")
    }

    @Test("tags stand between commas")
    func tags() {
        #expect(Charge.tags(in: "a, b\t,,c d ,") == ["a", "b", "c d"])
        #expect(Charge.tags(in: " ") == [])
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceTestKit
import Testing

@testable import SluiceCore

@Suite("Time zones")
struct ZoneTests {
    private static func lines(_ file: String) throws -> [[String]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Zones")
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    /// The files of the zones that `days.txt` is of, as of tzdata 2025b.
    private static func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for line in try lines("files.txt") {
            files[line[0]] = Array(try #require(Data(base64Encoded: line[1])))
        }
        return files
    }

    private static func zone(_ name: String) throws -> BudgetZone {
        BudgetZone(try ZoneRules(name: name, tzif: try #require(try files()[name])))
    }

    private static func date(_ text: String) throws -> Int64 {
        try #require(Timestamp(text)).nanoseconds / 86_400_000_000_000
    }

    @Test(
        "days begin where Python's zoneinfo has them begin, also those of 23 and 25 hours, and long after the file's end"
    )
    func golden() throws {
        let files = try Self.files()
        var zones: [String: BudgetZone] = [:]
        for (name, bytes) in files { zones[name] = BudgetZone(try ZoneRules(name: name, tzif: bytes)) }
        let lines = try Self.lines("days.txt")
        #expect(zones.count >= 10 && lines.count > 200)
        var lengths: Set<Int64> = []
        for line in lines {
            let zone = try #require(zones[line[0]])
            let day = try Self.date(line[1])
            let (start, length) = (try #require(Int64(line[2])), try #require(Int64(line[3])))
            lengths.insert(length)
            #expect(zone.second(ofDay: day) == start, "\(line)")
            guard length > 0 else { continue }
            for second in [start, start + length / 2, start + length - 1] {
                let window = BudgetWindow.daily.range(at: Timestamp(nanoseconds: second * 1_000_000_000), in: zone)
                #expect(window == start..<start + length, "\(line)")
            }
        }
        #expect(lengths.isSuperset(of: [0, 82_800, 84_600, 86_400, 88_200, 90_000]))
    }

    @Test("windows follow each other without a gap, and none is empty", arguments: BudgetWindow.allCases)
    func contiguous(_ window: BudgetWindow) throws {
        guard window != .total else { return }
        for (name, bytes) in try Self.files() {
            let zone = BudgetZone(try ZoneRules(name: name, tzif: bytes))
            for year in ["2011-12-20", "2027-03-01", "2045-10-01"] {
                var second = try #require(Timestamp(year)).nanoseconds / 1_000_000_000
                for _ in 0..<(window == .hourly ? 24 * 40 : 40) {
                    let range = window.range(at: Timestamp(nanoseconds: second * 1_000_000_000), in: zone)
                    #expect(range.contains(second), "\(name) \(second)")
                    let inside = [range.lowerBound, range.upperBound - 1].map { second in
                        window.range(at: Timestamp(nanoseconds: second * 1_000_000_000), in: zone)
                    }
                    #expect(inside == [range, range], "\(name) \(second)")
                    second = range.upperBound
                }
            }
        }
    }

    @Test("a day that clocks skip is no window, and one whose midnight they skip begins where they do")
    func skipped() throws {
        let apia = try Self.zone("Pacific/Apia")
        #expect(apia.second(ofDay: try Self.date("2011-12-30")) == apia.second(ofDay: try Self.date("2011-12-31")))
        // In Santiago clocks go from midnight to one o'clock.
        let santiago = try Self.zone("America/Santiago")
        let day = santiago.second(ofDay: try Self.date("2026-09-06"))
        #expect(santiago.rules?.offset(at: day) == -10_800 && santiago.rules?.offset(at: day - 1) == -14_400)
    }

    @Test("every half hour of Lord Howe's change belongs to one hour")
    func halfHours() throws {
        let zone = try Self.zone("Australia/Lord_Howe")
        let change = try #require(zone.rules).stretch(at: 1_790_000_000).end
        let hours = [-1, 0].map {
            BudgetWindow.hourly.range(at: Timestamp(nanoseconds: (change + $0) * 1_000_000_000), in: zone)
        }
        #expect(hours[0].upperBound == change && hours[1].lowerBound == change)
    }

    @Test("a zone of which only its rule is known has the same days from the rule's beginning on")
    func ruleAlone() throws {
        for (name, bytes) in try Self.files() where name != "Africa/Casablanca" {
            let whole = try ZoneRules(name: name, tzif: bytes)
            let rule = BudgetZone(try #require(ZoneRules(name: name, rule: whole.footer)))
            for day in try Self.date("2026-01-01")..<(try Self.date("2027-01-01")) {
                #expect(rule.second(ofDay: day) == BudgetZone(whole).second(ofDay: day), "\(name)")
            }
        }
    }

    @Test(
        "rules that are none are none",
        arguments: [
            "", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
            "CET-25", "CET-1CEST,M3.5.0,M10.5.0/168", "<CET-1", "CET-1 ", "CET-1CEST,J0,J365",
            "CET-99999999999999999999",
            "CET-1CEST,M3.5.0,M10.5.0/3x",
        ]
    )
    func misfits(_ text: String) { #expect(ZoneRule(text) == nil) }

    @Test("a rule of days of the year knows leap years or not, as it says")
    func daysOfTheYear() throws {
        let julian = BudgetZone(try #require(ZoneRules(name: "x", rule: "<-03>3<-02>,J60/0,J300/0")))
        let counted = BudgetZone(try #require(ZoneRules(name: "x", rule: "<-03>3<-02>,59/0,299/0")))
        // 2028 is a leap year: J60 is 1 March, 59 is 29 February.
        for (zone, text) in [(julian, "2028-03-01"), (counted, "2028-02-29")] {
            let day = try Self.date(text)
            #expect(zone.second(ofDay: day + 1) - zone.second(ofDay: day) == 82_800)
        }
    }

    @Test("files that are cut or changed anywhere are refused or read, and nothing else happens")
    func total() throws {
        var generator = SeededGenerator(seed: 17)
        for name in ["Asia/Kolkata", "Pacific/Apia"] {
            let bytes = try #require(try Self.files()[name])
            for count in bytes.indices { _ = try? ZoneRules(name: name, tzif: Array(bytes.prefix(count))) }
            for _ in 0..<3_000 {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(
                        in: 0...255,
                        using: &generator
                    )
                }
                guard let rules = try? ZoneRules(name: name, tzif: changed) else { continue }
                for second in [Int64.min, -1, 0, 1_790_000_000, .max] { _ = rules.offset(at: second) }
                _ = BudgetWindow.daily.range(
                    at: Timestamp(nanoseconds: 1_790_000_000_000_000_000),
                    in: BudgetZone(rules)
                )
            }
        }
        #expect(throws: ZoneRules.Fault.self) { try ZoneRules(name: "x", tzif: Array("no zone".utf8)) }
    }

    @Test("a zone is read once, by names that lead nowhere else, and what is wrong is said")
    func book() throws {
        let files = try Self.files()
        let book = ZoneBook { name in
            files[name].map { .success($0) } ?? .failure(ZoneBook.Missing("there is no \(name)"))
        }
        #expect(try book.zone("Europe/Berlin").description == "Europe/Berlin")
        #expect(try book.zone("+08:00").description == "+08:00" && book.zone("UTC") == .utc)
        #expect(throws: ZoneBook.Missing("there is no Europe/Berln")) { try book.zone("Europe/Berln") }
        for name in ["../etc/passwd", "/etc/passwd", "Europe//Berlin", "Europe/../x", "", ".", "a b", "Zoë"] {
            #expect(throws: ZoneBook.Missing.self) { try book.zone(name) }
        }
    }
}

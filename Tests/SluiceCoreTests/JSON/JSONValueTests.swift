// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@Suite("JSON values")
struct JSONValueTests {
    @Test("of equal members the last wins and stands where the first stood")
    func duplicates() throws {
        let value = try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#)
        #expect(value.jsonText == #"{"a":3,"b":2}"#)
    }

    @Test("a large object finds every member, also after one was removed")
    func large() throws {
        let text = "{" + (0..<5_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        var object = try #require(try JSONValue(parsing: text).object)
        #expect(object.count == 5_000)
        #expect(object["k4999"] == 4_999)
        object["k0"] = nil
        #expect(object["k0"] == nil)
        #expect(object["k4999"] == 4_999)
        object["k4999"] = "new"
        #expect(object["k4999"] == "new")
        #expect(object.count == 4_999)
    }

    @Test("canonically equal texts are different values")
    func scalars() {
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
        #expect(
            JSONValue.object(JSONObject([(name: "\u{E9}", value: 1), (name: "e\u{301}", value: 2)])).object?.count == 2
        )
        #expect(["a": 1, "b": 2] as JSONValue == ["b": 2, "a": 1])
        #expect(JSONValue.integer("1") != .double(1))
        #expect(JSONValue.double(0) != .double(-0.0))
    }

    @Test(
        "what is not JSON is refused with its place",
        arguments: [
            ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("{\"a\":1,}", 1, 8), ("{'a':1}", 1, 2), ("nul", 1, 4),
            ("01", 1, 1), ("1.", 1, 3), (".5", 1, 1), ("+1", 1, 1), ("1e", 1, 3), ("NaN", 1, 1), ("Infinity", 1, 1),
            ("\"a", 1, 1), ("\"\u{9}\"", 1, 2), ("\"\\x\"", 1, 2), ("\"\\u12g4\"", 1, 6), ("\"\\ud800\"", 1, 2),
            ("\"\\ud800\\u0041\"", 1, 2), ("\"\\udc00\"", 1, 2), ("1 2", 1, 3), ("{\"a\" 1}", 1, 6),
            ("{\n  \"\u{E9}\": x}", 2, 8), ("[1 2]", 1, 4), ("\u{FEFF}1", 1, 1), ("-", 1, 2), ("\"\\", 1, 3),
        ]
    )
    func refused(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]]
    )
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
    }

    @Test("depth and members are bounded, array elements are not")
    func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(64))
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(65)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(100_000), limits: JSONLimits(depth: .max)) }
        let limits = JSONLimits(members: 3)
        _ = try JSONValue(parsing: #"{"a":{"b":1},"c":[1,2,3,4,5]}"#, limits: limits)
        #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"a":{"b":1},"c":1,"d":1}"#, limits: limits) }
    }

    @Test("integers longer than Python reads are refused")
    func longIntegers() throws {
        _ = try JSONValue(parsing: String(repeating: "9", count: 4_300))
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "9", count: 4_301)) }
    }

    @Test("writing and reading again gives the same value")
    func roundTrip() throws {
        let text = #"{"a":[1,-2.5,1e999,"\"\\\n\u0001é😀"],"b":{"c":null,"d":[],"e":{}},"n":123456789012345678901}"#
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.json) == value)
        #expect(value.jsonText == text)
    }

    @Test("forty thousand damaged texts are refused or read, never more")
    func fuzz() {
        var random = SeededGenerator(seed: 7)
        let seeds = [
            #"{"a":[1,-2.5e3,"\u00e9\ud83d\ude00"],"b":{"c":null,"d":true}}"#,
            #"{"temperature":0.7,"override":{"top_p":1},"system_prompt":{"mode":"default","text":"é"}}"#,
            String(repeating: "[", count: 70), #""\ud83d\u0041\ud83d"#,
        ].map { Array($0.utf8) }
        var read = 0
        for _ in 0..<40_000 {
            var bytes = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                guard !bytes.isEmpty else { break }
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(3), at: place)
                }
            }
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            read += 1
            if (try? JSONValue(parsing: value.json)) != value { Issue.record("\(bytes) does not survive writing") }
        }
        #expect(read > 0)
    }
}

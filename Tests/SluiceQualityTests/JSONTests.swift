// SPDX-License-Identifier: Apache-2.0
import SluiceQuality
import Testing

@Suite("Exact JSON")
struct JSONTests {
    private func value(_ text: String) throws -> ExactJSON { try ExactDocument(parsing: text).value }

    @Test(
        "values are equal by what they mean",
        arguments: [
            ("1", "1.0"), ("1", "1e0"), ("100", "1E+2"), ("-0", "0.0"), ("0.1", "1e-1"),
            (#"{"a":1,"b":[true,null]}"#, #"{ "b" : [true, null], "a" : 1.00 }"#), (#""é""#, #""\u00e9""#),
            (#""\ud83d\udc4d""#, #""👍""#),
        ]
    )
    func equal(first: String, second: String) throws {
        #expect(try value(first) == value(second))
        #expect(try value(first).hashValue == value(second).hashValue)
    }

    @Test(
        "what differs in anything differs",
        arguments: [
            ("1", "2"), ("1", "true"), ("1", "\"1\""), ("0", "false"), ("[1,2]", "[2,1]"),
            (#"{"a":1}"#, #"{"a":1,"b":null}"#),
            ("12345678901234567890", "12345678901234567891"), ("0.1", "0.10000000000000000000001"), ("1e400", "1e401"),
            (#""é""#, "\"e\u{301}\""),
        ]
    )
    func different(first: String, second: String) throws {
        #expect(try value(first) != value(second))
    }

    @Test("numbers are ordered without rounding")
    func order() throws {
        let sorted = [
            "-1e400", "-10", "-9.5", "0", "1e-400", "0.5", "0.50000000000000000001", "9", "10", "12345678901234567890",
            "1e400",
        ]
        let numbers = try sorted.map { try #require(try value($0).number) }
        for (low, high) in zip(numbers, numbers.dropFirst()) {
            #expect(low < high)
            #expect(!(high < low))
        }
    }

    @Test("a member's name that stands twice is seen, and the last counts")
    func repeated() throws {
        let document = try ExactDocument(parsing: #"{"a":1,"a":2}"#)
        #expect(document.hasRepeatedNames)
        #expect(try document.value == value(#"{"a":2}"#))
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", "{", "[1,]", "{a:1}", "01", "1.", ".5", "+1", "1e", "nul", "\"\u{1}\"", #""\x""#, #"{"a" 1}"#, "1 2",
            "'a'", "NaN",
            String(repeating: "[", count: 100_000),
        ]
    )
    func refused(text: String) {
        #expect(throws: ExactJSONFault.self) { try ExactDocument(parsing: text) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceQuality
import Testing

@Suite("JSON Schema")
struct SchemaTests {
    private func verdict(_ schema: String, _ value: String, budget: Int = JSONSchema.budget) throws
        -> JSONSchema.Verdict
    {
        try JSONSchema(ExactDocument(parsing: schema).value).verdict(
            on: ExactDocument(parsing: value).value,
            budget: budget
        )
    }

    private static let order = """
        {"type": "object", "additionalProperties": false, "required": ["id", "lines"],
         "properties": {
           "id": {"type": "string", "pattern": "^[A-Z]{2}-\\\\d{4}$"},
           "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}}},
         "$defs": {"line": {"type": "object", "required": ["sku"], "properties": {
           "sku": {"type": "string"}, "count": {"type": "integer", "minimum": 1}, "price": {"type": "number", "multipleOf": 0.01}}}}}
        """

    @Test("an answer of the shape that was asked for fits")
    func fits() throws {
        let answer = #"{"id":"AB-1234","lines":[{"sku":"x","count":2.0,"price":19.99},{"sku":"y"}]}"#
        #expect(try verdict(Self.order, answer) == .fits)
    }

    @Test(
        "what does not fit is named by keyword and place",
        arguments: [
            (#"{"id":"AB-1234","lines":[]}"#, "minItems", "/lines"),
            (#"{"id":"AB-12","lines":[{"sku":"x"}]}"#, "pattern", "/id"),
            (#"{"id":"AB-1234"}"#, "required", ""),
            (#"{"id":"AB-1234","lines":[{"sku":"x"},{}]}"#, "required", "/lines/1"),
            (#"{"id":"AB-1234","lines":[{"sku":"x","count":1.5}]}"#, "type", "/lines/0/count"),
            (#"{"id":"AB-1234","lines":[{"sku":"x","price":0.001}]}"#, "multipleOf", "/lines/0/price"),
            (#"{"id":"AB-1234","lines":[{"sku":"x"}],"a/b":1}"#, "false", "/a~1b"), ("[]", "type", ""),
        ]
    )
    func fails(value: String, keyword: String, place: String) throws {
        #expect(try verdict(Self.order, value) == .fails(JSONSchema.Failure(keyword: keyword, place: place)))
    }

    @Test("a reference without end, and a check without end, are undecided")
    func endless() throws {
        #expect(try verdict(##"{"$ref":"#"}"##, "1").fits == nil)
        let twice = (0..<40).map { index in
            ##""d\##(index)":{"allOf":[{"$ref":"#/$defs/d\##(index + 1)"},{"$ref":"#/$defs/d\##(index + 1)"}]}"##
        }
        let schema = ##"{"$ref":"#/$defs/d0","$defs":{\##(twice.joined(separator: ",")),"d40":true}}"##
        #expect(try verdict(schema, "1", budget: 100_000).fits == nil)
    }

    @Test(
        "references that lead out of the schema, or to nothing, are refused",
        arguments: [
            #"{"$ref":"https://example.com/other.json"}"#, ##"{"$ref":"#/$defs/x"}"##, ##"{"$ref":"#nowhere"}"##,
            #"{"properties":{"a":7}}"#, #"{"minLength":-1}"#, #"{"type":"text"}"#, #"{"allOf":{}}"#, "3",
        ]
    )
    func refused(schema: String) throws {
        let document = try ExactDocument(parsing: schema).value
        #expect(throws: SchemaFault.self) { try JSONSchema(document) }
    }

    @Test(
        "numbers are never rounded",
        arguments: [
            (#"{"maximum":9007199254740992}"#, "9007199254740993", false), (#"{"const":1}"#, "1.0", true),
            (#"{"multipleOf":0.1}"#, "0.30000000000000004", false), (#"{"multipleOf":0.1}"#, "0.3", true),
            (#"{"multipleOf":1e-8}"#, "12391239123", true), (#"{"multipleOf":7}"#, "1e400", false),
            (#"{"multipleOf":5}"#, "1e400", true), (#"{"type":"integer"}"#, "1e400", true),
        ]
    )
    func numbers(schema: String, value: String, fits: Bool) throws {
        #expect(try verdict(schema, value).fits == fits)
    }

    @Test("a pattern that cannot be matched in linear time leaves it undecided")
    func backReference() throws {
        #expect(try verdict(#"{"pattern":"(a)\\1"}"#, #""aa""#).fits == nil)
        #expect(try verdict(#"{"pattern":"(a)\\1"}"#, "1").fits == true)
    }

    @Test("a schema of 40 000 levels is no schema, and a value of 400 no value")
    func deep() throws {
        let open = String(repeating: #"{"not":"#, count: 40_000)
        #expect(throws: ExactJSONFault.self) { try ExactDocument(parsing: open) }
        let nested = String(repeating: "[", count: 120) + String(repeating: "]", count: 120)
        #expect(try verdict(##"{"items":{"$ref":"#"}}"##, nested) == .fits)
    }
}

@Suite("Regular expressions")
struct PatternTests {
    private func matches(_ pattern: String, _ text: String, budget: Int = 1_000_000) throws -> Bool? {
        var budget = budget
        return try Pattern(pattern).matches(text, budget: &budget)
    }

    @Test(
        "they match as ECMA-262 says",
        arguments: [
            ("", "", true), ("a", "bab", true), ("^a", "ba", false), ("a$", "ab", false), ("a$", "a\n", false),
            ("^.$", "\n", false),
            ("^.$", "👍", true), ("^a{2,3}$", "aa", true), ("^a{2,3}$", "aaaa", false), ("^a{2}$", "aaa", false),
            ("^a{2,}$", "aaaa", true),
            ("^(ab|cd)+$", "abcdab", true), ("^(ab|cd)+$", "abc", false), ("^(?:a|)b$", "b", true),
            ("^a*?b$", "aab", true),
            ("^[^a-c]+$", "xyz", true), ("^[^a-c]+$", "xbz", false), ("^[\\w.-]+@[\\w-]+\\.\\w+$", "a.b@c-d.org", true),
            ("^\\d+$", "١", false), ("^\\p{Nd}+$", "١", true), ("^\\p{Letter}+$", "жñ", true),
            ("^\\P{L}+$", "1 2", true),
            ("\\bcat\\b", "a cat!", true), ("\\bcat\\b", "concat", false), ("o\\B", "on", true),
            ("^\\u0041\\x42\\u{43}$", "ABC", true),
            ("^\\uD83D\\uDC4D$", "👍", true), ("^[\\s]$", "\u{FEFF}", true), ("^[\\]\\-]$", "-", true),
            ("x{", "x{", true),
            ("^[\\D]$", "1", false), ("^[a\\-z]+$", "-", true), ("^\\cJ$", "\n", true), ("(a*)*b", "aaab", true),
            ("^$", "", true),
        ]
    )
    func ecma(pattern: String, text: String, expected: Bool) throws {
        #expect(try matches(pattern, text) == expected)
    }

    @Test(
        "what looks ahead and back holds where it should",
        arguments: [
            ("^(?=.*[A-Z])(?=.*\\d).{4,}$", "abC1", true), ("^(?=.*[A-Z])(?=.*\\d).{4,}$", "abcd1", false),
            ("^(?!foo)", "foobar", false),
            ("^(?!foo)", "fobar", true), ("(?<=\\$)\\d+", "cost $12", true), ("(?<=\\$)\\d+", "cost 12", false),
            ("(?<!a)b", "ab", false),
            ("(?<!a)b", "cb", true), ("a(?=b(?!c))", "abd", true), ("a(?=b(?!c))", "abc", false),
            ("(?=ab)a", "ab", true),
            ("^(?:(?!--).)*$", "a-b", true), ("^(?:(?!--).)*$", "a--b", false), ("(?<=^ab)c", "abc", true),
            ("(?=c$)c", "cc", true),
        ]
    )
    func looks(pattern: String, text: String, expected: Bool) throws {
        #expect(try matches(pattern, text) == expected)
    }

    @Test(
        "what backtracking would never end with ends",
        arguments: ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x", "^(?=(a+)+$)b"]
    )
    func linear(pattern: String) throws {
        #expect(try matches(pattern, String(repeating: "a", count: 5_000) + "!", budget: 2_000_000) == false)
    }

    @Test("it ends with its budget")
    func budget() throws {
        #expect(try matches("^(a|b|c)*$", String(repeating: "a", count: 100_000), budget: 1_000) == nil)
    }

    @Test(
        "whatever it says it has found within its budget",
        arguments: ["||||||\\b(?=xE||||)", "a|b|c|\\bd", "^(a|b)*$"]
    )
    func withinBudget(pattern: String) throws {
        let compiled = try Pattern(pattern)
        let expected = try matches(pattern, "acx")
        for most in 0..<200 {
            var budget = most
            let found = compiled.matches("acx", budget: &budget)
            #expect(found == nil || found == expected && budget >= 0)
        }
    }

    @Test(
        "what is none, or not known, is refused",
        arguments: [
            "(", ")", "[", "*", "a**", "\\", "\\a", "\\Z", "(a)\\1", "\\k<a>", "[z-a]", "a{2,1}", "\\p{Script=Greek}",
            "(?i:a)", "\\u12",
            "((a{200}){200}){200}", String(repeating: "(", count: 10_000),
        ]
    )
    func refused(pattern: String) {
        #expect(throws: PatternFault.self) { try Pattern(pattern) }
    }
}

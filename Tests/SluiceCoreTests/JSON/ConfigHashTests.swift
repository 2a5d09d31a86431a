// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTestKit
import Testing

@Suite("Config hash")
struct ConfigHashTests {
    @Test(
        "known configs have the hash that Python gives",
        arguments: [
            (#"{}"#, "44136fa355b3678a"),
            (#"{"temperature": 0.7}"#, "f42063f2967b7ca2"),
        ]
    )
    func known(text: String, hash: String) throws {
        #expect(ConfigHash.of(try JSONValue(parsing: text)) == hash)
    }

    @Test(
        "numbers are spelled as Python spells them",
        arguments: [
            ("1e-5", "1e-05"), ("0.0001", "0.0001"), ("0.1", "0.1"), ("1.0", "1.0"), ("1e0", "1.0"), ("1e16", "1e+16"),
            ("9999999999999998.0", "9999999999999998.0"), ("-0.0", "-0.0"), ("-0", "0"), ("1e400", "Infinity"),
            ("-1e400", "-Infinity"), ("5e-324", "5e-324"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("123456789012345680.0", "1.2345678901234568e+17"), ("100.0", "100.0"), ("1e22", "1e+22"),
            ("123456789012345678901234567890", "123456789012345678901234567890"), ("0.00001234", "1.234e-05"),
            ("1e100", "1e+100"), ("4503599627370495.5", "4503599627370495.5"),
        ]
    )
    func numbers(text: String, python: String) throws {
        #expect(PythonJSON.text(try JSONValue(parsing: text)) == python)
    }

    @Test("names sort by scalar and stay distinct unless they are the same scalars")
    func names() throws {
        let value = try JSONValue(parsing: "{\"f\":1,\"e\u{301}\":2,\"\u{E9}\":3,\"\u{FFFD}\":4,\"\u{1F600}\":5}")
        #expect(
            PythonJSON.text(value) == #"{"e\u0301": 2, "f": 1, "\u00e9": 3, "\ufffd": 4, "\ud83d\ude00": 5}"#
        )
    }

    @Test("four thousand generated configs have the text and hash that python3 gives them")
    func generated() throws {
        var random = SeededGenerator(seed: 20)
        let lines = (0..<4_000).map { _ in ConfigText.object(depth: 0, &random) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "config-hash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "configs.jsonl")
        let output = folder.appending(path: "hashes.txt")
        try Data(lines.joined(separator: "\n").utf8).write(to: input)
        let script = """
            import hashlib, json, sys
            out = open(sys.argv[2], "w")
            for line in open(sys.argv[1], encoding="utf-8", newline="\\n"):
                text = json.dumps(json.loads(line), sort_keys=True)
                out.write(hashlib.sha256(text.encode()).hexdigest()[:16] + " " + text + "\\n")
            """
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = ["python3", "-c", script, input.path, output.path]
        try python.run()
        python.waitUntilExit()
        try #require(python.terminationStatus == 0, "python3 must be installed")
        let answers = try String(contentsOf: output, encoding: .utf8).utf8.split(separator: 0x0A)
        try #require(answers.count == lines.count)
        for (line, answer) in zip(lines, answers) {
            let value = try JSONValue(parsing: line)
            let mine = ConfigHash.of(value) + " " + PythonJSON.text(value)
            guard mine.utf8.elementsEqual(answer) else {
                Issue.record("\(line): \(mine) is not \(String(answer) ?? "")")
                return
            }
            #expect(try JSONValue(parsing: value.json) == value)
        }
    }
}

/// Random JSON texts with everything that makes spelling hard.
private enum ConfigText {
    static func object(depth: Int, _ random: inout SeededGenerator) -> String {
        let members = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            "\(string(&random))\(space(&random)):\(space(&random))\(value(depth: depth + 1, &random))"
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func value(depth: Int, _ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<(depth < 5 ? 10 : 7), using: &random) {
        case 0: return ["true", "false", "null"].randomElement(using: &random) ?? "null"
        case 1: return "\(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))"
        case 2: return "-" + String(random.next()) + String(random.next()) + String(random.next())
        case 3: return double(&random)
        case 4:
            return ["1e-05", "1E16", "0.1", "1.0", "-0.0", "-0", "1e400", "0", "1e15", "123456789.125"]
                .randomElement(using: &random) ?? "0"
        case 5, 6: return string(&random)
        case 7: return "[]"
        case 8:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth + 1, &random) }
            return "[" + elements.joined(separator: ", ") + "]"
        default: return object(depth: depth, &random)
        }
    }

    private static func double(_ random: inout SeededGenerator) -> String {
        let bits = Double(bitPattern: random.next())
        if Bool.random(using: &random), bits.isFinite { return "\(bits)" }
        let mantissa = Int.random(in: 0...99_999, using: &random)
        return "\(mantissa).\(Int.random(in: 0...999, using: &random))e\(Int.random(in: -25...25, using: &random))"
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        let pool = [
            "a", "b", "Z", "f", "e\u{301}", "\u{E9}", "\u{1F600}", "\u{FFFD}", "\u{10FFFF}", "\u{FF5E}", " ", "/",
            "\\/",
            "\\\"", "\\\\", "\\n", "\\t", "\\b", "\\f", "\\r", "\\u0000", "\\u001f", "\\u007F", "\u{7F}",
            "\\ud83d\\ude00",
            "\u{2028}", "\u{D7FF}", "\u{E000}", "temperature", "\\u00e9", "\u{AC00}", "\u{1100}\u{1161}",
        ]
        let parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in pool.randomElement(using: &random) ?? "" }
        return "\"" + parts.joined() + "\""
    }

    private static func space(_ random: inout SeededGenerator) -> String {
        ["", " ", "\t", "  "].randomElement(using: &random) ?? ""
    }
}

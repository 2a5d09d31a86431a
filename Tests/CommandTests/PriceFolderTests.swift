// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTestKit
import Testing

@testable import sluice

@Suite("The folder of models.dev")
struct PriceFolderTests {
    private static let sonnet = """
        # Pricing: https://example.com (accessed 2026-08-27)
        base_model = "anthropic/claude-sonnet-5"
        release_date = 2026-08-01
        reasoning_options = [{ type = "effort", values = ["low",
          "high", ] }]

        [[reasoning_options2]]
        type = "toggle"

        [cost]
        input = 3.00
        output = 15
        cache_read = 0.30

        [[cost.tiers]]
        input = 6.0
        output = 22.5
        tier = { type = "context", size = 200_000 }
        """

    private func with(_ files: [String: String], _ body: (String) throws -> Void) throws {
        try withTemporaryDirectory { root in
            for (name, text) in files {
                let path = "\(root)/\(name)"
                let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
                    separator: "/"
                )
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: path))
            }
            try body(root)
        }
    }

    private static let files = [
        "models/anthropic/claude-sonnet-5.toml": "[limit]\ncontext = 1_000_000\noutput = 64_000\n",
        "providers/anthropic/provider.toml": "name = \"Anthropic\"",
        "providers/anthropic/models/claude-sonnet-5.toml": sonnet,
        "providers/anthropic/models/broken.toml": "[cost]\ninput = 3\ninput = 4\n",
        "providers/gate/provider.toml": "name = \"Gate\"",
        "providers/gate/models/anthropic/claude-sonnet-5:fast.toml":
            "[extends]\nfrom = \"anthropic/claude-sonnet-5\"\n[cost]\ninput = 9\n",
        "providers/gate/models/lost.toml": "[extends]\nfrom = \"anthropic/../../x\"\n",
        "providers/gate/models/circle.toml": "[extends]\nfrom = \"gate/circle\"\n",
    ]

    @Test("it is the object that api.json is, with what could not be read by its name")
    func whole() throws {
        try with(Self.files) { root in
            for path in [root, root + "/", "\(root)/providers"] {
                let folder = try PriceFolder(path)
                let anthropic = folder.providers["anthropic"]?.object?["models"]?.object
                let model = anthropic?["claude-sonnet-5"]?.object
                #expect(model?["cost"]?.object?["output"] == .integer("15"))
                #expect(model?["cost"]?.object?["cache_read"] == .double(0.3))
                #expect(model?["limit"]?.object?["context"] == .integer("1000000"))
                #expect(model?["cost"]?.object?["tiers"]?.array?.count == 1)
                let fast = folder.providers["gate"]?.object?["models"]?.object?["anthropic/claude-sonnet-5:fast"]?
                    .object
                #expect(
                    fast?["cost"]?.object?["input"] == .integer("9")
                        && fast?["cost"]?.object?["output"] == .integer("15")
                )
                #expect(folder.unread.keys.sorted() == ["anthropic/broken", "gate/circle", "gate/lost"])
                #expect(folder.unread["anthropic/broken"]?.contains("line 3") == true)
                let parts = try #require(PriceFileParts(.object(folder.providers), for: ["gate"]))
                #expect(parts.form == .modelsDev && parts.parts.count == 1 && parts.foreign == 1)
            }
            let one = try PriceFolder("\(root)/providers/gate")
            #expect(one.providers.members.map(\.name) == ["gate"] && one.unread.count == 2)
        }
    }

    @Test("another folder is said to be none")
    func none() throws {
        try with(["a/b.toml": ""]) { root in
            #expect(throws: CommandFailure.self) { try PriceFolder(root) }
        }
    }

    @Test(
        "TOML is read as it is written",
        arguments: [
            ("a = 1\nb.c = +2\n[d.e]\nf = -0.5e-3 # x", #"{"a":1,"b":{"c":2},"d":{"e":{"f":-0.0005}}}"#),
            ("[[a]]\nb=1\n[[a]]\n[a.c]\nd='\\x'", #"{"a":[{"b":1},{"c":{"d":"\\x"}}]}"#),
            (#""a b" = "q\t\u00e9""#, #"{"a b":"q\té"}"#),
            ("a = \"\"\"\none\\\n   two\"\" \"\"\"", #"{"a":"onetwo\"\" "}"#),
            ("a = '''x\r\n'y''''", "{\"a\":\"x\\r\\n'y'\"}"),
            ("a = [1, 2,\n # c\n 3,]\nb = {}\nc = { d = 1, 'e.f' = 2 }", #"{"a":[1,2,3],"b":{},"c":{"d":1,"e.f":2}}"#),
            ("a = 0xff\nb = 0o17\nc = 0b101\nd = 1_000", #"{"a":255,"b":15,"c":5,"d":1000}"#),
            (
                "a = 2026-01-02 03:04:05Z\nb = 07:00:00\nc = inf\nd = true",
                #"{"a":"2026-01-02 03:04:05Z","b":"07:00:00","c":"inf","d":true}"#
            ),
            ("", "{}"), ("# only this", "{}"),
        ]
    )
    func values(_ text: String, _ json: String) throws {
        #expect(JSONValue.object(try TOMLReader.read(Array(text.utf8))) == (try JSONValue(parsing: json)))
    }

    @Test(
        "what is no TOML is a fault with its line",
        arguments: [
            "a", "a =", "= 1", "a = 1 2", "a = 1\na = 2", "[a]\n[a]", "a = 1\n[a]", "[a", "[[a]", "a = [1 2]",
            "a = {b = 1",
            "a = \"x", "a = \"\\q\"", "a = \"\\uD800\"", "a = 'x\ny'", "a = 1__0", "a = _1", "a = nope", "a = 1.",
            "a..b = 1",
            "[[a]]\n[a]", "a = {b = 1}\na.b = 2", "a = \"\u{0}\"",
        ]
    )
    func faults(_ text: String) {
        #expect(throws: TOMLReader.Fault.self) { try TOMLReader.read(Array(text.utf8)) }
    }

    @Test("no bytes do more than end in a fault")
    func total() {
        var generator = SeededGenerator(seed: 9)
        let bytes = Array(Self.sonnet.utf8)
        for count in bytes.indices { _ = try? TOMLReader.read(Array(bytes.prefix(count))) }
        for _ in 0..<2_000 {
            var changed = bytes
            for _ in 0..<3 {
                let byte = Array("[]{}=.,\"'\\#\n \u{0}é0x".utf8).randomElement(using: &generator) ?? 0
                changed[Int.random(in: changed.indices, using: &generator)] = byte
            }
            _ = try? TOMLReader.read(changed)
        }
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: TOMLReader.Fault.self) { try TOMLReader.read(Array("a = \(deep)".utf8)) }
        #expect(throws: TOMLReader.Fault.self) {
            try TOMLReader.read(Array("[\(String(repeating: "a.", count: 50_000))a]".utf8))
        }
    }
}

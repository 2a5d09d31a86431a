// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceWire

@Suite("Blanking of the relay's secrets")
struct SecretBlankTests {
    static let secret = "sk-proj-AbC123_xyz-QRS789"

    private func blanked(_ text: String, _ secrets: [String] = [secret]) -> String? {
        let bytes = [UInt8](text)
        return SecretBlank(secrets)?.blanked(bytes.span.bytes).map { $0.text }
    }

    @Test(
        "a secret goes whole, in part and masked, with the word it stands in",
        arguments: [
            ("key \(secret) is wrong", "key [redacted] is wrong"),
            (#"{"error":{"message":"Bearer \#(secret)"}}"#, #"{"error":{"message":"Bearer [redacted]"}}"#),
            (#"{"message":"\"\#(secret)\" no"}"#, #"{"message":"\"[redacted]\" no"}"#),
            ("Authorization=\(secret)", "[redacted]"), ("AbC123_xyz-QR", "[redacted]"),
            ("provided: sk-pro****S789. You", "provided: [redacted] You"),
            ("provided: sk-p…", "provided: [redacted]"), ("ending in ****S789,", "ending in [redacted],"),
            ("sk-pr...S789", "[redacted]"), ("key=sk-proj***", "[redacted]"),
            ("one \(secret), two \(secret)!", "one [redacted], two [redacted]"),
        ]
    )
    func blanks(text: String, expected: String) {
        #expect(blanked(text) == expected)
    }

    @Test(
        "what holds no secret stays as it is",
        arguments: [
            "", "no", "sk-proj-", "sk-proj-AbC", "you sent a wrong key", "****", "***masked***", "sk-***", "****789",
            "a...b",
            "see https://example.com/api-keys", "Rate limit reached: try again in 2.289s…",
        ]
    )
    func stays(text: String) {
        #expect(blanked(text) == nil)
    }

    @Test("short texts that servers on one's own machine take for a key are none")
    func short() {
        #expect(SecretBlank(["EMPTY", "none", ""]) == nil)
        #expect(blanked("provider-key is a key of the provider", ["provider-key-0123"]) != nil)
        #expect(blanked("the provider has no key", ["provider-key-0123"]) == nil)
        #expect(blanked("EMPTY is not \(Self.secret)", ["EMPTY", Self.secret]) == "EMPTY is not [redacted]")
    }

    @Test("a key with slashes is found as JSON writes it")
    func slashes() {
        #expect(blanked(#"key abcd\/efgh\/ijkl no"#, ["abcd/efgh/ijkl"]) == "key [redacted] no")
    }

    @Test("ten thousand damaged texts: none traps, and no whole secret is left")
    func damaged() {
        var random = SeededGenerator(seed: 17)
        let text = [UInt8](
            #"{"error":{"message":"Incorrect key \#(Self.secret) sk-pro****S789… \" \\ ...","code":"x"}}"#
        )
        for _ in 0..<10_000 {
            let damaged = text.damaged(&random)
            let out = SecretBlank([Self.secret])?.blanked(damaged.span.bytes) ?? damaged
            if out.text.contains(Self.secret) { Issue.record("\(damaged.text)") }
        }
    }

    @Test("a text that comes in pieces is blanked as the whole is, wherever it is cut")
    func pieces() throws {
        var random = SeededGenerator(seed: 23)
        let slashed = "up/secret/key-0123456789"
        let blank = try #require(SecretBlank([Self.secret, slashed]))
        let parts = [
            Self.secret, slashed, slashed.replacing("/", with: "\\/"), "sk-proj-AbC1", "AbC123_xyz-QRS",
            "sk-pro****S789",
            "up/s…6789", "up/secret...", "*", "\\", "\\/", "/", "\\\"", " ", " ", "\"", "{", ",", "word", "a",
        ]
        for _ in 0..<5_000 {
            let count = Int.random(in: 1...8, using: &random)
            let text = [UInt8]((0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined())
            var pieces = PiecewiseBlank(blank)
            var shown: [UInt8] = []
            var rest = text[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(Int.random(in: 1...12, using: &random)))
                rest = rest.dropFirst(piece.count)
                shown += pieces.take(piece.span.bytes, isLast: false)
            }
            shown += pieces.take(RawSpan(), isLast: true)
            let whole = blank.blanked(text.span.bytes) ?? text
            if shown != whole { Issue.record("\(text.text): \(shown.text) instead of \(whole.text)") }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire
import Testing

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
}

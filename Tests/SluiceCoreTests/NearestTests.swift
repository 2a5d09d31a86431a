// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Nearest names")
struct NearestTests {
    private let names = ["chat", "gpt-4.1", "gpt-4o", "gpt-4o-mini", "summarise", "embeddings"]

    @Test(
        "a slip of the pen finds the name that was meant",
        arguments: [("chta", "chat"), ("gpt4o", "gpt-4o"), ("GPT-4O", "gpt-4o"), ("sumarize", "summarise")]
    )
    func slips(text: String, name: String) {
        #expect(Nearest.names(to: text, among: names).first == name)
    }

    @Test("the beginning of a name finds it, the nearest first")
    func prefixes() {
        #expect(Nearest.names(to: "gpt-4", among: names) == ["gpt-4o", "gpt-4.1", "gpt-4o-mini"])
    }

    @Test("nothing near gives nothing", arguments: ["", "x", "claude-3-opus", String(repeating: "a", count: 10_000)])
    func nothing(text: String) {
        #expect(Nearest.names(to: text, among: names).isEmpty)
    }
}

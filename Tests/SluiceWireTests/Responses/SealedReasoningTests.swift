// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceWire

@Suite("Sealed reasoning in JSON as it passes")
struct SealedReasoningTests {
    private static func found(in text: String, cutAt cut: Int? = nil) -> [SealedReasoning.Found] {
        let bytes = Array(text.utf8)
        var search = SealedReasoning()
        var found: [SealedReasoning.Found] = []
        let end = cut ?? bytes.count
        for piece in [bytes[..<end], bytes[end...]] {
            let piece = Array(piece)
            // Safe because: bytes have no padding.
            unsafe search.feed(piece.span.bytes) { found.append($0) }
        }
        return found
    }

    @Test("a member's value is found, wherever the text is cut")
    func everyCut() {
        let text =
            #"{"include":["reasoning.encrypted_content"],"input":[{"encrypted_content" : "gAAAA\/b+c="},{"a":1}]}"#
        let expected: [SealedReasoning.Found] = [.asked, .content(Array("gAAAA/b+c=".utf8))]
        for cut in 0...text.utf8.count { #expect(Self.found(in: text, cutAt: cut) == expected) }
    }

    @Test(
        "what only looks like it is none",
        arguments: [
            #"{"text":"\"encrypted_content\":\"gAAAAAAAAAAA\""}"#, #"{"encrypted_content":null}"#,
            #"{"encrypted_content":"short"}"#, #"{"x":"encrypted_content"}"#, #"{"encrypted_contents":"gAAAAAAAAAAA"}"#,
            #"{"encrypted_content":{"type":"string"}}"#, #"{"encrypted_content":"#, "",
        ]
    )
    func none(text: String) {
        #expect(Self.found(in: text).allSatisfy { if case .content = $0 { false } else { true } })
    }

    @Test("the beginning of a long one stands for all of it, and what follows is found too")
    func long() {
        let (long, next) = (String(repeating: "Ab0/", count: 100), "gBBBBBBBBB")
        let text = #"[{"encrypted_content":"\#(long)"},{"encrypted_content":"\#(next)"}]"#
        #expect(Self.found(in: text) == [.content(Array(long.utf8.prefix(128))), .content(Array(next.utf8))])
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Makes a chat request that asks a model to go on with an answer that broke off.
enum PrefillRewrite {
    /// What makes an answer more than text, or its continuation something else than the rest of it.
    private static let structured: Set<String> = [
        "tools", "functions", "tool_choice", "function_call", "response_format", "logprobs", "top_logprobs", "audio",
        "modalities", "prediction", "best_of", "echo", "structured_outputs", "guided_json", "guided_regex",
        "guided_choice", "guided_grammar", "continue_final_message", "add_generation_prompt",
    ]

    /// The request with the answer so far as its last message; `nil` where going on would not be safe.
    ///
    /// It is where the request is a stream of chat with one choice of plain text, whose last message is the user's.
    ///
    /// - Parameter sent: the answer's text as JSON wrote it, without quotes.
    static func body(_ body: [UInt8], after sent: [UInt8], _ prefill: Prefill) -> [UInt8]? {
        // Safe because: bytes have no padding.
        let span = unsafe body.span.bytes
        guard !sent.isEmpty, !endsWithHalfALetter(sent),
            let scan = try? RequestPass.facts(of: span, for: .chat), scan.isStream, !scan.hasEscapedNames,
            let messages = scan.messages, isPlain(scan, span), MessageWalk.lastRole(messages, span) == .user
        else { return nil }
        let end = messages.upperBound - 1
        var result: [UInt8] = []
        result.reserveCapacity(body.count + sent.count + 128)
        result += body[..<end]
        result += #",{"role":"assistant","content":""#.utf8
        result += sent
        result += (prefill == .prefix ? #"","prefix":true}"# : #""}"#).utf8
        result += body[end..<scan.end]
        if prefill == .continueFinalMessage {
            result += #","continue_final_message":true,"add_generation_prompt":false"#.utf8
        }
        result += body[scan.end...]
        return result
    }

    private static func isPlain(_ scan: CallFacts, _ body: RawSpan) -> Bool {
        for index in 0..<scan.memberCount {
            let member = scan.member(index)
            let name = String(decoding: body.copy(member.name), as: UTF8.self)
            let value = String(decoding: body.copy(member.value.prefix(8)), as: UTF8.self)
            if name == "n", value != "1", value != "null" { return false }
            if structured.contains(name), !["null", "false", "[]", "0"].contains(value) { return false }
        }
        return true
    }

    /// The first half of a letter that JSON wrote as two escapes: the second half was still to come.
    private static func endsWithHalfALetter(_ sent: [UInt8]) -> Bool {
        guard sent.count >= 6 else { return false }
        let end = sent.suffix(6).map { $0 | 0x20 }
        return end[0] == .backslash | 0x20 && sent[sent.count - 6] == .backslash && end[1] == UInt8(ascii: "u")
            && end[2] == UInt8(ascii: "d")
            && [UInt8(ascii: "8"), .digitNine, UInt8(ascii: "a"), UInt8(ascii: "b")].contains(end[3])
    }
}

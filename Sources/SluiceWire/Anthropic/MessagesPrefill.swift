// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Makes a request that asks a model to go on with a message that broke off.
enum MessagesPrefill {
    /// What makes an answer more than text, or its continuation something else than the rest of it.
    private static let structured: Set<String> = [
        "tools", "tool_choice", "thinking", "output_config", "output_format", "mcp_servers", "container",
        "context_management",
    ]

    /// The request with the answer so far as its last message; `nil` where going on would not be safe.
    ///
    /// It is where the request is a stream of plain text, without thinking, whose last message is the user's, and the answer
    /// so far does not end with white space, which providers refuse.
    ///
    /// - Parameter sent: the answer's text as JSON wrote it, without quotes.
    static func body(_ body: [UInt8], after sent: [UInt8], _ prefill: Prefill) -> [UInt8]? {
        let front = MessagesPrefill.inPath(body)
        let probe = front.isEmpty ? body : [.openBrace] + front + body.dropFirst()
        // Safe because: bytes have no padding.
        let span = unsafe probe.span.bytes
        guard prefill == .message, let last = sent.last, last != .space, !JSONText.endsWithEscape(sent),
            let scan = try? MessagesPass.facts(of: span, for: .chat), scan.isStream, !scan.hasEscapedNames,
            let messages = scan.messages, isPlain(scan, span), MessageWalk.lastRole(messages, span) == .user
        else { return nil }
        let end = messages.upperBound - 1 - front.count
        var result: [UInt8] = []
        result.reserveCapacity(body.count + sent.count + 64)
        result += body[..<end]
        result += #",{"role":"assistant","content":""#.utf8
        result += sent
        result += #""}"#.utf8
        result += body[end...]
        return result
    }

    /// Members that stand in the path of a host, and which a body without them is read with; empty where they stand in it.
    private static func inPath(_ body: [UInt8]) -> [UInt8] {
        guard let item = JSONItem(checking: body), item.kind == .object, item["anthropic_version"] != nil,
            item["model"] == nil
        else { return [] }
        return Array((item["stream"] == nil ? #""model":"m","stream":true,"# : #""model":"m","#).utf8)
    }

    private static func isPlain(_ scan: CallFacts, _ body: RawSpan) -> Bool {
        for index in 0..<scan.memberCount {
            let member = scan.member(index)
            let name = String(decoding: body.copy(member.name), as: UTF8.self)
            guard structured.contains(name) else { continue }
            let value = String(decoding: body.copy(member.value), as: UTF8.self)
            let isOff = name == "thinking" && value.filter { !$0.isWhitespace } == #"{"type":"disabled"}"#
            if !isOff, !["null", "[]", "{}"].contains(value) { return false }
        }
        return true
    }
}

// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore

/// A request at Bedrock: at InvokeModel the bodies of the Messages API but for what stands in the path, at Converse its own
/// (``ConverseForm``), streams in frames.
///
/// Signatures are not checked.
struct BedrockCall {
    /// The same request as the Messages API would get it.
    let request: MockRequest
    private let path: String
    private let isConverse: Bool

    /// `nil` where the path is none of Bedrock's.
    init?(_ request: MockRequest) {
        guard request.path.hasPrefix("/model/"), let slash = request.path.lastIndex(of: "/") else { return nil }
        let verb = request.path[slash...].dropFirst()
        let model = request.path[..<slash].dropFirst(7)
        guard BedrockCall.verbs.contains(String(verb)), !model.isEmpty else { return nil }
        path = request.path
        isConverse = verb.hasPrefix("converse") || verb == "count-tokens"
        var plain = request
        plain.path = verb == "count-tokens" ? "/v1/messages/count_tokens" : "/v1/messages"
        plain.anthropicVersion = "2023-06-01"
        let name = BedrockCall.name(of: String(model))
        if isConverse {
            plain.body = ConverseForm.messages(request.body, verb: verb, model: name) ?? Array("{}".utf8)
        } else if var body = (try? JSONValue(parsing: request.body))?.object,
            body["anthropic_version"]?.string == "bedrock-2023-05-31", body["model"] == nil, body["stream"] == nil
        {
            body["anthropic_version"] = nil
            body["anthropic_beta"] = nil
            body["model"] = .string(name)
            body["stream"] = .bool(verb != "invoke")
            plain.body = JSONValue.object(body).json
        } else {
            // Refused as a body without its fields.
            plain.body = Array("{}".utf8)
        }
        self.request = plain
    }

    private static let verbs: Set<String> = [
        "invoke", "invoke-with-response-stream", "converse", "converse-stream", "count-tokens",
    ]
    /// Whose models are known by the names behind.
    private static let makers = ["anthropic.", "amazon.", "meta.", "mistral.", "deepseek.", "openai.", "qwen."]

    /// The model that the profile's settings are for: without escapes, region and maker.
    private static func name(of model: String) -> String {
        var bytes: [UInt8] = []
        var rest = model.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let maker = makers.lazy.compactMap { text.firstRange(of: $0) }.first
        return maker.map { String(text[$0.upperBound...]) } ?? text
    }

    /// The reply in Bedrock's form: errors by their exception, streams in frames.
    func dressed(_ plain: Reply) -> Reply {
        var reply = plain
        reply.entry.path = path
        guard !reply.isRaw, reply.status > 0 else { return reply }
        if reply.status >= 400 {
            let body = Array("{\"message\":\(MockJSON.quoted("The simulated provider answers \(reply.status)."))}".utf8)
            reply.headers.append(("x-amzn-errortype", BedrockCall.exception(of: reply.status)))
            reply.length = body.count
            reply.steps = reply.steps.map { if case .write = $0 { .write(body) } else { $0 } }
        } else if reply.headers.contains(where: { $0.name == "content-type" && $0.value.hasPrefix("text/event-stream") }
        ) {
            reply.headers.removeAll { $0.name == "content-type" }
            reply.headers.append(("content-type", "application/vnd.amazon.eventstream"))
            var waiting: [UInt8] = []
            reply.steps = reply.steps.map { step in
                guard case .write(let bytes, let tokens) = step else { return step }
                waiting += bytes
                return .write(BedrockCall.frames(&waiting, isConverse: isConverse), tokens: tokens)
            }
        } else if isConverse {
            reply.steps = reply.steps.map { step in
                guard case .write(let bytes, let tokens) = step else { return step }
                return .write(ConverseForm.answer(bytes) ?? bytes, tokens: tokens)
            }
            var count = 0
            for case .write(let bytes, _) in reply.steps { count += bytes.count }
            reply.length = count
        }
        return reply
    }

    private static func exception(of status: Int) -> String {
        switch status {
        case 401, 403: "AccessDeniedException"
        case 404: "ResourceNotFoundException"
        case 408: "ModelTimeoutException"
        case 424: "ModelErrorException"
        case 429: "ThrottlingException"
        case 503, 529: "ServiceUnavailableException"
        case 500...: "InternalServerException"
        default: "ValidationException"
        }
    }

    /// The whole events at the front, each in a frame; the rest goes on waiting.
    private static func frames(_ waiting: inout [UInt8], isConverse: Bool) -> [UInt8] {
        var frames: [UInt8] = []
        let text = String(decoding: waiting, as: UTF8.self)
        let parts = text.events
        for event in parts.whole {
            for line in event.split(separator: "\n") where line.hasPrefix("data: ") {
                let data = Array(line.dropFirst(6).utf8)
                if event.hasPrefix("event: error") {
                    frames += frame(":exception-type", "internalServerException", "exception", data)
                } else if isConverse {
                    for (name, payload) in ConverseForm.events(data) {
                        frames += frame(":event-type", name, "event", Array(payload.utf8))
                    }
                } else {
                    let payload = "{\"bytes\":\"\(Data(data).base64EncodedString())\",\"p\":\"abcdefgh\"}"
                    frames += frame(":event-type", "chunk", "event", Array(payload.utf8))
                }
            }
        }
        waiting = Array(parts.rest.utf8)
        return frames
    }

    /// One message of AWS's event stream.
    private static func frame(_ kind: String, _ name: String, _ type: String, _ payload: [UInt8]) -> [UInt8] {
        var head: [UInt8] = []
        for (name, value) in [(kind, name), (":content-type", "application/json"), (":message-type", type)] {
            head.append(UInt8(name.utf8.count))
            head += Array(name.utf8) + [7, 0, UInt8(value.utf8.count)] + Array(value.utf8)
        }
        var message = word(16 + head.count + payload.count) + word(head.count)
        message += word(Int(CRC32.checksum(message))) + head + payload
        return message + word(Int(CRC32.checksum(message)))
    }

    private static func word(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}

extension String {
    /// What blank lines end, and what follows the last of them.
    fileprivate var events: (whole: [Substring], rest: Substring) {
        var whole: [Substring] = []
        var rest = self[...]
        while let end = rest.firstRange(of: "\n\n") {
            whole.append(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return (whole, rest)
    }
}

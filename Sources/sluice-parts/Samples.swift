// SPDX-License-Identifier: Apache-2.0

/// What the parts are fed with: as a current SDK writes it, and as a provider answers.
enum Samples {
    /// The head of a request as the Python SDK sends it.
    static let requestHead: [UInt8] = Array(
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: relay.example:8080\r\nAccept-Encoding: gzip, deflate\r\n"
            + "Connection: keep-alive\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
            + "User-Agent: OpenAI/Python 2.8.1\r\nX-Stainless-Lang: python\r\nX-Stainless-Package-Version: 2.8.1\r\n"
            + "X-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\nX-Stainless-Runtime: CPython\r\n"
            + "X-Stainless-Runtime-Version: 3.11.2\r\nAuthorization: Bearer sk-sluice-0123456789abcdef\r\n"
            + "Content-Length: 1024\r\n\r\n").utf8
    )

    /// A chat request; the text makes up what is missing to the size.
    static func chatRequest(bytes: Int, isStream: Bool = false) -> [UInt8] {
        let head =
            #"{"model":"gpt-4.1","messages":[{"role":"system","content":"You are a helpful assistant."},"#
            + #"{"role":"user","content":""#
        let tail =
            #""}],"temperature":0.2,"max_tokens":256,"user":"user-4711","metadata":{"session_id":"s-90210"}"#
            + (isStream ? #","stream":true}"# : "}")
        return Array((head + text(bytes: max(0, bytes - head.utf8.count - tail.utf8.count)) + tail).utf8)
    }

    /// A whole answer of about 1.1 KB.
    static let chatAnswer: [UInt8] = Array(
        (#"{"id":"chatcmpl-0000000000000000000000001","object":"chat.completion","created":1763600000,"#
            + #""model":"gpt-4.1-2025-04-14","choices":[{"index":0,"message":{"role":"assistant","content":""#
            + text(bytes: 512)
            + #"","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":212,"completion_tokens":128,"total_tokens":340,"#
            + #""prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},"#
            + #""completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"#
            + #""rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}"#).utf8
    )

    /// The same with its head, as it comes over the wire.
    static let answer: [UInt8] =
        Array(
            ("HTTP/1.1 200 OK\r\nDate: Thu, 20 Nov 2025 10:00:00 GMT\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(chatAnswer.count)\r\nConnection: keep-alive\r\nopenai-organization: org-1\r\n"
                + "openai-processing-ms: 812\r\nopenai-version: 2020-10-01\r\nx-request-id: req_0123456789abcdef\r\n"
                + "x-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\n"
                + "strict-transport-security: max-age=31536000\r\n\r\n").utf8
        ) + chatAnswer

    /// One event of a stream, 340 bytes.
    static let event: [UInt8] = Array(
        (#"data: {"id":"chatcmpl-0000000000000000000000001","object":"chat.completion.chunk","created":1763600000,"#
            + #""model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_1","choices":"#
            + #"[{"index":0,"delta":{"content":" word of an answer, twenty-three bytes"},"logprobs":null,"#
            + #""finish_reason":null}],"usage":null,"obfuscation":"4bJjUeGQdA2u"}"# + "\n\n").utf8
    )

    /// The event that tells the usage of a stream.
    static let usageEvent: [UInt8] = Array(
        (#"data: {"id":"chatcmpl-0000000000000000000000001","object":"chat.completion.chunk","created":1763600000,"#
            + #""model":"gpt-4.1-2025-04-14","choices":[],"usage":{"prompt_tokens":212,"completion_tokens":128,"#
            + #""total_tokens":340,"prompt_tokens_details":{"cached_tokens":64},"#
            + #""completion_tokens_details":{"reasoning_tokens":0}}}"# + "\n\n").utf8
    )

    /// A stream of Anthropic's dialect: 200 pieces of a text, each an event.
    static let messageStream: [[UInt8]] = {
        func event(_ type: String, _ rest: String) -> [UInt8] {
            Array("event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n".utf8)
        }
        let message = #""id":"msg_01","type":"message","role":"assistant","model":"claude","content":[]"#
        let usage = #""usage":{"input_tokens":212,"output_tokens":1}"#
        let delta = #""delta":{"type":"text_delta","text":" word of an answer, twenty-three bytes"}"#
        let end = #""delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":200}"#
        return [event("message_start", #","message":{\#(message),\#(usage)}"#)]
            + [event("content_block_start", #","index":0,"content_block":{"type":"text","text":""}"#)]
            + (0..<200).map { _ in event("content_block_delta", #","index":0,\#(delta)"#) }
            + [
                event("content_block_stop", #","index":0"#), event("message_delta", ",\(end)"),
                event("message_stop", ""),
            ]
    }()

    /// The same of OpenAI's dialect.
    static let chatStream: [[UInt8]] = {
        let text = String(decoding: event, as: UTF8.self)
        let last = text.replacing(#""finish_reason":null"#, with: #""finish_reason":"stop""#)
        return (0..<200).map { _ in event } + [Array(last.utf8), usageEvent, Array("data: [DONE]\n\n".utf8)]
    }()

    /// The same of Gemini's, whose events count the tokens so far.
    static let geminiStream: [[UInt8]] = (1...201).map { count in
        let reason = count == 201 ? #","finishReason":"STOP""# : ""
        let part = #"{"text":" word of an answer, twenty-three bytes"}"#
        let content = #"{"content":{"parts":[\#(part)],"role":"model"}\#(reason),"index":0}"#
        let usage = #"{"promptTokenCount":212,"candidatesTokenCount":\#(count),"totalTokenCount":\#(212 + count)}"#
        let end = #""modelVersion":"gemini-3-pro","responseId":"aBcDeF""#
        return Array("data: {\"candidates\":[\(content)],\"usageMetadata\":\(usage),\(end)}\n\n".utf8)
    }

    /// A version's config of usual size.
    static let config =
        #"{"temperature":0.7,"max_tokens":2048,"top_p":1.0,"response_format":{"type":"json_object"},"#
        + #""system_prompt":"You are a careful clerk of a library.","stop":["\n\n","END"],"seed":42}"#

    private static func text(bytes: Int) -> String {
        let words = "The quick brown fox jumps over the lazy dog, and says so. "
        return String(String(repeating: words, count: bytes / words.utf8.count + 1).prefix(bytes))
    }
}

// SPDX-License-Identifier: Apache-2.0

extension ComparedAnswer {
    /// The first choice of a whole answer of OpenAI's chat completions, or the message of an error.
    ///
    /// - Parameter duration: nanoseconds.
    package init(chat body: some Collection<UInt8>, status: Int, duration: Int64) {
        self.init(status: status, duration: duration)
        guard let answer = (try? ExactDocument(parsing: body))?.value.object else { return }
        model = answer["model"]?.text
        inputTokens = answer["usage"]?.object?["prompt_tokens"]?.number?.count
        outputTokens = answer["usage"]?.object?["completion_tokens"]?.number?.count
        if !(200...299).contains(status), let error = answer["error"] {
            text = error.object?["message"]?.text ?? error.text ?? ""
        }
        guard let choice = answer["choices"]?.array?.first?.object else { return }
        finishReason = choice["finish_reason"]?.text
        guard let message = choice["message"]?.object else { return }
        text = ComparedAnswer.text(message["content"])
        if let refusal = message["refusal"]?.text, !refusal.isEmpty {
            isRefusal = true
            if text.isEmpty { text = refusal }
        }
        toolCalls = (message["tool_calls"]?.array ?? []).compactMap { call in
            guard let function = call.object?["function"]?.object, let name = function["name"]?.text else { return nil }
            return ToolCall(name: name, arguments: function["arguments"]?.text ?? "")
        }
    }

    /// A text, or the texts of parts.
    private static func text(_ content: ExactJSON?) -> String {
        switch content {
        case .string(let bytes)?: String(decoding: bytes, as: UTF8.self)
        case .array(let parts)?: parts.compactMap { $0.object?["text"]?.text }.joined()
        default: ""
        }
    }
}

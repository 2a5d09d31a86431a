// SPDX-License-Identifier: Apache-2.0

/// Why an answer ended, in one word for all dialects.
package enum FinishClass: String, Sendable, Hashable, CaseIterable {
    case stop, length, tools, refusal, filter, other

    /// The class of a reason as any dialect spells it, or of a Responses API status.
    package init(reason: some StringProtocol) {
        self =
            switch reason.lowercased() {
            case "stop", "end_turn", "stop_sequence", "completed", "eos", "eos_token": .stop
            case "length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded": .length
            case "tool_calls", "tool_use", "function_call": .tools
            case "refusal": .refusal
            case "content_filter", "content_filtered", "safety", "recitation", "blocklist", "prohibited_content",
                "spii",
                "image_safety", "guardrail_intervened":
                .filter
            default: .other
            }
    }
}

// SPDX-License-Identifier: Apache-2.0

// What callers of other dialects can say to the Responses API.
extension TranslationTable {
    package static let fromOpenAIToResponses = changed(
        fromOpenAIToAnthropic,
        [
            Row("messages", .said("input, instructions")),
            Row("messages[].content[] text", .said("input_text or output_text part; empty ones are left out")),
            Row("messages[].content[] image_url", .said("input_image part")),
            Row("messages[].content[] file", .said("input_file part")),
            Row("messages[].refusal", .said("refusal part")),
            Row("messages[].thinking_blocks", .dropped("another provider's thinking is not read there")),
            Row("messages[].reasoning_content", .said("nothing")),
            Row("messages[].reasoning_content alone", .dropped("thinking is not sent back")),
            Row("messages[].tool_calls", .said("function_call items")),
            Row("messages[] system after the first", .said("instructions, behind those before it")),
            Row("messages[] tool", .said("function_call_output item")),
            Row("tools", .said("tools of type function; not strict unless they say so")),
            Row("tool_choice", .said("tool_choice")),
            Row("cache_control", .dropped("caches are kept otherwise there")),
            Row("parallel_tool_calls", .said("parallel_tool_calls")),
            Row("max_tokens", .said("max_output_tokens")),
            Row("max_completion_tokens", .said("max_output_tokens")),
            Row("temperature", .said("temperature")),
            Row("top_k", .dropped("top_p and temperature hold")),
            Row("stop", .refused("no words end an answer there"), idle: ["[]"]),
            Row("stream_options", .said("the usage chunk of the answer")),
            Row("reasoning_effort", .said("reasoning.effort")),
            Row("response_format", .said("text.format")),
            Row("response_format json_object", .said("text.format")),
            Row("user", .said("user")),
            Row("safety_identifier", .said("user where there is no user")),
            Row("service_tier", .said("service_tier: auto and default")),
            Row("store", .dropped("answers that are translated are not kept"), idle: ["false"]),
        ],
        without: ["temperature, top_p, top_k at a model that refuses them", "temperature above 1"]
    )

    package static let fromAnthropicToResponses = changed(
        fromAnthropicToOpenAI,
        [
            Row("system", .said("instructions")),
            Row("messages", .said("input")),
            Row("messages[].content[] text", .said("input_text or output_text part")),
            Row("messages[].content[] image", .said("input_image part: base64 as a data URL")),
            Row("messages[].content[] document", .said("input_file part; plain text as a text part")),
            Row("messages[].content[] document url", .said("input_file part, by its URL")),
            Row("messages[].content[] tool_use", .said("function_call item")),
            Row("messages[].content[] tool_result", .said("function_call_output item")),
            Row("messages[].content[] tool_result picture", .said("input_image part of the output")),
            Row("tools", .said("tools of type function; not strict unless they say so")),
            Row("max_tokens", .said("max_output_tokens")),
            Row("stop_sequences", .refused("no words end an answer there"), idle: ["[]"]),
            Row("thinking", .said("reasoning.effort by the budget: below 4096 low, below 16384 medium, else high")),
            Row("output_config", .said("reasoning.effort and text.format")),
            Row("output_format", .said("text.format")),
        ]
    )
}

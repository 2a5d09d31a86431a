// SPDX-License-Identifier: Apache-2.0

// What callers can say to Bedrock's Converse: as to the providers of another dialect, but for these rows.
extension TranslationTable {
    /// Whatever the caller's dialect.
    ///
    /// - Parameter end: of the field's name.
    static func ofConverse(_ end: String = "") -> [Row] {
        [
            Row("pictures and documents by URL\(end)", .refused("they are sent as base64 there")),
            Row("pictures of other kinds\(end)", .refused("PNG, JPEG, GIF and WebP are taken there")),
            Row(
                "documents of other kinds\(end)",
                .refused("PDF, text, Markdown, CSV, HTML, Word and Excel are taken there")
            ),
            Row("tool_choice none behind calls\(end)", .refused("a conversation with calls must have its tools there")),
        ]
    }

    /// What becomes of marks for caches at models that have them, and at others.
    static let cachesOfConverse = Fate.said(
        "cachePoint behind the block or tool; at Nova not behind tools; ttl 1h as such"
    )
    static let cachesOfOthers = Row(
        "cache_control at a model that keeps none",
        .dropped("a request with one is refused there")
    )

    /// Why how much the model is to think is not sent.
    static let thinkingOfConverse = Fate.dropped(
        "each maker's models call it otherwise; a version can set it"
    )

    package static let fromOpenAIToConverse = changed(
        fromOpenAIToAnthropic,
        [
            Row("model", .said("the path")),
            Row("messages[].content[] text", .said("text block; empty ones are left out")),
            Row("messages[].content[] image_url", .said("image block, of a data URL")),
            Row("messages[].content[] file", .said("document block, of a data URL")),
            Row("messages[].thinking_blocks", .dropped("another provider's thinking is not read there")),
            Row("messages[].reasoning_content", .said("nothing")),
            Row("messages[].reasoning_content alone", .dropped("thinking is not sent back")),
            Row("messages[].tool_calls", .said("toolUse blocks; arguments as an object")),
            Row("messages[] tool", .said("toolResult block of a user turn")),
            Row("tools", .said("toolConfig.tools; parameters as inputSchema.json")),
            Row("tool_choice", .said("toolConfig.toolChoice; none as no tools")),
            Row("cache_control", cachesOfConverse),
            Row("parallel_tool_calls", .dropped("the model decides there"), idle: ["true"]),
            Row("max_tokens", .said("inferenceConfig.maxTokens")),
            Row("max_completion_tokens", .said("inferenceConfig.maxTokens")),
            Row("temperature", .said("inferenceConfig.temperature, at most 1")),
            Row("top_p", .said("inferenceConfig.topP")),
            Row("top_k", thinkingOfConverse),
            Row("stop", .said("inferenceConfig.stopSequences")),
            Row("stream", .said("the path")),
            Row("reasoning_effort", thinkingOfConverse),
            Row("response_format", .said("outputConfig.textFormat for json_schema")),
            Row("user", .dropped("users are not told apart there")),
            Row("safety_identifier", .dropped("users are not told apart there")),
            Row("service_tier", .said("serviceTier: default")),
        ] + ofConverse() + [cachesOfOthers],
        without: ["temperature, top_p, top_k at a model that refuses them"]
    )

    package static let fromAnthropicToConverse = changed(
        fromAnthropicToOpenAI,
        [
            Row("model", .said("the path")),
            Row("system", .said("system")),
            Row("messages[].content[] text", .said("text block")),
            Row("messages[].content[] image", .said("image block, of base64")),
            Row("messages[].content[] document", .said("document block, of base64; plain text as a text block")),
            Row("messages[].content[] document url", .refused("documents are sent as base64 there")),
            Row("messages[].content[] tool_use", .said("toolUse block")),
            Row("messages[].content[] tool_result", .said("toolResult block")),
            Row("messages[].content[] tool_result.is_error", .said("status: error")),
            Row("messages[].content[] tool_result picture", .said("image block of the result")),
            Row("tools", .said("toolConfig.tools; input_schema as inputSchema.json")),
            Row("tool_choice", .said("toolConfig.toolChoice; none as no tools")),
            Row("cache_control", cachesOfConverse),
            Row(
                "tool_choice.disable_parallel_tool_use",
                .dropped("the model decides there"),
                idle: ["false"]
            ),
            Row("max_tokens", .said("inferenceConfig.maxTokens")),
            Row("temperature", .said("inferenceConfig.temperature")),
            Row("top_p", .said("inferenceConfig.topP")),
            Row("top_k", thinkingOfConverse),
            Row("stop_sequences", .said("inferenceConfig.stopSequences")),
            Row("stream", .said("the path")),
            Row("thinking", thinkingOfConverse),
            Row("output_config", .said("outputConfig.textFormat")),
            Row("output_config.effort", thinkingOfConverse),
            Row("output_format", .said("outputConfig.textFormat")),
            Row("metadata", .dropped("users are not told apart there"), idle: ["{}"]),
            Row("service_tier", .said("serviceTier: standard_only as default")),
        ] + ofConverse() + [cachesOfOthers],
        without: ["metadata.user_id above 64 bytes", "thinking.display"]
    )

    static func changed(_ rows: [Row], _ others: [Row], without fields: [String] = []) -> [Row] {
        var left = others
        var all: [Row] = []
        for row in rows where !fields.contains(row.field) {
            if let index = left.firstIndex(where: { $0.field == row.field }) {
                all.append(left.remove(at: index))
            } else {
                all.append(row)
            }
        }
        return all + left
    }
}

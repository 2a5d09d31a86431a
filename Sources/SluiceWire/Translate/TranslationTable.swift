// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What becomes of each field of a request that goes to a provider of another dialect: the one table of it.
///
/// docs/dialects.md shows it, and a test compares the two. Fields of the top level are looked up here by their name; those
/// within messages and tools are asked for by whoever reads them. What stands in no row is refused.
package enum TranslationTable {
    package struct Row: Sendable {
        /// As the caller writes it; `[]` is each element of a list.
        package let field: String
        package let fate: Fate
        /// Values that say nothing, which go without a word.
        fileprivate let idle: [String]

        package init(_ field: String, _ fate: Fate, idle: [String] = []) {
            self.field = field
            self.fate = fate
            self.idle = idle
        }
    }

    package enum Fate: Sendable, Equatable {
        /// Where it goes, in the provider's words.
        case said(String)
        /// Left out, with a `warning` to the caller: why that does no harm.
        case dropped(String)
        /// A 400 that names it: why.
        case refused(String)
    }

    package static let fromOpenAIToAnthropic: [Row] = [
        Row("model", .said("model")),
        Row("messages", .said("messages, system")),
        Row("messages[].content[] text", .said("text block; empty ones are left out")),
        Row("messages[].content[] image_url", .said("image block: a data URL as base64, another as URL")),
        Row("messages[].content[] file", .said("document block: a PDF as base64, plain text as text")),
        Row("messages[].content[] file_id", .refused("the file is known to another provider only")),
        Row("messages[].content[] input_audio", .refused("sound is not taken there")),
        Row("messages[].content[] image_url.detail", .dropped("pictures are read in full"), idle: [#""auto""#]),
        Row("messages[].name", .dropped("speakers have no names there")),
        Row("messages[].refusal", .said("text block")),
        Row("messages[].thinking_blocks", .said("thinking and redacted_thinking blocks, signatures included")),
        Row("messages[].reasoning_content", .said("nothing beside thinking_blocks")),
        Row("messages[].reasoning_content alone", .dropped("thinking goes back with its signature only")),
        Row("messages[].tool_calls", .said("tool_use blocks; arguments as an object")),
        Row("messages[].tool_calls custom", .refused("only functions are known there")),
        Row("messages[].function_call", .refused("send tool_calls")),
        Row("messages[].audio", .refused("sound is not taken there")),
        Row("messages[] system after the first", .said("system, behind those before it")),
        Row("messages[] tool", .said("tool_result block of a user turn")),
        Row("messages[] function", .refused("send role tool")),
        Row("tools", .said("tools; parameters as input_schema")),
        Row("tools[] custom", .refused("only functions are known there")),
        Row("tool_choice", .said("tool_choice: required as any, a function as tool")),
        Row("cache_control", .said("cache_control of the block or tool, as other relays take it; ttl 1h as such")),
        Row("tool_choice allowed_tools", .refused("send the allowed ones as tools")),
        Row("parallel_tool_calls", .said("tool_choice.disable_parallel_tool_use")),
        Row("max_tokens", .said("max_tokens; 8192 where neither caller nor version name a number")),
        Row("max_completion_tokens", .said("max_tokens")),
        Row("temperature", .said("temperature, at most 1")),
        Row("temperature above 1", .dropped("1 is the most there; it is sent as 1")),
        Row("top_p", .said("top_p")),
        Row("top_k", .said("top_k")),
        Row(
            "temperature, top_p, top_k at a model that refuses them",
            .dropped("Claude 4.7 and later take none of them")
        ),
        Row("stop", .said("stop_sequences; blank ones are left out")),
        Row("stream", .said("stream")),
        Row("stream_options", .said("the usage chunk of the answer")),
        Row("reasoning_effort", .said("output_config.effort and thinking: adaptive, or disabled for none")),
        Row("response_format", .said("output_config.format for json_schema")),
        Row("response_format json_object", .refused("send a json_schema")),
        Row("user", .said("metadata.user_id")),
        Row("safety_identifier", .said("metadata.user_id where there is no user")),
        Row("service_tier", .said("service_tier: auto, and default as standard_only")),
        Row("service_tier others", .dropped("there is no such tier")),
        Row("n", .refused("one answer is given to a request"), idle: ["1"]),
        Row("logprobs", .refused("probabilities are not told there"), idle: ["false"]),
        Row("top_logprobs", .refused("probabilities are not told there"), idle: ["0"]),
        Row("logit_bias", .refused("tokens cannot be weighed there"), idle: ["{}"]),
        Row("modalities", .refused("only text is written there"), idle: [#"["text"]"#]),
        Row("audio", .refused("only text is written there")),
        Row("web_search_options", .refused("the search is another provider's")),
        Row("functions", .refused("send tools")),
        Row("function_call", .refused("send tool_choice")),
        Row("seed", .dropped("answers are not repeatable there")),
        Row("frequency_penalty", .dropped("repetition is not weighed there"), idle: ["0", "0.0"]),
        Row("presence_penalty", .dropped("repetition is not weighed there"), idle: ["0", "0.0"]),
        Row("verbosity", .dropped("length is asked for in the prompt there")),
        Row("prediction", .dropped("it only makes answers faster")),
        Row("store", .dropped("nothing is stored there"), idle: ["false"]),
        Row("metadata", .dropped("it is the caller's own"), idle: ["{}"]),
        Row("prompt_cache_key", .dropped("caches are kept otherwise there")),
        Row("prompt_cache_retention", .dropped("caches are kept otherwise there")),
        Row("prompt_cache_options", .dropped("caches are kept otherwise there")),
    ]

    package static let fromAnthropicToOpenAI: [Row] = [
        Row("model", .said("model")),
        Row("system", .said("system message")),
        Row("messages", .said("messages")),
        Row("messages[].content[] text", .said("text part")),
        Row("messages[].content[] image", .said("image_url part: base64 as a data URL")),
        Row("messages[].content[] image file", .refused("the file is known to another provider only")),
        Row("messages[].content[] document", .said("file part; plain text as a text part")),
        Row("messages[].content[] document file", .refused("the file is known to another provider only")),
        Row("messages[].content[] document url", .refused("documents are sent as base64 there")),
        Row("messages[].content[] document content", .refused("send its parts as blocks of their own")),
        Row("messages[].content[] thinking", .dropped("another provider's thinking is not read there")),
        Row("messages[].content[] redacted_thinking", .dropped("another provider's thinking is not read there")),
        Row("messages[].content[] tool_use", .said("tool_calls; input as a string")),
        Row("messages[].content[] tool_result", .said("tool message")),
        Row("messages[].content[] tool_result.is_error", .dropped("its text says so"), idle: ["false"]),
        Row("messages[].content[] tool_result picture", .said("user message behind the results")),
        Row("messages[].content[] others", .refused("the tool is another provider's")),
        Row("cache_control", .dropped("caches are kept otherwise there")),
        Row("citations", .dropped("answers cite nothing there"), idle: [#"{"enabled":false}"#, "[]"]),
        Row("context", .dropped("documents have no notes there")),
        Row("tools", .said("tools of type function")),
        Row("tools[] others", .refused("the tool is another provider's")),
        Row("tools[] further fields", .dropped("the definition says enough")),
        Row("tool_choice", .said("tool_choice: any as required, tool as the function")),
        Row("tool_choice.disable_parallel_tool_use", .said("parallel_tool_calls")),
        Row("max_tokens", .said("max_completion_tokens")),
        Row("temperature", .said("temperature")),
        Row("top_p", .said("top_p")),
        Row("top_k", .dropped("top_p and temperature hold")),
        Row("stop_sequences", .said("stop")),
        Row("stream", .said("stream")),
        Row("thinking", .said("reasoning_effort by the budget: below 4096 low, below 16384 medium, else high")),
        Row("thinking.display", .dropped("thinking is shown as it comes"), idle: [#""summarized""#]),
        Row("output_config", .said("reasoning_effort and response_format")),
        Row("output_config further fields", .dropped("there is no such setting")),
        Row("output_format", .said("response_format")),
        Row("metadata", .said("user")),
        Row("metadata.user_id above 64 bytes", .dropped("longer names are refused there")),
        Row("service_tier", .said("service_tier: auto, and standard_only as default")),
        Row("mcp_servers", .refused("servers of tools are another provider's"), idle: ["[]"]),
        Row("container", .refused("containers are another provider's")),
        Row("context_management", .dropped("the whole conversation is read there")),
        Row("speed", .dropped("there is no such setting"), idle: [#""standard""#]),
        Row("inference_geo", .refused("the provider does not say where it computes")),
    ]

    /// By the field; a row that names the provider takes the place of the one without.
    static func rows(from caller: Translation.Side, to provider: Translation.Side) -> [String: Row] {
        switch (caller, provider) {
        case (.openai, .anthropic): openAIToAnthropic
        case (.anthropic, .openai): anthropicToOpenAI
        case (.openai, .gemini): openAIToGemini
        case (.anthropic, .gemini): anthropicToGemini
        case (.openai, .responses): openAIToResponses
        case (.anthropic, .responses): anthropicToResponses
        case (.gemini, .responses): geminiToResponses
        case (.openai, .converse): openAIToConverse
        case (.anthropic, .converse): anthropicToConverse
        case (.gemini, .converse): geminiToConverse
        case (.responses, .converse): responsesToConverse
        case (.gemini, .anthropic): geminiToAnthropic
        case (.gemini, _): gemini
        case (.responses, .anthropic): responsesToAnthropic
        case (.responses, .gemini): responsesToGemini
        case (.responses, _): responses
        case (.openai, _), (.anthropic, _), (.converse, _): [:]
        }
    }

    private static let openAIToAnthropic = byField(fromOpenAIToAnthropic)
    private static let anthropicToOpenAI = byField(fromAnthropicToOpenAI)

    private static let openAIToGemini = byField(fromOpenAIToGemini)
    private static let anthropicToGemini = byField(fromAnthropicToGemini)
    private static let openAIToResponses = byField(fromOpenAIToResponses)
    private static let anthropicToResponses = byField(fromAnthropicToResponses)
    private static let geminiToResponses = byField(fromGemini, at: .responses)
    private static let openAIToConverse = byField(fromOpenAIToConverse)
    private static let anthropicToConverse = byField(fromAnthropicToConverse)
    private static let gemini = byField(fromGemini, at: .openai)
    private static let geminiToAnthropic = byField(fromGemini, at: .anthropic)
    private static let geminiToConverse = byField(fromGemini, at: .converse)
    private static let responsesToConverse = byField(fromResponses, at: .converse)
    private static let responses = byField(fromResponses, at: .openai)
    private static let responsesToAnthropic = byField(fromResponses, at: .anthropic)
    private static let responsesToGemini = byField(fromResponses, at: .gemini)

    private static func byField(_ rows: [Row], at provider: Translation.Side? = nil) -> [String: Row] {
        let all = Dictionary(rows.map { ($0.field, $0) }) { first, _ in first }
        guard let provider else { return all }
        var byField = all
        for (field, row) in all where field.hasSuffix(" at \(provider.name)") {
            byField[String(field.dropLast(4 + provider.name.count))] = row
        }
        return byField
    }

    /// What of one request was left out so far, by the rows of its pair.
    struct Losses {
        let caller: Translation.Side
        let provider: Translation.Side
        private let rows: [String: Row]
        private(set) var dropped: [String] = []

        init(from caller: Translation.Side, to provider: Translation.Side) {
            self.caller = caller
            self.provider = provider
            rows = TranslationTable.rows(from: caller, to: provider)
        }

        /// Asks what becomes of a field; `true` where it can be said.
        ///
        /// - Parameters:
        ///   - path: where it stands, for the caller.
        ///   - value: its value, where one that says nothing goes without a word.
        mutating func allow(
            _ field: String,
            at path: @autoclosure () -> String,
            _ value: JSONItem?
        ) throws(Refusal) -> Bool {
            let row = rows[field]
            if case .said = row?.fate { return true }
            if let value, value.isNull || row?.idle.contains(String(decoding: value.raw, as: UTF8.self)) == true {
                return false
            }
            switch row?.fate {
            case .said: return true
            case .dropped:
                let path = path()
                if !dropped.contains(path) { dropped.append(path) }
                return false
            case .refused(let why): throw refusal(path(), why)
            case nil: throw refusal(path(), "there is no such field")
            }
        }

        func refusal(_ path: String, _ why: String) -> Refusal {
            Refusal(
                .badRequest,
                "\(path) cannot be sent to this route's provider, which speaks the dialect \(provider.name): \(why).",
                param: path
            )
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceWire
import Testing

/// Row by row: what is refused names its field, what is dropped is told, and docs/dialects.md says the same.
@Suite("The table of translations")
struct TableTests {
    private static let openAI: [String: (members: String, path: String)] = [
        "messages[].content[] file_id": (
            part(#"{"type":"file","file":{"file_id":"file-1"}}"#), "messages[0].content[0].file.file_id"
        ),
        "messages[].content[] input_audio": (
            part(#"{"type":"input_audio","input_audio":{"data":"","format":"wav"}}"#),
            "messages[0].content[0].input_audio"
        ),
        "messages[].content[] image_url.detail": (
            part(#"{"type":"image_url","image_url":{"url":"https://a.b/c","detail":"low"}}"#),
            "messages[0].content[0].image_url.detail"
        ),
        "messages[].name": (#""messages":[{"role":"user","content":"a","name":"ann"}]"#, "messages[0].name"),
        "messages[].reasoning_content alone": (
            #""messages":[{"role":"assistant","content":"a","reasoning_content":"b"}]"#, "messages[0].reasoning_content"
        ),
        "messages[].tool_calls custom": (
            #""messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"custom","custom":{}}]}]"#,
            "messages[0].tool_calls[0]"
        ),
        "messages[].function_call": (
            #""messages":[{"role":"assistant","function_call":{"name":"f","arguments":""}}]"#,
            "messages[0].function_call"
        ),
        "messages[].audio": (#""messages":[{"role":"assistant","audio":{"id":"a"}}]"#, "messages[0].audio"),
        "messages[] function": (#""messages":[{"role":"function","name":"f","content":"1"}]"#, "messages[0].role"),
        "tools[] custom": (#""tools":[{"type":"custom","custom":{"name":"f"}}]"#, "tools[0].type"),
        "tool_choice allowed_tools": (#""tool_choice":{"type":"allowed_tools","allowed_tools":{}}"#, "tool_choice"),
        "temperature above 1": (#""temperature":1.2"#, "temperature"),
        "response_format json_object": (#""response_format":{"type":"json_object"}"#, "response_format"),
        "service_tier others": (#""service_tier":"flex""#, "service_tier"),
        "n": (#""n":2"#, "n"),
        "logprobs": (#""logprobs":true"#, "logprobs"),
        "top_logprobs": (#""top_logprobs":2"#, "top_logprobs"),
        "logit_bias": (#""logit_bias":{"1":5}"#, "logit_bias"),
        "modalities": (#""modalities":["text","audio"]"#, "modalities"),
        "audio": (#""audio":{"voice":"a"}"#, "audio"),
        "web_search_options": (#""web_search_options":{}"#, "web_search_options"),
        "functions": (#""functions":[{"name":"f"}]"#, "functions"),
        "function_call": (#""function_call":"auto""#, "function_call"),
        "seed": (#""seed":1"#, "seed"),
        "frequency_penalty": (#""frequency_penalty":0.5"#, "frequency_penalty"),
        "presence_penalty": (#""presence_penalty":0.5"#, "presence_penalty"),
        "verbosity": (#""verbosity":"low""#, "verbosity"),
        "prediction": (#""prediction":{"type":"content","content":"a"}"#, "prediction"),
        "store": (#""store":true"#, "store"),
        "metadata": (#""metadata":{"a":"b"}"#, "metadata"),
        "prompt_cache_key": (#""prompt_cache_key":"a""#, "prompt_cache_key"),
        "prompt_cache_retention": (#""prompt_cache_retention":"24h""#, "prompt_cache_retention"),
        "prompt_cache_options": (#""prompt_cache_options":{"ttl":"12h"}"#, "prompt_cache_options"),
    ]

    private static let anthropic: [String: (members: String, path: String)] = [
        "messages[].content[] image file": (
            part(#"{"type":"image","source":{"type":"file","file_id":"a"}}"#), "messages[0].content[0].source"
        ),
        "messages[].content[] document file": (
            part(#"{"type":"document","source":{"type":"file","file_id":"a"}}"#), "messages[0].content[0].source"
        ),
        "messages[].content[] document url": (
            part(#"{"type":"document","source":{"type":"url","url":"https://a.b"}}"#), "messages[0].content[0].source"
        ),
        "messages[].content[] document content": (
            part(#"{"type":"document","source":{"type":"content","content":[]}}"#), "messages[0].content[0].source"
        ),
        "messages[].content[] thinking": (
            part(#"{"type":"thinking","thinking":"a","signature":"b"}"#), "messages[0].content[0]"
        ),
        "messages[].content[] redacted_thinking": (
            part(#"{"type":"redacted_thinking","data":"b"}"#), "messages[0].content[0]"
        ),
        "messages[].content[] tool_result.is_error": (
            part(#"{"type":"tool_result","tool_use_id":"a","is_error":true}"#), "messages[0].content[0].is_error"
        ),
        "messages[].content[] others": (
            part(#"{"type":"server_tool_use","id":"a","name":"web_search","input":{}}"#), "messages[0].content[0].type"
        ),
        "cache_control": (
            #""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]"#, "system[0].cache_control"
        ),
        "citations": (
            part(#"{"type":"text","text":"a","citations":[{"type":"char_location"}]}"#),
            "messages[0].content[0].citations"
        ),
        "context": (
            part(#"{"type":"document","source":{"type":"text","data":"a"},"context":"b"}"#),
            "messages[0].content[0].context"
        ),
        "tools[] others": (#""tools":[{"type":"web_search_20250305","name":"web_search"}]"#, "tools[0].type"),
        "tools[] further fields": (
            #""tools":[{"name":"a","input_schema":{},"defer_loading":true}]"#, "tools[0].defer_loading"
        ),
        "top_k": (#""top_k":5"#, "top_k"),
        "thinking.display": (#""thinking":{"type":"adaptive","display":"omitted"}"#, "thinking.display"),
        "output_config further fields": (#""output_config":{"task_budget":5}"#, "output_config.task_budget"),
        "metadata.user_id above 64 bytes": (
            #""metadata":{"user_id":"\#(String(repeating: "a", count: 65))"}"#, "metadata.user_id"
        ),
        "mcp_servers": (#""mcp_servers":[{"name":"a"}]"#, "mcp_servers"),
        "container": (#""container":"a""#, "container"),
        "context_management": (#""context_management":{"edits":[]}"#, "context_management"),
        "speed": (#""speed":"fast""#, "speed"),
        "inference_geo": (#""inference_geo":"eu""#, "inference_geo"),
    ]

    private static let marked = (
        part(#"{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}"#),
        "messages[0].content[0].cache_control"
    )

    private static let openAIToGemini = openAI.merging(
        [
            "cache_control": marked,
            "parallel_tool_calls": (#""parallel_tool_calls":false"#, "parallel_tool_calls"),
            "user": (#""user":"a""#, "user"), "safety_identifier": (#""safety_identifier":"a""#, "safety_identifier"),
            "service_tier": (#""service_tier":"flex""#, "service_tier"),
        ]
    ) { $1 }

    private static let anthropicToGemini = anthropic.merging(
        [
            "metadata": (#""metadata":{"user_id":"a"}"#, "metadata"),
            "service_tier": (#""service_tier":"priority""#, "service_tier"),
        ]
    ) { $1 }

    /// Rows of Bedrock's that are the same for callers of OpenAI's dialect and Anthropic's.
    private static let openAIToConverse = openAI.merging(
        [
            "cache_control at a model that keeps none": marked,
            "messages[].thinking_blocks": (
                #""messages":[{"role":"assistant","content":"a","thinking_blocks":[{"type":"redacted_thinking","data":"b"}]}]"#,
                "messages[0].thinking_blocks"
            ),
            "parallel_tool_calls": (#""parallel_tool_calls":false"#, "parallel_tool_calls"),
            "top_k": (#""top_k":5"#, "top_k"),
            "reasoning_effort": (#""reasoning_effort":"low""#, "reasoning_effort"),
            "user": (#""user":"a""#, "user"), "safety_identifier": (#""safety_identifier":"a""#, "safety_identifier"),
            "pictures and documents by URL": (
                part(#"{"type":"image_url","image_url":{"url":"https://a.b/c"}}"#),
                "messages[0].content[0].image_url.url"
            ),
            "pictures of other kinds": (
                part(#"{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AAAA"}}"#),
                "messages[0].content[0].image_url.url"
            ),
            "documents of other kinds": (
                part(#"{"type":"file","file":{"file_data":"data:application/zip;base64,AAAA"}}"#),
                "messages[0].content[0].file.file_data"
            ),
            "tool_choice none behind calls": (
                #""messages":[{"role":"tool","tool_call_id":"a","content":"b"}],"tool_choice":"none","tools":[{"type":"function","function":{"name":"f"}}]"#,
                "tool_choice"
            ),
            "messages[].content[] image_url.detail": (
                part(#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}"#),
                "messages[0].content[0].image_url.detail"
            ),
        ]
    ) { $1 }

    private static let anthropicToConverse = anthropic.merging(
        [
            "cache_control at a model that keeps none": marked,
            "metadata": (#""metadata":{"user_id":"a"}"#, "metadata"),
            "tool_choice.disable_parallel_tool_use": (
                #""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#,
                "tool_choice.disable_parallel_tool_use"
            ),
            "thinking": (#""thinking":{"type":"adaptive"}"#, "thinking"),
            "output_config.effort": (#""output_config":{"effort":"low"}"#, "output_config.effort"),
            "pictures and documents by URL": (
                part(#"{"type":"image","source":{"type":"url","url":"https://a.b/c"}}"#),
                "messages[0].content[0].source"
            ),
            "pictures of other kinds": (
                part(#"{"type":"image","source":{"type":"base64","media_type":"image/tiff","data":"AAAA"}}"#),
                "messages[0].content[0].source"
            ),
            "documents of other kinds": (
                part(#"{"type":"document","source":{"type":"base64","media_type":"application/zip","data":"AAAA"}}"#),
                "messages[0].content[0].source"
            ),
            "tool_choice none behind calls": (
                part(#"{"type":"tool_result","tool_use_id":"a"}"#)
                    + #","tool_choice":{"type":"none"},"tools":[{"name":"f","input_schema":{}}]"#,
                "tool_choice"
            ),
        ]
    ) { $1 }

    private static let openAIToResponses = openAI.merging(
        [
            "cache_control": marked,
            "messages[].thinking_blocks": (
                #""messages":[{"role":"assistant","content":"a","thinking_blocks":[{"type":"redacted_thinking","data":"b"}]}]"#,
                "messages[0].thinking_blocks"
            ),
            "top_k": (#""top_k":5"#, "top_k"),
            "stop": (#""stop":["END"]"#, "stop"),
        ]
    ) { $1 }

    private static let anthropicToResponses = anthropic.merging(
        ["stop_sequences": (#""stop_sequences":["END"]"#, "stop_sequences")]
    ) { $1 }

    private static let gemini: [String: (members: String, path: String)] = [
        "generationConfig.stopSequences": (config(#""stopSequences":["END"]"#), "generationConfig.stopSequences"),
        "contents[].parts[] fileData by URL": (
            geminiPart(#"{"fileData":{"mimeType":"image/png","fileUri":"https://a.b/c"}}"#),
            "contents[0].parts[0].fileData"
        ),
        "generationConfig.thinkingConfig": (
            config(#""thinkingConfig":{"thinkingBudget":5}"#), "generationConfig.thinkingConfig"
        ),
        "pictures and documents by URL": (
            geminiPart(#"{"fileData":{"mimeType":"image/png","fileUri":"https://a.b/c"}}"#),
            "contents[0].parts[0].fileData"
        ),
        "pictures of other kinds": (
            geminiPart(#"{"inlineData":{"mimeType":"image/tiff","data":"AAAA"}}"#), "contents[0].parts[0].inlineData"
        ),
        "documents of other kinds": (
            geminiPart(#"{"inlineData":{"mimeType":"text/x-other","data":"AAAA"}}"#), "contents[0].parts[0].inlineData"
        ),
        "tool_choice none behind calls": (
            geminiPart(#"{"functionResponse":{"name":"f","response":{}}}"#)
                + #","toolConfig":{"functionCallingConfig":{"mode":"NONE"}},"tools":[{"functionDeclarations":[{"name":"f"}]}]"#,
            "toolConfig"
        ),
        "contents[].parts[] thought": (geminiPart(#"{"text":"a","thought":true}"#), "contents[0].parts[0]"),
        "contents[].parts[] fileData": (
            geminiPart(#"{"fileData":{"mimeType":"image/png","fileUri":"gs://a/b"}}"#),
            "contents[0].parts[0].fileData"
        ),
        "contents[].parts[] document url": (
            geminiPart(#"{"fileData":{"mimeType":"application/pdf","fileUri":"https://a.b/c"}}"#),
            "contents[0].parts[0].fileData"
        ),
        "contents[].parts[] sound and film": (
            geminiPart(#"{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}"#), "contents[0].parts[0].inlineData"
        ),
        "contents[].parts[] others": (
            geminiPart(#"{"executableCode":{"code":"1","language":"PYTHON"}}"#), "contents[0].parts[0].executableCode"
        ),
        "tools[] others": (#""tools":[{"googleSearch":{}}]"#, "tools[0].googleSearch"),
        "tools[] further fields": (
            #""tools":[{"functionDeclarations":[{"name":"a","behavior":"BLOCKING"}]}]"#,
            "tools[0].functionDeclarations[0].behavior"
        ),
        "toolConfig allowedFunctionNames": (
            #""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]}}"#,
            "toolConfig.functionCallingConfig.allowedFunctionNames"
        ),
        "toolConfig further fields": (
            #""toolConfig":{"retrievalConfig":{"languageCode":"en"}}"#, "toolConfig.retrievalConfig"
        ),
        "safetySettings": (#""safetySettings":[{"category":"A","threshold":"B"}]"#, "safetySettings"),
        "cachedContent": (#""cachedContent":"cachedContents/1""#, "cachedContent"),
        "labels": (#""labels":{"a":"b"}"#, "labels"),
        "store": (#""store":true"#, "store"),
        "serviceTier": (#""serviceTier":"flex""#, "serviceTier"),
        "temperature above 1": (config(#""temperature":1.5"#), "generationConfig.temperature"),
        "generationConfig.topK": (config(#""topK":4"#), "generationConfig.topK"),
        "generationConfig.seed": (config(#""seed":4"#), "generationConfig.seed"),
        "generationConfig.presencePenalty": (config(#""presencePenalty":1"#), "generationConfig.presencePenalty"),
        "generationConfig.frequencyPenalty": (config(#""frequencyPenalty":1"#), "generationConfig.frequencyPenalty"),
        "generationConfig.responseMimeType alone": (
            config(#""responseMimeType":"application/json""#), "generationConfig.responseMimeType"
        ),
        "generationConfig.responseMimeType others": (
            config(#""responseMimeType":"text/x.enum""#), "generationConfig.responseMimeType"
        ),
        "generationConfig.candidateCount": (config(#""candidateCount":2"#), "generationConfig.candidateCount"),
        "generationConfig.responseLogprobs": (config(#""responseLogprobs":true"#), "generationConfig.responseLogprobs"),
        "generationConfig.logprobs": (config(#""logprobs":3"#), "generationConfig.logprobs"),
        "generationConfig.responseModalities": (
            config(#""responseModalities":["IMAGE"]"#), "generationConfig.responseModalities"
        ),
        "generationConfig.speechConfig": (config(#""speechConfig":{}"#), "generationConfig.speechConfig"),
        "generationConfig.imageConfig": (config(#""imageConfig":{}"#), "generationConfig.imageConfig"),
        "generationConfig.mediaResolution": (
            config(#""mediaResolution":"MEDIA_RESOLUTION_LOW""#), "generationConfig.mediaResolution"
        ),
        "generationConfig.audioTimestamp": (config(#""audioTimestamp":true"#), "generationConfig.audioTimestamp"),
    ]

    private static let responses: [String: (members: String, path: String)] = [
        "reasoning.effort": (#""reasoning":{"effort":"low"}"#, "reasoning.effort"),
        "pictures and documents by URL": (
            inputPart(#"{"type":"input_image","image_url":"https://a.b/c"}"#), "input[0].content[0].image_url"
        ),
        "pictures of other kinds": (
            inputPart(#"{"type":"input_image","image_url":"data:image/tiff;base64,AAAA"}"#),
            "input[0].content[0].image_url"
        ),
        "documents of other kinds": (
            inputPart(#"{"type":"input_file","file_data":"data:application/zip;base64,AAAA"}"#),
            "input[0].content[0].file_data"
        ),
        "tool_choice none behind calls": (
            #""input":[{"type":"function_call_output","call_id":"a","output":"b"}],"tool_choice":"none","tools":[{"type":"function","name":"f"}]"#,
            "tool_choice"
        ),
        "input[].content[] input_image.detail": (
            inputPart(#"{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"low"}"#),
            "input[0].content[0].detail"
        ),
        "input[].content[] input_file.file_url": (
            inputPart(#"{"type":"input_file","file_url":"https://a.b/c"}"#), "input[0].content[0].file_url"
        ),
        "input[].content[] file_id": (
            inputPart(#"{"type":"input_file","file_id":"file-1"}"#), "input[0].content[0].file_id"
        ),
        "input[].content[] input_audio": (
            inputPart(#"{"type":"input_audio","input_audio":{}}"#), "input[0].content[0]"
        ),
        "input[] reasoning": (#""input":[{"type":"reasoning","summary":[],"encrypted_content":"a"}]"#, "input[0]"),
        "input[] item_reference": (#""input":[{"type":"item_reference","id":"msg_1"}]"#, "input[0]"),
        "input[] compaction": (#""input":[{"type":"compaction","encrypted_content":"a"}]"#, "input[0]"),
        "input[] others": (#""input":[{"type":"web_search_call","id":"ws_1"}]"#, "input[0].type"),
        "tools[] others": (#""tools":[{"type":"web_search"}]"#, "tools[0].type"),
        "tool_choice others": (#""tool_choice":{"type":"web_search"}"#, "tool_choice"),
        "parallel_tool_calls": (#""parallel_tool_calls":false"#, "parallel_tool_calls"),
        "temperature above 1": (#""temperature":1.5"#, "temperature"),
        "stream_options": (#""stream_options":{"include_obfuscation":true}"#, "stream_options"),
        "reasoning further fields": (#""reasoning":{"summary":"detailed"}"#, "reasoning.summary"),
        "text.format json_object": (#""text":{"format":{"type":"json_object"}}"#, "text.format"),
        "text further fields": (#""text":{"verbosity":"low"}"#, "text.verbosity"),
        "user": (#""user":"a""#, "user"),
        "safety_identifier": (#""safety_identifier":"a""#, "safety_identifier"),
        "service_tier": (#""service_tier":"flex""#, "service_tier"),
        "service_tier others": (#""service_tier":"flex""#, "service_tier"),
        "previous_response_id": (#""previous_response_id":"resp_1""#, "previous_response_id"),
        "conversation": (#""conversation":"conv_1""#, "conversation"),
        "store": (#""store":true"#, "store"),
        "background": (#""background":true"#, "background"),
        "prompt": (#""prompt":{"id":"pmpt_1"}"#, "prompt"),
        "include": (#""include":["reasoning.encrypted_content"]"#, "include"),
        "top_logprobs": (#""top_logprobs":2"#, "top_logprobs"),
        "max_tool_calls": (#""max_tool_calls":2"#, "max_tool_calls"),
        "metadata": (#""metadata":{"a":"b"}"#, "metadata"),
        "client_metadata": (#""client_metadata":{"a":"b"}"#, "client_metadata"),
        "truncation": (#""truncation":"auto""#, "truncation"),
        "context_management": (#""context_management":[{"type":"compaction"}]"#, "context_management"),
        "prompt_cache_key": (#""prompt_cache_key":"a""#, "prompt_cache_key"),
        "prompt_cache_retention": (#""prompt_cache_retention":"24h""#, "prompt_cache_retention"),
        "prompt_cache_options": (#""prompt_cache_options":{"ttl":"12h"}"#, "prompt_cache_options"),
        "moderation": (#""moderation":{}"#, "moderation"),
        "access_programs": (#""access_programs":["a"]"#, "access_programs"),
    ]

    private static func geminiPart(_ part: String) -> String { #""contents":[{"role":"user","parts":[\#(part)]}]"# }
    private static func config(_ members: String) -> String { #""generationConfig":{\#(members)}"# }
    private static func inputPart(_ part: String) -> String { #""input":[{"role":"user","content":[\#(part)]}]"# }

    private static func part(_ part: String) -> String { #""messages":[{"role":"user","content":[\#(part)]}]"# }

    @Test("every field that is refused or dropped is named")
    func rows() {
        check(TranslationTable.fromOpenAIToAnthropic, TableTests.openAI, GoldenTests.Pair.all[0].translation)
        check(TranslationTable.fromAnthropicToOpenAI, TableTests.anthropic, GoldenTests.Pair.all[1].translation)
        let named = GoldenTests.Pair.named
        check(
            TranslationTable.fromOpenAIToGemini,
            TableTests.openAIToGemini,
            named("OpenAIToGemini").translation,
            areShared: true
        )
        let toGemini = named("AnthropicToGemini").translation
        check(TranslationTable.fromAnthropicToGemini, TableTests.anthropicToGemini, toGemini, areShared: true)
        check(
            TranslationTable.fromOpenAIToConverse,
            TableTests.openAIToConverse,
            named("OpenAIToConverse").translation,
            areShared: true
        )
        let toResponses = (named("OpenAIToResponses").translation, named("AnthropicToResponses").translation)
        check(TranslationTable.fromOpenAIToResponses, TableTests.openAIToResponses, toResponses.0, areShared: true)
        check(
            TranslationTable.fromAnthropicToResponses,
            TableTests.anthropicToResponses,
            toResponses.1,
            areShared: true
        )
        let toConverse = named("AnthropicToConverse").translation
        check(TranslationTable.fromAnthropicToConverse, TableTests.anthropicToConverse, toConverse, areShared: true)
    }

    @Test(
        "every field that is refused or dropped is named, in tables for several providers",
        arguments: Dialect.allCases.map { "\($0)" } + ["responses"]
    )
    func shared(_ provider: String) {
        for (rows, samples, folder) in [
            (TranslationTable.fromGemini, TableTests.gemini, "GeminiTo"),
            (TranslationTable.fromResponses, TableTests.responses, "ResponsesTo"),
        ] {
            guard
                let pair = GoldenTests.Pair.all.first(where: { $0.folder.hasPrefix(folder) && $0.asks == provider })
            else { continue }
            check(TableTests.rows(rows, at: provider), samples, pair.translation, areShared: true)
        }
    }

    /// The rows that hold for a provider, by the names of their fields alone.
    private static func rows(_ rows: [TranslationTable.Row], at provider: String) -> [TranslationTable.Row] {
        let own = rows.filter { $0.field.hasSuffix(" at \(provider)") }.map {
            $0.named(String($0.field.dropLast("\(provider)".count + 4)))
        }
        let others = rows.filter { row in
            !row.field.hasSuffix(" at responses") && !Dialect.allCases.contains { row.field.hasSuffix(" at \($0)") }
                && !own.contains { $0.field == row.field }
        }
        return own + others
    }

    private func check(
        _ rows: [TranslationTable.Row],
        _ samples: [String: (members: String, path: String)],
        _ translation: Translation,
        areShared: Bool = false
    ) {
        for row in rows {
            if case .said = row.fate {
                #expect(areShared || samples[row.field] == nil, "\(row.field)")
                continue
            }
            // Depends on the model, and has a test of its own.
            if row.field.hasSuffix("at a model that refuses them") { continue }
            guard let sample = samples[row.field] else {
                Issue.record("no sample of \(row.field)")
                continue
            }
            let body = Array("{\"model\":\"m\",\(sample.members)}".utf8)
            do throws(Refusal) {
                let path = Translation.Path(model: "m", isStream: false)
                let request = try translation.request(body.span.bytes, at: path)
                #expect(request.dropped == [sample.path], "\(row.field)")
                guard case .dropped = row.fate else {
                    Issue.record("\(row.field) passed")
                    continue
                }
            } catch {
                guard case .refused(let why) = row.fate else {
                    Issue.record("\(row.field): \(error.message)")
                    continue
                }
                #expect(error.kind == .badRequest && error.param == sample.path, "\(row.field): \(error.message)")
                #expect(error.message.hasPrefix("\(sample.path) cannot be sent") && error.message.hasSuffix("\(why)."))
            }
        }
    }

    @Test("what is read without a look at its row is said by every provider")
    func common() {
        for rows in [
            TranslationTable.fromOpenAIToAnthropic, TranslationTable.fromOpenAIToGemini,
            TranslationTable.fromOpenAIToConverse, TranslationTable.fromOpenAIToResponses,
            TranslationTable.fromAnthropicToOpenAI, TranslationTable.fromAnthropicToGemini,
            TranslationTable.fromAnthropicToConverse, TranslationTable.fromAnthropicToResponses,
        ] {
            for field in ["model", "messages", "stream", "max_tokens"] {
                guard case .said = rows.first(where: { $0.field == field })?.fate else {
                    Issue.record("\(field) is not said")
                    continue
                }
            }
        }
    }

    @Test("a field that stands in no row is refused by its name")
    func unknown() {
        for pair in GoldenTests.Pair.all {
            let body = Array(#"{"model":"m","guided_json":{},"messages":[]}"#.utf8)
            let refusal = Result { () throws(Refusal) in try pair.translation.request(body.span.bytes) }
            guard case .failure(let refusal) = refusal else {
                Issue.record("passed")
                continue
            }
            #expect(refusal.param == "guided_json")
        }
    }

    @Test("what a model refuses is left out and named")
    func sampling() throws {
        let body = Array(#"{"model":"m","max_tokens":5,"temperature":0.2,"top_p":0.5,"messages":[]}"#.utf8)
        let options = Translation.Options(refusesSampling: true)
        let request = try GoldenTests.Pair.all[0].translation.request(body.span.bytes, options)
        #expect(request.dropped == ["temperature", "top_p"])
        #expect(request.body.text == #"{"model":"m","max_tokens":5,"messages":[]}"#)
    }

    @Test(
        "marks for caches go where the model has them, in its words",
        arguments: [
            (
                "AnthropicToConverse", "anthropic.claude-opus-4-7",
                #"{"messages":[{"role":"user","content":[{"text":"b"},{"cachePoint":{"type":"default"}},"#
                    + #"{"toolResult":{"toolUseId":"t","content":[{"text":"c"}]}},{"cachePoint":{"type":"default","ttl":"1h"}}]}],"#
                    + #""system":[{"text":"a"},{"cachePoint":{"type":"default"}}],"toolConfig":{"tools":[{"toolSpec":"#
                    + #"{"name":"f","inputSchema":{"json":{}}}},{"cachePoint":{"type":"default"}}]}}"#, [] as [String]
            ),
            (
                "AnthropicToConverse", "eu.amazon.nova-pro-v1:0",
                #"{"messages":[{"role":"user","content":[{"text":"b"},{"cachePoint":{"type":"default"}},"#
                    + #"{"toolResult":{"toolUseId":"t","content":[{"text":"c"}]}},{"cachePoint":{"type":"default","ttl":"1h"}}]}],"#
                    + #""system":[{"text":"a"},{"cachePoint":{"type":"default"}}],"toolConfig":{"tools":[{"toolSpec":"#
                    + #"{"name":"f","inputSchema":{"json":{}}}}]}}"#, ["tools[0].cache_control"]
            ),
            (
                "AnthropicToConverse", "meta.llama4",
                #"{"messages":[{"role":"user","content":[{"text":"b"},{"toolResult":{"toolUseId":"t","content":[{"text":"c"}]}}]}],"#
                    + #""system":[{"text":"a"}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]}}"#,
                [
                    "system[0].cache_control", "tools[0].cache_control", "messages[0].content[0].cache_control",
                    "messages[0].content[1].content[0].cache_control",
                ]
            ),
        ]
    )
    func caches(_ folder: String, _ model: String, _ wanted: String, _ dropped: [String]) throws {
        let mark = #""cache_control":{"type":"ephemeral"}"#
        let long = #""cache_control":{"type":"ephemeral","ttl":"1h"}"#
        let body = Array(
            (#"{"model":"m","system":[{"type":"text","text":"a",\#(mark)}],"tools":[{"name":"f","input_schema":{},\#(mark)}],"#
                + #""messages":[{"role":"user","content":[{"type":"text","text":"b",\#(mark)},"#
                + #"{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"c",\#(long)}]}]}]}"#).utf8
        )
        let options = Translation.Options(to: .converse, model: model, setting: [])
        let request = try GoldenTests.Pair.named(folder).translation.request(body.span.bytes, options)
        #expect(request.body.text == wanted)
        #expect(request.dropped == dropped)
    }

    @Test("callers of OpenAI's dialect mark what is kept as Anthropic's do")
    func marks() throws {
        let mark = #""cache_control":{"type":"ephemeral","ttl":"1h"}"#
        let body = Array(
            (#"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"b",\#(mark)},"#
                + #"{"type":"text","text":"c"}]}],"tools":[{"type":"function","function":{"name":"f"},\#(mark)}],"#
                + #""cache_control":{"type":"ephemeral"}}"#).utf8
        )
        let request = try GoldenTests.Pair.all[0].translation.request(body.span.bytes)
        #expect(request.dropped.isEmpty)
        #expect(
            request.body.text == #"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":["#
                + #"{"type":"text","text":"b",\#(mark)},{"type":"text","text":"c","cache_control":{"type":"ephemeral"}}]}],"#
                + #""tools":[{"name":"f","input_schema":{"type":"object","properties":{}},\#(mark)}]}"#
        )
    }

    @Test("null and what says nothing goes without a word")
    func idle() throws {
        let body = Array(
            #"{"model":"m","n":1,"seed":null,"logprobs":false,"presence_penalty":0,"store":false,"messages":[]}"#.utf8
        )
        let request = try GoldenTests.Pair.all[0].translation.request(body.span.bytes)
        #expect(request.dropped.isEmpty)
    }

    @Test(
        "what has the wrong type is refused by its place",
        arguments: [
            (#""messages":{}"#, "messages"), (#""messages":[{"role":"king"}]"#, "messages[0].role"),
            (#""messages":[{"role":"user","content":7}]"#, "messages[0].content"),
            (
                #""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"ftp://a"}}]}]"#,
                "messages[0].content[0].image_url.url"
            ),
            (#""messages":[{"role":"tool","content":"a"}]"#, "messages[0].tool_call_id"),
            (#""messages":[7]"#, "messages[0].role"), (#""tools":[{"type":"function"}]"#, "tools[0].function"),
            (#""reasoning_effort":"much""#, "reasoning_effort"),
            (#""response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
        ]
    )
    func wrong(_ members: String, _ path: String) {
        let body = Array("{\"model\":\"m\",\(members)}".utf8)
        do throws(Refusal) {
            _ = try GoldenTests.Pair.all[0].translation.request(body.span.bytes)
            Issue.record("\(members) passed")
        } catch {
            #expect(error.kind == .badRequest && error.param == path)
        }
    }

    @Test("docs/dialects.md shows every row")
    func documented() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let text = try String(contentsOf: root.appendingPathComponent("docs/dialects.md"), encoding: .utf8)
        for rows in [
            TranslationTable.fromOpenAIToAnthropic, TranslationTable.fromAnthropicToOpenAI,
            TranslationTable.fromOpenAIToGemini, TranslationTable.fromAnthropicToGemini, TranslationTable.fromGemini,
            TranslationTable.fromResponses, TranslationTable.fromOpenAIToConverse,
            TranslationTable.fromAnthropicToConverse, TranslationTable.fromOpenAIToResponses,
            TranslationTable.fromAnthropicToResponses,
        ] {
            for row in rows { #expect(text.contains(row.line), "docs/dialects.md lacks\n\(row.line)") }
        }
    }
}

extension TranslationTable.Row {
    fileprivate func named(_ field: String) -> TranslationTable.Row { TranslationTable.Row(field, fate) }

    /// As it stands in the document.
    var line: String {
        switch fate {
        case .said(let place): "| `\(field)` | sent | \(place) |"
        case .dropped(let why): "| `\(field)` | left out | \(why) |"
        case .refused(let why): "| `\(field)` | 400 | \(why) |"
        }
    }
}

extension Result where Failure == Refusal {
    init(_ body: () throws(Refusal) -> Success) {
        do throws(Refusal) { self = .success(try body()) } catch { self = .failure(error) }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Usage as each dialect counts it; OpenAI's input holds the cached tokens, Anthropic's does not.
enum TranslatedUsage {
    /// Reads OpenAI's object; `nil` where it holds no count.
    static func openAI(_ counts: JSONItem) -> Usage? {
        guard counts.kind == .object else { return nil }
        var cursor = JSONCursor(at: counts.range.lowerBound)
        // Safe because: bytes have no padding.
        return unsafe (try? UsageReading(counts.text.span.bytes, &cursor, depth: 0))?.usage
    }
}

/// The counts of Anthropic's dialect, which come in parts: a later one takes the place of the former.
struct AnthropicCounts {
    private var input: Int64 = 0
    private var cached: Int64 = 0
    private var written: Int64 = 0
    private var written1h: Int64?
    private var output: Int64 = 0
    private var thinking: Int64 = 0
    private(set) var isThere = false

    private static let most: Int64 = 1_000_000_000

    mutating func take(_ counts: JSONItem) {
        for member in counts.members {
            if member.isNamed("input_tokens") {
                input = count(member.value) ?? input
            } else if member.isNamed("output_tokens") {
                output = count(member.value) ?? output
            } else if member.isNamed("cache_read_input_tokens") {
                cached = count(member.value) ?? cached
            } else if member.isNamed("cache_creation_input_tokens") {
                written = count(member.value) ?? written
            } else if member.isNamed("cache_creation") {
                guard let long = member.value["ephemeral_1h_input_tokens"]?.int else { continue }
                written1h = min(max(0, long), AnthropicCounts.most)
            } else if member.isNamed("output_tokens_details") {
                for detail in member.value.members
                where detail.isNamed("thinking_tokens") || detail.isNamed("reasoning_tokens") {
                    thinking = count(detail.value) ?? thinking
                }
            }
        }
    }

    private mutating func count(_ value: JSONItem) -> Int64? {
        guard let number = value.int else { return nil }
        isThere = true
        return min(max(0, number), AnthropicCounts.most)
    }

    /// `nil` where nothing was counted.
    var usage: Usage? {
        guard isThere else { return nil }
        let long = min(written1h ?? 0, written)
        return Usage(
            freshInput: input,
            cachedInput: cached,
            cacheWrite5m: written - long,
            cacheWrite1h: long,
            output: output,
            reasoning: min(thinking, output)
        )
    }
}

extension Usage {
    /// Tokens written to a cache.
    private var written: Int64 { cacheWrite5m + cacheWrite1h }

    func writeOpenAI(to out: inout JSONWriter) {
        out.beginObject()
        out.member("prompt_tokens", input)
        out.member("completion_tokens", output)
        out.member("total_tokens", input + output)
        out.name("prompt_tokens_details")
        out.beginObject()
        out.member("cached_tokens", cachedInput)
        if written > 0 { out.member("cache_write_tokens", written) }
        out.endObject()
        out.name("completion_tokens_details")
        out.beginObject()
        out.member("reasoning_tokens", reasoning)
        out.endObject()
        out.endObject()
    }

    func writeAnthropic(to out: inout JSONWriter) {
        out.beginObject()
        out.member("input_tokens", freshInput)
        out.member("cache_creation_input_tokens", written)
        out.member("cache_read_input_tokens", cachedInput)
        if cacheWrite1h > 0 {
            out.name("cache_creation")
            out.beginObject()
            out.member("ephemeral_5m_input_tokens", cacheWrite5m)
            out.member("ephemeral_1h_input_tokens", cacheWrite1h)
            out.endObject()
        }
        out.member("output_tokens", output)
        out.endObject()
    }
}

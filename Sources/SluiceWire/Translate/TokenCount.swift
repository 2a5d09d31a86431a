// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// How many tokens a request has, asked of a provider of another dialect.
extension Conversation {
    /// Writes the request for a count: what is asked of the answer is no part of it.
    mutating func writeCount(
        to out: inout JSONWriter,
        _ provider: Translation.Side,
        _ options: Translation.Options
    ) {
        outputCap = nil
        temperature = nil
        topP = nil
        topK = nil
        seed = nil
        frequencyPenalty = nil
        presencePenalty = nil
        stops = []
        isStream = nil
        user = nil
        tier = nil
        switch provider {
        case .responses: writeResponses(to: &out, isCount: true)
        case .anthropic:
            var options = options
            options.setsOutputCap = true
            writeAnthropic(to: &out, options)
        case .gemini:
            // Google counts schemas and thinking with the contents.
            guard !options.countsContents else { return writeGemini(to: &out, options) }
            var inner = JSONWriter(reserving: 1_024)
            writeGemini(to: &inner, options)
            out.beginObject()
            out.name("generateContentRequest")
            // The version's model takes the place of this one.
            out.raw(
                Array(#"{"model":"models/""#.utf8) + (inner.bytes.count > 2 ? [.comma] : []) + inner.bytes.dropFirst()
            )
            out.endObject()
        case .converse:
            format = nil
            var inner = JSONWriter(reserving: 1_024)
            writeConverse(to: &inner)
            out.beginObject()
            out.name("input")
            out.beginObject()
            out.member("converse", raw: inner.bytes)
            out.endObject()
            out.endObject()
        // Chat completions have no count: the initializer gives no such translation.
        case .openai: break
        }
    }
}

extension Translation {
    /// The provider's count as the caller is told it; `nil` where there is none.
    func count(_ answer: JSONItem) -> [UInt8]? {
        let count: Int64? =
            switch provider {
            case .responses, .anthropic: answer["input_tokens"]?.int
            case .gemini: answer["totalTokens"]?.int
            case .converse: answer["inputTokens"]?.int
            case .openai: nil
            }
        guard let count, count >= 0 else { return nil }
        var out = JSONWriter()
        out.beginObject()
        switch caller {
        case .responses:
            out.member("object", "response.input_tokens")
            out.member("input_tokens", count)
        case .anthropic: out.member("input_tokens", count)
        case .gemini: out.member("totalTokens", count)
        case .openai, .converse: return nil
        }
        out.endObject()
        return out.bytes
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension TranslatedAnswer {
    /// Reads an answer of Gemini's dialect; `nil` where it has no candidate, unless the prompt was blocked.
    init?(gemini answer: JSONItem, _ context: Translation.Context) {
        var candidates = answer["candidates"]?.elements
        let candidate = candidates?.next()?.value
        guard candidate != nil || answer["promptFeedback"]?["blockReason"]?.kind == .string else { return nil }
        id = answer.said("responseId")
        model = answer.said("modelVersion")
        finish = candidate == nil ? .refusal : .end
        if let parts = candidate?["content"]?["parts"] { read(parts, context) }
        if let reason = candidate?["finishReason"]?.inside { finish = Finish(gemini: reason.span) }
        let hasCalls = pieces.contains { if case .call = $0 { true } else { false } }
        if finish == .end, hasCalls { finish = .calls }
        if let result = candidate?["logprobsResult"] { probabilities = TokenProbability.gemini(result) }
        if let counts = answer["usageMetadata"] { usage = TranslatedUsage.gemini(counts) }
    }

    private mutating func read(_ parts: JSONItem, _ context: Translation.Context) {
        var calls = 0
        for part in parts.elements {
            let part = part.value
            if let call = part["functionCall"], let name = call["name"]?.inside {
                var made: [UInt8] = []
                let answer = id.map { $0.dropFirst().dropLast() } ?? Array(context.id.utf8)[...]
                made += "call_\(calls)_".utf8
                made += answer
                calls += 1
                pieces.append(
                    .call(
                        id: call.said(item: "id")?.inside ?? made[...],
                        name: name,
                        arguments: .object(call.said("args") ?? Array("{}".utf8)[...]),
                        signature: part["thoughtSignature"]?.inside
                    )
                )
            } else if let text = part["text"]?.inside, !text.isEmpty {
                if part["thought"]?.isTrue == true {
                    take(text) { .thinking($0, signature: nil) }
                } else {
                    take(text) { .text($0) }
                }
            }
        }
    }

    /// Texts of one kind that follow each other are one.
    private mutating func take(_ text: JSON, as piece: (JSON) -> Conversation.Piece) {
        switch (pieces.last, piece(text)) {
        case (.text(let before), .text): pieces[pieces.count - 1] = .text(before + text)
        case (.thinking(let before, _), .thinking):
            pieces[pieces.count - 1] = .thinking(before + text, signature: nil)
        case (_, let next): pieces.append(next)
        }
    }

    /// Writes it in Gemini's dialect.
    func gemini(_ context: Translation.Context) -> [UInt8] {
        var out = JSONWriter(reserving: 512)
        out.beginObject()
        out.name("candidates")
        out.beginArray()
        out.beginObject()
        out.name("content")
        out.beginObject()
        out.name("parts")
        out.beginArray()
        for piece in pieces { write(piece, to: &out) }
        out.endArray()
        out.member("role", "model")
        out.endObject()
        out.member("finishReason", finish.gemini.description)
        if !probabilities.isEmpty {
            if let average = probabilities.average { out.member("avgLogprobs", raw: average.utf8) }
            out.name("logprobsResult")
            probabilities.writeGemini(to: &out)
        }
        out.member("index", word: "0")
        out.endObject()
        out.endArray()
        if let usage {
            out.name("usageMetadata")
            usage.writeGemini(to: &out)
        }
        if let model { out.member("modelVersion", raw: model) }
        out.name("responseId")
        if let id { out.raw(id) } else { out.string(context.id) }
        out.endObject()
        return out.bytes
    }

    private func write(_ piece: Conversation.Piece, to out: inout JSONWriter) {
        switch piece {
        case .text(let text), .refusal(let text):
            out.beginObject()
            out.name("text")
            out.string(inside: text)
            out.endObject()
        case .thinking(let text, let signature):
            out.beginObject()
            out.name("text")
            out.string(inside: text)
            out.member("thought", word: "true")
            if let signature, !signature.isEmpty {
                out.name("thoughtSignature")
                out.string(inside: signature)
            }
            out.endObject()
        case .call(let id, let name, let arguments, _):
            GeminiPart.writeCall(id: id, name: name, arguments.object, to: &out)
        case .redacted, .image, .document, .result, .cachePoint: break
        }
    }
}

/// A part of an answer.
enum GeminiPart {
    static func writeCall(
        id: ArraySlice<UInt8>,
        name: ArraySlice<UInt8>,
        _ arguments: ArraySlice<UInt8>,
        to out: inout JSONWriter
    ) {
        out.beginObject()
        out.name("functionCall")
        out.beginObject()
        if !id.isEmpty {
            out.name("id")
            out.string(inside: id)
        }
        out.name("name")
        out.string(inside: name)
        out.member("args", raw: arguments)
        out.endObject()
        out.endObject()
    }
}

extension Finish {
    init(gemini reason: Span<UInt8>) {
        let refusals: [StaticString] = [
            "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR",
        ]
        self =
            if reason.equals("MAX_TOKENS") {
                .length
            } else if refusals.contains(where: { reason.equals($0) }) {
                .refusal
            } else {
                .end
            }
    }

    var gemini: StaticString {
        switch self {
        case .end, .stopSequence, .calls, .pause: "STOP"
        case .length, .contextFull: "MAX_TOKENS"
        case .refusal: "SAFETY"
        }
    }
}

extension TranslatedUsage {
    /// Reads Google's object, whose thoughts stand beside the candidates; `nil` where it holds no count.
    static func gemini(_ counts: JSONItem) -> Usage? {
        guard counts.kind == .object else { return nil }
        var cursor = JSONCursor(at: counts.range.lowerBound)
        // Safe because: bytes have no padding.
        return unsafe (try? UsageReading(counts.text.span.bytes, &cursor, depth: 0, .google))?.usage
    }
}

extension Usage {
    func writeGemini(to out: inout JSONWriter) {
        out.beginObject()
        out.member("promptTokenCount", input)
        if cachedInput > 0 { out.member("cachedContentTokenCount", cachedInput) }
        out.member("candidatesTokenCount", output - reasoning)
        if reasoning > 0 { out.member("thoughtsTokenCount", reasoning) }
        out.member("totalTokenCount", input + output)
        out.endObject()
    }
}

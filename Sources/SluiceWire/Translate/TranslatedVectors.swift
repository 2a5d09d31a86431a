// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Embeddings, asked of a provider of another dialect: texts there, vectors back. Numbers keep their spelling.
extension Translation {
    /// Texts and how long their vectors shall be.
    private struct Texts {
        /// Insides of JSON strings.
        var texts: [Conversation.JSON] = []
        var dimensions: Conversation.JSON?
        var dropped: [String] = []
        /// The caller takes vectors as base64 of floats.
        var isBase64 = false
        var model: Conversation.JSON?
    }

    /// Translates a request for vectors.
    ///
    /// - Parameter isBatch: in Gemini's dialect it holds a list of requests.
    func vectors(_ request: JSONItem, isBatch: Bool) throws(Refusal) -> Request {
        let texts = caller == .gemini ? try ofGemini(request, isBatch: isBatch) : try ofOpenAI(request)
        var out = JSONWriter(reserving: request.raw.count + 256)
        if provider == .gemini { write(gemini: texts, to: &out) } else { write(openAI: texts, to: &out) }
        let echo = texts.isBase64 ? Array("base64".utf8) : isBatch ? Array("batch".utf8) : []
        return Request(body: out.bytes, dropped: texts.dropped, echo: echo)
    }

    // MARK: requests

    private func ofOpenAI(_ request: JSONItem) throws(Refusal) -> Texts {
        var read = Texts()
        for member in request.members where !member.value.isNull {
            switch member.name {
            case "model": read.model = member.value.raw
            case "input": read.texts = try texts(of: member.value)
            case "dimensions": read.dimensions = member.value.raw
            case "encoding_format":
                guard let name = member.value.string, name == "float" || name == "base64" else {
                    throw wrongVectors("encoding_format", "must be float or base64")
                }
                read.isBase64 = name == "base64"
            case "user": read.dropped.append("user")
            case let name: throw notSaid(name)
            }
        }
        guard !read.texts.isEmpty else { throw wrongVectors("input", "must be a text or a list of texts") }
        return read
    }

    private func texts(of input: JSONItem) throws(Refusal) -> [Conversation.JSON] {
        if let text = input.inside { return [text] }
        var texts: [Conversation.JSON] = []
        for (index, element) in input.elements.enumerated() {
            guard let text = element.value.inside else {
                throw wrongVectors("input[\(index)]", "must be a text: the provider's tokens are others")
            }
            texts.append(text)
        }
        return texts
    }

    private func ofGemini(_ request: JSONItem, isBatch: Bool) throws(Refusal) -> Texts {
        var read = Texts()
        guard isBatch else {
            try take(gemini: request, at: "", into: &read)
            return read
        }
        for (index, element) in (request["requests"] ?? request).elements.enumerated() {
            try take(gemini: element.value, at: "requests[\(index)].", into: &read)
        }
        guard !read.texts.isEmpty else { throw wrongVectors("requests", "must be a list of requests") }
        return read
    }

    private func take(gemini request: JSONItem, at path: String, into read: inout Texts) throws(Refusal) {
        var text: Conversation.JSON?
        let first = read.texts.isEmpty
        var dimensions: Conversation.JSON?
        for member in request.members where !member.value.isNull {
            switch member.name {
            case "model": break
            case "content":
                var all: Conversation.JSON = []
                for part in (member.value["parts"] ?? member.value).elements {
                    guard let inside = part.value["text"]?.inside else {
                        throw wrongVectors("\(path)content.parts", "may hold texts only: nothing else is taken there")
                    }
                    all += inside
                }
                text = all
            case "outputDimensionality", "output_dimensionality": dimensions = member.value.raw
            case "taskType", "task_type", "title":
                if !read.dropped.contains(member.name) { read.dropped.append(member.name) }
            case let name: throw notSaid(path + name)
            }
        }
        guard let text, !text.isEmpty else { throw wrongVectors("\(path)content", "must have parts with a text") }
        if first { read.dimensions = dimensions }
        guard read.dimensions.map({ Array($0) }) == dimensions.map({ Array($0) }) else {
            throw wrongVectors(
                "\(path)outputDimensionality",
                "must be the same in all requests: one number is taken there"
            )
        }
        read.texts.append(text)
    }

    private func write(gemini read: Texts, to out: inout JSONWriter) {
        out.beginObject()
        out.name("requests")
        out.beginArray()
        for text in read.texts {
            out.beginObject()
            // The version's model takes the place of this one.
            out.member("model", "models/")
            out.name("content")
            out.beginObject()
            out.name("parts")
            out.beginArray()
            out.beginObject()
            out.name("text")
            out.string(inside: text)
            out.endObject()
            out.endArray()
            out.endObject()
            if let dimensions = read.dimensions { out.member("outputDimensionality", raw: dimensions) }
            out.endObject()
        }
        out.endArray()
        out.endObject()
    }

    private func write(openAI read: Texts, to out: inout JSONWriter) {
        out.beginObject()
        out.member("model", "m")
        out.name("input")
        out.beginArray()
        for text in read.texts { out.string(inside: text) }
        out.endArray()
        if let dimensions = read.dimensions { out.member("dimensions", raw: dimensions) }
        out.member("encoding_format", "float")
        out.endObject()
    }

    private func wrongVectors(_ path: String, _ what: String) -> Refusal {
        Refusal(.badRequest, "\(path) \(what).", param: path)
    }

    private func notSaid(_ path: String) -> Refusal {
        Refusal(
            .badRequest,
            "\(path) cannot be sent to this route's provider, which speaks the dialect \(provider.name): there is no such field.",
            param: path
        )
    }

    // MARK: answers

    /// Translates an answer with vectors; `nil` where it has none.
    func vectors(_ answer: JSONItem, _ context: Context) -> [UInt8]? {
        var vectors: [JSONItem] = []
        if provider == .gemini {
            guard let list = answer["embeddings"], list.kind == .array else { return nil }
            for element in list.elements {
                guard let values = element.value["values"], values.kind == .array else { return nil }
                vectors.append(values)
            }
        } else {
            guard let list = answer["data"], list.kind == .array else { return nil }
            var numbered: [(Int64, JSONItem)] = []
            for element in list.elements {
                guard let values = element.value["embedding"], values.kind == .array else { return nil }
                numbered.append((element.value["index"]?.int ?? Int64(numbered.count), values))
            }
            vectors = numbered.sorted { $0.0 < $1.0 }.map(\.1)
        }
        guard !vectors.isEmpty else { return nil }
        var out = JSONWriter(reserving: answer.raw.count + 256)
        out.beginObject()
        if caller == .gemini {
            let isBatch = context.echo.elementsEqual("batch".utf8)
            out.name(isBatch ? "embeddings" : "embedding")
            if isBatch { out.beginArray() }
            for vector in isBatch ? vectors[...] : vectors.prefix(1) {
                out.beginObject()
                out.member("values", raw: vector.raw)
                out.endObject()
            }
            if isBatch { out.endArray() }
        } else {
            write(openAI: vectors, of: answer, isBase64: context.echo.elementsEqual("base64".utf8), context, to: &out)
        }
        out.endObject()
        return out.bytes
    }

    private func write(
        openAI vectors: [JSONItem],
        of answer: JSONItem,
        isBase64: Bool,
        _ context: Context,
        to out: inout JSONWriter
    ) {
        out.member("object", "list")
        out.name("data")
        out.beginArray()
        for (index, vector) in vectors.enumerated() {
            out.beginObject()
            out.member("object", "embedding")
            out.member("index", Int64(index))
            out.name("embedding")
            if isBase64 { out.string(inside: Translation.base64(of: vector)) } else { out.raw(vector.raw) }
            out.endObject()
        }
        out.endArray()
        out.member("model", context.model)
        // Google's older models do not say what was counted.
        if let counts = answer["usageMetadata"], let usage = TranslatedUsage.gemini(counts) {
            out.name("usage")
            out.beginObject()
            out.member("prompt_tokens", usage.input)
            out.member("total_tokens", usage.input)
            out.endObject()
        }
    }

    /// A vector as its floats' bytes, the lowest first, in base64.
    private static func base64(of vector: JSONItem) -> [UInt8] {
        var bytes: [UInt8] = []
        for element in vector.elements {
            let number = Float(String(decoding: element.value.raw, as: UTF8.self)) ?? 0
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
            }
        }
        return Base64.text(of: bytes)
    }
}

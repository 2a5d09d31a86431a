// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A request in terms that all dialects share.
///
/// Values are JSON as the caller wrote it.
struct Conversation {
    typealias JSON = ArraySlice<UInt8>

    var losses: TranslationTable.Losses
    var model: JSON = []
    var system: [Piece] = []
    var turns: [Turn] = []
    var tools: [Tool] = []
    var toolChoice: ToolChoice?
    /// `false` where the caller wants one call at a time.
    var allowsParallelCalls: JSON?
    var outputCap: JSON?
    var temperature: JSON?
    var topP: JSON?
    var topK: JSON?
    var seed: JSON?
    var frequencyPenalty: JSON?
    var presencePenalty: JSON?
    /// How probable its tokens were is to be told, and that of how many others.
    var logprobs: JSON?
    var topLogprobs: JSON?
    /// Strings that end the answer.
    var stops: [JSON] = []
    var effort: Effort?
    var format: Format?
    var user: JSON?
    var tier: Tier?
    var isStream: JSON?
    /// `stream_options` with their usage.
    var asksForUsage = false
    /// Where the provider's model takes marks of what it is to keep in a cache.
    var caching = Caching.none

    init(_ losses: TranslationTable.Losses) { self.losses = losses }

    struct Turn {
        enum Role { case user, assistant }
        var role: Role
        var pieces: [Piece]
    }

    /// A part of a message or of an answer.
    enum Piece {
        /// Inside of a JSON string.
        case text(JSON)
        case refusal(JSON)
        case image(Source)
        case document(Source, name: JSON?)
        case thinking(JSON, signature: JSON?)
        case redacted(JSON)
        /// The signature is Gemini's: thought that led to the call, which goes back with it.
        case call(id: JSON, name: JSON, arguments: Arguments, signature: JSON?)
        case result(id: JSON, pieces: [Piece], isError: Bool)
        /// What stands before is to be kept in a cache, for an hour or for the usual time.
        case cachePoint(isLong: Bool)
    }

    /// Where a picture or document is.
    enum Source {
        /// Insides of JSON strings.
        case data(type: JSON, base64: JSON)
        case url(JSON)
    }

    /// What a tool is called with.
    enum Arguments {
        /// Inside of a JSON string.
        case text(JSON)
        case object(JSON)
    }

    struct Tool {
        var name: JSON
        var description: JSON?
        var schema: JSON?
        var isStrict: JSON?
        /// It and the tools before it are to be kept in a cache.
        var cachePoint: Piece?
    }

    /// Behind which parts of a request a mark may stand: no part, texts and system prompts, or tools, too.
    enum Caching: Sendable { case none, texts, all }

    enum ToolChoice { case auto, any, none, named(JSON) }

    /// How much the model is to think.
    enum Effort: Equatable { case off, low, medium, high, most, adaptive, budget(Int64) }

    enum Format {
        case schema(JSON, name: JSON?, strict: JSON?)
        /// Any JSON object.
        case object
    }

    enum Tier { case auto, standard }
}

extension Conversation {
    /// Adds to the last turn where it is of the same role.
    mutating func add(_ pieces: [Piece], as role: Turn.Role) {
        guard !pieces.isEmpty else { return }
        if turns.last?.role == role {
            turns[turns.count - 1].pieces += pieces
        } else {
            turns.append(Turn(role: role, pieces: pieces))
        }
    }

    /// The mark behind a part of the request; `nil` where the provider's model knows none there.
    ///
    /// - Parameter control: Anthropic's `cache_control`, which callers of OpenAI's dialect write, too.
    mutating func cachePoint(
        _ control: JSONItem?,
        at path: @autoclosure () -> String?,
        isTool: Bool = false
    ) throws(Refusal) -> Piece? {
        guard let control else { return nil }
        let isKnown = caching == .all || caching == .texts && !isTool
        let row =
            losses.provider == .converse && !isKnown ? "cache_control at a model that keeps none" : "cache_control"
        func place() -> String { path().map { "\($0).cache_control" } ?? "cache_control" }
        guard try losses.allow(row, at: place(), control), control.kind == .object else { return nil }
        return .cachePoint(isLong: control["ttl"]?.string == "1h")
    }

    /// A mark at the top of a request stands for one behind the last block that there is.
    mutating func markEnd(_ control: JSONItem?) throws(Refusal) {
        guard let point = try cachePoint(control, at: nil), let last = turns.last?.pieces.last else { return }
        if case .cachePoint = last { return }
        turns[turns.count - 1].pieces.append(point)
    }

    /// Leaves out what the provider's model refuses.
    mutating func dropSampling() throws(Refusal) {
        let row = "temperature, top_p, top_k at a model that refuses them"
        let names =
            losses.caller == .gemini
            ? ["generationConfig.temperature", "generationConfig.topP", "generationConfig.topK"]
            : ["temperature", "top_p", "top_k"]
        if temperature != nil { _ = try losses.allow(row, at: names[0], nil) }
        if topP != nil { _ = try losses.allow(row, at: names[1], nil) }
        if topK != nil { _ = try losses.allow(row, at: names[2], nil) }
        temperature = nil
        topP = nil
        topK = nil
    }

    /// A temperature of the other dialect's scale, which may end at one.
    mutating func heated(_ value: JSONItem, at path: @autoclosure () -> String) throws(Refusal) -> JSON? {
        guard losses.provider == .anthropic || losses.provider == .converse,
            let degree = Double(String(decoding: value.raw, as: UTF8.self)), degree > 1
        else { return value.raw }
        _ = try losses.allow("temperature above 1", at: path(), nil)
        return Array("1".utf8)[...]
    }

    func wrongType(_ path: String, _ wanted: String) -> Refusal {
        Refusal(.badRequest, "\(path) must be \(wanted).", param: path)
    }
}

extension Conversation.Arguments {
    /// As an object: what is none, as of an answer that broke off, stays readable as `{"arguments":"…"}`.
    var object: Conversation.JSON {
        switch self {
        case .object(let json): return json
        case .text(let inside):
            let raw = Array(inside)
            // Safe because: bytes have no padding.
            let text = unsafe Array(JSONText.unescaped(raw.span.bytes, 0..<raw.count).utf8)
            if let item = JSONItem(checking: text), item.kind == .object { return item.raw }
            if text.allSatisfy({ $0 <= 0x20 }) { return Array("{}".utf8)[...] }
            var out = JSONWriter()
            out.beginObject()
            out.name("arguments")
            out.string(inside: inside)
            out.endObject()
            return out.bytes[...]
        }
    }

    /// As the inside of a string.
    var inside: Conversation.JSON {
        switch self {
        case .text(let inside): return inside
        case .object(let json):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(json.count + 16)
            bytes.appendEscaped(json)
            return bytes[...]
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The dialect of Google's Gemini API, whose models stand in the path.
enum Gemini {
    // MARK: paths

    /// What callers ask for, below any version of the API.
    static func find(_ path: Substring) -> Dialects.Wanted? {
        guard let rest = below(path) else { return nil }
        if rest.isEmpty { return .modelList(.gemini) }
        let name = rest.dropFirst()
        guard rest.first == "/", !name.isEmpty else { return nil }
        if let (operation, isStream, model) = call(name) {
            return .named(Outcome.Endpoint(.gemini, operation), model: Dialects.decoded(model), isStream: isStream)
        }
        return .model(.gemini, Dialects.decoded(name))
    }

    /// What follows `/v1/models`, in any of the forms of that; `nil` where the path is of something else.
    private static func below(_ path: Substring) -> Substring? {
        for start in [
            "/v1beta/models", "/v1/models", "/v1beta1/publishers/google/models", "/v1/publishers/google/models",
        ]
        where path.hasPrefix(start) {
            return path.dropFirst(start.count)
        }
        return nil
    }

    /// A call of a model, by what stands behind the last colon.
    private static func call(_ name: Substring) -> (Operation, isStream: Bool, model: Substring)? {
        guard let colon = name.lastIndex(of: ":"), colon > name.startIndex else { return nil }
        let model = name[..<colon]
        switch name[colon...].dropFirst() {
        case "generateContent": return (.chat, false, model)
        case "streamGenerateContent": return (.chat, true, model)
        case "countTokens": return (.countTokens, false, model)
        case "embedContent": return (.embeddings, false, model)
        case "batchEmbedContents": return (.embeddingBatch, false, model)
        default: return nil
        }
    }

    /// Below the provider's own path.
    static func path(of operation: Operation, model: String, isStream: Bool) -> String? {
        let verb: String
        switch operation {
        case .chat: verb = isStream ? "streamGenerateContent?alt=sse" : "generateContent"
        case .countTokens: verb = "countTokens"
        case .embeddings: verb = "embedContent"
        case .embeddingBatch: verb = "batchEmbedContents"
        case .completions, .models, .other, .responses, .compact, .stored, .images, .speech, .transcriptions,
            .moderations, .rerank, .files, .batches:
            return nil
        }
        // A model may be below another name (`tunedModels/…`).
        return "/models/\(PathText.encoded(model, besides: [UInt8(ascii: "/"), UInt8(ascii: "@")])):\(verb)"
    }

    /// A provider whose address names no version of the API is asked in this one.
    static let standardVersion = "/v1beta"

    // MARK: answers

    /// What a member of the top level of a whole answer is.
    static func member(named name: Range<Int>, of bytes: RawSpan, _ operation: Operation) -> AnswerMetering.Member {
        if bytes.equals("error", in: name) { return .error }
        switch operation {
        case .countTokens: return bytes.equals("totalTokens", in: name) ? .sign : .other
        case .embeddings where bytes.equals("embedding", in: name): return .sign
        case .embeddingBatch where bytes.equals("embeddings", in: name): return .answers
        default: break
        }
        switch name.count {
        case 10: return bytes.equals("candidates", in: name) ? .answers : .other
        case 13: return bytes.equals("usageMetadata", in: name) ? .usage : .other
        // A prompt that was blocked has an answer that says so.
        case 14: return bytes.equals("promptFeedback", in: name) ? .sign : .other
        default: return .other
        }
    }

    // MARK: what the relay says

    /// `{"error":{"code":…,"message":…,"status":…,"details":[…]}}`; our own code is the reason in the details.
    static func errorBody(_ refusal: Refusal, requestID: String?) -> [UInt8] {
        let row = refusal.kind.row
        var bytes = Array("{\"error\":{\"code\":\(row.status),\"message\":".utf8)
        JSONString.append(refusal.message, to: &bytes)
        bytes.append(contentsOf: ",\"status\":\"\(status(row.status))\",\"details\":[".utf8)
        bytes.append(contentsOf: #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"#.utf8)
        JSONString.append(row.code.uppercased(), to: &bytes)
        bytes.append(contentsOf: #","domain":"sluice"}"#.utf8)
        if let requestID {
            bytes.append(contentsOf: #",{"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"#.utf8)
            JSONString.append(requestID, to: &bytes)
            bytes.append(.closeBrace)
        }
        if let seconds = refusal.retryAfter?.components.seconds {
            let text = #",{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"\#(max(1, seconds))s"}"#
            bytes.append(contentsOf: text.utf8)
        }
        return bytes + Array("]}}".utf8)
    }

    static func status(_ status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 402: "FAILED_PRECONDITION"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 408, 504: "DEADLINE_EXCEEDED"
        case 409: "ABORTED"
        case 429: "RESOURCE_EXHAUSTED"
        case 400..<500: "INVALID_ARGUMENT"
        case 502, 503: "UNAVAILABLE"
        case 501, 505: "UNIMPLEMENTED"
        default: "INTERNAL"
        }
    }

    /// The list of all models, `{"models":[…]}`.
    static func modelList(_ models: [CallerVoice.Model]) -> [UInt8] {
        var bytes = Array(#"{"models":["#.utf8)
        for (index, model) in models.enumerated() {
            if index > 0 { bytes.append(.comma) }
            bytes.append(contentsOf: modelJSON(model))
        }
        return bytes + Array("]}".utf8)
    }

    static func modelJSON(_ model: CallerVoice.Model) -> [UInt8] {
        var bytes = Array(#"{"name":"#.utf8)
        JSONString.append("models/\(model.id)", to: &bytes)
        bytes.append(contentsOf: #","displayName":"#.utf8)
        JSONString.append(model.id, to: &bytes)
        let verbs = #""generateContent","streamGenerateContent","countTokens","embedContent","batchEmbedContents""#
        bytes.append(contentsOf: #","supportedGenerationMethods":[\#(verbs)]}"#.utf8)
        return bytes
    }
}

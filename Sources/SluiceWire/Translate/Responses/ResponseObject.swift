// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The `response` object of the Responses API, which whole answers are and events of a stream carry.
struct ResponseObject {
    /// Insides of JSON strings.
    var id: ArraySlice<UInt8>
    var model: ArraySlice<UInt8>
    var created: Int64
    var status: Status
    /// Items of the output, each in JSON, with commas between them.
    var output: [UInt8] = []
    var usage: Usage?
    /// Members that say again what the request said.
    var echo: [UInt8]

    enum Status: Equatable {
        case inProgress, completed
        case incomplete(StaticString)

        static func == (one: Status, other: Status) -> Bool { one.word == other.word }

        var word: String {
            switch self {
            case .inProgress: "in_progress"
            case .completed: "completed"
            case .incomplete: "incomplete"
            }
        }

        /// - Parameter isSaid: the model said in words that it refuses, which is an answer like others.
        init(_ finish: Finish, refusalIsSaid isSaid: Bool) {
            switch finish {
            case .end, .stopSequence, .calls, .pause: self = .completed
            case .length, .contextFull: self = .incomplete("max_output_tokens")
            case .refusal: self = isSaid ? .completed : .incomplete("content_filter")
            }
        }
    }

    /// What an answer says again of its request, and what libraries look for where the request is silent.
    ///
    /// Instructions, input and tools are the caller's own and long; they are not sent back.
    static func echo(of request: JSONItem) -> [UInt8] {
        var out = JSONWriter(reserving: 256)
        out.beginObject()
        out.member("instructions", word: "null")
        let standards: [(StaticString, StaticString)] = [
            ("max_output_tokens", "null"), ("max_tool_calls", "null"), ("metadata", "{}"),
            ("parallel_tool_calls", "true"), ("reasoning", #"{"effort":null,"summary":null}"#),
            ("temperature", "null"), ("text", #"{"format":{"type":"text"}}"#), ("tool_choice", #""auto""#),
            ("top_p", "null"), ("user", "null"),
        ]
        for (name, standard) in standards {
            out.name(name)
            if let value = request.said(name) { out.raw(value) } else { out.word(standard) }
        }
        out.member("tools", word: "[]")
        out.member("truncation", word: #""disabled""#)
        return Array(out.bytes.dropFirst())
    }

    func write(to out: inout JSONWriter) {
        out.beginObject()
        out.name("id")
        out.string(inside: id)
        out.member("object", "response")
        out.member("created_at", created)
        out.member("status", status.word)
        out.member("background", word: "false")
        out.member("error", word: "null")
        out.name("incomplete_details")
        if case .incomplete(let reason) = status {
            out.beginObject()
            out.member("reason", reason.description)
            out.endObject()
        } else {
            out.word("null")
        }
        out.name("model")
        out.string(inside: model)
        out.name("output")
        out.beginArray()
        if !output.isEmpty { out.raw(output) }
        out.endArray()
        out.member("previous_response_id", word: "null")
        out.member("store", word: "false")
        if !echo.isEmpty { out.raw(echo) }
        out.name("usage")
        if let usage { usage.writeResponse(to: &out) } else { out.word("null") }
        out.endObject()
    }
}

/// An item of a response's output.
enum ResponseItem {
    /// The inside of a JSON string.
    case text(ArraySlice<UInt8>)
    case refusal(ArraySlice<UInt8>)

    /// A part of a message.
    func write(to out: inout JSONWriter) {
        out.beginObject()
        switch self {
        case .text(let text):
            out.member("type", "output_text")
            out.name("text")
            out.string(inside: text)
            out.member("annotations", word: "[]")
            out.member("logprobs", word: "[]")
        case .refusal(let text):
            out.member("type", "refusal")
            out.name("refusal")
            out.string(inside: text)
        }
        out.endObject()
    }

    static func writeMessage(_ parts: [ResponseItem], id: [UInt8], _ status: StaticString, to out: inout JSONWriter) {
        out.beginObject()
        out.member("type", "message")
        out.name("id")
        out.string(inside: id)
        out.member("status", status.description)
        out.member("role", "assistant")
        out.name("content")
        out.beginArray()
        for part in parts { part.write(to: &out) }
        out.endArray()
        out.endObject()
    }

    static func writeReasoning(_ text: ArraySlice<UInt8>?, id: [UInt8], to out: inout JSONWriter) {
        out.beginObject()
        out.member("type", "reasoning")
        out.name("id")
        out.string(inside: id)
        out.name("summary")
        out.beginArray()
        if let text {
            out.beginObject()
            out.member("type", "summary_text")
            out.name("text")
            out.string(inside: text)
            out.endObject()
        }
        out.endArray()
        out.endObject()
    }

    static func writeCall(
        _ call: (id: ArraySlice<UInt8>, name: ArraySlice<UInt8>, arguments: ArraySlice<UInt8>),
        id: [UInt8],
        _ status: StaticString,
        to out: inout JSONWriter
    ) {
        out.beginObject()
        out.member("type", "function_call")
        out.name("id")
        out.string(inside: id)
        out.member("status", status.description)
        out.name("call_id")
        out.string(inside: call.id)
        out.name("name")
        out.string(inside: call.name)
        out.name("arguments")
        out.string(inside: call.arguments)
        out.endObject()
    }

    /// The id of an item: what it is, its place in the output, and the response's id.
    static func id(_ kind: StaticString, _ place: Int, of response: ArraySlice<UInt8>) -> [UInt8] {
        Array("\(kind)_\(place)_".utf8) + response
    }
}

extension Usage {
    func writeResponse(to out: inout JSONWriter) {
        out.beginObject()
        out.member("input_tokens", input)
        out.name("input_tokens_details")
        out.beginObject()
        out.member("cached_tokens", cachedInput)
        let written = cacheWrite5m + cacheWrite1h
        out.member("cache_write_tokens", written)
        out.endObject()
        out.member("output_tokens", output)
        out.name("output_tokens_details")
        out.beginObject()
        out.member("reasoning_tokens", reasoning)
        out.endObject()
        out.member("total_tokens", input + output)
        out.endObject()
    }
}

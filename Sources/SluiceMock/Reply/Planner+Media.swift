// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// Pictures, sound and judgements of texts, in the form of OpenAI's API.
extension Planner {
    /// - Returns: `nil` where the path is none of these.
    func media(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply? {
        guard request.method == "POST" else { return nil }
        switch request.path {
        case "/v1/images/generations": return try pictures(try members(of: request, &entry), entry)
        case "/v1/images/edits", "/v1/images/variations": return try pictures(try form(of: request, &entry), entry)
        case "/v1/audio/speech": return try speech(try members(of: request, &entry), entry)
        case "/v1/audio/transcriptions", "/v1/audio/translations":
            return try transcription(try form(of: request, &entry), entry)
        case "/v1/moderations": return try moderation(try members(of: request, &entry), entry)
        case "/v1/rerank": return try ranking(try members(of: request, &entry), entry)
        default: return nil
        }
    }

    private func members(of request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> JSONObject {
        try body(of: request, &entry)
    }

    /// The fields of a form that are text, as a JSON object of strings.
    private func form(of request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> JSONObject {
        guard let fields = MockForm.fields(of: request.body, type: request.contentType ?? "") else {
            throw .badRequest("The body of your request is not a form.")
        }
        var object = JSONObject()
        for (name, value) in fields { object[name] = .string(value) }
        let model = try object.requiredModel()
        entry.model = model
        guard settings.serves(model) else { throw .unknownModel(model) }
        return object
    }

    // MARK: pictures

    /// One grey point.
    private static let picture =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="

    private func pictures(_ object: JSONObject, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let prompt = object.present("prompt")?.string ?? ""
        let count = object.present("n")?.int ?? object.present("n")?.string.flatMap { Int64($0) } ?? 1
        guard (1...10).contains(count) else { throw .wrongType("n", expected: "a number from 1 to 10") }
        let usage = usage(input: prompt, output: Int(count) * 64)
        let isStream = object.present("stream")?.bool == true || object.present("stream")?.string == "true"
        if isStream {
            let done =
                "\"b64_json\":\"\(Planner.picture)\",\"created_at\":\(created),\"usage\":\(Planner.json(usage))"
            return stream(
                [
                    ("image_generation.partial_image", "\"b64_json\":\"\(Planner.picture)\",\"partial_image_index\":0"),
                    ("image_generation.completed", done),
                ],
                usage,
                entry
            )
        }
        let data = Array(repeating: "{\"b64_json\":\"\(Planner.picture)\"}", count: Int(count)).joined(separator: ",")
        return answer("{\"created\":\(created),\"data\":[\(data)],\"usage\":\(Planner.json(usage))}", usage, entry)
    }

    // MARK: sound

    private func speech(_ object: JSONObject, _ entry: LogEntry) throws(MockFailure) -> Reply {
        guard let input = object.present("input")?.string else { throw .missing("input") }
        let usage = usage(input: input, output: input.utf8.count)
        if object.present("stream_format")?.string == "sse" {
            return stream(
                [
                    ("speech.audio.delta", "\"audio\":\"UklGRg==\""),
                    ("speech.audio.done", "\"usage\":\(Planner.json(usage))"),
                ],
                usage,
                entry
            )
        }
        var reply = Reply(status: 200, headers: [("content-type", "audio/wav")], entry: entry)
        // A head, and as much silence as there is to say.
        let sound = Array("RIFF\0\0\0\0WAVE".utf8) + [UInt8](repeating: 0x80, count: 100 * input.utf8.count)
        reply.length = sound.count
        reply.steps = [.record, .write(sound), .end]
        return reply
    }

    private func transcription(_ object: JSONObject, _ entry: LogEntry) throws(MockFailure) -> Reply {
        guard let file = object.present("file")?.string else { throw .missing("file") }
        let text = "a sound of \(file.unicodeScalars.count) bytes"
        let usage = usage(input: file, output: 6)
        if object.present("stream")?.string == "true" {
            return stream(
                [
                    ("transcript.text.delta", "\"delta\":\"a sound of\""),
                    ("transcript.text.delta", "\"delta\":\" \(file.unicodeScalars.count) bytes\""),
                    ("transcript.text.done", "\"text\":\"\(text)\",\"usage\":\(Planner.json(usage))"),
                ],
                usage,
                entry
            )
        }
        switch object.present("response_format")?.string ?? "json" {
        case "json": return answer("{\"text\":\"\(text)\",\"usage\":\(Planner.json(usage))}", usage, entry)
        case "verbose_json":
            let body =
                "{\"task\":\"transcribe\",\"language\":\"english\",\"duration\":1.5,\"text\":\"\(text)\","
                + "\"usage\":{\"type\":\"duration\",\"seconds\":2}}"
            return Reply(status: 200, type: "application/json", body: body, entry: entry)
        default: return Reply(status: 200, type: "text/plain; charset=utf-8", body: text + "\n", entry: entry)
        }
    }

    // MARK: texts

    private func moderation(_ object: JSONObject, _ entry: LogEntry) throws(MockFailure) -> Reply {
        guard let input = object.present("input") else { throw .missing("input") }
        let results = (input.array ?? [input]).map { text in
            let isFlagged = text.jsonText.contains("violent")
            return "{\"flagged\":\(isFlagged),\"categories\":{\"violence\":\(isFlagged)},"
                + "\"category_scores\":{\"violence\":\(isFlagged ? "0.9" : "0.01")},"
                + "\"category_applied_input_types\":{\"violence\":[\"text\"]}}"
        }
        let model = MockJSON.quoted(entry.model ?? "")
        let body =
            "{\"id\":\"\(answerID("modr-"))\",\"model\":\(model),\"results\":[\(results.joined(separator: ","))]}"
        return Reply(status: 200, type: "application/json", body: body, entry: entry)
    }

    /// The documents that share most words with the question come first.
    private func ranking(_ object: JSONObject, _ entry: LogEntry) throws(MockFailure) -> Reply {
        guard let query = object.present("query")?.string else { throw .missing("query") }
        guard let documents = object.present("documents")?.array else { throw .missing("documents") }
        let words = Set(query.lowercased().split(separator: " "))
        let scored = documents.enumerated().map { index, document in
            let text = document.string ?? document.object?.present("text")?.string ?? ""
            let shared = words.intersection(text.lowercased().split(separator: " ")).count
            return (index: index, score: words.isEmpty ? 0 : Double(shared) / Double(words.count))
        }
        let ranked = scored.sorted { ($1.score, $0.index) < ($0.score, $1.index) }
        let results = ranked.map { "{\"index\":\($0.index),\"relevance_score\":\($0.score)}" }
        let body = "{\"id\":\"\(answerID("rerank-"))\",\"results\":[\(results.joined(separator: ","))]}"
        return Reply(status: 200, type: "application/json", body: body, entry: entry)
    }

    // MARK: what they share

    private func usage(input: String, output: Int) -> MockUsage {
        var usage = MockUsage(prompt: max(1, input.utf8.count / 4), profile: Profile(), text: output)
        usage.cached = 0
        usage.reasoning = 0
        return usage
    }

    private static func json(_ usage: MockUsage) -> String {
        "{\"type\":\"tokens\",\"input_tokens\":\(usage.prompt),\"output_tokens\":\(usage.completion),"
            + "\"total_tokens\":\(usage.prompt + usage.completion)}"
    }

    private func answer(_ body: String, _ usage: MockUsage, _ entry: LogEntry) -> Reply {
        var entry = entry
        entry.usage = usage
        return Reply(status: 200, type: "application/json", body: body, entry: entry)
    }

    private func stream(_ events: [(type: String, members: String)], _ usage: MockUsage, _ entry: LogEntry) -> Reply {
        var reply = Reply(status: 200, headers: [("content-type", "text/event-stream; charset=utf-8")], entry: entry)
        reply.entry.isStream = true
        reply.entry.usage = usage
        reply.steps = events.map { .write(Array(ResponseForm.event($0.type, $0.members).utf8)) } + [.record, .end]
        return reply
    }
}

/// The parts of a form, read in the plainest way.
enum MockForm {
    /// By name; what is no text has a character for each of its bytes.
    static func fields(of body: [UInt8], type: String) -> [(name: String, value: String)]? {
        guard let place = type.firstRange(of: "boundary=") else { return nil }
        let boundary = type[place.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }
        let text = String(String.UnicodeScalarView(body.map { UnicodeScalar($0) }))
        return text.split(separator: "--\(boundary)", omittingEmptySubsequences: true).compactMap { part in
            guard let head = part.firstRange(of: "\r\n\r\n"), let name = part.firstRange(of: "name=\"") else {
                return nil
            }
            let value = part[head.upperBound...]
            return (
                String(part[name.upperBound...].prefix { $0 != "\"" }),
                String(value.hasSuffix("\r\n") ? value.dropLast() : value)
            )
        }
    }
}

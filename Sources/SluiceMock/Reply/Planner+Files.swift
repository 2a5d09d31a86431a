// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// Files, uploads in parts, and batches: those of OpenAI's API, and Anthropic's where the request says its version.
extension Planner {
    /// - Returns: `nil` where the path is none of these.
    func files(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply? {
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count >= 2, parts[0] == "v1" else { return nil }
        let isAnthropic = request.anthropicVersion != nil
        switch (request.method, parts[1], parts.count) {
        case ("POST", "files", 2): return try upload(request, entry, isAnthropic)
        case ("GET", "files", 2): return list(isAnthropic ? "file_" : "file-", entry)
        case ("GET", "files", 3): return json(try find(parts[2], "File").json, entry)
        case ("DELETE", "files", 3):
            let more = isAnthropic ? "\"type\":\"file_deleted\"" : "\"object\":\"file\",\"deleted\":true"
            return try dropped(parts[2], "File", more, entry)
        case ("GET", "files", 4) where parts[3] == "content": return content(try find(parts[2], "File"), entry)
        case ("POST", "uploads", 2): return try newUpload(request, entry)
        case ("POST", "uploads", 4): return try changedUpload(parts[2], parts[3], request, entry)
        case ("POST", "batches", 2): return try newBatch(request, entry)
        case ("GET", "batches", 2): return list("batch_", entry)
        case ("GET", "batches", 3): return json(try find(parts[2], "Batch").json, entry)
        case ("POST", "batches", 4) where parts[3] == "cancel": return try cancelled(parts[2], "status", entry)
        case (_, "messages", let count) where count > 2 && parts[2] == "batches":
            return try messageBatches(request, Array(parts.dropFirst(3)), entry)
        default: return nil
        }
    }

    // MARK: files

    private func upload(_ request: MockRequest, _ entry: LogEntry, _ isAnthropic: Bool) throws(MockFailure) -> Reply {
        guard let fields = MockForm.fields(of: request.body, type: request.contentType ?? "") else {
            throw .badRequest("The body of your request is not a form.")
        }
        guard let content = fields.last(where: { $0.name == "file" })?.value else { throw .missing("file") }
        let purpose = fields.last { $0.name == "purpose" }?.value
        if purpose == nil, !isAnthropic { throw .missing("purpose") }
        let id = answerID(isAnthropic ? "file_" : "file-")
        return kept(file(id, content.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }, purpose), entry)
    }

    /// - Parameter purpose: absent in Anthropic's form.
    private func file(_ id: String, _ content: [UInt8], _ purpose: String?) -> Kept {
        var thing = Kept(id: id, json: "")
        if let purpose {
            thing.json =
                "{\"id\":\"\(id)\",\"object\":\"file\",\"bytes\":\(content.count),\"created_at\":\(created),"
                + "\"filename\":\"a.jsonl\",\"purpose\":\(MockJSON.quoted(purpose)),\"status\":\"processed\"}"
        } else {
            thing.json =
                "{\"id\":\"\(id)\",\"type\":\"file\",\"filename\":\"a.txt\",\"mime_type\":\"text/plain\","
                + "\"size_bytes\":\(content.count),\"created_at\":\"\(Planner.moment)\",\"downloadable\":true}"
        }
        thing.content = content
        return thing
    }

    private func content(_ thing: Kept, _ entry: LogEntry) -> Reply {
        var reply = Reply(status: 200, headers: [("content-type", "application/octet-stream")], entry: entry)
        reply.length = thing.content.count
        reply.steps = [.record, .write(thing.content), .end]
        return reply
    }

    // MARK: uploads

    private func newUpload(_ request: MockRequest, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let object = try object(of: request)
        guard let purpose = object.present("purpose")?.string else { throw .missing("purpose") }
        let id = answerID("upload_")
        var thing = Kept(id: id, json: "")
        thing.json = upload(id, purpose, "pending", "")
        return kept(thing, entry)
    }

    private func upload(_ id: String, _ purpose: String, _ status: String, _ more: String) -> String {
        "{\"id\":\"\(id)\",\"object\":\"upload\",\"bytes\":1,\"created_at\":\(created),\"filename\":\"a.jsonl\","
            + "\"purpose\":\(MockJSON.quoted(purpose)),\"status\":\"\(status)\",\"expires_at\":\(created + 3600)\(more)}"
    }

    private func changedUpload(
        _ id: String,
        _ verb: String,
        _ request: MockRequest,
        _ entry: LogEntry
    ) throws(MockFailure) -> Reply {
        var thing = try find(id, "Upload")
        let purpose = (try? JSONValue(parsing: Array(thing.json.utf8)))?.object?["purpose"]?.string ?? "batch"
        switch verb {
        case "parts":
            let fields = MockForm.fields(of: request.body, type: request.contentType ?? "") ?? []
            guard let data = fields.last(where: { $0.name == "data" })?.value else { throw .missing("data") }
            thing.content += data.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            var reply = json(
                "{\"id\":\"\(answerID("part_"))\",\"object\":\"upload.part\",\"created_at\":\(created),"
                    + "\"upload_id\":\"\(id)\"}",
                entry
            )
            reply.changes = [.keep(thing)]
            return reply
        case "complete":
            let file = file(answerID("file-"), thing.content, purpose)
            thing.json = upload(id, purpose, "completed", ",\"file\":\(file.json)")
            var reply = kept(thing, entry)
            reply.changes.append(.keep(file))
            return reply
        case "cancel":
            thing.json = upload(id, purpose, "cancelled", "")
            return kept(thing, entry)
        default: throw MockFailure(status: 404, message: "Invalid URL (POST \(request.path))", code: "unknown_url")
        }
    }

    // MARK: batches

    /// A batch that is done at once: each line of its input has an answer of three words.
    private func newBatch(_ request: MockRequest, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let object = try object(of: request)
        guard let input = object.present("input_file_id")?.string else { throw .missing("input_file_id") }
        let text = String(decoding: try find(input, "File").content, as: UTF8.self)
        let lines = text.split(separator: "\n").compactMap { (try? JSONValue(parsing: Array($0.utf8)))?.object }
        let results = lines.map { line in
            "{\"id\":\"batch_req_1\",\"custom_id\":\(line["custom_id"]?.jsonText ?? "null"),\"response\":{\"status_code\":200,"
                + "\"body\":{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                + "\"content\":\"Done in bulk.\"},\"finish_reason\":\"stop\"}]}},\"error\":null}"
        }
        let output = file(answerID("file-out"), Array(results.joined(separator: "\n").utf8), "batch_output")
        let id = answerID("batch_")
        let fields =
            "\"id\":\"\(id)\",\"object\":\"batch\",\"endpoint\":\(object["endpoint"]?.jsonText ?? "null"),"
            + "\"input_file_id\":\"\(input)\",\"completion_window\":\"24h\",\"created_at\":\(created)"
        var thing = Kept(id: id, json: "")
        thing.json =
            "{\(fields),\"status\":\"completed\",\"output_file_id\":\"\(output.id)\",\"request_counts\":{\"total\":\(lines.count),"
            + "\"completed\":\(lines.count),\"failed\":0},\"usage\":{\"input_tokens\":\(10 * lines.count),"
            + "\"output_tokens\":\(3 * lines.count),\"total_tokens\":\(13 * lines.count),"
            + "\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens_details\":{\"reasoning_tokens\":0}}}"
        var reply = json("{\(fields),\"status\":\"validating\",\"output_file_id\":null,\"usage\":null}", entry)
        reply.changes = [.keep(thing), .keep(output)]
        return reply
    }

    private func cancelled(_ id: String, _ status: String, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let thing = try find(id, status == "status" ? "Batch" : "Message batch")
        guard var object = (try? JSONValue(parsing: Array(thing.json.utf8)))?.object else { return json("{}", entry) }
        object[status] = .string(status == "status" ? "cancelling" : "canceling")
        return json(JSONValue.object(object).jsonText, entry)
    }

    /// - Parameter parts: what stands behind `/v1/messages/batches`.
    private func messageBatches(
        _ request: MockRequest,
        _ parts: [String],
        _ entry: LogEntry
    ) throws(MockFailure) -> Reply? {
        switch (request.method, parts.count) {
        case ("POST", 0): return try newMessageBatch(request, entry)
        case ("GET", 0): return list("msgbatch_", entry)
        case ("GET", 1): return json(try find(parts[0], "Message batch").json, entry)
        case ("DELETE", 1):
            return try dropped(parts[0], "Message batch", "\"type\":\"message_batch_deleted\"", entry)
        case ("POST", 2) where parts[1] == "cancel": return try cancelled(parts[0], "processing_status", entry)
        case ("GET", 2) where parts[1] == "results":
            return content(try find(parts[0], "Message batch"), entry)
        default: return nil
        }
    }

    private func newMessageBatch(_ request: MockRequest, _ entry: LogEntry) throws(MockFailure) -> Reply {
        guard let requests = try object(of: request).present("requests")?.array else { throw .missing("requests") }
        let id = answerID("msgbatch_")
        let counts = "\"canceled\":0,\"errored\":0,\"expired\":0"
        func batch(_ status: String, _ counted: String, _ url: String) -> String {
            "{\"id\":\"\(id)\",\"type\":\"message_batch\",\"processing_status\":\"\(status)\",\"request_counts\":"
                + "{\(counted),\(counts)},\"created_at\":\"\(Planner.moment)\",\"expires_at\":\"\(Planner.moment)\","
                + "\"ended_at\":null,\"archived_at\":null,\"cancel_initiated_at\":null,\"results_url\":\(url)}"
        }
        let url = "\"https://api.anthropic.com/v1/messages/batches/\(id)/results\""
        var thing = Kept(id: id, json: batch("ended", "\"processing\":0,\"succeeded\":\(requests.count)", url))
        let lines = requests.map { item in
            "{\"custom_id\":\(item.object?["custom_id"]?.jsonText ?? "null"),\"result\":{\"type\":\"succeeded\",\"message\":"
                + "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
                + "\(item.object?["params"]?.object?["model"]?.jsonText ?? "\"\""),"
                + "\"content\":[{\"type\":\"text\",\"text\":\"Done in bulk.\"}],\"stop_reason\":\"end_turn\","
                + "\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":3,\"service_tier\":\"batch\"}}}}"
        }
        thing.content = Array(lines.joined(separator: "\n").utf8)
        var reply = json(batch("in_progress", "\"processing\":\(requests.count),\"succeeded\":0", "null"), entry)
        reply.changes = [.keep(thing)]
        return reply
    }

    // MARK: what they share

    private static let moment = "2026-01-01T00:00:00Z"

    private func object(of request: MockRequest) throws(MockFailure) -> JSONObject {
        guard let object = (try? JSONValue(parsing: request.body))?.object else {
            throw .badRequest("The body of your request is not a JSON object.")
        }
        return object
    }

    private func kept(_ thing: Kept, _ entry: LogEntry) -> Reply {
        var reply = json(thing.json, entry)
        reply.changes = [.keep(thing)]
        return reply
    }

    private func dropped(_ id: String, _ what: String, _ more: String, _ entry: LogEntry) throws(MockFailure) -> Reply {
        _ = try find(id, what)
        var reply = json("{\"id\":\"\(id)\",\(more)}", entry)
        reply.changes = [.drop(id)]
        return reply
    }

    /// All that is kept under ids that begin so, the newest first.
    private func list(_ prefix: String, _ entry: LogEntry) -> Reply {
        let things = keptIDs().filter { $0.hasPrefix(prefix) }.reversed().compactMap { kept($0) }
        let ends = [things.first, things.last].map { $0.map { MockJSON.quoted($0.id) } ?? "null" }
        return json(
            "{\"object\":\"list\",\"data\":[\(things.map(\.json).joined(separator: ","))],\"has_more\":false,"
                + "\"first_id\":\(ends[0]),\"last_id\":\(ends[1])}",
            entry
        )
    }

    private func json(_ body: String, _ entry: LogEntry) -> Reply {
        Reply(status: 200, type: "application/json", body: body, entry: entry)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// What was kept of the Responses API, asked for again.
extension Planner {
    /// - Returns: `nil` where the path is none of these.
    func kept(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply? {
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count >= 2, parts[0] == "v1" else { return nil }
        switch (request.method, parts[1], parts.count) {
        case ("GET", "responses", 3): return try response(parts[2], request, entry)
        case ("DELETE", "responses", 3): return try deleted(parts[2], "Response", "response", entry)
        case ("POST", "responses", 4) where parts[3] == "cancel":
            return plain(try find(parts[2], "Response").json, entry)
        case ("GET", "responses", 4) where parts[3] == "input_items":
            return list(try find(parts[2], "Response").items, entry)
        case ("POST", "conversations", 2): return try newConversation(request, entry)
        case ("GET", "conversations", 3): return plain(try find(parts[2], "Conversation").json, entry)
        case ("POST", "conversations", 3): return try changedConversation(parts[2], request, entry)
        case ("DELETE", "conversations", 3):
            return try deleted(parts[2], "Conversation", "conversation.deleted", entry)
        case ("GET", "conversations", 4) where parts[3] == "items":
            return list(try find(parts[2], "Conversation").items, entry)
        case ("POST", "conversations", 4) where parts[3] == "items":
            return try addedItems(parts[2], request, entry)
        default: return nil
        }
    }

    func find(_ id: String, _ what: String, param: String? = nil) throws(MockFailure) -> Kept {
        guard let thing = kept(id) else {
            throw MockFailure(status: 404, message: "\(what) with id '\(id)' not found.", param: param)
        }
        return thing
    }

    private func response(_ id: String, _ request: MockRequest, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let thing = try find(id, "Response")
        guard request.query?.split(separator: "&").contains("stream=true") == true else {
            return plain(thing.json, entry)
        }
        var reply = Reply(status: 200, headers: [("content-type", "text/event-stream; charset=utf-8")], entry: entry)
        reply.entry.isStream = true
        let after = request.number("starting_after") ?? -1
        reply.steps = thing.events.enumerated().filter { $0.offset > after }.map { .write(Array($0.element.utf8)) }
        reply.steps += [.record, .end]
        return reply
    }

    private func deleted(_ id: String, _ what: String, _ object: String, _ entry: LogEntry) throws(MockFailure) -> Reply
    {
        _ = try find(id, what)
        var reply = plain("{\"id\":\"\(id)\",\"object\":\"\(object)\",\"deleted\":true}", entry)
        reply.changes = [.drop(id)]
        return reply
    }

    private func newConversation(_ request: MockRequest, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let object = try members(of: request)
        let id = answerID("conv_")
        let thing = Kept(id: id, json: conversation(id, object), items: object.present("items")?.array ?? [])
        var reply = plain(thing.json, entry)
        reply.changes = [.keep(thing)]
        return reply
    }

    private func changedConversation(
        _ id: String,
        _ request: MockRequest,
        _ entry: LogEntry
    ) throws(MockFailure) -> Reply {
        var thing = try find(id, "Conversation")
        thing.json = conversation(id, try members(of: request))
        var reply = plain(thing.json, entry)
        reply.changes = [.keep(thing)]
        return reply
    }

    private func addedItems(_ id: String, _ request: MockRequest, _ entry: LogEntry) throws(MockFailure) -> Reply {
        var thing = try find(id, "Conversation")
        let items = try members(of: request).present("items")?.array ?? []
        thing.items += items
        var reply = list(items, entry)
        reply.changes = [.keep(thing)]
        return reply
    }

    private func conversation(_ id: String, _ object: JSONObject) -> String {
        let metadata = object.present("metadata")?.jsonText ?? "{}"
        return "{\"id\":\"\(id)\",\"object\":\"conversation\",\"created_at\":\(created),\"metadata\":\(metadata)}"
    }

    private func members(of request: MockRequest) throws(MockFailure) -> JSONObject {
        if request.body.isEmpty { return JSONObject() }
        guard let object = (try? JSONValue(parsing: request.body))?.object else {
            throw .badRequest("The body of your request is not a JSON object.")
        }
        return object
    }

    private func list(_ items: [JSONValue], _ entry: LogEntry) -> Reply {
        let data = items.map(\.jsonText).joined(separator: ",")
        return plain("{\"object\":\"list\",\"data\":[\(data)],\"has_more\":false}", entry)
    }

    private func plain(_ body: String, _ entry: LogEntry) -> Reply {
        Reply(status: 200, type: "application/json", body: body, entry: entry)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Makes the reply to one request of the data plane; time, chance and settings are given.
struct Planner {
    let settings: MockSettings
    let seed: UInt64
    /// From 1, in the order of arrival; the id of the answer and the chance of this request follow from it.
    let sequence: Int
    let now: Timestamp
    /// How many requests for the model came before this one.
    let earlier: (String) -> Int
    /// What is kept under an id.
    var kept: (String) -> Kept? = { _ in nil }
    /// The ids under which something is kept, the oldest first.
    var keptIDs: () -> [String] = { [] }

    func reply(to request: MockRequest) -> Reply {
        var entry = LogEntry(sequence: sequence, time: now, requestID: request.requestID, path: request.path)
        entry.requestBytes = request.body.count
        do throws(MockFailure) {
            try authenticate(request)
            switch (request.method, request.path) {
            case ("POST", "/v1/chat/completions"): return try chat(request, &entry)
            case ("POST", "/v1/completions"): return try completion(request, &entry)
            case ("POST", "/v1/embeddings"): return try embeddings(request, &entry)
            case ("POST", "/v1/responses"): return try response(request, &entry)
            case ("POST", "/v1/responses/input_tokens"): return try countedInput(request, &entry)
            case ("POST", "/v1/responses/compact"): return try compacted(request, &entry)
            case ("POST", "/v1/messages"): return try messages(request, &entry)
            case ("POST", "/v1/messages/count_tokens"): return try countTokens(request, &entry)
            case ("GET", "/v1/models"):
                return request.anthropicVersion == nil ? models(entry) : messagesModels(entry)
            case ("GET", let path) where path.hasPrefix("/v1/models/"):
                return try model(String(path.dropFirst(11)), request, &entry)
            default:
                if let reply = try media(request, &entry) { return reply }
                if let reply = try files(request, &entry) { return reply }
                if let reply = try kept(request, &entry) { return reply }
                if let reply = try gemini(request, &entry) { return reply }
                throw MockFailure(
                    status: 404,
                    message: "Invalid URL (\(request.method) \(request.path))",
                    code: "unknown_url"
                )
            }
        } catch {
            return Reply(error, entry: entry)
        }
    }

    private func authenticate(_ request: MockRequest) throws(MockFailure) {
        guard let key = settings.apiKey else { return }
        guard request.bearer == key.exposed else { throw .wrongKey }
    }

    /// The body as an object, its model checked against those served.
    func body(of request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> JSONObject {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: request.body, limits: JSONLimits(depth: 128, members: 1_000_000))
        } catch {
            throw .badRequest("We could not parse the JSON body of your request: \(error)")
        }
        guard var object = value.object else { throw .badRequest("The body of your request is not a JSON object.") }
        if let deployment = request.deployment { object["model"] = .string(deployment) }
        let model = try object.requiredModel()
        entry.model = model
        guard settings.serves(model) else { throw .unknownModel(model) }
        return object
    }

    func dice(for purpose: String) -> Dice { Dice(seed: seed, purpose, "\(sequence)") }

    /// What befalls this request: by the model's name, else by chance.
    func fault(model: String, profile: Profile) -> Fault? {
        if let fault = Fault(model: model) {
            guard case .flaky(let failures) = fault else { return fault }
            return earlier(model) < failures ? .status(503) : nil
        }
        guard let rate = profile.errorRate, rate > 0 else { return nil }
        var dice = dice(for: "fault")
        guard dice.fraction() < rate else { return nil }
        let faults = profile.errors ?? [.status(500), .status(503)]
        return faults[Int(dice.next() % UInt64(faults.count))]
    }

    func answerID(_ prefix: String) -> String {
        "\(prefix)\(SeededHash.text(seed: seed, "id\(sequence)"))\(sequence)"
    }

    /// Seconds since 1970.
    var created: Int64 { now.nanoseconds / 1_000_000_000 }
}

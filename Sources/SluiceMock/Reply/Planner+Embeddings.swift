// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Planner {
    /// `/v1/embeddings`, as numbers or in base 64.
    func embeddings(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let object = try body(of: request, &entry)
        let model = try object.requiredModel()
        let inputs = try Planner.texts(object, "input")
        let dimensions = try Planner.dimensions(object)
        let form = object.present("encoding_format")?.string ?? "float"
        guard form == "float" || form == "base64" else {
            throw .badRequest("Invalid 'encoding_format': expected float or base64.", param: "encoding_format")
        }
        let profile = settings.profile(of: model)
        let vectors = inputs.map {
            Embedding(of: $0.text, model: model, drift: profile.drift ?? 0, dimensions: dimensions, seed: seed)
        }
        let elements = vectors.enumerated().map { index, vector in
            "{\"object\":\"embedding\",\"index\":\(index),"
                + "\"embedding\":\(form == "base64" ? vector.base64 : vector.json)}"
        }
        let prompt = profile.promptTokens ?? inputs.reduce(0) { $0 + $1.tokens }
        var plain = profile
        plain.reasoningTokens = nil
        plain.cachedShare = nil
        entry.usage = MockUsage(prompt: prompt, profile: plain, text: 0)
        let whole =
            "{\"object\":\"list\",\"data\":[\(elements.joined(separator: ","))],\"model\":\(MockJSON.quoted(model)),"
            + "\"usage\":{\"prompt_tokens\":\(prompt),\"total_tokens\":\(prompt)}}"
        return dress(Draft(whole: whole), model: model, profile: profile, entry: entry)
    }

    private static func dimensions(_ object: JSONObject) throws(MockFailure) -> Int {
        guard let value = object.present("dimensions") else { return 1_536 }
        guard let number = value.wholeNumber, (1...8_192).contains(number) else {
            throw .badRequest("Invalid 'dimensions': expected an integer from 1 to 8192.", param: "dimensions")
        }
        return number
    }

    func models(_ entry: LogEntry) -> Reply {
        let list = settings.listed.map(Planner.card).joined(separator: ",")
        return Reply(
            status: 200,
            type: "application/json",
            body: "{\"object\":\"list\",\"data\":[\(list)]}",
            entry: entry
        )
    }

    func model(_ name: String, _ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        entry.model = name
        guard settings.serves(name) else { throw .unknownModel(name) }
        let card = request.anthropicVersion == nil ? Planner.card(name) : Planner.messagesCard(name)
        return Reply(status: 200, type: "application/json", body: card, entry: entry)
    }

    private static func card(_ name: String) -> String {
        "{\"id\":\(MockJSON.quoted(name)),\"object\":\"model\",\"created\":1767225600,\"owned_by\":\"sluice-mock\"}"
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A request at Vertex AI's paths of a project: Gemini's bodies, or those of the Messages API.
struct VertexCall {
    /// The same request as the maker's API would get it.
    let request: MockRequest
    private let path: String

    /// `nil` where the path is none of Vertex AI's.
    init?(_ request: MockRequest) {
        let parts = request.path.split(separator: "/")
        guard parts.count == 9, parts[0] == "v1", parts[1] == "projects", parts[3] == "locations",
            parts[5] == "publishers",
            parts[7] == "models"
        else { return nil }
        path = request.path
        var plain = request
        if parts[6] == "google" {
            plain.path = "/v1/models/\(parts[8])"
        } else {
            guard parts[6] == "anthropic", let colon = parts[8].lastIndex(of: ":") else { return nil }
            let counts = parts[8] == "count-tokens:rawPredict"
            plain.path = counts ? "/v1/messages/count_tokens" : "/v1/messages"
            plain.anthropicVersion = "2023-06-01"
            var body = (try? JSONValue(parsing: request.body))?.object ?? JSONObject()
            // Refused as a body without its fields.
            if body["anthropic_version"]?.string != "vertex-2023-10-16" { body = JSONObject() }
            body["anthropic_version"] = nil
            if !counts {
                body["model"] = body["model"] == nil ? .string(String(parts[8][..<colon])) : .null
                let isStream = parts[8][colon...] == ":streamRawPredict"
                if (body["stream"]?.bool ?? false) != isStream { body = JSONObject() }
            }
            plain.body = JSONValue.object(body).json
        }
        self.request = plain
    }

    func dressed(_ plain: Reply) -> Reply {
        var reply = plain
        reply.entry.path = path
        return reply
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A request at Azure OpenAI's paths: the same bodies, with a deployment in the path and a few words of Azure's around.
struct AzureCall {
    /// The same request as OpenAI's API would get it.
    let request: MockRequest
    private let path: String
    private let hasVersion: Bool

    /// `nil` where the path is none of Azure's.
    init?(_ request: MockRequest) {
        guard request.path.hasPrefix("/openai/") else { return nil }
        path = request.path
        var plain = request
        let rest = request.path.dropFirst(7)
        if rest.hasPrefix("/v1/") {
            hasVersion = true
            plain.path = String(rest)
        } else {
            hasVersion = request.query?.split(separator: "&").contains { $0.hasPrefix("api-version=2") } == true
            let parts = rest.split(separator: "/", maxSplits: 2)
            if parts.count == 3, parts[0] == "deployments" {
                plain.deployment = String(parts[1])
                plain.path = "/v1/\(parts[2])"
            } else {
                plain.path = "/v1\(rest)"
            }
        }
        self.request = plain
    }

    /// What Azure says where the path or its version is not known.
    var refusal: MockFailure? {
        let isKnown =
            request.path != "/v1/chat/completions" || request.deployment != nil || path.hasPrefix("/openai/v1/")
        return hasVersion && isKnown ? nil : MockFailure(status: 404, message: "Resource not found", code: "404")
    }

    /// The reply in Azure's form: errors by their status, and what its filter says of the prompt before a stream of chat.
    func dressed(_ plain: Reply) -> Reply {
        var reply = plain
        reply.entry.path = path
        guard !reply.isRaw else { return reply }
        if let body = errorBody(reply.status) {
            reply.length = body.count
            reply.steps = reply.steps.map { if case .write = $0 { .write(body) } else { $0 } }
        } else if reply.status == 200, reply.entry.isStream, request.path == "/v1/chat/completions",
            let first = reply.steps.firstIndex(where: { if case .write = $0 { true } else { false } })
        {
            reply.steps.insert(.write(Array("data: \(AzureCall.filtered)\n\n".utf8)), at: first)
        }
        return reply
    }

    private func errorBody(_ status: Int) -> [UInt8]? {
        let said: (code: String, message: String)? =
            switch status {
            case 401:
                (
                    "401",
                    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid"
                        + " key for an active subscription and use a correct regional API endpoint for your resource."
                )
            case 404 where refusal == nil:
                ("DeploymentNotFound", "The API deployment for this resource does not exist.")
            case 404: ("404", "Resource not found")
            case 429:
                (
                    "429",
                    "Requests to the ChatCompletions_Create Operation have exceeded the call rate limit of your current"
                        + " pricing tier. Please retry after 1 second."
                )
            default: nil
            }
        guard let said else { return nil }
        return Array(
            "{\"error\":{\"code\":\"\(said.code)\",\"message\":\(MockJSON.quoted(said.message))}}".utf8
        )
    }

    private static let filtered =
        "{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":["
        + "{\"prompt_index\":0,\"content_filter_results\":{\"hate\":{\"filtered\":false,\"severity\":\"safe\"},"
        + "\"jailbreak\":{\"filtered\":false,\"detected\":false}}}]}"
}

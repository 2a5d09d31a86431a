// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Answers at Azure's paths")
struct AzureTests {
    private func reply(_ target: String, _ body: String) throws -> Reply {
        try MockProvider().reply(to: MockRequest(method: "POST", target: target, body: Array(body.utf8)))
    }

    private let hello = #"{"messages":[{"role":"user","content":"Hello"}]"#

    @Test("a deployment's path names the model; what the filter says of the prompt comes first in a stream")
    func deployment() throws {
        let path = "/openai/deployments/any/chat/completions"
        let whole = try reply("\(path)?api-version=2024-10-21", hello + "}")
        #expect(whole.status == 200 && whole.entry.path == path && whole.entry.model == "any")
        let events = try reply("\(path)?api-version=2024-10-21", hello + #","stream":true}"#).events()
        #expect(events.first?["prompt_filter_results"]?.array?.count == 1)
        #expect(events.first?["choices"]?.array?.isEmpty == true)
        #expect(events.dropFirst().first?["choices"]?.array?.count == 1)
    }

    @Test(
        "without a version, or without a deployment where there has to be one, nothing is found",
        arguments: ["/openai/deployments/any/chat/completions", "/openai/chat/completions?api-version=2024-10-21"]
    )
    func version(target: String) throws {
        let answer = try reply(target, hello + #","model":"any"}"#)
        #expect(answer.status == 404)
        #expect(try answer.json()["error"]?["code"]?.string == "404")
    }

    @Test("the version without a date has OpenAI's paths")
    func undated() throws {
        #expect(try reply("/openai/v1/chat/completions", hello + #","model":"any"}"#).status == 200)
        #expect(
            try reply("/openai/responses?api-version=2025-04-01-preview", #"{"model":"any","input":"hi"}"#).status
                == 200
        )
    }

    @Test("errors have Azure's codes")
    func errors() throws {
        let answer = try reply(
            "/openai/deployments/mock-error-429/chat/completions?api-version=2024-10-21",
            hello + "}"
        )
        #expect(answer.status == 429)
        #expect(try answer.json()["error"]?["code"]?.string == "429")
        #expect(answer.headers.contains { $0.name == "retry-after-ms" })
    }
}

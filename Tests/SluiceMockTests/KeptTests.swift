// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("What the simulated provider keeps")
struct KeptTests {
    private func ask(_ method: String, _ target: String, _ body: String = "", of mock: MockProvider) -> Reply {
        mock.reply(to: MockRequest(method: method, target: target, body: Array(body.utf8)))
    }

    @Test("a response is told again, whole and from a number on, until it is deleted")
    func responses() throws {
        let mock = try MockProvider()
        let made = ask("POST", "/v1/responses", #"{"model":"any","input":"Hello"}"#, of: mock)
        let id = try #require(try made.json()["id"]?.string)
        #expect(ask("GET", "/v1/responses/\(id)", of: mock).bodyText == made.bodyText)
        let all = try ask("GET", "/v1/responses/\(id)?stream=true", of: mock).events()
        let rest = try ask("GET", "/v1/responses/\(id)?stream=true&starting_after=2", of: mock).events()
        #expect(all.count > 5 && rest == Array(all.dropFirst(3)))
        #expect(all.last?["type"]?.string == "response.completed")
        let items = try ask("GET", "/v1/responses/\(id)/input_items", of: mock).json()
        #expect(items["data"]?[0]?["content"]?.string == "Hello")
        let next = #"{"model":"any","input":"on","previous_response_id":"\#(id)"}"#
        #expect(ask("POST", "/v1/responses", next, of: mock).status == 200)
        #expect(ask("DELETE", "/v1/responses/\(id)", of: mock).status == 200)
        #expect(ask("GET", "/v1/responses/\(id)", of: mock).status == 404)
        let gone = ask("POST", "/v1/responses", next, of: mock)
        #expect(gone.status == 400 && gone.bodyText.contains("previous_response_not_found"))
    }

    @Test("what is not stored is not kept, and what is made in the background is done when it is fetched")
    func stored() throws {
        let mock = try MockProvider()
        let loose = try ask("POST", "/v1/responses", #"{"model":"any","input":"x","store":false}"#, of: mock).json()
        let id = try #require(loose["id"]?.string)
        #expect(ask("GET", "/v1/responses/\(id)", of: mock).status == 404)
        let queued = try ask("POST", "/v1/responses", #"{"model":"any","input":"x","background":true}"#, of: mock)
            .json()
        #expect(queued["status"]?.string == "queued" && queued["usage"] == nil)
        let done = try ask("GET", "/v1/responses/\(queued["id"]?.string ?? "")", of: mock).json()
        #expect(done["status"]?.string == "completed" && done["usage"]?["output_tokens"]?.int ?? 0 > 0)
    }

    @Test("conversations are made, changed, added to and deleted")
    func conversations() throws {
        let mock = try MockProvider()
        let made = try ask("POST", "/v1/conversations", #"{"items":[{"type":"message"}]}"#, of: mock).json()
        let path = "/v1/conversations/\(made["id"]?.string ?? "")"
        _ = ask("POST", "\(path)/items", #"{"items":[{"type":"message"},{"type":"message"}]}"#, of: mock)
        #expect(try ask("GET", "\(path)/items", of: mock).json()["data"]?.array?.count == 3)
        #expect(try ask("POST", path, #"{"metadata":{"a":"b"}}"#, of: mock).json()["metadata"]?["a"]?.string == "b")
        #expect(try ask("DELETE", path, of: mock).json()["deleted"]?.bool == true)
        #expect(ask("GET", path, of: mock).status == 404)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import sluice

@Suite("Parts of a file of prices")
struct PriceFileTests {
    private func entry(_ provider: String, _ number: Int) -> (name: String, value: JSONValue) {
        let text = """
            {"litellm_provider":"\(provider)","mode":"chat","max_input_tokens":128000,"input_cost_per_token":\(number)e-9,
            "output_cost_per_token":2e-6,"source":"https://example.com","supports_vision":true,
            "tiered_pricing":[{"range":[0,1],"input_cost_per_token":1e-6}]}
            """
        return (name: "m\(number)", value: (try? JSONValue(parsing: text)) ?? .null)
    }

    @Test("LiteLLM's file is cut into parts that a call may have, with what configured providers can use")
    func litellm() throws {
        let file = JSONValue.object(
            JSONObject((0..<6_000).map { entry(["openai", "azure", "anthropic"][$0 % 3], $0) })
        )
        #expect(file.jsonText.utf8.count > 1 << 20)
        let parts = try #require(PriceFileParts(file, for: ["openai", "anthropic"]))
        #expect(parts.form == .litellm)
        #expect(parts.foreign == 2_000)
        #expect(parts.parts.count > 1)
        #expect(parts.parts.allSatisfy { $0.jsonText.utf8.count <= PriceFileParts.mostBytes + 2 })
        let names = parts.parts.flatMap { $0.object?.members.map(\.name) ?? [] }
        #expect(names == (0..<6_000).filter { $0 % 3 != 1 }.map { "m\($0)" })
        let first = parts.parts.first?.object?["m0"]?.object
        #expect(first?["input_cost_per_token"] != nil && first?["tiered_pricing"] != nil)
        #expect(first?["source"] == nil && first?["supports_vision"] == nil)
    }

    @Test("the file of models.dev is cut by provider and by models")
    func modelsDev() throws {
        let models = (0..<40).map {
            #""m\#($0)":{"id":"m","name":"M","cost":{"input":1,"output":2},"limit":{"context":9}}"#
        }
        let text = #"{"openai":{"id":"openai","models":{\#(models.joined(separator: ","))}},"xai":{"models":{"g":{}}}}"#
        let parts = try #require(PriceFileParts(try JSONValue(parsing: text), for: ["openai"], mostBytes: 500))
        #expect(parts.form == .modelsDev)
        #expect(parts.foreign == 1)
        #expect(parts.parts.count > 3)
        let all = parts.parts.flatMap { $0.object?["openai"]?.object?["models"]?.object?.members ?? [] }
        #expect(all.map(\.name) == (0..<40).map { "m\($0)" })
        #expect(all.allSatisfy { $0.value.object?.members.map(\.name) == ["cost", "limit"] })
    }

    @Test("cards of our own are cut, too; what is neither array nor object is no file of prices")
    func cards() throws {
        let cards = JSONValue.array((0..<100).map { .object(JSONObject([(name: "model", value: .string("m\($0)"))])) })
        let parts = try #require(PriceFileParts(cards, for: [], mostBytes: 200))
        #expect(parts.form == .cards)
        let all = parts.parts.flatMap { part -> [JSONValue] in if case .array(let cards) = part { cards } else { [] } }
        #expect(JSONValue.array(all) == cards && parts.parts.count > 5)
        #expect(PriceFileParts(.string("x"), for: []) == nil)
        #expect(PriceFileParts(.object(JSONObject()), for: ["openai"])?.parts.isEmpty == true)
    }
}

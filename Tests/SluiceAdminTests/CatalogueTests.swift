// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Routes, providers, models and prices")
struct CatalogueTests {
    @Test("routes, providers and models are listed with their owner")
    func lists() async throws {
        let admin = try await AdminHarness()
        let routes = try await admin.call("GET", "/v1/admin/routes")
        let chat = try #require(routes["items"]?.array?.first?.object)
        #expect(chat["route"] == "chat")
        #expect(chat["aliases"] == ["gpt-4.1"])
        #expect(chat["versions"] == ["v1"])
        #expect(chat["unit"]?.array?.first == "header:x-sluice-unit")
        let provider = try #require(try await admin.call("GET", "/v1/admin/providers")["items"]?.array?.first?.object)
        #expect(provider["base_url"] == "http://127.0.0.1:9/v1")
        #expect(provider["has_credential"] == .bool(true))
        #expect(provider["price_factor"] == .double(1))
        let model = try #require(try await admin.call("GET", "/v1/admin/models")["items"]?.array?.first?.object)
        #expect(model["quality_score"] == .double(0.9))
        #expect(model["context_window"] == nil)
    }

    @Test("a model card is written, and one of the file is not")
    func putModel() async throws {
        let admin = try await AdminHarness()
        let card: JSONValue = [
            "provider": "main", "model": "m2", "quality_score": .double(0.8), "context_window": 8_192,
        ]
        #expect(try await admin.call("PUT", "/v1/admin/models", card)["context_window"] == 8_192)
        let file: JSONValue = ["provider": "main", "model": "gpt-4.1", "quality_score": .double(0.1)]
        #expect(try await admin.call("PUT", "/v1/admin/models", file).status == 409)
        let wrong: JSONValue = ["provider": "main", "model": "m2", "quality_score": .double(1.1)]
        #expect(try await admin.call("PUT", "/v1/admin/models", wrong).status == 422)
    }

    @Test("prices are imported to the millionth of a dollar and listed as they were given")
    func importPrices() async throws {
        let admin = try await AdminHarness()
        let card: JSONValue = [
            "provider": "main", "model": "m2", "effective_from": "2026-01-01", "input": .double(0.15),
            "cached_input": .double(0.075), "output": .double(0.6), "per_request": .double(0.001),
            "tiers": [["from_input_tokens": 200_001, "input": .double(0.3), "output": .double(1.2)]],
        ]
        let done = try await admin.call("POST", "/v1/admin/prices/import", ["prices": [card], "reason": "list"])
        #expect(done["written"] == 1)
        let again = try await admin.call("POST", "/v1/admin/prices/import", ["prices": [card]])
        #expect(again["written"] == 0)
        #expect(again["unchanged"] == 1)
        let prices = try await admin.call("GET", "/v1/admin/prices")
        let listed = try #require(prices["items"]?.array?.last?.object)
        #expect(listed["model"] == "m2")
        #expect(listed["input"] == .double(0.15))
        #expect(listed["cached_input"] == .double(0.075))
        #expect(listed["effective_from"] == "2026-01-01T00:00:00.000Z")
        #expect(listed["per_request"] == .double(0.001))
        #expect(listed["owner"] == "api")
        #expect(listed["tiers"]?.array?.first?.object?["input"] == .double(0.3))
        let stored = await admin.control.prices().last
        #expect(stored?.rates == PriceCard.Rates(input: 150_000, cachedInput: 75_000, output: 600_000))
        #expect(stored?.perRequest == NanoUSD(1_000_000))
    }

    @Test("LiteLLM's file is read: entries of the provider are taken, others counted, and so is what has no place")
    func liteLLM() async throws {
        let admin = try await AdminHarness()
        let file: JSONValue = [
            "gpt-x": [
                "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": .double(2e-06),
                "output_cost_per_token": .double(8e-06), "max_input_tokens": 128_000,
                "input_cost_per_audio_token": .double(4e-05), "input_cost_per_pixel": .double(1e-08),
            ],
            "claude-x": ["litellm_provider": "anthropic", "input_cost_per_token": .double(3e-06)],
        ]
        #expect(try await admin.call("POST", "/v1/admin/prices/import", ["litellm": file]).status == 422)
        let done = try await admin.call(
            "POST",
            "/v1/admin/prices/import",
            ["litellm": file, "provider": "main", "source": "openai"]
        )
        #expect(done["written"] == 1)
        #expect(done["foreign"] == 1)
        #expect(done["dropped"] == ["input_cost_per_pixel": 1])
        let stored = await admin.control.prices().last
        #expect(
            stored?.rates == PriceCard.Rates(input: 2_000_000, output: 8_000_000, parts: [.inputAudio: 40_000_000])
        )
    }

    @Test(
        "a card that does not fit is refused with its place, and then none is written",
        arguments: [
            (#"{"provider":"main","model":"m","input":-1,"output":1}"#, "prices.1.input"),
            (#"{"provider":"main","model":"m","input":1}"#, "output"),
            (#"{"provider":"main","model":"m","input":1.1234567,"output":1}"#, "prices.1.input"),
            (#"{"provider":"main","model":"m","input":1,"output":1,"per_request":1e-10}"#, "prices.1.per_request"),
            (#"{"provider":"main","model":"m","input":1,"output":1,"per_image":1e-13}"#, "prices.1.per_image"),
            (#"{"provider":"main","model":"","input":1,"output":1}"#, "prices.1.model"),
            (#"{"provider":"m ain","model":"m","input":1,"output":1}"#, "prices.1.provider"),
            (#"{"provider":"main","model":"m","input":1,"output":1e400}"#, "prices.1.output"),
            (#"{"provider":"main","model":"m","input":1,"output":1,"effective_from":"soon"}"#, "effective_from"),
            (
                #"{"provider":"main","model":"m","input":1,"output":1,"tiers":[{"from_input_tokens":0,"input":1,"output":1}]}"#,
                "tiers.0"
            ),
        ]
    )
    func misfits(card: String, place: String) async throws {
        let admin = try await AdminHarness()
        let body = #"{"prices":[{"provider":"main","model":"ok","input":1,"output":1},\#(card)]}"#
        let headers = ["authorization": "Bearer \(AdminHarness.token)"]
        let answer = try await admin.send("POST", "/v1/admin/prices/import", Array(body.utf8), headers: headers)
        #expect(answer.status == 422)
        #expect(answer.text.contains(place), "\(answer.text)")
        #expect(await admin.control.prices().count == 1)
    }

    @Test("the file of models.dev is read")
    func modelsDev() async throws {
        let admin = try await AdminHarness()
        let file: JSONValue = ["main": ["models": ["m": ["cost": ["input": 2, "output": .double(8.5)]]]]]
        let done = try await admin.call("POST", "/v1/admin/prices/import", ["models_dev": file])
        #expect(done["written"] == 1)
        #expect(await admin.control.prices().last?.rates == PriceCard.Rates(input: 2_000_000, output: 8_500_000))
    }

    @Test("what the file defines is a conflict; neither prices nor litellm is 422")
    func others() async throws {
        let admin = try await AdminHarness()
        let card: JSONValue = ["provider": "main", "model": "gpt-4.1", "input": 1, "output": 1]
        #expect(try await admin.call("POST", "/v1/admin/prices/import", ["prices": [card]]).status == 409)
        #expect(try await admin.call("POST", "/v1/admin/prices/import", [:]).status == 422)
        for name in ["provider", "source"] {
            let body: JSONValue = .object(["prices": .array([]), name: .string("main")])
            let answer = try await admin.call("POST", "/v1/admin/prices/import", body)
            #expect(answer.status == 422 && answer["details"]?.object?["field"] == .string(name))
        }
    }
}

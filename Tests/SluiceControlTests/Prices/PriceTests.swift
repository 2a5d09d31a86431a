// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Prices")
struct PriceTests {
    private let file = JSONValue.of(
        """
        {
          "sample_spec": {"litellm_provider": "openai", "input_cost_per_token": 0},
          "gpt-4o": {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 128000,
            "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06},
          "openai/o9": {"litellm_provider": "openai", "input_cost_per_token": 0.0000011, "output_cost_per_token": 4.4e-06,
            "output_cost_per_reasoning_token": 5e-06, "input_cost_per_token_above_200k_tokens": 2.2e-06},
          "gpt-4.1": {"litellm_provider": "openai", "input_cost_per_token": 9e-06, "output_cost_per_token": 9e-06},
          "text-embedding-3-small": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 2e-08},
          "dall-e-3": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 1e-08},
          "claude-x": {"litellm_provider": "anthropic", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
            "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06}
        }
        """
    )

    private var object: JSONObject {
        if case .object(let object) = file { object } else { JSONObject() }
    }

    private var definitions: Definitions {
        var definitions = Definitions.sample
        definitions.providers = [.sample("main"), .sample("claude", dialect: .anthropic)]
        return definitions
    }

    @Test("LiteLLM's file becomes cards of the providers with that dialect")
    func importFile() async throws {
        let bench = try await Bench.started(definitions)
        let answer = try await bench.plane.importLiteLLM(object, bench.change)
        #expect(answer.written == 4)
        #expect(answer.ownedByFile == ["main/gpt-4.1"])
        #expect(answer.skipped == ["dall-e-3"])
        let cards = try await bench.store.state().prices
        let byModel = Dictionary(uniqueKeysWithValues: cards.map { ($0.model, $0) })
        #expect(
            byModel["gpt-4o"]?.rates == .init(input: 2_500_000, cachedInput: 1_250_000, output: 10_000_000)
        )
        #expect(byModel["o9"]?.rates == .init(input: 1_100_000, output: 4_400_000, reasoning: 5_000_000))
        #expect(
            byModel["o9"]?.tiers == [
                .init(
                    fromInputTokens: 200_001,
                    rates: .init(input: 2_200_000, output: 4_400_000, reasoning: 5_000_000)
                )
            ]
        )
        #expect(byModel["text-embedding-3-small"]?.rates == .init(input: 20_000, output: 0))
        #expect(byModel["claude-x"]?.provider == .of("claude"))
        #expect(
            byModel["claude-x"]?.rates
                == .init(input: 3_000_000, cacheWrite5m: 3_750_000, cacheWrite1h: 6_000_000, output: 15_000_000)
        )
        #expect(await bench.plane.models().first { $0.model == "gpt-4o" }?.contextWindow == 128_000)
    }

    @Test("importing the same file again changes nothing")
    func twice() async throws {
        let bench = try await Bench.started(definitions)
        _ = try await bench.plane.importLiteLLM(object, bench.change)
        let epoch = await bench.plane.epoch
        bench.time.advance(seconds: 60)
        let answer = try await bench.plane.importLiteLLM(object, bench.change)
        #expect(answer.written == 0)
        #expect(answer.unchanged == 4)
        #expect(await bench.plane.epoch == epoch)
    }

    @Test("entries of another litellm_provider may be taken for one provider")
    func mapped() async throws {
        let bench = try await Bench.started(definitions)
        let answer = try await bench.plane.importLiteLLM(
            object,
            provider: "main",
            source: "anthropic",
            bench.change
        )
        #expect(answer.written == 1)
        #expect(try await bench.store.state().prices.map(\.provider) == [.of("main")])
        let none = await refusal { () async throws(ControlError) in
            try await bench.plane.importLiteLLM(object, provider: "main", source: "azure", bench.change)
        }
        #expect(none?.code == .invalid)
    }

    @Test("a card of the file is refused and then none is written")
    func fileOwned() async throws {
        let bench = try await Bench.started()
        let card = PriceCard(
            provider: .of("main"),
            model: "new",
            effectiveFrom: bench.time.now,
            rates: .init(input: 1, output: 2)
        )
        var owned = card
        owned.model = "gpt-4.1"
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.importPrices([card, owned], bench.change)
        }
        #expect(error?.code == .readOnly)
        #expect(try await bench.store.state().prices.isEmpty)
    }

    @Test("a changed price is a new card, and the old one stays for old attempts")
    func changed() async throws {
        let bench = try await Bench.started()
        var card = PriceCard(
            provider: .of("main"),
            model: "new",
            effectiveFrom: bench.time.now,
            rates: .init(input: 1, output: 2)
        )
        _ = try await bench.plane.importPrices([card], bench.change)
        bench.time.advance(seconds: 60)
        card.effectiveFrom = bench.time.now
        card.rates.output = 3
        _ = try await bench.plane.importPrices([card], bench.change)
        #expect(try await bench.store.state().prices.map(\.rates.output) == [2, 3])
        let entry = try await bench.plane.audit().last
        #expect(entry?.before?.contains("\"output\":2") == true)
        #expect(entry?.after?.contains("\"output\":3") == true)
    }

    @Test("a card with a negative rate or without a known provider is refused")
    func insane() async throws {
        let bench = try await Bench.started()
        for (provider, output) in [("main", Int64(-1)), ("nobody", 1)] {
            let card = PriceCard(
                provider: .of(provider),
                model: "new",
                effectiveFrom: bench.time.now,
                rates: .init(input: 1, output: output)
            )
            let error = await refusal { () async throws(ControlError) in
                try await bench.plane.importPrices([card], bench.change)
            }
            #expect(error?.code == .invalid)
        }
    }
}

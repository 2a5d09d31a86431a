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
        definitions.providers = [.sample("main"), .sample("openai"), .sample("anthropic", dialect: .anthropic)]
        return definitions
    }

    @Test("LiteLLM's file becomes cards of the providers with that very id")
    func importFile() async throws {
        let bench = try await Bench.started(definitions)
        let answer = try await bench.plane.importPrices(from: .litellm(object), bench.change)
        #expect(answer.written == 5)
        #expect(answer.ownedByFile.isEmpty)
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
        #expect(byModel["claude-x"]?.provider == .of("anthropic"))
        #expect(
            byModel["claude-x"]?.rates
                == .init(input: 3_000_000, cacheWrite5m: 3_750_000, cacheWrite1h: 6_000_000, output: 15_000_000)
        )
        #expect(await bench.plane.models().first { $0.model == "gpt-4o" }?.contextWindow == 128_000)
        // "main" speaks the dialect of OpenAI, and is another provider all the same.
        #expect(!cards.contains { $0.provider == .of("main") })
    }

    private func reading(_ file: PriceFile, _ source: String = "openai") -> PriceReading {
        file.read(for: [.sample("main")], only: .of("main"), source: source, from: Timestamp(nanoseconds: 0))
    }

    private func litellm(_ entry: String) -> PriceReading {
        guard case .object(let file) = JSONValue.of(#"{"m":{"litellm_provider":"openai",\#(entry)}}"#) else {
            return reading(.litellm(JSONObject()))
        }
        return reading(.litellm(file))
    }

    @Test(
        "a price of zero a token beside a price of another unit is no price",
        arguments: [
            #""input_cost_per_token":0,"output_cost_per_token":0.0,"input_cost_per_second":0.0001"#,
            #""input_cost_per_token":0,"output_cost_per_token":0,"output_cost_per_pixel":4e-8"#,
            #""input_cost_per_token":0,"output_cost_per_token":0,"search_context_cost_per_query":{"low":0.03}"#,
            #""annotation_cost_per_page":0.002,"input_cost_per_token":0.0,"output_cost_per_token":0.0"#,
        ]
    )
    func otherUnits(entry: String) {
        #expect(litellm(entry).skipped == ["m"])
        #expect(litellm(entry).cards.isEmpty)
    }

    @Test("what costs nothing in any unit is free, and a price a request is one")
    func free() {
        #expect(
            litellm(#""input_cost_per_token":0,"output_cost_per_token":0,"output_cost_per_image":0"#).cards.count == 1
        )
        let request = litellm(#""input_cost_per_token":0,"output_cost_per_token":0,"input_cost_per_request":0.005"#)
        #expect(request.cards.first?.perRequest == NanoUSD(5_000_000))
    }

    @Test("prices that a card has no place for are counted by their names")
    func dropped() {
        let reading = litellm(
            #""input_cost_per_token":2e-6,"output_cost_per_token":8e-6,"input_cost_per_pixel":1e-6,"#
                + #""output_cost_per_image_1K":3.5e-2,"regional_processing_uplift_multiplier_eu":1.1,"#
                + #""input_cost_per_token_above_1hr":4e-6,"output_cost_per_pixel":0,"max_tokens":100"#
        )
        #expect(reading.cards.first?.rates == .init(input: 2_000_000, output: 8_000_000))
        #expect(reading.cards.first?.tiers.isEmpty == true)
        #expect(
            reading.dropped == [
                "input_cost_per_pixel": 1, "output_cost_per_image_1K": 1, "regional_processing_uplift_multiplier_eu": 1,
                "input_cost_per_token_above_1hr": 1,
            ]
        )
    }

    @Test("service tiers have rates of their own, also for larger contexts; what they leave out is the base's")
    func serviceTiers() {
        let card = litellm(
            #""input_cost_per_token":5e-6,"output_cost_per_token":3e-5,"cache_read_input_token_cost":5e-7,"#
                + #""input_cost_per_token_above_272k_tokens":1e-5,"input_cost_per_token_flex":2.5e-6,"#
                + #""output_cost_per_token_flex":1.5e-5,"input_cost_per_token_above_272k_tokens_flex":5e-6,"#
                + #""input_cost_per_token_batches":2.5e-6,"provider_specific_entry":{"us":1.1,"fast":2}"#
        ).cards.first
        let flex = PriceCard.Rates(input: 2_500_000, cachedInput: 500_000, output: 15_000_000)
        var large = flex
        large.input = 5_000_000
        #expect(
            card?.variants == [
                .init(name: "flex", rates: flex, tiers: [.init(fromInputTokens: 272_001, rates: large)]),
                .init(name: "batch", rates: .init(input: 2_500_000, cachedInput: 500_000, output: 30_000_000)),
                .init(name: "fast", factorMillionths: 2_000_000), .init(name: "us", factorMillionths: 1_100_000),
            ]
        )
    }

    @Test("kinds of tokens, and what is counted otherwise, are parts")
    func parts() {
        let card = litellm(
            #""input_cost_per_token":3e-7,"output_cost_per_token":2.5e-6,"input_cost_per_audio_token":1e-6,"#
                + #""output_cost_per_image_token":3e-5,"cache_creation_input_token_cost_above_12hr":2e-6,"#
                + #""search_context_cost_per_query":{"search_context_size_low":0.035,"search_context_size_high":0.035}"#
        ).cards.first
        #expect(
            card?.rates.parts == [
                .inputAudio: 1_000_000, .outputImage: 30_000_000, .cacheWrite12h: 2_000_000,
                .webSearches: 35_000_000_000,
            ]
        )
        let whisper = litellm(
            #""mode":"audio_transcription","input_cost_per_second":0.0001,"output_cost_per_second":0.0001"#
        )
        #expect(whisper.cards.first?.rates == .init(input: 0, output: 0, parts: [.inputAudioTime: 100_000]))
        let pictures = litellm(#""mode":"image_generation","output_cost_per_image":0.04"#)
        #expect(pictures.cards.first?.rates.parts == [.outputImages: 40_000_000_000])
        // Where a model makes pictures alone, nothing it makes is free.
        let image = litellm(#""input_cost_per_token":5e-6,"output_cost_per_image_token":4e-5"#).cards.first
        #expect(image?.rates == .init(input: 5_000_000, output: 40_000_000, parts: [.outputImage: 40_000_000]))
    }

    @Test("what is skipped is named with a reason")
    func reasons() {
        #expect(litellm(#""mode":"chat""#).reasons == ["m": "no price"])
        #expect(
            litellm(#""input_cost_per_pixel":1e-8"#).reasons
                == ["m": "priced by what a card has no place for: input_cost_per_pixel"]
        )
        #expect(
            litellm(#""input_cost_per_token":1e-8"#).reasons
                == ["m": "a price for what goes in and none for what comes out"]
        )
    }

    @Test("a tier has its own rates for the cache, those of an hour included")
    func tierOfCache() {
        let reading = litellm(
            #""input_cost_per_token":3e-6,"output_cost_per_token":1.5e-5,"cache_creation_input_token_cost":3.75e-6,"#
                + #""cache_creation_input_token_cost_above_1hr":6e-6,"cache_read_input_token_cost":3e-7,"#
                + #""input_cost_per_token_above_200k_tokens":6e-6,"output_cost_per_token_above_200k_tokens":2.25e-5,"#
                + #""cache_creation_input_token_cost_above_200k_tokens":7.5e-6,"#
                + #""cache_creation_input_token_cost_above_1hr_above_200k_tokens":1.2e-5,"#
                + #""cache_read_input_token_cost_above_200k_tokens":6e-7"#
        )
        #expect(
            reading.cards.first?.tiers == [
                .init(
                    fromInputTokens: 200_001,
                    rates: .init(
                        input: 6_000_000,
                        cachedInput: 600_000,
                        cacheWrite5m: 7_500_000,
                        cacheWrite1h: 12_000_000,
                        output: 22_500_000
                    )
                )
            ]
        )
        #expect(reading.dropped.isEmpty)
    }

    @Test("the file of models.dev is read: prices, tiers, windows, and what is dropped")
    func modelsDev() {
        guard
            case .object(let file) = JSONValue.of(
                """
                {"openai":{"id":"openai","name":"OpenAI","env":["OPENAI_API_KEY"],"npm":"@ai-sdk/openai","models":{
                  "gpt-4o":{"id":"gpt-4o","name":"GPT-4o","attachment":true,"cost":{"input":2.5,"output":10,
                    "cache_read":1.25},"limit":{"context":128000,"output":16384}},
                  "gpt-5.5":{"id":"gpt-5.5","cost":{"input":5,"output":30,"cache_read":0.5,
                    "tiers":[{"input":10,"output":45,"cache_read":1,"tier":{"type":"context","size":272000}}],
                    "context_over_200k":{"input":10,"output":45,"cache_read":1}},
                    "limit":{"context":1050000,"input":922000,"output":128000}},
                  "long":{"id":"long","cost":{"input":2,"output":12,"reasoning":14,
                    "context_over_200k":{"input":4,"output":18}}},
                  "gpt-audio":{"id":"gpt-audio","cost":{"input":2.5,"output":10,"input_audio":40,"output_audio":80}},
                  "speech":{"id":"speech","cost":{"input":0,"output":0,"output_audio":12}},
                  "bare":{"id":"bare","name":"Bare"}}},
                 "other":{"id":"other","models":{"x":{"cost":{"input":1,"output":1}},"y":{}}}}
                """
            )
        else { return }
        let reading = reading(.modelsDev(file))
        let cards = Dictionary(uniqueKeysWithValues: reading.cards.map { ($0.model, $0) })
        #expect(cards.count == 4)
        #expect(cards["gpt-4o"]?.rates == .init(input: 2_500_000, cachedInput: 1_250_000, output: 10_000_000))
        #expect(
            cards["gpt-5.5"]?.tiers == [
                .init(
                    fromInputTokens: 272_001,
                    rates: .init(input: 10_000_000, cachedInput: 1_000_000, output: 45_000_000)
                )
            ]
        )
        #expect(cards["long"]?.rates.reasoning == 14_000_000)
        #expect(cards["long"]?.tiers.first?.fromInputTokens == 200_001)
        #expect(cards["long"]?.tiers.first?.rates == .init(input: 4_000_000, output: 18_000_000, reasoning: 14_000_000))
        #expect(reading.skipped == ["openai/speech", "openai/bare"])
        #expect(reading.foreign == 2)
        #expect(reading.dropped.isEmpty)
        #expect(cards["gpt-audio"]?.rates.parts == [.inputAudio: 40_000_000, .outputAudio: 80_000_000])
        #expect(reading.models.map(\.contextWindow) == [128_000, 922_000])
    }

    @Test("a source is taken for the one provider that is named")
    func sourceAlone() async throws {
        let bench = try await Bench.started(definitions)
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.importPrices(from: .litellm(object), source: "openai", bench.change)
        }
        #expect(error?.code == .invalid)
        let answer = try await bench.plane.importPrices(
            from: .litellm(object),
            provider: "main",
            source: "openai",
            bench.change
        )
        #expect(answer.ownedByFile == ["main/gpt-4.1"])
    }

    @Test("importing the same file again changes nothing")
    func twice() async throws {
        let bench = try await Bench.started(definitions)
        _ = try await bench.plane.importPrices(from: .litellm(object), bench.change)
        let epoch = await bench.plane.epoch
        bench.time.advance(seconds: 60)
        let answer = try await bench.plane.importPrices(from: .litellm(object), bench.change)
        #expect(answer.written == 0)
        #expect(answer.unchanged == 5)
        #expect(await bench.plane.epoch == epoch)
    }

    @Test("entries of another litellm_provider may be taken for one provider")
    func mapped() async throws {
        let bench = try await Bench.started(definitions)
        let answer = try await bench.plane.importPrices(
            from: .litellm(object),
            provider: "main",
            source: "anthropic",
            bench.change
        )
        #expect(answer.written == 1)
        #expect(try await bench.store.state().prices.map(\.provider) == [.of("main")])
        let none = await refusal { () async throws(ControlError) in
            try await bench.plane.importPrices(
                from: .litellm(object),
                provider: "main",
                source: "azure",
                bench.change
            )
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

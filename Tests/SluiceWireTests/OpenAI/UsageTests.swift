// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Usage in parts")
struct UsageTests {
    private func usage(_ object: String) -> Usage? {
        var meter = WholeMeter(.openai(.chat))
        meter.feed([UInt8](#"{"choices":[{}],"usage":\#(object)}"#).span.bytes)
        return meter.usage
    }

    @Test(
        "the provider's numbers become parts that do not overlap",
        arguments: [
            (
                "OpenAI: cached and reasoning are inside",
                #"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":60,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":30}}"#,
                Usage(freshInput: 40, cachedInput: 60, output: 50, reasoning: 30)
            ),
            (
                "DeepSeek: hits and misses",
                #"{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}"#,
                Usage(freshInput: 36, cachedInput: 64, output: 5)
            ),
            (
                "xAI: reasoning outside of the completion",
                #"{"prompt_tokens":32,"completion_tokens":1,"total_tokens":303,"completion_tokens_details":{"reasoning_tokens":270},"cost_in_usd_ticks":12345}"#,
                Usage(freshInput: 32, output: 271, reasoning: 270, providerCost: NanoUSD(1_234))
            ),
            (
                "reasoning larger than the completion, without a total",
                #"{"prompt_tokens":1,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":9}}"#,
                Usage(freshInput: 1, output: 11, reasoning: 9)
            ),
            ("embeddings", #"{"prompt_tokens":8,"total_tokens":8}"#, Usage(freshInput: 8)),
            (
                "names of the newer API",
                #"{"input_tokens":7,"output_tokens":3,"total_tokens":10,"input_tokens_details":{"cached_tokens":2},"output_tokens_details":{"reasoning_tokens":1}}"#,
                Usage(freshInput: 5, cachedInput: 2, output: 3, reasoning: 1)
            ),
            (
                "cache writes inside the prompt",
                #"{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,"prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":20}}"#,
                Usage(freshInput: 70, cachedInput: 10, cacheWrite5m: 20, output: 1)
            ),
            (
                "cached and written, both over the same prompt: the writes come on top",
                #"{"prompt_tokens":4000,"completion_tokens":50,"total_tokens":4050,"prompt_tokens_details":{"cached_tokens":3840,"cache_write_tokens":3990}}"#,
                Usage(freshInput: 160, cachedInput: 3_840, cacheWrite5m: 3_990, output: 50, countedTwice: 3_990)
            ),
            (
                "cache writes by how long they are kept",
                #"{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,"cache_read_input_tokens":10,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30}}"#,
                Usage(freshInput: 40, cachedInput: 10, cacheWrite5m: 20, cacheWrite1h: 30, output: 1)
            ),
            (
                "Moonshot: cached tokens beside the counts",
                #"{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,"cached_tokens":8}"#,
                Usage(freshInput: 11, cachedInput: 8, output: 13)
            ),
            (
                "sound has prices of its own",
                #"{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"prompt_tokens_details":{"text_tokens":100,"audio_tokens":900},"completion_tokens_details":{"text_tokens":100,"audio_tokens":400,"reasoning_tokens":0}}"#,
                Usage(freshInput: 1_000, output: 500, parts: [.inputAudio: 900, .outputAudio: 400])
            ),
            (
                "a tier of the usage's own",
                #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"service_tier":"priority"}"#,
                Usage(freshInput: 3, output: 4, servedAs: ["priority"])
            ),
            (
                "cached sound is no further part, and none that need not be",
                #"{"prompt_tokens":1000,"completion_tokens":1,"total_tokens":1001,"prompt_tokens_details":{"audio_tokens":900,"cached_tokens":300}}"#,
                Usage(
                    freshInput: 700,
                    cachedInput: 300,
                    output: 1,
                    parts: [.inputAudio: 700, .cachedAudio: 200]
                )
            ),
            (
                "cached sound by the provider's own count",
                #"{"total_tokens":1001,"input_tokens":1000,"output_tokens":1,"input_token_details":{"text_tokens":100,"audio_tokens":900,"cached_tokens":300,"cached_tokens_details":{"text_tokens":50,"audio_tokens":250}}}"#,
                Usage(freshInput: 700, cachedInput: 300, output: 1, parts: [.inputAudio: 650, .cachedAudio: 250])
            ),
            (
                "OpenAI's cache writes by how long they are kept",
                #"{"input_tokens":100,"output_tokens":1,"total_tokens":101,"input_tokens_details":{"cached_tokens":10,"cache_write_tokens":60,"cache_write_tokens_details":{"ttl_30m_tokens":40,"ttl_12h_tokens":20}}}"#,
                Usage(
                    freshInput: 30,
                    cachedInput: 10,
                    cacheWrite5m: 40,
                    cacheWrite1h: 20,
                    output: 1,
                    parts: [.cacheWrite30m: 40, .cacheWrite12h: 20]
                )
            ),
            (
                "pictures in a prompt that was written to the cache",
                #"{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":90,"image_tokens":80}}"#,
                Usage(freshInput: 10, cacheWrite5m: 90, output: 1, parts: [.inputImage: 10])
            ),
            (
                "what the provider says it cost, and its searches",
                #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"cost":0.0012345,"is_byok":false,"server_tool_use":{"web_search_requests":2},"cost_details":{"upstream_inference_cost":9}}"#,
                Usage(freshInput: 3, output: 4, parts: [.webSearches: 2], providerCost: NanoUSD(1_234_500))
            ),
            (
                "the cost of Perplexity's and of xAI's form",
                #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"num_search_queries":3,"cost":{"input_tokens_cost":1e-6,"total_cost":0.006}}"#,
                Usage(freshInput: 3, output: 4, parts: [.webSearches: 3], providerCost: NanoUSD(6_000_000))
            ),
            (
                "xAI's ticks",
                #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"num_sources_used":0,"cost_in_usd_ticks":158500}"#,
                Usage(freshInput: 3, output: 4, providerCost: NanoUSD(15_850))
            ),
            (
                "time that was listened to",
                #"{"type":"duration","seconds":7.5}"#,
                Usage(parts: [.inputAudioTime: 7_500])
            ),
            (
                "the standard tier",
                #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"service_tier":"standard"}"#,
                Usage(freshInput: 3, output: 4)
            ),
            (
                "nulls are absent",
                #"{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":null}}"#,
                Usage(freshInput: 3, output: 4)
            ),
            (
                "whole numbers with a fraction", #"{"prompt_tokens":3.0,"completion_tokens":4e0}"#,
                Usage(freshInput: 3, output: 4)
            ),
        ] as [(String, String, Usage)]
    )
    func parts(name: String, object: String, usage: Usage) {
        #expect(self.usage(object) == usage)
    }

    @Test(
        "contradictions give the dearer reading and a mark",
        arguments: [
            (
                "a total above the parts", #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}"#,
                Usage(freshInput: 10, output: 30, isInconsistent: true)
            ),
            (
                "a total below the parts", #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":4}"#,
                Usage(freshInput: 10, output: 5, isInconsistent: true)
            ),
            (
                "more cached than sent",
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":30}}"#,
                Usage(freshInput: 10, cachedInput: 30, output: 5, isInconsistent: true)
            ),
            (
                "hits and misses that do not add up",
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":9}"#,
                Usage(freshInput: 9, cachedInput: 4, output: 5, isInconsistent: true)
            ),
            (
                "two cached numbers",
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_tokens_details":{"cached_tokens":6}}"#,
                Usage(freshInput: 6, cachedInput: 4, output: 5, isInconsistent: true)
            ),
            (
                "more reasoning than completion in a total without it",
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":8}}"#,
                Usage(freshInput: 10, output: 13, reasoning: 8, isInconsistent: true)
            ),
            (
                "more written than sent",
                #"{"prompt_tokens":10,"completion_tokens":5,"cache_creation_input_tokens":30}"#,
                Usage(freshInput: 10, cacheWrite5m: 30, output: 5, isInconsistent: true)
            ),
            ("a total alone", #"{"total_tokens":9}"#, Usage(freshInput: 9, isInconsistent: true)),
        ] as [(String, String, Usage)]
    )
    func contradictions(name: String, object: String, usage: Usage) {
        #expect(self.usage(object) == usage)
    }

    @Test(
        "numbers beyond belief are no usage, whatever stands beside them",
        arguments: [
            "-10", "9223372036854775808", "9223372036854775807", "1e30", "1e400", "100.5", "1000000001",
            "99999999999999999999999", #""7""#, "true", "[7]", "{}",
        ]
    )
    func absurd(number: String) {
        #expect(usage(#"{"prompt_tokens":\#(number),"completion_tokens":5,"total_tokens":25}"#) == nil)
        #expect(usage(#"{"prompt_tokens":20,"completion_tokens":\#(number),"total_tokens":25}"#) == nil)
        #expect(usage(#"{"prompt_tokens":20,"completion_tokens":5,"total_tokens":\#(number)}"#) == nil)
        #expect(
            usage(#"{"prompt_tokens":20,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":\#(number)}}"#)
                == nil
        )
        // What is no count of ours says nothing.
        #expect(usage(#"{"prompt_tokens":20,"completion_tokens":5,"cost":\#(number)}"#)?.output == 5)
    }

    @Test("an object without counts is no usage", arguments: ["{}", "null", "[]", "5", #"{"cost":1}"#])
    func none(object: String) {
        #expect(usage(object) == nil)
    }

    @Test("any numbers give parts that are not negative and do not trap")
    func safe() {
        var random = SeededGenerator(seed: 9)
        let names = [
            "prompt_tokens", "completion_tokens", "total_tokens", "prompt_cache_hit_tokens", "prompt_cache_miss_tokens",
            "reasoning_tokens", "cached_tokens", "cache_write_tokens", "cache_creation_input_tokens",
        ]
        let numbers = [
            "0", "1", "7", "1000000000000", "1000000000001", "9223372036854775807", "-1", "1e18", "0.5", "null",
        ]
        for _ in 0..<5_000 {
            let members = names.shuffled(using: &random).prefix(5).map {
                "\"\($0)\":\(numbers.randomElement(using: &random) ?? "0")"
            }
            guard let usage = usage("{\(members.joined(separator: ","))}") else { continue }
            let parts = [usage.freshInput, usage.cachedInput, usage.cacheWrite5m, usage.output, usage.reasoning]
            if parts.contains(where: { $0 < 0 }) || usage.reasoning > usage.output { Issue.record("\(members)") }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

/// A route that chooses among four models of one provider.
@Suite("A route that chooses")
struct ChooseTests {
    private typealias Model = (id: String, dollars: Int64, quality: Double)

    private static let models: [Model] = [
        ("fine", 8_000_000, 0.96), ("finest", 15_000_000, 0.98), ("good", 2_500_000, 0.89), ("cheap", 420_000, 0.85),
    ]

    private static func set(_ snapshot: inout Snapshot, _ policy: RoutingPolicy = RoutingPolicy()) {
        snapshot.routes[0].choose = policy
        snapshot.versions = models.map { model in
            var version = Rig.version(model.id)
            version.apiVersion = "m-\(model.id)"
            return version
        }
        snapshot.prices = models.map { model in
            PriceCard(
                provider: Records.id("main"),
                model: "m-\(model.id)",
                effectiveFrom: Timestamp(nanoseconds: 0),
                rates: PriceCard.Rates(input: 0, output: model.dollars)
            )
        }
        snapshot.models = models.map { model in
            ModelCard(provider: Records.id("main"), model: "m-\(model.id)", qualityScore: model.quality)
        }
    }

    private static func with(
        _ policy: RoutingPolicy = RoutingPolicy(),
        change: (inout Snapshot) -> Void = { _ in },
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(
            change: {
                Self.set(&$0, policy)
                change(&$0)
            },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) },
            body
        )
    }

    private func chosen(_ answer: RawAnswer) -> String {
        "\(answer["x-sluice-version"] ?? "-") \(answer["x-sluice-choice"] ?? "-")"
    }

    @Test(
        "fields of the request say what it weighs",
        arguments: [
            ("", "cheap score"),
            ("x-sluice-tier: premium\r\n", "finest score"),
            ("x-sluice-tier: economy\r\n", "cheap score"),
            ("x-sluice-tier: \t premium  \r\n", "finest score"),
            ("x-sluice-tier: premium\r\nx-sluice-max-cost-per-1k: 0.003\r\n", "cheap cheapest"),
            // Nothing is known of how fast they are, and that is not fast.
            ("x-sluice-latency-budget-ms: 60000\r\n", "cheap cheapest"),
        ]
    )
    func fields(fields: String, expected: String) async throws {
        try await Self.with { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat, fields)
            #expect(answer.status == 200)
            #expect(chosen(answer) == expected)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.choice?.reason.rawValue == expected.split(separator: " ").last.map(String.init))
            #expect(outcome.version?.rawValue == answer["x-sluice-version"])
        }
    }

    @Test(
        "a field that says nothing sensible is refused by its name",
        arguments: ["x-sluice-tier: best", "x-sluice-latency-budget-ms: 0", "x-sluice-max-cost-per-1k: cheap"]
    )
    func badFields(field: String) async throws {
        try await Self.with { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat, field + "\r\n")
            #expect(answer.status == 400)
            #expect(answer.text.contains(String(field.prefix { $0 != ":" })))
        }
    }

    @Test("the name of the model says the tier, and `auto` is the one route that chooses")
    func names() async throws {
        try await Self.with { (rig: Rig) async throws -> Void in
            let named = [
                ("auto", "cheap score"), ("auto:premium", "finest score"), ("chat:premium", "finest score"),
                ("gpt-4o:economy", "cheap score"),
            ]
            for (name, expected) in named {
                let body = #"{"model":"\#(name)","messages":[{"role":"user","content":"\#(name)"}]}"#
                #expect(chosen(try await rig.chat(body)) == expected)
            }
            let unknown = try await rig.chat(#"{"model":"auto:fast","messages":[{"role":"user","content":"hi"}]}"#)
            #expect(unknown.status == 404)
            #expect(try await rig.exchange(Wire.get("/v1/models")).text.contains(#""auto""#))
        }
    }

    @Test("mean times within the budget pass; a conversation stays where it began, until that one fails its wish")
    func latency() async throws {
        try await Self.with { (rig: Rig) async throws -> Void in
            let fields = "x-sluice-latency-budget-ms: 1000\r\n"
            rig.gateway.setMeanLatencies([Records.id("good"): 900_000_000, Records.id("cheap"): 1_100_000_000])
            #expect(chosen(try await rig.chat(Wire.chat, fields)) == "good score")
            rig.gateway.setMeanLatencies([Records.id("good"): 900_000_000, Records.id("cheap"): 400_000_000])
            #expect(chosen(try await rig.chat(Wire.chat, fields)) == "good pinned")
            let other = #"{"model":"chat","messages":[{"role":"user","content":"another"}]}"#
            #expect(chosen(try await rig.chat(other, fields)) == "cheap score")
            rig.gateway.setMeanLatencies([Records.id("good"): 1_200_000_000, Records.id("cheap"): 400_000_000])
            #expect(chosen(try await rig.chat(Wire.chat, fields)) == "cheap score")
            #expect(chosen(try await rig.chat(Wire.chat, fields)) == "cheap pinned")
        }
    }

    @Test("a conversation of 10 000 turns never changes its version while nothing fails")
    func conversation() throws {
        let memory = ChoiceMemory()
        var chance = SplitMix64(seed: 1)
        for turn in 0..<10_000 {
            let unit = chance.next()
            let mark = UInt16(truncatingIfNeeded: turn)
            memory.remember(mark, of: unit)
            #expect(memory.version(of: unit) == mark)
            #expect(memory.version(of: unit ^ 1 << 40) == nil)
        }
    }

    @Test("a model that lacks what the request needs is ruled out; one of which nothing is said is not")
    func needs() async throws {
        try await Self.with(change: { snapshot in
            snapshot.models[3].capabilities = [.structuredOutput]
            snapshot.models[2].contextWindow = 100
        }) { (rig: Rig) async throws -> Void in
            let tools =
                #"{"model":"chat","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"hi"}]}"#
            #expect(chosen(try await rig.chat(tools)) == "good score")
            let images =
                #"{"model":"chat","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}]}"#
            #expect(chosen(try await rig.chat(images)) == "good score")
            let long = tools.replacing("\"hi\"", with: "\"\(String(repeating: "word ", count: 200))\"")
            #expect(chosen(try await rig.chat(long)) == "fine score")
            let plain = #"{"model":"chat","messages":[{"role":"user","content":"plain"}]}"#
            #expect(chosen(try await rig.chat(plain)) == "cheap score")
        }
    }

    @Test("only the candidates that are named are chosen among")
    func candidates() async throws {
        let policy = RoutingPolicy(tier: .balanced, candidates: [Records.id("finest"), Records.id("fine")])
        try await Self.with(policy) { (rig: Rig) async throws -> Void in
            #expect(chosen(try await rig.chat()) == "fine score")
        }
    }

    @Test("units of a canary keep it, whatever they ask for")
    func canary() async throws {
        try await Self.with(change: { snapshot in
            var canary = Rig.version("canary", state: .canary, weight: .all)
            canary.release.buckets = BucketRanges([0..<10_000])
            snapshot.versions.append(canary)
        }) { (rig: Rig) async throws -> Void in
            #expect(chosen(try await rig.chat(Wire.chat, "x-sluice-tier: premium\r\n")) == "canary rollout")
        }
    }

    @Test("a candidate whose breakers are open is passed over")
    func heldBack() async throws {
        try await Rig.with(
            VersionSettings(retry: RetryPolicy(maxRetries: 0)),
            change: { Self.set(&$0) },
            script: { request, socket in
                if request.text.contains("m-cheap") {
                    socket.send(Wire.answer(#"{"error":{"message":"down"}}"#, status: "500 Oops"))
                } else {
                    socket.send(Wire.answer(Wire.completion))
                }
            }
        ) { (rig: Rig) async throws -> Void in
            var last = ""
            for turn in 0..<40 {
                let body = #"{"model":"chat","messages":[{"role":"user","content":"\#(turn)"}]}"#
                last = chosen(try await rig.chat(body))
            }
            #expect(last == "good score")
        }
    }
}

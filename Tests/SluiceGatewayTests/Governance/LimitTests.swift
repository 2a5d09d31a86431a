// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Synchronization
import Testing

@Suite("Limits and budgets of requests")
struct LimitTests {
    private static func limit(_ entity: String, _ rates: RateLimits.Rate..., concurrency: Int? = nil) -> EntityLimits {
        EntityLimits(
            SpendingEntity(entity) ?? SpendingEntity(.key, "none"),
            RateLimits(rates, concurrency: concurrency)
        )
    }

    private static func budget(
        _ entity: String,
        usd: Int64,
        _ window: BudgetWindow = .total,
        mode: Budget.Mode = .hard,
        fallback: RouteID? = nil
    ) -> Budget {
        let entity = SpendingEntity(entity) ?? SpendingEntity(.key, "none")
        return Budget(
            id: Budget.standardID(entity, window) ?? Records.id("b"),
            entity: entity,
            window: window,
            limit: NanoUSD(usd),
            mode: mode,
            fallback: fallback
        )
    }

    private func run(
        _ change: @escaping (inout Snapshot) -> Void,
        answer: @escaping @Sendable (Int) -> String = { _ in Wire.answer(Wire.completion) },
        _ body: (Rig) async throws -> Void
    ) async throws {
        let count = AnswerCount()
        try await Rig.with(
            change: change,
            script: { _, socket in socket.send(answer(count.next())) },
            body
        )
    }

    @Test("the third request in a minute is refused, with the time at which it is let in")
    func requests() async throws {
        try await run({ $0.rateLimits = [Self.limit("key:app", .init(.requests, .minute, 2))] }) {
            (rig: Rig) async throws -> Void in
            let first = try await rig.chat()
            #expect(first.status == 200)
            #expect(first["x-ratelimit-limit-requests"] == "2" && first["x-ratelimit-remaining-requests"] == "1")
            #expect(try await rig.chat()["x-ratelimit-remaining-requests"] == "0")
            let third = try await rig.chat()
            #expect(third.status == 429)
            #expect(third.text.contains("key:app") && third.text.contains("requests_per_minute"))
            #expect(third.text.contains("rate_limit_exceeded"))
            let wait = Int(third["retry-after"] ?? "") ?? 0
            #expect((25...30).contains(wait), "\(wait)")
            #expect(third["x-should-retry"] == nil)
            #expect(third["x-ratelimit-remaining-requests"] == "0")
        }
    }

    @Test("a key that another team calls alike draws on no budget but its own")
    func sameName() async throws {
        let other = "another-key-of-the-tests-0123456"
        try await run({ snapshot in
            snapshot.keys = [(Rig.key, "k1", "search"), (other, "k2", "ads")].map { text, id, team in
                var key = Rig.callerKey(text, id: id)
                key.name = "app"
                key.team = team
                key.createdAt = Records.start.advanced(bySeconds: id == "k1" ? 0 : 1)
                return key
            }
            snapshot.rateLimits = [
                Self.limit("key:app", .init(.requests, .minute, 1)),
                Self.limit("key:ads/app", .init(.requests, .minute, 2)),
            ]
        }) { (rig: Rig) async throws -> Void in
            let request = Wire.request(Wire.chat, key: "Authorization: Bearer \(other)\r\n")
            #expect(try await rig.exchange(request).status == 200)
            #expect(try await rig.chat().status == 200)
            #expect(try await rig.chat().status == 429)
            #expect(try await rig.exchange(request).status == 200)
            #expect(try await rig.exchange(request).text.contains("key:ads/app"))
        }
    }

    @Test("a day's limit tells libraries not to wait for it")
    func longWait() async throws {
        try await run({ $0.rateLimits = [Self.limit("route:chat", .init(.requests, .day, 1))] }) {
            (rig: Rig) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            let second = try await rig.chat()
            #expect(second.status == 429 && second["x-should-retry"] == "false")
            #expect((Int(second["retry-after"] ?? "") ?? 0) > 80_000)
        }
    }

    @Test("tokens are taken by their upper bound, and corrected by what the provider counted")
    func tokens() async throws {
        let limits = Self.limit("model:gpt-upstream", .init(.tokens, .minute, 10_000), .init(.inputTokens, .day, 5_000))
        try await run({ $0.rateLimits = [limits] }) { (rig: Rig) async throws -> Void in
            let body = Wire.chat.replacingLast("}", with: #","max_tokens":400}"#)
            let first = try await rig.chat(body)
            // The answer came whole, so that what is told is what was counted: 10 tokens in, 5 out.
            #expect(first["x-ratelimit-remaining-tokens"] == "4990")
            let rates = rig.gateway.rates
            // Some milliseconds later a few more would be let in.
            #expect(rates.count == 2 && (9_985...9_999).contains(rates[0].remaining))
            #expect(rates.count == 2 && (4_990...4_999).contains(rates[1].remaining))
        }
    }

    @Test("callers of the Messages API get limits in its form")
    func anthropic() async throws {
        try await run({ $0.rateLimits = [Self.limit("key:app", .init(.requests, .minute, 1))] }) {
            (rig: Rig) async throws -> Void in
            let body = #"{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#
            let request = Wire.request(body, path: "/v1/messages", key: "x-api-key: \(Rig.key)\r\n")
            _ = try await rig.exchange(request)
            let second = try await rig.exchange(request)
            #expect(second.status == 429)
            #expect(second.text.contains(#""type":"rate_limit_error""#))
            #expect(second["anthropic-ratelimit-requests-remaining"] == "0")
            #expect(second["anthropic-ratelimit-requests-reset"]?.hasSuffix("Z") == true)
            #expect(second["x-ratelimit-limit-requests"] == nil)
        }
    }

    @Test("ours are told in place of the provider's own limits, and those pass where there are none of ours")
    func providersOwn() async throws {
        let answer = Wire.answer(Wire.completion, "X-RateLimit-Remaining-Requests: 4711\r\n")
        try await run({ _ in }, answer: { _ in answer }) { (rig: Rig) async throws -> Void in
            #expect(try await rig.chat()["x-ratelimit-remaining-requests"] == "4711")
        }
        let limits = Self.limit("key:app", .init(.requests, .minute, 9))
        try await run({ $0.rateLimits = [limits] }, answer: { _ in answer }) { (rig: Rig) async throws -> Void in
            let all = try await rig.chat()
            #expect(all["x-ratelimit-remaining-requests"] == "8")
            #expect(!String(decoding: all.bytes, as: UTF8.self).contains("4711"))
        }
    }

    @Test("a hundred calls of a cent pass under a budget of a dollar, and the next is told all there is to know")
    func hundred() async throws {
        try await run({ snapshot in
            snapshot.prices[0].rates = PriceCard.Rates(input: 0, output: 0)
            snapshot.prices[0].perRequest = NanoUSD(10_000_000)
            snapshot.budgets = [Self.budget("key:app", usd: 1_000_000_000)]
        }) { (rig: Rig) async throws -> Void in
            for _ in 0..<100 { #expect(try await rig.chat().status == 200) }
            let refused = try await rig.chat()
            #expect(refused.status == 402)
            for part in ["budget_exceeded", "key:app", "total", "1 of 1 USD", "0.01 USD"] {
                #expect(refused.text.contains(part), "\(part) in \(refused.text)")
            }
            #expect(refused["x-should-retry"] == "false")
            #expect(rig.gateway.budgets.map(\.spent) == [NanoUSD(1_000_000_000)])
            let charges = rig.sink.records.compactMap { if case .charged(let charge) = $0 { charge } else { nil } }
            #expect(charges.filter(\.isSettled).count == 100)
            #expect(charges.count == 200)
        }
    }

    @Test("an attempt that the provider refuses costs nothing, and leaves nothing behind")
    func refusedByProvider() async throws {
        try await run(
            { $0.budgets = [Self.budget("route:chat", usd: 1_000_000_000)] },
            answer: { _ in Wire.answer("{}", status: "500 No") }
        ) { (rig: Rig) async throws -> Void in
            _ = try await rig.chat()
            let state = rig.gateway.budgets[0]
            #expect(state.spent == .zero && state.reserved == .zero)
        }
    }

    @Test("what the caller asks for at most is what must be left, n times")
    func bound() async throws {
        // 8 dollars a million output tokens: 1 000 tokens are 8 000 000 nano-dollars.
        try await run({ $0.budgets = [Self.budget("key:app", usd: 9_000_000)] }) { (rig: Rig) async throws -> Void in
            let one = Wire.chat.replacingLast("}", with: #","max_tokens":1000}"#)
            let two = Wire.chat.replacingLast("}", with: #","max_tokens":1000,"n":2}"#)
            #expect(try await rig.chat(two).status == 402)
            #expect(try await rig.chat(one).status == 200)
            // Nothing is known of the cap: the declared one holds, which is too much here.
            #expect(try await rig.chat().status == 402)
        }
    }

    @Test("a soft budget refuses nobody, and counts")
    func soft() async throws {
        try await run({
            $0.budgets = [Self.budget("team:alpha", usd: 1, mode: .soft)]
            $0.keys[0].team = "alpha"
        }) { (rig: Rig) async throws -> Void in
            for _ in 0..<3 { #expect(try await rig.chat().status == 200) }
            // 10 tokens in at 2 and 5 out at 8 dollars a million.
            #expect(rig.gateway.budgets[0].spent == NanoUSD(180_000))
            #expect(rig.gateway.budgets[0].remaining < .zero)
        }
    }

    @Test("a model without a price is refused under a hard budget, and served under a soft one")
    func unpriced() async throws {
        for mode in Budget.Mode.allCases {
            try await run({ snapshot in
                snapshot.prices = []
                snapshot.budgets = [Self.budget("key:app", usd: 1_000, mode: mode)]
            }) { (rig: Rig) async throws -> Void in
                let answer = try await rig.chat()
                #expect(answer.status == (mode == .hard ? 403 : 200))
                if mode == .hard {
                    #expect(answer.text.contains("model_unpriced") && answer.text.contains("main/gpt-upstream"))
                    #expect(answer["x-should-retry"] == "false")
                }
            }
        }
    }

    @Test("tags and end users have budgets of their own")
    func callersOwn() async throws {
        try await run({ $0.budgets = [Self.budget("tag:eu", usd: 1), Self.budget("end_user:bob", usd: 1)] }) {
            (rig: Rig) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            #expect(try await rig.chat(Wire.chat, "x-sluice-tags: search, eu\r\n").status == 402)
            #expect(try await rig.chat(Wire.chat, "x-sluice-tags: europe\r\n").status == 200)
            let bob = Wire.chat.replacingLast("}", with: #","user":"bob"}"#)
            #expect(try await rig.chat(bob).text.contains("end_user:bob"))
            #expect(rig.sink.outcomes.map(\.endUser) == [nil, nil, nil, "bob"])
            #expect(rig.sink.outcomes.map(\.tags) == [nil, "search, eu", "europe", nil])
        }
    }

    @Test("a spent budget may name a cheaper route, which serves and says so")
    func fallback() async throws {
        try await run({ snapshot in
            var version = Rig.version("cheap-v1")
            version.route = Records.id("cheap")
            snapshot.routes.append(Route(id: Records.id("cheap")))
            snapshot.versions.append(version)
            snapshot.budgets = [Self.budget("key:app", usd: 1, fallback: Records.id("cheap"))]
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200)
            #expect(answer["x-sluice-route"] == "cheap" && answer["x-sluice-budget-fallback"] == "chat")
            #expect(rig.gateway.budgets[0].spent == NanoUSD(60_000))
            #expect(rig.sink.outcomes[0].route == Records.id("cheap"))
        }
    }

    @Test(
        "a route that serves for a spent budget has its own limits and budgets, and is not counted in those of the other"
    )
    func fallbackHolds() async throws {
        try await run({ snapshot in
            snapshot.keys[0].team = "alpha"
            for (name, other) in [("cheap", "dear"), ("dear", "cheap")] {
                var version = Rig.version("\(name)-v1")
                version.route = Records.id(name)
                snapshot.routes.append(Route(id: Records.id(name)))
                snapshot.versions.append(version)
                snapshot.budgets.append(Self.budget("route:\(name)", usd: 200_000_000, fallback: Records.id(other)))
            }
            snapshot.budgets.append(Self.budget("route:chat", usd: 1, fallback: Records.id("cheap")))
            snapshot.budgets.append(Self.budget("team:alpha", usd: 1_000_000_000))
            snapshot.rateLimits = [
                Self.limit("route:cheap", .init(.requests, .day, 2)), Self.limit("route:chat", concurrency: 1),
            ]
        }) { (rig: Rig) async throws -> Void in
            for _ in 0..<2 { #expect(try await rig.chat()["x-sluice-budget-fallback"] == "chat") }
            let third = try await rig.chat()
            #expect(third.status == 429 && third.text.contains("route:cheap"))
            let spent = rig.gateway.budgets.map { "\($0.budget.entity) \($0.spent.rawValue) \($0.reserved.rawValue)" }
            #expect(spent == ["route:cheap 120000 0", "route:dear 0 0", "route:chat 0 0", "team:alpha 120000 0"])
        }
    }

    @Test("where budgets name each other's routes, no request goes round")
    func fallbackLoop() async throws {
        try await run({ snapshot in
            var version = Rig.version("cheap-v1")
            version.route = Records.id("cheap")
            snapshot.routes.append(Route(id: Records.id("cheap")))
            snapshot.versions.append(version)
            snapshot.budgets = [
                Self.budget("route:chat", usd: 1, fallback: Records.id("cheap")),
                Self.budget("route:cheap", usd: 1, fallback: Records.id("chat")),
            ]
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 402 && answer.text.contains("route:cheap"))
            #expect(rig.gateway.budgets.allSatisfy { $0.spent == .zero && $0.reserved == .zero })
        }
    }

    @Test("a version that steps in is not asked where it has no price and a budget is hard")
    func unpricedFallback() async throws {
        for mode in Budget.Mode.allCases {
            try await run(
                { snapshot in
                    var version = Rig.version("spare-v1", state: .staging)
                    version.apiVersion = "unpriced"
                    snapshot.versions.append(version)
                    snapshot.routes[0].fallbacks = [version.id]
                    snapshot.budgets = [Self.budget("key:app", usd: 1_000_000_000, mode: mode)]
                },
                answer: { $0 == 1 ? Wire.answer("{}", status: "500 No") : Wire.answer(Wire.completion) }
            ) { (rig: Rig) async throws -> Void in
                let answer = try await rig.chat()
                #expect((answer.status == 200) == (mode == .soft), "\(mode): \(answer.text)")
            }
        }
    }

    @Test("what the version adds to a request is set aside as well")
    func addedPrompt() async throws {
        // 8 dollars a million output tokens, 2 dollars a million in.
        try await run({ snapshot in
            snapshot.versions[0].settings.systemPrompt = SystemPrompt(
                mode: .prepend,
                text: String(repeating: "word ", count: 1_000)
            )
            snapshot.budgets = [Self.budget("key:app", usd: 10_000_000)]
        }) { (rig: Rig) async throws -> Void in
            let body = Wire.chat.replacingLast("}", with: #","max_tokens":1}"#)
            #expect(try await rig.chat(body).status == 402)
        }
    }

    @Test("requests in flight are bounded for a team, and each one gives its place back")
    func concurrency() async throws {
        try await run({ snapshot in
            snapshot.keys[0].team = "alpha"
            snapshot.rateLimits = [Self.limit("team:alpha", concurrency: 1)]
        }) { (rig: Rig) async throws -> Void in
            for _ in 0..<5 { #expect(try await rig.chat().status == 200) }
        }
    }
}

private final class AnswerCount: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
        count.withLock {
            $0 += 1; return $0
        }
    }
}

extension String {
    fileprivate func replacingLast(_ character: Character, with text: String) -> String {
        guard let index = lastIndex(of: character) else { return self }
        return self[..<index] + text
    }
}

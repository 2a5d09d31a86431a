// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("A person's word to a rollout")
struct OrderTests {
    static let plan = #"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": "50%", "for": "1h"}, {"weight": 1}]}"#

    @Test("pause keeps the weight, resume begins the soak anew, promote goes on at once")
    func pause() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        try await stage.plane.order(.pause, rollout: "v2-1", stage.change)
        #expect(try await stage.state().phase == .paused(.person(reason: "because")))
        #expect(try await stage.weight() == 0.1)
        try await stage.run(5)
        let started = try await stage.state().stepStartedAt
        try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
        #expect(try await stage.state().stepStartedAt > started)
        try await stage.plane.order(.promote(.nextStep), rollout: "v2-1", stage.change)
        #expect(try await stage.weight() == 0.5)
        try await stage.plane.order(.promote(.full), rollout: "v2-1", stage.change)
        #expect(try await stage.release("v2").state == .production)
    }

    @Test("abort rolls back at once, retry begins anew with the same plan, undo takes a promotion back in one call")
    func back() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        try await stage.run(10)
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        #expect(try await stage.release("v2").state == .rollback)
        #expect(stage.published.watches.isEmpty)
        try await stage.plane.order(.retry, rollout: "v2-1", stage.change)
        #expect(try await stage.state().phase == .progressing)
        #expect(try await stage.weight() == 0.1)
        try await stage.run(10)
        #expect(try await stage.plane.replay("v2-1").blocks > 0)
        try await stage.plane.order(.promote(.full), rollout: "v2-1", stage.change)
        #expect(try await stage.weight("v1") == 0)
        try await stage.plane.order(.undo, rollout: "v2-1", stage.change)
        #expect(try await stage.release("v2").state == .rollback)
        #expect(await stage.plane.distribution().first { $0.version == .of("v1") }?.effectiveWeight == 1)
    }

    @Test("a rollout that waits for its start holds the route, and begins when told")
    func later() async throws {
        let stage = try await Stage.set()
        let wish = RolloutRequest(id: "mine", canary: "v2", plan: .of(OrderTests.plan), starts: false)
        #expect(try await stage.plane.createRollout(wish, stage.change).state.phase == .pending)
        #expect(try await stage.release("v2").state == .staging)
        try await stage.plane.order(.start, rollout: "mine", stage.change)
        #expect(try await stage.weight() == 0.1)
        let again = await refusal { () async throws(ControlError) in
            try await stage.plane.order(.start, rollout: "mine", stage.change)
        }
        #expect(again?.code == .invalidState)
    }

    @Test("one rollout per route: the second is a conflict that names the first")
    func onePerRoute() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        try await stage.register("v3")
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.createRollout(RolloutRequest(canary: "v3", plan: .of(OrderTests.plan)), stage.change)
        }
        #expect(error?.code == .conflict)
        #expect(error?.details?["rollout"] == .string("v2-1"))
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        try await stage.begin(OrderTests.plan, canary: "v3")
        let retry = await refusal { () async throws(ControlError) in
            try await stage.plane.order(.retry, rollout: "v2-1", stage.change)
        }
        #expect(retry?.code == .conflict, "the route is another's now")
    }

    @Test("the canary's weight is the rollout's; a rollback by hand ends the rollout, as any move by hand does")
    func byHand() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.setWeight("v2", to: 0.3, stage.change)
        }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("v2-1") == true)
        try await stage.plane.rollback("v2", stage.change)
        #expect(try await stage.state().phase == .aborted(.canaryMoved(.rollback)))
        #expect(stage.published.watches.isEmpty)
        try await stage.plane.order(.retry, rollout: "v2-1", stage.change)
        try await stage.plane.transition("v2", to: .production, stage.change)
        #expect(try await stage.state().phase == .aborted(.canaryMoved(.production)))
        #expect(try await stage.release("v2").state == .production)
    }

    @Test("an order that makes no sense is refused with the calls that do")
    func senseless() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        for order in [RolloutOrder.resume, .approve, .retry, .undo, .start] {
            let error = await refusal { () async throws(ControlError) in
                try await stage.plane.order(order, rollout: "v2-1", stage.change)
            }
            #expect(error?.code == .invalidState, "\(order)")
            #expect(error?.hint?.contains("/v1/admin/rollouts/v2-1") == true)
        }
        let unknown = await refusal { () async throws(ControlError) in
            try await stage.plane.order(.pause, rollout: "nope", stage.change)
        }
        #expect(unknown?.code == .notFound)
    }

    @Test("a plan that cannot be used is refused with its step and field")
    func wrongPlan() async throws {
        let stage = try await Stage.set()
        let wish = RolloutRequest(canary: "v2", plan: .of(#"{"steps": [{"weight": "5%"}, {"weight": "4%"}]}"#))
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.createRollout(wish, stage.change)
        }
        #expect(error?.code == .invalid)
        #expect(error?.details?["field"] == .string("steps[1].weight"))
        #expect(await stage.plane.rollouts().isEmpty)
    }

    @Test("a version whose price card alone breaks the cost limit is refused, unless forced")
    func dear() async throws {
        var definitions = Definitions.sample
        definitions.prices.append(
            PriceCard(
                provider: .of("main"),
                model: "gpt-dear",
                effectiveFrom: Timestamp(nanoseconds: 0),
                rates: .init(input: 10_000_000, output: 40_000_000)
            )
        )
        let stage = try await Stage.set(definitions)
        try await stage.register("v3", model: "gpt-dear")
        var wish = RolloutRequest(canary: "v3", plan: .of(OrderTests.plan))
        #expect(try await stage.plane.estimate(wish).priceRatio == 5)
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.createRollout(wish, stage.change)
        }
        #expect(error?.code == .conflict)
        #expect(error?.hint?.contains("force") == true)
        wish.isForced = true
        #expect(try await stage.plane.createRollout(wish, stage.change).state.phase == .progressing)
    }

    @Test("two people who promote at the same moment go on one step, and the second is told")
    func promoteTwice() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        try await stage.plane.order(.promote(.nextStep, from: 0), rollout: "v2-1", stage.change)
        for order in [RolloutOrder.promote(.nextStep, from: 0), .promote(.nextStep)] {
            let error = await refusal { () async throws(ControlError) in
                try await stage.plane.order(order, rollout: "v2-1", stage.change)
            }
            #expect(error?.code == .invalidState, "\(order)")
            #expect(error?.message.contains("step 2") == true)
        }
        #expect(try await stage.weight() == 0.5)
    }

    @Test("undo brings back the split of several production versions; all are named as what it was judged against")
    func undoSplit() async throws {
        var definitions = Definitions.sample
        definitions.versions = [("v1", 4_000), ("p2", 4_000), ("v3", 2_000)].map { id, weight in
            .sample(id, weight: BasisPoints(weight) ?? .none)
        }
        let stage = try await Stage.set(definitions)
        try await stage.begin(OrderTests.plan)
        let production = try await stage.state().production ?? []
        #expect(Set(production.map(\.version)) == [.of("v1"), .of("p2"), .of("v3")])
        let text = try await stage.plane.explain("v2-1").text
        for part in ["v1 (weight 0.4)", "p2 (weight 0.4)", "v3 (weight 0.2)"] { #expect(text.contains(part)) }
        try await stage.plane.order(.promote(.full), rollout: "v2-1", stage.change)
        #expect(try await stage.weight("v1") == 0)
        try await stage.plane.order(.undo, rollout: "v2-1", stage.change)
        let shares = await stage.plane.distribution().filter { $0.route == .of("chat") }
        #expect(
            Dictionary(uniqueKeysWithValues: shares.map { ($0.version.rawValue, $0.effectiveWeight) })
                == ["v1": 0.4, "p2": 0.4, "v3": 0.2, "v2": 0]
        )
    }

    @Test("a rollback by hand of what was promoted brings the split back too, unless somebody is named to take over")
    func rollbackSplit() async throws {
        var definitions = Definitions.sample
        definitions.versions = [("v1", 4_000), ("p2", 4_000), ("v3", 2_000)].map { id, weight in
            .sample(id, weight: BasisPoints(weight) ?? .none)
        }
        func shares(target: String?) async throws -> [String: Double] {
            let stage = try await Stage.set(definitions)
            try await stage.begin(OrderTests.plan)
            try await stage.plane.order(.promote(.full), rollout: "v2-1", stage.change)
            try await stage.plane.rollback("v2", to: target, stage.change)
            let shares = await stage.plane.distribution().filter { $0.route == .of("chat") && $0.effectiveWeight > 0 }
            return Dictionary(uniqueKeysWithValues: shares.map { ($0.version.rawValue, $0.effectiveWeight) })
        }
        #expect(try await shares(target: nil) == ["v1": 0.4, "p2": 0.4, "v3": 0.2])
        #expect(try await shares(target: "p2") == ["p2": 1])
    }

    @Test("a hint names the command, and the path beside it")
    func hints() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.setWeight("v2", to: 0.5, stage.change)
        }
        #expect(
            error?.hint?.contains("`sluice rollout promote v2-1` (POST /v1/admin/rollouts/v2-1/promote)") == true,
            "\(error?.hint ?? "")"
        )
        #expect(AdminHint.createKey("it's me").hasPrefix(#"`sluice key create 'it'\''s me'` (POST"#))
    }

    @Test("undo leaves a former version out that has been deprecated meanwhile")
    func undoWithoutOne() async throws {
        var definitions = Definitions.sample
        definitions.versions = [.sample("v1", weight: .all), .sample("p2", weight: .all)]
        let stage = try await Stage.set(definitions)
        try await stage.begin(OrderTests.plan)
        try await stage.plane.order(.promote(.full), rollout: "v2-1", stage.change)
        try await stage.plane.deprecate("p2", stage.change)
        try await stage.plane.order(.undo, rollout: "v2-1", stage.change)
        #expect(await stage.plane.distribution().first { $0.version == .of("v1") }?.effectiveWeight == 1)
    }

    @Test("a ceiling that production breaks is refused with both numbers; forced, it is only shown")
    func brokenCeiling() async throws {
        let stage = try await Stage.set()
        let slow = (1...200).map {
            Outcome.sample($0, at: stage.time.now.advanced(bySeconds: -5), milliseconds: 2_000 + Int64($0))
        }
        await stage.plane.metrics.observe(slow)
        let metrics = #"{"error": {"ceiling": "5%"}, "latency": {"ceiling": {"p99": "500ms"}}}"#
        let plan = #"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}], "metrics": \#(metrics)}"#
        var wish = RolloutRequest(canary: "v2", plan: .of(plan))
        let limits = try await stage.plane.estimate(wish).limits
        #expect(limits.filter(\.isBroken).map(\.metric) == [.latency])
        #expect(limits.contains { $0.metric == .latency && $0.kind == .tolerance && $0.quantile == 0.5 })
        #expect(limits.first { $0.metric == .error && $0.kind == .ceiling }?.production == 0)
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.createRollout(wish, stage.change)
        }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("2.2") == true && error?.message.contains("500 ms") == true)
        #expect(error?.hint?.contains("force") == true)
        wish.starts = false
        wish.isForced = true
        let pending = try await stage.plane.createRollout(wish, stage.change)
        #expect(pending.state.plan.shownCeilings?.map(\.metric) == [.latency])
        #expect(pending.state.plan.judging.metrics.first { $0.metric == .latency }?.ceiling == nil)
        try await stage.plane.order(.start, rollout: "v2-1", stage.change)
        #expect(try await stage.state().phase == .progressing)
    }

    @Test("a plan that waits meets production as it is when it begins")
    func brokenLater() async throws {
        let stage = try await Stage.set()
        let wish = RolloutRequest(canary: "v2", plan: .of(OrderTests.plan), starts: false)
        try await stage.plane.createRollout(wish, stage.change)
        let failing = (1...100).map {
            Outcome.sample(
                $0,
                at: stage.time.now.advanced(bySeconds: -5),
                errorClass: $0 % 5 == 0 ? .upstreamError : nil
            )
        }
        await stage.plane.metrics.observe(failing)
        let error = await refusal { () async throws(ControlError) in
            try await stage.plane.order(.start, rollout: "v2-1", stage.change)
        }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("20%") == true && error?.message.contains("5%") == true)
    }

    @Test(
        "a ceiling is broken where production is shown to be above it, not where a few requests happen to be",
        arguments: [3, 9]
    )
    func tooFewToCompare(failures: UInt64) async throws {
        let stage = try await Stage.set()
        let now = stage.time.now.advanced(bySeconds: -5)
        await stage.plane.metrics.observe(
            (1...56).map { Outcome.sample($0, at: now, errorClass: $0 <= failures ? .upstreamError : nil) }
        )
        let wish = RolloutRequest(canary: "v2", plan: .of(OrderTests.plan))
        let estimate = try await stage.plane.estimate(wish)
        let ceiling = try #require(estimate.limits.first { $0.metric == .error && $0.kind == .ceiling })
        #expect(ceiling.above == Int64(failures) && ceiling.requests == 56)
        if failures == 3 {
            #expect(ceiling.isUnclear && !ceiling.isBroken)
            #expect(estimate.warnings.contains { $0.contains("3 of 56") && $0.contains("not enough requests yet") })
            try await stage.plane.createRollout(wish, stage.change)
        } else {
            #expect(ceiling.isBroken && !ceiling.isUnclear)
            let error = await refusal { () async throws(ControlError) in
                try await stage.plane.createRollout(wish, stage.change)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("a route that has had traffic for seconds only is told so, and from when its rate is known")
    func youngRoute() async throws {
        let stage = try await Stage.set()
        let wish = RolloutRequest(canary: "v2", plan: .of(OrderTests.plan))
        func isWarned() async throws -> Bool {
            try await stage.plane.estimate(wish).warnings.contains {
                $0.contains("not known yet") && $0.contains("60s")
            }
        }
        #expect(try await !isWarned(), "no traffic has a warning of its own")
        let now = stage.time.now
        await stage.plane.metrics.observe((1...30).map { Outcome.sample($0, at: now.advanced(bySeconds: -5)) })
        #expect(try await isWarned())
        await stage.plane.metrics.observe((31...40).map { Outcome.sample($0, at: now.advanced(bySeconds: -90)) })
        #expect(try await !isWarned())
    }

    @Test("changes that would have no effect on a rollout are refused, and others say what they did")
    func silentNoOps() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        let weight = await refusal { () async throws(ControlError) in
            try await stage.plane.setWeight("v1", to: 0.5, stage.change)
        }
        #expect(weight?.code == .conflict && weight?.message.contains("v2-1") == true)
        let patch = ThresholdsPatch(errorRate: .some(0.02))
        let thresholds = await refusal { () async throws(ControlError) in
            try await stage.plane.setThresholds("v2", patch, stage.change)
        }
        #expect(thresholds?.code == .conflict && thresholds?.details?["rollout"] == .string("v2-1"))
        try await stage.plane.setThresholds("v1", patch, stage.change)
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        try await stage.plane.setThresholds("v2", patch, stage.change)
        let alone = try await stage.plane.setWeight("v1", to: 0.5, stage.change)
        #expect(alone.notice?.contains("100%") == true)
    }

    @Test("a canary that has everything by hand is said to be a canary still, with the transition to make")
    func allByHand() async throws {
        let stage = try await Stage.set()
        try await stage.plane.transition("v2", to: .canary, stage.change)
        #expect(try await stage.plane.setWeight("v2", to: 0.5, stage.change).notice == nil)
        let whole = try await stage.plane.setWeight("v2", to: 1, stage.change)
        #expect(whole.notice?.contains("is a canary still") == true)
        #expect(whole.notice?.contains("/v1/admin/versions/v2/transition") == true)
        let last = try await stage.plane.deprecate("v1", stage.change)
        #expect(last.notice?.contains("no production version") == true)
        #expect(try await stage.plane.transition("v2", to: .production, stage.change).notice == nil)
    }

    @Test("versions are listed by state, so that nobody picks one that was rolled back")
    func byState() async throws {
        let stage = try await Stage.set()
        try await stage.begin(OrderTests.plan)
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        let serving = await stage.plane.versions(route: .of("chat"), states: [.production, .canary])
        #expect(serving.map(\.version.id) == [.of("v1")])
        #expect(await stage.plane.versions(states: [.rollback]).map(\.version.id) == [.of("v2")])
    }

    @Test("followers are told of one rollout, in order, until they stop")
    func news() async throws {
        let stage = try await Stage.set()
        let stream = stage.plane.rolloutNews(of: .of("v2-1"))
        try await stage.begin(OrderTests.plan)
        try await stage.plane.order(.pause, rollout: "v2-1", stage.change)
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        stage.plane.feed.finish()
        var kinds: [RolloutNews.Kind] = []
        for await item in stream { kinds.append(item.kind) }
        #expect(kinds == [.started, .stepped, .paused, .aborted])
    }
}

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

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("A node's brake, and what becomes of its rollout")
struct BrakeTests {
    static let plan =
        #"{"steps": [{"weight": "10%", "for": "30s"}, {"gate": "manual"}, {"weight": "50%", "for": "1h"}, {"weight": 1}]}"#
    static let long = #"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#
    private let id = RolloutID.of("v2-1")

    private func stage(_ plan: String, _ seconds: Int = 20) async throws -> Stage {
        let kinds: Set<String> = ["rollout.braked", "rollout.rolled_back"]
        let stage = try await Stage.set(channels: [AlertChannel(name: "pager", kinds: kinds)])
        try await stage.begin(plan)
        try await stage.run(seconds)
        return stage
    }

    /// The brake goes on, and time goes by with what the data plane tells meanwhile.
    private func brake(
        _ stage: Stage,
        seconds: Int = 30,
        others: Stage.Behaviour = Stage.Behaviour(),
        isOn: Bool = true
    ) async throws {
        if isOn { stage.inbox.brake(id, .on(failures: 5, seconds: 1, reason: "five attempts refused")) }
        stage.isBraked = true
        try await stage.run(seconds, others: others)
    }

    /// A trial fails on the canary; production serves its caller, or fails as well.
    private func fail(_ stage: Stage, isServed: Bool? = true) async {
        stage.inbox.brake(id, .stays(reason: "tried again, refused again"))
        if let isServed { stage.inbox.brake(id, .rescued(isServed)) }
        await stage.conductor.tick()
    }

    @Test("what a brake means is not lost where the store is away in that very round", arguments: [0, 1])
    func storeAway(parity: Int) async throws {
        let stage = try await stage(BrakeTests.long)
        stage.inbox.brake(id, .on(failures: 5, seconds: 1, reason: "five attempts refused"))
        stage.isBraked = true
        for second in 0..<40 {
            await stage.store.fail(with: second % 2 == parity ? StoreError(.unavailable, "locked") : nil)
            try await stage.run(1)
        }
        await stage.store.fail(with: nil)
        await stage.conductor.tick()
        guard case .paused(.brake) = try await stage.state().phase else {
            Issue.record("not on hold: \(try await stage.state().phaseText)")
            return
        }
    }

    @Test("holds the rollout and tells people; a canary that fails again when it is tried is rolled back")
    func proven() async throws {
        let stage = try await stage(BrakeTests.long)
        try await brake(stage)
        guard case .paused(.brake(let reason)) = try await stage.state().phase else {
            Issue.record("not on hold: \(try await stage.state().phaseText)")
            return
        }
        #expect(reason.hasPrefix("five attempts refused, while "))
        #expect(reason.hasSuffix("baseline requests failed in the same time"))
        #expect(try await stage.weight() == 0.1)
        #expect(try await stage.messages().map(\.kind) == ["rollout.braked"])
        await fail(stage)
        await fail(stage)
        #expect(try await stage.state().phase == .paused(.brake(reason)), "two trials may be a misfortune")
        await fail(stage)
        guard case .aborted(.brake) = try await stage.state().phase else {
            Issue.record("not rolled back: \(try await stage.state().phaseText)")
            return
        }
        #expect(try await stage.release("v2").state == .rollback)
        #expect(try await stage.weight() == 0)
        #expect(stage.published.watches.isEmpty)
        #expect(try await stage.messages().map(\.kind) == ["rollout.braked", "rollout.rolled_back"])
        let entry = try #require(try await stage.audit().last { $0.action == "rollout.rollback" })
        #expect(entry.reason.hasPrefix("brake: five attempts refused, and 3 that tried again, while "))
        #expect(try await stage.plane.replay("v2-1").agrees == true)
        let text = try await stage.plane.explain("v2-1").text
        let parts = [
            "failed outright", "in less than 1 in 1", "sluice rollout retry v2-1", "baseline requests failed",
        ]
        for part in parts {
            #expect(text.contains(part), "explain says \(part)")
        }
    }

    @Test(
        "an outage of both arms is never rolled back, however long it lasts; nor is anything without a baseline to compare with",
        arguments: [(1.0, 60), (0.9, 60), (0, 0)]
    )
    func shared(errors: Double, rate: Int) async throws {
        let stage = try await stage(BrakeTests.long)
        let broken = Stage.Behaviour(errors: errors)
        if rate > 0 { try await stage.run(1, others: broken) } else { await stage.pass(70) }
        try await brake(stage, seconds: rate > 0 ? 1 : 0, others: broken)
        await stage.conductor.tick()
        for number in 0..<40 {
            if rate > 0 { try await stage.run(30, others: broken) } else { await stage.pass(70) }
            await fail(stage, isServed: rate > 0 ? Double(number % 10) >= errors * 10 : nil)
        }
        // The judge's own word may have come first: that is a hold as well.
        guard case .paused = try await stage.state().phase else {
            Issue.record("\(try await stage.state().phaseText)")
            return
        }
        #expect(try await stage.release("v2").state == .canary)
        #expect(try await stage.weight() == 0.1)
    }

    @Test("requests that are served while it is on are no evidence")
    func aside() async throws {
        let stage = try await stage(BrakeTests.long)
        try await brake(stage, seconds: 5)
        let before = try #require(stage.readings.verdict(of: id))
        try await brake(stage, seconds: 60, others: .init(errors: 0.4), isOn: false)
        let after = try #require(stage.readings.verdict(of: id))
        #expect(after.metrics.map(\.counts) == before.metrics.map(\.counts))
        #expect(before.metrics[0].counts.baseline > 0)
    }

    @Test("what was seen before it is judged at once: the block ends where it is put on")
    func blockEnds() async throws {
        let stage = try await Stage.set()
        try await stage.begin(BrakeTests.long)
        // So little traffic that blocks last for minutes.
        for _ in 0..<30 { try await stage.run(8, rate: 1, step: 8) }
        let blocks = try await stage.plane.replay("v2-1").blocks
        try await stage.run(4, rate: 1)
        #expect(try await stage.plane.replay("v2-1").blocks == blocks)
        try await brake(stage, seconds: 3)
        #expect(try await stage.plane.replay("v2-1").blocks > blocks)
    }

    @Test("somebody resumes: a canary that is well goes on, one that fails as before is held again")
    func resumed() async throws {
        let stage = try await stage(BrakeTests.long)
        let outage = Stage.Behaviour(errors: 1)
        try await stage.run(1, others: outage)
        try await brake(stage, seconds: 20, others: outage)
        try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
        #expect(try await stage.state().phase == .progressing)
        await fail(stage)
        guard case .paused(.brake) = try await stage.state().phase else {
            Issue.record("\(try await stage.state().phaseText)")
            return
        }
        stage.inbox.brake(id, .off)
        stage.isBraked = false
        try await stage.run(60)
        guard case .paused(.brake) = try await stage.state().phase else {
            Issue.record("a hold waits for a person")
            return
        }
        try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
        try await stage.run(10)
        #expect(try await stage.state().phase == .progressing)
        #expect(try #require(stage.readings.verdict(of: id)).stepRequests > 20)
        // A trial that was still on its way says nothing about a brake that is off.
        await fail(stage)
        #expect(try await stage.state().phase == .progressing)
    }

    @Test("at a gate people are told, and the gate stays shut; a proven fault rolls back from there too")
    func gate() async throws {
        let stage = try await stage(BrakeTests.plan, 120)
        #expect(try await stage.state().phase == .paused(.gate))
        try await brake(stage)
        #expect(try await stage.state().phase == .paused(.gate))
        let message = try #require(try await stage.messages().last)
        #expect(message.kind == "rollout.braked" && message.payload.contains("at its gate still"))
        for _ in 0..<3 { await fail(stage) }
        #expect(try await stage.release("v2").state == .rollback)
    }

    @Test("people are told only where it is neither proven nor over within seconds, and no step ends meanwhile")
    func quickly() async throws {
        let stage = try await stage(BrakeTests.plan, 29)
        try await brake(stage, seconds: 4)
        #expect(try await stage.state().phase == .progressing, "its thirty seconds are over")
        #expect(try await stage.messages().isEmpty)
        for _ in 0..<3 { await fail(stage) }
        guard case .aborted(.brake) = try await stage.state().phase else {
            Issue.record("not rolled back: \(try await stage.state().phaseText)")
            return
        }
        #expect(try await stage.messages().map(\.kind) == ["rollout.rolled_back"])
    }

    @Test("a canary that answers again within seconds is not held at all")
    func blip() async throws {
        let stage = try await stage(BrakeTests.long)
        try await brake(stage, seconds: 1)
        for _ in 0..<6 { await fail(stage) }
        #expect(try await stage.state().phase == .progressing, "two seconds are a blip, whatever fails in them")
        stage.inbox.brake(id, .off)
        stage.isBraked = false
        try await stage.run(20)
        #expect(try await stage.state().phase == .progressing)
        #expect(try await stage.messages().isEmpty)
    }

    @Test(
        "a plan may tolerate a longer outage of the canary, or have the brake only hold",
        arguments: ["60s", "never"]
    )
    func tolerated(after: String) async throws {
        let stage = try await stage(
            #"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}], "brake": {"rollback_after": "\#(after)"}}"#
        )
        try await brake(stage, seconds: 40)
        for _ in 0..<4 { await fail(stage) }
        guard case .paused(.brake) = try await stage.state().phase else {
            Issue.record("not on hold: \(try await stage.state().phaseText)")
            return
        }
        try await stage.run(30)
        await fail(stage)
        let isOpen = try await stage.state().isOpen
        #expect(isOpen == (after == "never"))
    }

    @Test("a canary's outage is tolerated for a cluster of bursts and five seconds, or for three seconds, and no less")
    func tolerance() throws {
        func plan(_ brake: String) throws -> Plan {
            try Plan(validating: .of(#"{"preset": "careful"\#(brake)}"#))
        }
        let (standard, quick) = (try plan(""), try plan(#", "brake": {"rollback_after": "3s"}"#))
        #expect(standard.brakeTolerance == 25 && quick.brakeTolerance == 3)
        #expect(try plan(#", "burst": "off""#).brakeTolerance == 3)
        let (longer, never) = (
            try plan(#", "brake": {"rollback_after": "2m"}"#), try plan(#", "brake": {"rollback_after": "never"}"#)
        )
        #expect(longer.brakeTolerance == 120 && never.brakeTolerance == nil)
        for wrong in [#"{"rollback_after": "1s"}"#, #"{"rollback_after": "25h"}"#, #"{"after": "9s"}"#, "9"] {
            #expect(throws: PlanError.self) { () throws -> Void in _ = try plan(#", "brake": \#(wrong)"#) }
        }
    }

    @Test(
        "where bursts are limited a provider may be away for a cluster; a dead canary is rolled back after it"
    )
    func cluster() async throws {
        let stage = try await stage(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}], "burst": "on"}"#)
        try await brake(stage, seconds: 20)
        for _ in 0..<6 { await fail(stage) }
        #expect(try await stage.state().isOpen, "twenty seconds are a blip")
        try await brake(stage, seconds: 5, isOn: false)
        await fail(stage)
        guard case .aborted(.brake) = try await stage.state().phase else {
            Issue.record("not rolled back: \(try await stage.state().phaseText)")
            return
        }
    }

    @Test("units that fail on production as well prove nothing against the canary")
    func ownUnits() async throws {
        let stage = try await stage(BrakeTests.long)
        stage.inbox.brake(id, .on(failures: 5, seconds: 1, reason: "five attempts refused"))
        // Everybody else is well; of the canary's units only the trials are seen, and they fail everywhere.
        for _ in 0..<20 {
            try await stage.run(1)
            await fail(stage, isServed: false)
        }
        #expect(try await stage.state().isOpen)
    }

    @Test("a process that dies while it is on stays on hold, and begins its case anew")
    func restarted() async throws {
        var stage = try await stage(BrakeTests.long)
        try await brake(stage)
        stage = try await stage.restarted()
        await stage.conductor.tick()
        guard case .paused(.brake) = try await stage.state().phase else {
            Issue.record("\(try await stage.state().phaseText)")
            return
        }
        for _ in 0..<5 { await fail(stage) }
        #expect(try await stage.state().isOpen, "what a former process saw is forgotten")
        try await stage.run(20)
        try await brake(stage)
        for _ in 0..<3 { await fail(stage) }
        #expect(try await stage.release("v2").state == .rollback)
    }

    @Test(
        "a dead canary is found within five seconds and with at most twelve failures",
        arguments: [0.1, 0.2, 0.3, 0.5]
    )
    func aims(share: Double) {
        var chance = SplitMix64(seed: UInt64(share * 100))
        var times: [Double] = []
        for _ in 0..<100 {
            var simulation = BrakeSimulation()
            var first: Double?
            var failures = 0
            for tick in 0..<1_200 {
                // Ten requests a second, two minutes long; the canary dies after one.
                let now = Double(tick) / 10
                let isCanary = Double.random(in: 0..<1, using: &chance) < share
                let before = simulation.failures
                simulation.end(isCanary: isCanary, canaryFails: now >= 60, productionFails: false, at: now)
                failures += simulation.failures - before
                if failures > 0, first == nil { first = now }
                if simulation.isProven(at: now) {
                    times.append(now - (first ?? 0))
                    break
                }
            }
            #expect(failures <= 12)
        }
        #expect(times.count == 100)
        let late = times.filter { $0 > 5 }.count
        print("share \(share): mean \(times.reduce(0, +) / 100) s, over five seconds \(late) of 100")
        if share >= 0.3 { #expect(late <= 5) }
    }

    @Test("outages of both arms prove nothing, whatever their depth", arguments: 1...10)
    func depth(tenths: Int) {
        var chance = SplitMix64(seed: UInt64(tenths))
        let proven = (0..<100).filter { _ in
            var simulation = BrakeSimulation()
            // Ten minutes at ten requests a second, one of them the canary's.
            for tick in 0..<6_000 {
                let now = 1 + Double(tick) / 10
                let fails = Double.random(in: 0..<1, using: &chance) < Double(tenths) / 10
                let also = Double.random(in: 0..<1, using: &chance) < Double(tenths) / 10
                simulation.end(isCanary: tick % 10 == 5, canaryFails: fails, productionFails: also, at: now)
                if simulation.isProven(at: now) { return true }
            }
            return false
        }
        #expect(proven.isEmpty)
    }

    @Test(
        "outages of both arms prove nothing, whatever their length, also where traffic is dense",
        arguments: [0.1, 1, 5, 33, 70]
    )
    func length(seconds: Double) {
        var chance = SplitMix64(seed: 3)
        let proven = (0..<15).filter { _ in
            var simulation = BrakeSimulation()
            let start = Double.random(in: 10..<14, using: &chance)
            for tick in 0..<24_000 {
                let now = Double(tick) / 200
                let isOut = now >= start && now < start + seconds
                let fails = isOut || Double.random(in: 0..<1, using: &chance) < 0.01
                let also = isOut || Double.random(in: 0..<1, using: &chance) < 0.01
                simulation.end(isCanary: tick % 5 == 0, canaryFails: fails, productionFails: also, at: now)
                if simulation.isProven(at: now) { return true }
            }
            return false
        }
        #expect(proven.isEmpty)
    }
}

/// A node's brake as the data plane has it, and the case that is made of it; every request is another unit's.
private struct BrakeSimulation {
    private var production = ArmHealth()
    private var moved = ArmHealth()
    private var brake: BrakeCase?
    private var row = 0
    private var rowBegan = 0.0
    private var nextTrial = 0.0
    private var attempts: Int64 = 0
    private(set) var failures = 0

    func isProven(at now: Double) -> Bool {
        brake?.proof(of: production, moved, attempts: attempts, at: Int64(now)) != nil
    }

    /// A request of either arm; of the canary's own one that the brake holds, production's answer counts.
    mutating func end(isCanary: Bool, canaryFails: Bool, productionFails: Bool, at now: Double) {
        let second = Int64(now)
        guard isCanary else { return production.note(failed: productionFails, at: second) }
        guard brake == nil || now >= nextTrial else {
            production.note(failed: productionFails, at: second)
            return moved.note(failed: productionFails, at: second)
        }
        attempts += 1
        if brake != nil { nextTrial = max(nextTrial + 0.5, now + 0.125) }
        guard canaryFails else {
            (brake, row) = (nil, 0)
            return
        }
        failures += 1
        if row == 0 { rowBegan = now }
        row += 1
        if brake != nil {
            brake?.countTrial()
            production.note(failed: productionFails, at: second)
            moved.note(failed: productionFails, at: second)
        } else if row == 4 {
            brake = BrakeCase(
                failures: 4,
                began: Int64(rowBegan),
                second: second,
                tolerated: Plan.standardBrakeSeconds
            )
            nextTrial = now
        }
    }
}

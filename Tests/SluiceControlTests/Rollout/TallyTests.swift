// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceTelemetry
import Testing

@testable import SluiceControl

@Suite("From records to blocks")
struct TallyTests {
    private static let start: Int64 = 1_760_000_000

    private func tally(rate: Double = 100, share: Double = 0.1) throws -> RolloutTally {
        let plan = try Plan(validating: .of(#"{"preset": "careful"}"#))
        let state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: .of("v1"), plan: plan)
        return RolloutTally(state, share: share, rate: rate, history: [:], serial: 7, now: TallyTests.start)
    }

    private func end(
        _ arm: Arm,
        unit: UInt64?,
        failed: Bool,
        serial: Int64 = 7,
        at offset: Int64 = 0
    ) -> EvidenceRecord {
        var record = EvidenceRecord(serial: serial, arm: arm, unit: unit, second: TallyTests.start + offset)
        record.settled = 1
        record.events = failed ? 1 : 0
        record.isEnd = true
        record.isAssignment = true
        return record
    }

    private func errors(_ blocks: [Block]) -> Counts {
        blocks.flatMap(\.entries).filter { $0.series == .event(.error) }.reduce(.zero) { $0 + $1.counts }
    }

    @Test("a unit contributes one error in the whole rollout and then leaves, also in later steps")
    func cap() throws {
        var tally = try tally()
        for _ in 0..<5 { tally.take(end(.canary, unit: 1, failed: true), second: TallyTests.start) }
        tally.take(end(.canary, unit: 2, failed: false), second: TallyTests.start)
        tally.take(end(.baseline, unit: nil, failed: true), second: TallyTests.start)
        tally.take(end(.baseline, unit: nil, failed: true), second: TallyTests.start)
        tally.close(through: TallyTests.start + 1)
        #expect(errors(tally.ready) == Counts(canary: 2, canaryEvents: 1, baseline: 2, baselineEvents: 2))
        let plan = try Plan(validating: .of(#"{"preset": "careful"}"#))
        var state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        state.stepStartedAt = 1
        tally.follow(state, share: 0.1, serial: { 8 }, now: TallyTests.start + 1)
        tally.take(end(.canary, unit: 1, failed: true), second: TallyTests.start + 1)
        tally.close(through: TallyTests.start + 2)
        #expect(errors(tally.ready) == Counts(canary: 2, canaryEvents: 1, baseline: 2, baselineEvents: 2))
    }

    @Test("the baseline's successes are told once all that began before has ended, and not while a request is open")
    func successes() throws {
        let start = TallyTests.start
        var tally = try tally()
        func told() -> [Int64] {
            tally.ready.filter { !$0.isFurther }.map { block in
                block.entries.first { $0.series == .settled(.error) }?.counts.baseline ?? -1
            }
        }
        func close(_ second: Int64, openSince: Int64) {
            tally.close(ReportedThrough([(openSince: openSince, reportedThrough: second)], now: second))
        }
        var open = EvidenceRecord(serial: 7, arm: .baseline, unit: nil, second: start)
        open.isAssignment = true
        tally.take(open, second: start)
        tally.take(end(.baseline, unit: nil, failed: false), second: start)
        tally.take(end(.baseline, unit: nil, failed: true), second: start)
        close(start + 1, openSince: start)
        #expect(told() == [0])
        tally.take(end(.baseline, unit: nil, failed: false, at: 1), second: start + 1)
        close(start + 2, openSince: start)
        #expect(told() == [0, 0], "one that began before is open")
        open.isAssignment = false
        open.isEnd = true
        open.settled = 1
        tally.take(open, second: start)
        tally.take(end(.baseline, unit: nil, failed: false, at: 2), second: start + 2)
        close(start + 3, openSince: start + 3)
        #expect(told() == [0, 0, 4], "two of the first second, one of each other")
    }

    @Test("a record counts under the weights it was assigned by, or not at all")
    func weights() throws {
        var tally = try tally()
        let plan = try Plan(validating: .of(#"{"preset": "careful"}"#))
        let state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        tally.follow(state, share: 0.5, serial: { 8 }, now: TallyTests.start)
        // The new weights hold from the next second on.
        tally.take(end(.canary, unit: nil, failed: false, serial: 7), second: TallyTests.start)
        tally.take(end(.canary, unit: nil, failed: false, serial: 8), second: TallyTests.start)
        tally.take(end(.canary, unit: nil, failed: false, serial: 7), second: TallyTests.start + 1)
        tally.take(end(.canary, unit: nil, failed: false, serial: 8), second: TallyTests.start + 1)
        tally.take(end(.canary, unit: nil, failed: false, serial: 9), second: TallyTests.start + 1)
        tally.close(through: TallyTests.start + 3)
        #expect(tally.ready.map(\.epoch) == [1, 2])
        #expect(tally.ready.map { errors([$0]).canary } == [1, 1])
        #expect(tally.ready.compactMap(\.assigned?.share) == [0.1, 0.5])
    }

    @Test("a record that comes after its second was closed changes nothing")
    func late() throws {
        var tally = try tally()
        tally.take(end(.canary, unit: nil, failed: false), second: TallyTests.start)
        tally.close(through: TallyTests.start + 1)
        tally.take(end(.canary, unit: nil, failed: true), second: TallyTests.start)
        tally.close(through: TallyTests.start + 5)
        #expect(errors(tally.ready) == Counts(canary: 1, canaryEvents: 0, baseline: 0, baselineEvents: 0))
        #expect(tally.late == 1, "nothing is dropped unseen")
    }

    @Test("two hundred values of the baseline give limits, in a new watch that begins with the next second")
    func limits() throws {
        var tally = try tally()
        #expect(tally.watch?.watch.items.contains { $0.metric == .cost && $0.isCounted } == false)
        for number in 0..<250 {
            var record = end(.baseline, unit: nil, failed: false)
            record.cost = NanoUSD(Int64(1_000 + number))
            record.values[.cost] = Double(1_000 + number)
            record.latency = 100
            tally.take(record, second: TallyTests.start)
        }
        tally.renew(serial: { 8 }, now: TallyTests.start)
        let watch = try #require(tally.watch)
        #expect(watch.serial == 8)
        #expect(watch.watch.items.filter { $0.metric == .cost && $0.isCounted }.count == 6)
        let median = try #require(watch.watch.items.first { $0.series == .above(.q50, of: .cost) })
        #expect(abs((median.baselineLimit ?? 0) - 1_125) < 20)
        #expect(median.canaryLimit == median.baselineLimit.map { $0 * 2 })
        #expect(watch.watch.items.count <= 64)
    }

    @Test("a unit's first request after a switch is no evidence on times and money, but on errors")
    func switched() throws {
        var tally = try tally()
        for _ in 0..<200 {
            var record = end(.baseline, unit: nil, failed: false)
            record.latency = 100
            tally.take(record, second: TallyTests.start)
        }
        tally.renew(serial: { 8 }, now: TallyTests.start)
        let items = try #require(tally.watch).watch.items
        var record = end(.canary, unit: 5, failed: true, serial: 8)
        record.isSwitch = true
        record.settled = (1 << UInt64(items.count)) - 1
        record.events = record.settled
        tally.take(record, second: TallyTests.start + 1)
        var other = end(.baseline, unit: nil, failed: false, serial: 8)
        other.settled = record.settled
        tally.take(other, second: TallyTests.start + 1)
        tally.close(through: TallyTests.start + 3)
        #expect(errors(tally.ready).canaryEvents == 1)
        let values = tally.ready.flatMap(\.entries).filter { $0.series.rawValue.hasPrefix("latency/") }
        #expect(!values.isEmpty)
        #expect(values.allSatisfy { $0.counts.canary == 0 && $0.counts.baseline == 1 })
    }

    @Test("fewer than twenty units on the canary hold the rollout; more of them let it go on")
    func fewUnits() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        stage.units = 12
        try await stage.run(10)
        #expect(try await stage.state().phase == .paused(.held([Reason(.tooFewUnits)])))
        #expect(stage.readings.verdict(of: .of("v2-1"))?.reasons.map(\.code) == [.tooFewUnits])
        stage.units = 200
        try await stage.run(10)
        #expect(stage.readings.verdict(of: .of("v2-1"))?.reasons.map(\.code) == [.stepTime])
        #expect(try await stage.plane.replay("v2-1").agrees == true)
    }

    @Test("units that had their error stay out after a restart, and count again in a new attempt")
    func kept() async throws {
        var stage = try await Stage.set()
        stage.units = 30
        let chronic = Stage.Behaviour(errors: 1)
        let plan = #"{"steps": [{"weight": "50%", "for": "1h"}], "metrics": [{"error": {"on_regression": "notify"}}]}"#
        try await stage.begin(plan)
        try await stage.run(10, canary: chronic, others: chronic)
        let before = try #require(stage.readings.verdict(of: .of("v2-1"))?.metrics[0].counts)
        #expect(before.canaryEvents + before.baselineEvents == 30)
        stage = try await stage.restarted()
        stage.units = 30
        try await stage.run(10, canary: chronic, others: chronic)
        let after = try #require(stage.readings.verdict(of: .of("v2-1"))?.metrics[0].counts)
        #expect(after == before)
        try await stage.plane.order(.abort, rollout: "v2-1", stage.change)
        try await stage.plane.order(.retry, rollout: "v2-1", stage.change)
        try await stage.run(10, canary: chronic, others: chronic)
        let anew = try #require(stage.readings.verdict(of: .of("v2-1"))?.metrics[0].counts)
        #expect(anew.canaryEvents + anew.baselineEvents == 30)
    }

    @Test("a refused canary's units are diverted until three trials in a row are not refused")
    func diverted() async throws {
        let stage = try await Stage.set()
        let id = RolloutID.of("v2-1")
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(5)
        #expect(stage.published.watches.first?.isDiverted == false)
        // No cluster of seconds says enough alone.
        try await stage.run(90, canary: .init(refused: 0.9))
        guard case .paused(.held(let reasons)) = try await stage.state().phase else {
            Issue.record("\(try await stage.state().phaseText)")
            return
        }
        #expect(reasons.contains { $0.code == .quota })
        #expect(stage.published.watches.first?.isDiverted == true)
        stage.isBraked = true
        for isAccepted in [true, true, false, true, true] { stage.inbox.brake(id, .accepted(isAccepted)) }
        try await stage.run(5)
        #expect(try await stage.state().phase != .progressing)
        stage.inbox.brake(id, .accepted(true))
        try await stage.run(5)
        #expect(try await stage.state().phase == .progressing && stage.published.watches.first?.isDiverted == false)
        stage.isBraked = false
        try await stage.run(10)
        #expect(try await stage.state().phase == .progressing)
        // It holds again where the provider refuses again.
        try await stage.run(90, canary: .init(refused: 0.9))
        #expect(stage.published.watches.first?.isDiverted == true)
        let plain = try Plan(validating: .of(#"{"preset": "careful", "divert_refused": false}"#))
        #expect(plain.divertsRefused == false)
    }

    @Test("requests of a step's warm-up are no evidence, and are told all the same")
    func warmUp() throws {
        let plan = try Plan(validating: .of(#"{"steps": [{"weight": "5%", "for": "1h", "warm_up": "60s"}]}"#))
        var state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        state.stepStartedAt = TallyTests.start
        var tally = RolloutTally(state, share: 0.5, rate: 100, history: [:], serial: 7, now: TallyTests.start)
        for offset in [Int64(1), 30, 60, 61, 62] {
            tally.take(end(.canary, unit: nil, failed: offset < 61, at: offset), second: TallyTests.start + offset)
        }
        tally.close(through: TallyTests.start + 70)
        #expect(errors(tally.ready) == Counts(canary: 2, canaryEvents: 0, baseline: 0, baselineEvents: 0))
        #expect(tally.arms.canary.sum(in: (TallyTests.start - 30)...(TallyTests.start + 70)).failures == 3)
        for text in [#""60s", "warm_up": "60s""#, #""30s", "warm_up": "1h""#] {
            let wrong = JSONValue.of(#"{"steps": [{"weight": "5%", "for": \#(text)}]}"#)
            #expect(throws: PlanError.self) { try Plan(validating: wrong) }
        }
    }

    @Test("open requests that nobody waits for are forgotten by elapsed time, whatever seconds the visits fall on")
    func forgotten() throws {
        var tally = try tally()
        var record = EvidenceRecord(serial: 7, arm: .baseline, unit: nil, second: TallyTests.start)
        record.isAssignment = true
        tally.take(record, second: TallyTests.start)
        let began = TallyTests.start...TallyTests.start
        #expect(tally.open.baseline.count(in: began) == 1)
        // Never a whole minute.
        var second = TallyTests.start / 60 * 60 + 61
        while second < TallyTests.start + 800 {
            tally.close(through: second)
            second += 60
        }
        #expect(tally.open.baseline.count(in: began) == 0)
    }

    @Test("records that nobody takes in are dropped, counted, and shown as a metric")
    func lost() {
        let inbox = EvidenceInbox(capacity: 10, seconds: { TallyTests.start })
        let records = (0..<4).map { _ in end(.canary, unit: nil, failed: false) }
        for loop in 0..<4 {
            inbox.append(records, loop: loop, openSince: TallyTests.start, reportedThrough: TallyTests.start)
        }
        #expect(inbox.lostRecords == 6)
        #expect(inbox.take().records.count == 10)
        inbox.append(records, loop: 0, openSince: TallyTests.start, reportedThrough: TallyTests.start)
        #expect(inbox.take().records.count == 4 && inbox.take().records.isEmpty)
        let book = ExportedMetrics()
        book.include(RolloutReadings(), inbox)
        #expect(book.registry.text().contains("sluice_rollout_evidence_lost_total 6\n"))
    }

    @Test("blocks that the store cannot take for too long are dropped, counted, and shown to whoever asks")
    func lostBlocks() async throws {
        var tally = try tally(rate: 1_000)
        tally.mostReady = 20
        for second in Int64(0)..<60 {
            tally.take(end(.canary, unit: nil, failed: false, at: second), second: TallyTests.start + second)
            tally.close(through: TallyTests.start + second + 1)
        }
        #expect(tally.ready.count == 20 && tally.lost > Int64(0))
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        let readings = stage.plane.readings
        readings.set([.of("v2-1"): EvidenceGap(late: 0, blocks: 12)], lostBlocks: 15)
        let explanation = try await stage.plane.explain("v2-1")
        #expect(explanation.lostBlocks == 12 && explanation.text.contains("12 blocks of evidence were dropped"))
        let book = ExportedMetrics()
        book.include(readings, stage.inbox)
        #expect(book.registry.text().contains("sluice_rollout_blocks_lost_total 15\n"))
    }

    @Test("events wait for nobody; values wait for open requests as long as they can still be told")
    func patience() {
        let time = ManualTime()
        let inbox = EvidenceInbox(seconds: { time.now.nanoseconds / 1_000_000_000 })
        let now = inbox.now
        time.advance(seconds: 3)
        inbox.append([], loop: 0, openSince: now, reportedThrough: now + 3)
        #expect(inbox.closed() == now + 3)
        #expect(inbox.closed(afterAge: 600) == now)
        #expect(inbox.closed(afterAge: 1) == now + 2, "older than a second")
        time.advance(seconds: 3)
        inbox.append([], loop: 0, openSince: now + 5, reportedThrough: now + 6)
        #expect(inbox.closed(afterAge: 600) == now + 5)
        inbox.append([], loop: 1, openSince: now + 4, reportedThrough: now + 5)
        #expect(inbox.closed() == now + 5 && inbox.closed(afterAge: 600) == now + 4, "the slowest loop counts")
        time.advance(seconds: 10)
        inbox.append([], loop: 1, openSince: now + 16, reportedThrough: now + 16)
        #expect(inbox.closed() == now + 16, "a loop that says nothing has nothing open")
    }
}

extension EvidenceInbox {
    /// All requests that began before this second are older than `age` seconds, or have ended.
    fileprivate func closed(afterAge age: Int64 = 0) -> Int64 { take().reported.closed(afterAge: age) }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
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

    @Test("a unit contributes one error a step and then leaves; the next step counts it again")
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
        #expect(errors(tally.ready).canaryEvents == 2)
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
    }

    @Test("two hundred values of the baseline give limits, in a new watch that begins with the next second")
    func limits() throws {
        var tally = try tally()
        #expect(tally.watch?.watch.items.contains { $0.metric == .cost && $0.isCounted } == false)
        for number in 0..<250 {
            var record = end(.baseline, unit: nil, failed: false)
            record.cost = NanoUSD(Int64(1_000 + number))
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
        tally.close(through: TallyTests.start + 3)
        let last = try #require(tally.ready.last)
        #expect(errors([last]).canaryEvents == 1)
        let values = last.entries.filter { $0.series.rawValue.hasPrefix("latency/") }
        #expect(!values.isEmpty)
        #expect(values.allSatisfy { $0.counts.canary == 0 })
    }

    @Test("an open request holds its second open, but not for longer than thirty seconds")
    func patience() {
        let time = ManualTime()
        let desk = EvidenceDesk(seconds: { time.now.nanoseconds / 1_000_000_000 })
        let now = desk.now
        desk.append([], loop: 0, openSince: now)
        time.advance(seconds: 3)
        desk.append([], loop: 0, openSince: now)
        #expect(desk.closed == now)
        time.advance(seconds: 40)
        desk.append([], loop: 0, openSince: now)
        #expect(desk.closed == now + 13)
        desk.append([], loop: 1, openSince: now + 43)
        #expect(desk.closed == now + 13, "the slowest loop counts")
        time.advance(seconds: 10)
        desk.append([], loop: 1, openSince: now + 53)
        #expect(desk.closed == now + 53, "a loop that says nothing has nothing open")
    }
}

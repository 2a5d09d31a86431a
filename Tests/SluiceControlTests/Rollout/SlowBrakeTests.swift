// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import Testing

@testable import SluiceControl

@Suite("A brake among answers of twenty seconds")
struct SlowBrakeTests {
    /// How production fares with a request that begins in a second: the seconds it takes and whether it fails then; `nil` hangs.
    typealias Production = @Sendable (Int) -> (seconds: Int, failed: Bool)?

    static let well: Production = { _ in (20, false) }

    @Test("a canary that fails at once is proven within five seconds, by requests that are under way", arguments: 1...3)
    func dead(canaryEachSecond: Int) throws {
        var simulation = try SlowBrake()
        let found = simulation.run(seconds: 60, deadFrom: 30, canary: canaryEachSecond, SlowBrakeTests.well)
        let braked = try #require(simulation.braked)
        let proven = try #require(found)
        #expect(proven - braked <= 5)
        let text = try #require(simulation.text)
        #expect(text.contains("are under way"))
    }

    @Test("an outage of both proves nothing: new requests fail as well, at once or later, or everything hangs")
    func shared() throws {
        let outages: [Production] = [
            { second in second < 30 ? (20, false) : (0, true) },
            { second in second < 10 ? (20, false) : second < 30 ? (30 - second, true) : (0, true) },
            { second in second < 10 ? (20, false) : nil },
        ]
        for (number, outage) in outages.enumerated() {
            var simulation = try SlowBrake()
            #expect(simulation.run(seconds: 90, deadFrom: 30, canary: 2, outage) == nil, "outage \(number)")
            #expect(simulation.braked != nil)
        }
    }

    @Test("failures that come late are compared with requests that have become as old")
    func late() throws {
        // The canary's requests fail after six seconds each, production's in eight: it is worse, and that shows after six.
        var simulation = try SlowBrake()
        simulation.age = 6
        let found = simulation.run(seconds: 60, deadFrom: 30, canary: 2, SlowBrakeTests.well)
        let braked = try #require(simulation.braked)
        let proven = try #require(found)
        #expect(proven - braked >= 6)
    }

    @Test("open requests are counted by their start, until they are answered or over")
    func open() {
        var open = OpenRequests()
        for second in [1, 1, 2, 5] as [Int64] { open.begin(at: second) }
        open.end(of: 1)
        open.end(of: 9)
        #expect(open.count(in: 1...2) == 2 && open.count(in: 3...9) == 1)
        open.forget(before: 2)
        #expect(open.count(in: 0...9) == 2)
    }
}

/// Nine requests a second to production, some to the canary; what both tell the tally, and what the brake does.
private struct SlowBrake {
    private let start: Int64 = 1_760_000_000
    private var tally: RolloutTally
    private var due: [Int: [EvidenceRecord]] = [:]
    private var rescued: [Int: [Bool]] = [:]
    private var trials: [Int: Int] = [:]
    private var failures = 0
    /// Seconds that a canary's request takes to fail.
    var age = 0
    private(set) var braked: Int?
    private(set) var text: String?

    init() throws {
        let plan = try Plan(validating: .of(#"{"preset": "careful", "brake": {"rollback_after": "3s"}}"#))
        let state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        tally = RolloutTally(state, share: 0.1, rate: 10, history: [:], serial: 7, now: start)
    }

    /// The second in which the canary is proven to be at fault.
    mutating func run(
        seconds: Int,
        deadFrom: Int,
        canary: Int,
        _ production: SlowBrakeTests.Production
    ) -> Int? {
        for second in 0..<seconds {
            let now = start + Int64(second)
            for _ in 0..<9 { ask(second, production, isMoved: false) }
            for number in 0..<canary {
                // Every other request of the canary's units is a trial.
                guard braked != nil else {
                    tell(.canary, second, begins: true)
                    if second >= deadFrom {
                        end(.canary, second, after: age, failed: true)
                    } else {
                        end(.canary, second, after: 20, failed: false)
                    }
                    continue
                }
                if (second + number) % 2 == 0 {
                    trials[second + age, default: 0] += 1
                    tell(.canary, second, begins: true)
                    end(.canary, second, after: age, failed: true)
                } else {
                    ask(second, production, isMoved: true)
                }
            }
            for record in due[second] ?? [] {
                tally.take(record, second: record.second, at: now)
                if record.arm == .canary, record.events == 1, braked == nil { failures += 1 }
            }
            if braked == nil, failures >= 4 {
                braked = second
                _ = tally.move(.on(failures: failures, seconds: 2, reason: "four failed"), serial: { 8 }, now: now)
            }
            for _ in 0..<(trials[second] ?? 0) {
                if isProven(tally.move(.stays(reason: "again"), serial: { 8 }, now: now)) { return second }
                if let answer = production(second) {
                    rescued[second + answer.seconds, default: []].append(!answer.failed)
                }
            }
            for isServed in rescued[second] ?? [] {
                if isProven(tally.move(.rescued(isServed), serial: { 8 }, now: now)) { return second }
            }
            if isProven(tally.brakeNews(now: now)) { return second }
        }
        return nil
    }

    private mutating func isProven(_ news: BrakeNews?) -> Bool {
        guard case .proven(let text) = news else { return false }
        self.text = text
        return true
    }

    private mutating func ask(_ second: Int, _ production: SlowBrakeTests.Production, isMoved: Bool) {
        tell(.baseline, second, begins: true, isMoved: isMoved)
        guard let answer = production(second) else { return }
        end(.baseline, second, after: answer.seconds, failed: answer.failed, isMoved: isMoved)
    }

    private func record(_ arm: Arm, _ second: Int, isMoved: Bool) -> EvidenceRecord {
        var record = EvidenceRecord(serial: 7, arm: arm, unit: nil, second: start + Int64(second))
        record.isAside = braked != nil
        record.isMoved = isMoved
        return record
    }

    private mutating func tell(_ arm: Arm, _ second: Int, begins: Bool, isMoved: Bool = false) {
        var begun = record(arm, second, isMoved: isMoved)
        begun.isAssignment = braked == nil
        tally.take(begun, second: begun.second, at: begun.second)
    }

    private mutating func end(_ arm: Arm, _ second: Int, after seconds: Int, failed: Bool, isMoved: Bool = false) {
        var ended = record(arm, second, isMoved: isMoved)
        ended.isEnd = true
        ended.settled = 1
        ended.events = failed ? 1 : 0
        due[second + seconds, default: []].append(ended)
    }
}

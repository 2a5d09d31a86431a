// SPDX-License-Identifier: Apache-2.0
import SluiceCore
@testable import SluiceGateway
import SluiceHTTP
import SluiceJudge
import SluiceRelease
import SluiceTestKit
import Synchronization
import Testing

@Suite("Brake")
struct BrakeTests {
    private static let broken: ScriptedUpstream.Script = { _, socket in
        socket.send(Wire.answer("{}", status: "500 Broken"))
    }

    @Test("a canary that fails outright loses its units at once; a trial that fails is served by production")
    func opens() async throws {
        try await EvidenceRig.with(canary: Self.broken) { (rig: EvidenceRig) async throws -> Void in
            for unit in 0..<4 { #expect(try await rig.send(as: unit).status == 500) }
            let first = try await rig.send(as: 0)
            #expect(first.status == 200 && first["x-sluice-attempts"] == "2", "tried, and served by production")
            for unit in 1..<6 { #expect(try await rig.send(as: unit).status == 200) }
            _ = try await rig.send(EvidenceRig.onBaseline)
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1)
            #expect(rig.evidence.brakes.first?.hasPrefix("r1: 4 attempts in a row failed on version v2") == true)
            let ends = rig.evidence.ends
            #expect(ends.map(\.isAside) == (0..<11).map { $0 >= 4 })
            #expect(ends.prefix(5).allSatisfy { $0.arm == .canary } && ends.last?.isMoved == false)
            // Those in between are served by production, aside and marked, but for further trials on a slow machine.
            #expect(ends.dropFirst(5).dropLast().allSatisfy { $0.isMoved || $0.arm == .canary })
            let trials = ends.dropFirst(4).filter { $0.arm == .canary }.count
            #expect(
                rig.evidence.failedTrials == trials && rig.evidence.rescues == Array(repeating: true, count: trials)
            )
            // The sample ratio is not judged by a split that the brake has bent.
            #expect(rig.evidence.assignments.count == 4)
        }
    }

    @Test("one unit that fails again and again never puts it on; four of them do, and so do requests without units")
    func units() async throws {
        try await EvidenceRig.with(canary: Self.broken) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<9 { #expect(try await rig.send(as: 0).status == 500) }
            for unit in 1...2 { #expect(try await rig.send(as: unit).status == 500) }
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.isEmpty)
            #expect(try await rig.send(as: 3).status == 500)
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1)
        }
        let random: (inout Snapshot) -> Void = {
            $0.routes[0].unit = []
            $0.versions[1].release.buckets = BucketRanges([0..<10_000])
        }
        try await EvidenceRig.with(change: random, canary: Self.broken) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<4 { #expect(try await rig.send().status == 500) }
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1)
        }
    }

    /// Five requests a second: `failing` of each hundred fail after `age`, the others answer after `seconds`; how often it
    /// goes on.
    private static func onsets(failing: Int, answers seconds: UInt64, age: UInt64 = 0, minutes: Int) -> Int {
        let brake = Brake(patience: .seconds(30))
        var ends: [(at: UInt64, began: UInt64, number: UInt64, failed: Bool)] = []
        var chance = SplitMix64(seed: 5)
        var onsets = 0
        let pace: UInt64 = 200_000_000
        for index in 0..<UInt64(minutes * 300) {
            let began = 1_000_000_000_000 + index * pace
            ends.sort { $0.at > $1.at }
            while let next = ends.last, next.at <= began {
                ends.removeLast()
                if next.failed {
                    let row = brake.countFailure(of: next.number, began: next.began, number: next.number, now: next.at)
                    if row != nil { onsets += 1 }
                } else {
                    _ = brake.countSuccess(began: next.began)
                }
            }
            guard !brake.isOn || brake.admit(now: began) == .trial else { continue }
            let failed = chance.next() % 100 < UInt64(failing)
            ends.append((began + (failed ? age : seconds) * 1_000_000_000, began, brake.countBegin(), failed))
        }
        return onsets
    }

    @Test("failures now and then among long answers are no row, whenever they come")
    func longAnswers() {
        // A few in a hundred fail at once, while the others are under way for twenty seconds; or all end after half a minute.
        #expect(Self.onsets(failing: 3, answers: 20, minutes: 20) == 0)
        #expect(Self.onsets(failing: 5, answers: 35, age: 35, minutes: 20) == 0)
        #expect(Self.onsets(failing: 5, answers: 20, age: 10, minutes: 20) == 0)
        // Whatever fails outright is found as soon as ever.
        #expect(Self.onsets(failing: 100, answers: 20, minutes: 1) == 1)
        #expect(Self.onsets(failing: 100, answers: 20, age: 35, minutes: 2) == 1)
    }

    @Test("a canary that dies among long answers goes after four failures; what was under way brings it not back")
    func dies() {
        let brake = Brake(patience: .seconds(30))
        var now: UInt64 = 100_000_000_000
        func begin() -> (began: UInt64, number: UInt64) {
            now += 500_000_000
            return (now, brake.countBegin())
        }
        func fails(_ request: (began: UInt64, number: UInt64)) -> Int? {
            brake.countFailure(of: request.number, began: request.began, number: request.number, now: now)?.failures
        }
        // One of long ago fails late, forty are under way.
        let early = (0..<40).map { _ in begin() }
        #expect(fails(early[30]) == nil)
        #expect((0..<3).map { _ in fails(begin()) } == [nil, nil, nil])
        #expect(!brake.isOn, "the newest of those under way count against it")
        #expect((0..<3).map { _ in fails(begin()) } == [nil, nil, 4])
        #expect(!brake.countSuccess(began: early[39].began), "it began before")
        // A trial of before that fails late is none of this row; the success of one that began since ends it.
        #expect(!brake.isOfRow(began: early[39].began))
        #expect(brake.countSuccess(began: begin().began) && !brake.isOn)
    }

    @Test("a success in between begins the row anew, with other units")
    func anew() async throws {
        let calls = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(calls.next() == 3 ? Wire.answer(Wire.completion) : Wire.answer("{}", status: "500 Broken"))
        }
        try await EvidenceRig.with(canary: script) { (rig: EvidenceRig) async throws -> Void in
            for unit in 0..<9 { _ = try await rig.send(as: unit < 4 ? unit % 3 : 4 + unit % 3) }
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.isEmpty, "each row is of three units")
        }
    }

    @Test("it is tried again and again; when that goes well all units are back, and nobody lost anything meanwhile")
    func closes() async throws {
        let isBroken = Mutex(true)
        let tries = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            _ = tries.next()
            return socket.send(
                isBroken.withLock { $0 } ? Wire.answer("{}", status: "500 Broken") : Wire.answer(Wire.completion)
            )
        }
        try await EvidenceRig.with(
            configure: { $0.brakePatience = .milliseconds(50) },
            canary: script
        ) { (rig: EvidenceRig) async throws -> Void in
            for unit in 0..<4 { #expect(try await rig.send(as: unit).status == 500) }
            // A trial that fails keeps it on, without a further alert and without a failure for its caller.
            var lost = 0
            let isTried = try await eventually {
                if try await rig.send().status != 200 { lost += 1 }
                return rig.evidence.failedTrials >= 3
            }
            isBroken.withLock { $0 = false }
            let isBack = try await eventually {
                let answer = try await rig.send()
                if answer.status != 200 { lost += 1 }
                return answer["x-sluice-version"] == "v2" && answer["x-sluice-attempts"] == "1"
            }
            #expect(isTried && isBack && lost == 0)
            for _ in 0..<3 { #expect(try await rig.send()["x-sluice-version"] == "v2") }
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1 && rig.evidence.releases == 1)
            #expect(rig.evidence.rescues.allSatisfy { $0 } && rig.evidence.rescues.count == rig.evidence.failedTrials)
            // Trials are told, and count for nothing.
            let trials = rig.evidence.ends.filter { $0.isAside && $0.arm == .canary }.count
            #expect(trials == rig.evidence.failedTrials + 1)
            #expect(rig.evidence.ends.filter { $0.arm == .canary }.count == tries.next())
        }
    }

    @Test("nobody listening counts each attempt")
    func refused() async throws {
        // Not a port that was free a moment ago: another test may have it by now.
        let nobody = try ProviderAddress(validating: "http://127.0.0.1:1")
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        try await EvidenceRig.with(
            settings,
            change: { $0.providers[1] = Provider(id: Records.id("next"), dialect: .openai, address: nobody) },
            canary: { _, _ in false }
        ) { (rig: EvidenceRig) async throws -> Void in
            for unit in 0..<4 { #expect(try await rig.send(as: unit).status == 502) }
            #expect(try await rig.send(as: 4).status == 200)
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1 && rig.evidence.brakes[0].hasSuffix("the last with connect"))
        }
    }

    @Test(
        "the caller's mistakes, quota and single failures leave it off",
        arguments: [["400 Bad"], ["429 Slow"], ["401 Who"], ["500 Broken", "200 OK"]]
    )
    func staysOff(statuses: [String]) async throws {
        let calls = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.answer(Wire.completion, status: statuses[calls.next() % statuses.count]))
        }
        try await EvidenceRig.with(canary: script) { (rig: EvidenceRig) async throws -> Void in
            for unit in 0..<12 { #expect(try await rig.send(as: unit)["x-sluice-version"] == "v2") }
            #expect(rig.evidence.brakes.isEmpty)
        }
    }

    @Test("units of a refused canary are diverted, but for a trial now and then, which costs its caller nothing")
    func diverted() async throws {
        let isRefused = Mutex(true)
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(
                isRefused.withLock { $0 } ? Wire.answer("{}", status: "401 Who") : Wire.answer(Wire.completion)
            )
        }
        try await EvidenceRig.with(
            configure: { $0.brakePatience = .milliseconds(800) },
            canary: script
        ) { (rig: EvidenceRig) async throws -> Void in
            #expect(try await rig.send().status == 502)
            var watch = try WatchLimits().watch(serial: 2)
            watch.isDiverted = true
            await rig.gateway.publish(rig.snapshot, watches: [watch])
            var lost = 0
            let isTried = try await eventually {
                if try await rig.send().status != 200 { lost += 1 }
                return rig.evidence.acceptances.count >= 3
            }
            #expect(isTried && lost == 0 && rig.evidence.acceptances.allSatisfy { !$0 })
            isRefused.withLock { $0 = false }
            let isAccepted = try await eventually {
                if try await rig.send().status != 200 { lost += 1 }
                return rig.evidence.acceptances.last == true
            }
            #expect(isAccepted && lost == 0)
            try await rig.evidence.settle()
            #expect(rig.evidence.ends.dropFirst().allSatisfy(\.isAside) && rig.evidence.brakes.isEmpty)
            #expect(rig.evidence.ends.contains { $0.isMoved })
        }
    }

    @Test("without another version that takes traffic the canary is asked on")
    func alone() async throws {
        try await EvidenceRig.with(
            change: { $0.versions.removeFirst() },
            canary: Self.broken
        ) { (rig: EvidenceRig) async throws -> Void in
            for unit in 0..<8 { #expect(try await rig.send(as: unit).status == 500) }
            #expect(rig.evidence.brakes.count == 1)
        }
    }
}

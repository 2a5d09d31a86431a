// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceJudge
import SluiceRelease
import SluiceTestKit
import Testing

@Suite("Evidence")
struct EvidenceTests {
    typealias Bits = WatchLimits
    static let sidelines = Bits.quota | Bits.credential
    static let fine: ScriptedUpstream.Script = { _, socket in socket.send(Wire.answer(Wire.completion)) }

    @Test("a request of production tells which of several versions serves it; the canary's tells none")
    func production() async throws {
        let half = BasisPoints(5_000) ?? .none
        let share: (inout Snapshot) -> Void = { snapshot in
            snapshot.versions[0].release.weight = half
            snapshot.versions.append(Rig.version("v3", weight: half))
        }
        try await EvidenceRig.with(change: share, canary: Self.fine) { (rig: EvidenceRig) async throws -> Void in
            var watch = try WatchLimits().watch(serial: 2)
            watch.production = [Records.id("v3"), Records.id("v1")]
            await rig.gateway.publish(rig.snapshot, watches: [watch])
            let split = Split(rig.snapshot.versions.map { ($0.id, $0.release) })
            var wanted: [UInt64: UInt8] = [:]
            for unit in 1...16 {
                let digest = EvidenceRig.digest("user-\(unit)")
                let version = split.assign(digest).map { split.versions[$0].rawValue }
                wanted[digest.primary] = version == "v3" ? 1 : version == "v1" ? 2 : 0
                #expect(try await rig.send("X-Sluice-Unit: user-\(unit)\r\n")["x-sluice-version"] == version)
            }
            let ends = try await rig.evidence.ends(16)
            #expect(Set(ends.map(\.production)) == [0, 1, 2])
            for record in rig.evidence.records { #expect(record.production == record.unit.flatMap { wanted[$0] }) }
        }
    }

    /// What a canary sends before it closes, and what that settles.
    struct Ending: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var settled: UInt64
        var events: UInt64
        var testDescription: String { name }

        static let fault = Bits.error | sidelines

        static let all = [
            Ending(
                name: "a good answer",
                text: Wire.answer(Wire.completion),
                settled: fault | Bits.firstToken | Bits.latency | Bits.cost,
                events: 0
            ),
            Ending(name: "503", text: Wire.answer("{}", status: "503 Busy"), settled: fault, events: Bits.error),
            Ending(name: "400", text: Wire.answer("{}", status: "400 Bad"), settled: fault, events: Bits.error),
            Ending(name: "429", text: Wire.answer("{}", status: "429 Slow"), settled: sidelines, events: Bits.quota),
            Ending(
                name: "401",
                text: Wire.answer("{}", status: "401 Who"),
                settled: sidelines,
                events: Bits.credential
            ),
            Ending(
                name: "402",
                text: Wire.answer("{}", status: "402 Pay"),
                settled: sidelines,
                events: Bits.credential
            ),
            Ending(name: "403", text: Wire.answer("{}", status: "403 No"), settled: sidelines, events: Bits.credential),
            Ending(
                name: "content filter",
                text: Wire.answer(#"{"error":{"message":"no","code":"content_filter"}}"#, status: "400 Bad"),
                settled: sidelines,
                events: 0
            ),
            Ending(name: "no answer", text: "", settled: fault, events: Bits.error),
            Ending(name: "garbage", text: "SSH-2.0-OpenSSH\r\n\r\n", settled: fault, events: Bits.error),
            Ending(
                name: "a cut answer",
                text: "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc",
                settled: fault,
                events: Bits.error
            ),
        ]
    }

    @Test("each ending settles what it tells about, and no more", arguments: Ending.all)
    func endings(_ ending: Ending) async throws {
        try await EvidenceRig.with(canary: { _, socket in
            socket.send(ending.text)
            return false
        }) { (rig: EvidenceRig) async throws -> Void in
            _ = try await rig.send()
            let end = try #require(try await rig.evidence.ends(1).first)
            #expect(end.settled == ending.settled)
            #expect(end.events == ending.events)
            #expect(end.arm == .canary && end.serial == 1 && !end.isAssignment)
            #expect(rig.evidence.records.count == 2)
            let isGood = ending.events == 0 && ending.settled & Bits.error != 0
            let attempt = try #require(rig.sink.outcomes.first?.attempts.first)
            #expect(end.latency == (isGood ? Double(attempt.duration) / 1e6 : nil))
            #expect(end.cost == attempt.cost.known && end.tokens == (isGood ? 15 : 0))
        }
    }

    @Test("a value above its limit is an event")
    func dear() async throws {
        let limits = WatchLimits(firstToken: 0.000_001, latency: 0.000_001, cost: 1)
        try await EvidenceRig.with(limits: limits, canary: Self.fine) { (rig: EvidenceRig) async throws -> Void in
            _ = try await rig.send()
            let end = try #require(try await rig.evidence.ends(1).first)
            // A limit that time passes is told when it is passed, which may be before the end.
            let events = rig.evidence.records.reduce(0) { $0 | $1.events }
            #expect(events == Bits.firstToken | Bits.latency | Bits.cost)
            let cost = try #require(end.cost)
            #expect(cost.rawValue > 1)
        }
    }

    @Test("a timeout is an error, and longer than every limit; the caller's own limit is not")
    func timeout() async throws {
        let hasty = VersionSettings(
            retry: RetryPolicy(maxRetries: 0),
            timeouts: Timeouts(firstByte: .milliseconds(150))
        )
        let hung: ScriptedUpstream.Script = { _, socket in socket.receive()?.isEmpty == false }
        try await EvidenceRig.with(hasty, canary: hung) { (rig: EvidenceRig) async throws -> Void in
            #expect(try await rig.send().status == 504)
            let end = try #require(try await rig.evidence.ends(1).first)
            #expect(end.events == Bits.error | Bits.firstToken | Bits.latency)
            #expect(end.settled == end.events | Self.sidelines)
        }
        try await EvidenceRig.with(canary: hung) { (rig: EvidenceRig) async throws -> Void in
            #expect(try await rig.send(EvidenceRig.onCanary + "X-Sluice-Timeout-Ms: 100\r\n").status == 504)
            let end = try #require(try await rig.evidence.ends(1).first)
            #expect(end.events == Bits.error && end.settled == Ending.fault)
        }
    }

    @Test("a hung canary gives evidence by the clock, once, and keeps its second open")
    func hung() async throws {
        let gate = Gate()
        try await EvidenceRig.with(
            limits: WatchLimits(firstToken: 100, latency: 150),
            canary: { _, socket in
                gate.pass()
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: EvidenceRig) async throws -> Void in
            let socket = try await rig.open()
            let late = Bits.firstToken | Bits.latency
            let hasFired = try await eventually {
                rig.evidence.records.reduce(0) { $0 | $1.events } == late
            }
            #expect(hasFired && rig.evidence.ends.isEmpty)
            let second = try #require(rig.evidence.assignments.first?.second)
            // Seconds run on, but the open one stays open.
            let hasRunOn = try await eventually {
                _ = try await rig.send(EvidenceRig.onBaseline)
                return rig.evidence.assignments.contains { $0.second > second }
            }
            try await rig.evidence.settle()
            #expect(hasRunOn && rig.evidence.openSince == second)
            gate.open()
            _ = try await offload { socket.receiveAnswer() }
            socket.close()
            let isOver = try await eventually { rig.evidence.ends.contains { $0.arm == .canary } }
            #expect(isOver)
            let own = rig.evidence.records.filter { $0.arm == .canary }
            let end = try #require(own.last)
            #expect(end.isEnd && end.settled & late == 0 && end.events == 0)
            #expect(own.reduce(0) { $0 + ($1.settled & late).nonzeroBitCount } == 2)
            #expect(try await eventually { rig.evidence.openSince > second })
        }
    }

    @Test(
        "a slow refusal is no first token: what the limits told of it is taken back",
        arguments: [("429 Slow", Bits.quota), ("401 Who", Bits.credential)]
    )
    func slowRefusal(status: String, metric: UInt64) async throws {
        let gate = Gate()
        try await EvidenceRig.with(
            limits: WatchLimits(firstToken: 50, latency: 80),
            canary: { _, socket in
                gate.pass()
                return socket.send(Wire.answer("{}", status: status))
            }
        ) { (rig: EvidenceRig) async throws -> Void in
            let socket = try await rig.open()
            let late = Bits.firstToken | Bits.latency
            #expect(try await eventually { rig.evidence.records.reduce(0) { $0 | $1.events } == late })
            gate.open()
            _ = try await offload { socket.receiveAnswer() }
            socket.close()
            let end = try #require(try await rig.evidence.ends(1).first)
            #expect(end.settled == Self.sidelines && end.withdrawn == late && end.events == late | metric)
            #expect(end.latency == nil && end.firstToken == nil && end.cost == nil)
        }
    }

    @Test("the first token of a stream is told while the rest is awaited")
    func firstToken() async throws {
        let gate = Gate()
        let first = Wire.streamHead + Wire.events[0...1].map { Wire.chunk($0 + "\n\n") }.joined()
        let rest = [Wire.events[2] + "\n\n", Wire.usageEvent + "\n\n", Wire.done].map(Wire.chunk).joined()
        try await EvidenceRig.with(canary: { _, socket in
            socket.send(first)
            gate.pass()
            return socket.send(rest + "0\r\n\r\n")
        }) { (rig: EvidenceRig) async throws -> Void in
            async let answer = rig.send(EvidenceRig.onCanary, Wire.streamingChat)
            #expect(try await eventually { rig.evidence.records.contains { $0.settled == Bits.firstToken } })
            #expect(rig.evidence.ends.isEmpty && rig.evidence.records.allSatisfy { $0.events == 0 })
            gate.open()
            #expect(try await answer.isWhole)
            let end = try #require(try await rig.evidence.ends(1).first)
            #expect(end.settled == Ending.fault | Bits.latency | Bits.cost | Bits.perToken && end.events == 0)
            let (token, latency) = (try #require(end.firstToken), try #require(end.latency))
            let perToken = try #require(end.values[.tpot])
            #expect(token < latency && abs(perToken - (latency - token) / 5) < 0.001)
        }
    }

    @Test("the first attempt is the evidence, also when a retry saved the caller")
    func intentToTreat() async throws {
        let calls = Counter()
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)))
        try await EvidenceRig.with(
            settings,
            canary: { _, socket in
                let isFirst = calls.next() == 0
                return socket.send(isFirst ? Wire.answer("{}", status: "503 Busy") : Wire.answer(Wire.completion))
            }
        ) { (rig: EvidenceRig) async throws -> Void in
            let answer = try await rig.send()
            #expect(answer.status == 200 && answer["x-sluice-attempts"] == "2")
            try await rig.evidence.settle()
            #expect(rig.evidence.ends.map(\.events) == [Bits.error])
            #expect(rig.evidence.ends[0].cost == nil && rig.evidence.records.count == 2)
        }
    }

    @Test("an assignment counts once in its arm; other routes, and routes without a watch, count nothing")
    func assignments() async throws {
        let aside: (inout Snapshot) -> Void = { snapshot in
            snapshot.routes.append(Route(id: Records.id("other")))
            var version = Rig.version("o1")
            version.route = Records.id("other")
            snapshot.versions.append(version)
        }
        try await EvidenceRig.with(change: aside, canary: Self.fine) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<3 { _ = try await rig.send() }
            for _ in 0..<2 { _ = try await rig.send(EvidenceRig.onBaseline) }
            let elsewhere = Wire.chat.replacing("gpt-4o", with: "other")
            let socket = try await rig.open("", elsewhere)
            #expect(try await offload { socket.receiveAnswer() }["x-sluice-version"] == "o1")
            try await rig.evidence.settle()
            #expect(rig.evidence.assignments.map(\.arm) == [.canary, .canary, .canary, .baseline, .baseline])
            #expect(rig.evidence.ends.count == 5 && rig.evidence.records.count == 10)
            #expect(rig.evidence.assignments.first?.unit == EvidenceRig.digest("user-1").primary)
            let start = Records.start.nanoseconds / 1_000_000_000
            #expect(rig.evidence.records.allSatisfy { $0.second >= start && $0.second < start + 600 })
        }
        try await EvidenceRig.with(isWatched: false, canary: Self.fine) { (rig: EvidenceRig) async throws -> Void in
            #expect(try await rig.send()["x-sluice-version"] == "v2")
            await rig.gateway.publish(rig.snapshot, watches: [try WatchLimits().watch(serial: 4)])
            _ = try await rig.send(EvidenceRig.onBaseline)
            #expect(try await rig.evidence.ends(1).map(\.serial) == [4])
            #expect(rig.evidence.records.allSatisfy { $0.arm == .baseline })
        }
    }

    @Test("a request without a unit has none in its evidence")
    func random() async throws {
        try await EvidenceRig.with(change: { $0.routes[0].unit = [] }, canary: Self.fine) {
            (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<8 { _ = try await rig.send() }
            let ends = try await rig.evidence.ends(8)
            #expect(ends.allSatisfy { $0.unit == nil } && Set(ends.map(\.arm)) == [.canary, .baseline])
        }
    }

    @Test("a caller who leaves settles only what time had shown by then")
    func callerLeaves() async throws {
        try await EvidenceRig.with(
            limits: WatchLimits(firstToken: 100, latency: 60_000),
            canary: { _, socket in socket.receive()?.isEmpty == false }
        ) { (rig: EvidenceRig) async throws -> Void in
            let socket = try await rig.open()
            #expect(try await eventually { rig.evidence.records.contains { $0.events == Bits.firstToken } })
            socket.close()
            let end = try #require(try await rig.evidence.ends(1).first)
            #expect(end.settled == 0 && end.events == 0 && end.latency == nil)
            #expect(rig.sink.outcomes.map(\.ending) == [.callerGone])
        }
    }

    @Test("an open request keeps the watch it began with, and ends also when nothing is watched any more")
    func exchanged() async throws {
        let gate = Gate()
        let calls = Counter()
        try await EvidenceRig.with(canary: { _, socket in
            if calls.next() == 0 { gate.pass() }
            return socket.send(Wire.answer(Wire.completion))
        }) { (rig: EvidenceRig) async throws -> Void in
            let socket = try await rig.open()
            // The first to reach the provider is the one that waits.
            #expect(try await eventually { rig.evidence.assignments.count == 1 && calls.value == 1 })
            await rig.gateway.publish(rig.snapshot, watches: [try WatchLimits().watch(serial: 2)])
            _ = try await rig.send()
            #expect(try await rig.evidence.ends(1).map(\.serial) == [2])
            await rig.gateway.publish(rig.snapshot)
            _ = try await rig.send()
            gate.open()
            _ = try await offload { socket.receiveAnswer() }
            socket.close()
            #expect(try await rig.evidence.ends(2).map(\.serial) == [2, 1])
            #expect(rig.evidence.records.count == 4)
        }
    }

    @Test("a request whose body came after its watch had gone is told none the less")
    func lastOne() async throws {
        // On a busy machine the test itself may be long in sending the rest.
        try await EvidenceRig.with(
            configure: { $0.server.limits.bodyGrace = .seconds(300) },
            canary: Self.fine
        ) { (rig: EvidenceRig) async throws -> Void in
            let port = rig.port
            let text = Wire.request(Wire.chat, EvidenceRig.onCanary)
            let socket = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(String(text.prefix(text.count - 10)))
                return socket
            }
            #expect(try await eventually { rig.gateway.gauges.inFlight == 1 })
            await rig.gateway.publish(rig.snapshot)
            var ticks = -1
            let isStill = try await eventually(every: .milliseconds(300)) {
                defer { ticks = rig.evidence.ticks }
                return rig.evidence.ticks == ticks
            }
            #expect(isStill)
            let answer = try await offload {
                defer { socket.close() }
                socket.send(String(text.suffix(10)))
                return socket.receiveAnswer()
            }
            #expect(answer.status == 200)
            #expect(try await rig.evidence.ends(1).map(\.serial) == [1])
        }
    }

    @Test("seconds are closed also where nothing happens")
    func quiet() async throws {
        try await EvidenceRig.with(canary: Self.fine) { (rig: EvidenceRig) async throws -> Void in
            try await rig.evidence.settle()
            let before = rig.evidence.openSince
            #expect(before >= Records.start.nanoseconds / 1_000_000_000)
            #expect(try await eventually { rig.evidence.openSince > before })
            #expect(rig.evidence.records.isEmpty)
        }
    }

    @Test("the first request of a unit that was moved to the canary is marked, the next are not")
    func switched() async throws {
        let low: (inout Snapshot) -> Void = { $0.versions[1].release.buckets = BucketRanges([0..<1]) }
        try await EvidenceRig.with(change: low, canary: Self.fine) { (rig: EvidenceRig) async throws -> Void in
            #expect(try await rig.send()["x-sluice-version"] == "v1")
            var raised = rig.snapshot
            raised.epoch += 1
            raised.versions[1].release.buckets = BucketRanges([0..<5_000])
            await rig.gateway.publish(raised, watches: [try WatchLimits().watch(serial: 2)])
            for _ in 0..<2 { #expect(try await rig.send()["x-sluice-version"] == "v2") }
            let other = (2...100).lazy.map { "user-\($0)" }.first { EvidenceRig.digest($0).bucket < 5_000 }
            _ = try await rig.send("X-Sluice-Unit: \(try #require(other))\r\n")
            try await rig.evidence.settle()
            #expect(rig.evidence.assignments.map(\.isSwitch) == [false, true, false, false])
            #expect(rig.evidence.ends.map(\.isSwitch) == [false, true, false, false])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceRelease
import SluiceTestKit
import Testing

@Suite("Hedging", .serialized)
struct HedgeTests {
    private static let settings = VersionSettings(retry: RetryPolicy(maxRetries: 0), hedgeAfter: .milliseconds(60))
    private static let late = #"{"model":"chat","messages":[{"role":"user","content":"late"}]}"#
    private static let lateStream =
        #"{"model":"chat","stream":true,"messages":[{"role":"user","content":"late"}]}"#

    /// Answers at once what is not late, and keeps silent on what is until its connection ends.
    private static let silentWhenLate: ScriptedUpstream.Script = { request, socket in
        if request.text.contains("late") { return socket.receive()?.isEmpty == false }
        return socket.send(Wire.answer(Wire.completion))
    }

    /// First tries of which a number of hedges is earned.
    private static func earn(_ rig: Rig, _ hedges: Int = 1) async throws {
        for _ in 0..<(hedges * 20 - 1) { #expect(try await rig.chat().status == 200) }
    }

    @Test(
        "a request whose first byte is late is sent to the next target too, whose answer serves",
        arguments: [false, true]
    )
    func secondWins(isStream: Bool) async throws {
        try await Rig.withTwo(Self.settings, first: Self.silentWhenLate, second: FailoverTests.fine) {
            (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await Self.earn(rig)
            let answer = isStream ? try await rig.stream(Self.lateStream) : try await rig.chat(Self.late)
            #expect(answer.status == 200 && answer.isWhole)
            #expect(answer.text == (isStream ? Wire.passed : Wire.completion))
            #expect(answer["x-sluice-provider"] == "second" && answer["x-sluice-attempts"] == "2")
            #expect(second.requests.count == 1 && rig.upstream.requests.count == 20)
            #expect(second.requests[0]["authorization"] == "Bearer second-secret")
            // The loser is cancelled, not left to run.
            #expect(try await eventually { rig.upstream.endedConnections == rig.upstream.connections })
            let outcome = try #require(rig.sink.outcomes.last)
            #expect(outcome.ending == .complete && outcome.errorClass == nil)
            #expect(outcome.attempts.map(\.number) == [1, 2])
            #expect(outcome.attempts.map(\.purpose) == [.primary, .hedge])
            #expect(outcome.attempts.map(\.errorClass) == [.superseded, nil])
            #expect(outcome.attempts[0].cost == .unknown && outcome.attempts[1].usage != nil)
            #expect(rig.sink.opened.suffix(2).map(\.number) == [1, 2])
            #expect(rig.sink.opened.last?.purpose == .hedge)
            let judged = try #require(outcome.judgedAttempt)
            #expect(judged.number == 2 && judged.duration > outcome.attempts[1].duration)
        }
    }

    @Test("where the first answers before the second, it serves, and the second is cancelled and on record")
    func firstWins() async throws {
        let gate = Gate()
        try await Rig.withTwo(
            Self.settings,
            first: { request, socket in
                if request.text.contains("late") { gate.pass() }
                return socket.send(Wire.answer(Wire.completion))
            },
            second: { _, socket in
                gate.open()
                return socket.receive()?.isEmpty == false
            }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await Self.earn(rig)
            let answer = try await rig.chat(Self.late)
            #expect(answer.status == 200 && answer["x-sluice-provider"] == "main")
            #expect(answer["x-sluice-attempts"] == "2" && answer["x-sluice-cost-usd"] == nil)
            #expect(answer["x-sluice-cost-state"] == "unknown")
            #expect(try await eventually { second.endedConnections == 1 })
            let outcome = try #require(rig.sink.outcomes.last)
            // What served stands last.
            #expect(outcome.attempts.map(\.number) == [2, 1])
            #expect(outcome.attempts.map(\.purpose) == [.hedge, .primary])
            #expect(outcome.attempts.map(\.errorClass) == [.superseded, nil])
            #expect(outcome.attempts.allSatisfy { $0.duration > 0 } && outcome.attempts[0].cost == .unknown)
            #expect(outcome.judgedAttempt?.number == 1)
        }
    }

    @Test("a version with one target sends to it again")
    func sameTarget() async throws {
        let calls = Counter()
        try await Rig.with(
            Self.settings,
            script: { request, socket in
                if request.text.contains("late"), calls.next() == 0 { return socket.receive()?.isEmpty == false }
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: Rig) async throws -> Void in
            try await Self.earn(rig)
            #expect(try await rig.chat(Self.late).status == 200)
            #expect(rig.sink.outcomes.last?.attempts.map(\.errorClass) == [.superseded, nil])
        }
    }

    @Test("a first attempt that fails meanwhile leaves the answer to the second, and is what counts for its version")
    func firstFails() async throws {
        let (asked, failed) = (Gate(), Gate())
        try await Rig.withTwo(
            Self.settings,
            first: { request, socket in
                guard request.text.contains("late") else { return socket.send(Wire.answer(Wire.completion)) }
                asked.pass()
                socket.send(Wire.answer("{}", status: "503 Busy"))
                failed.open()
                return true
            },
            second: { _, socket in
                asked.open()
                failed.pass()
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await Self.earn(rig)
            #expect(try await rig.chat(Self.late).status == 200)
            let outcome = try #require(rig.sink.outcomes.last)
            let classes = Dictionary(uniqueKeysWithValues: outcome.attempts.map { ($0.number, $0.errorClass) })
            // Which of the two came first is for the machine to say.
            #expect(classes[1] == .upstreamError || classes[1] == .superseded)
            #expect(classes[2] == .some(nil) && outcome.attempts.last?.number == 2 && second.requests.count == 1)
        }
    }

    @Test("where both fail the request goes on as any other, with all on record")
    func bothFail() async throws {
        let calls = Counter()
        let settings = VersionSettings(
            retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)),
            hedgeAfter: .milliseconds(60)
        )
        let (asked, failed) = (Gate(), Gate())
        try await Rig.withTwo(
            settings,
            first: { request, socket in
                guard request.text.contains("late"), calls.next() == 0 else {
                    return socket.send(Wire.answer(Wire.completion))
                }
                failed.pass()
                return socket.send(Wire.answer("{}", status: "500 Oops"))
            },
            second: { _, socket in
                asked.open()
                socket.send(Wire.answer("{}", status: "503 Busy"))
                failed.open()
                return true
            }
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            try await Self.earn(rig)
            let answer = try await rig.chat(Self.late)
            #expect(answer.status == 200 && answer["x-sluice-attempts"] == "3")
            let attempts = try #require(rig.sink.outcomes.last?.attempts)
            #expect(Set(attempts.map(\.number)) == [1, 2, 3] && attempts.last?.purpose == .retry)
            #expect(attempts.filter { $0.hasFailed }.count == 2 && attempts.last?.errorClass == nil)
        }
    }

    @Test("never once a head has come, and never before a twentieth is earned")
    func whenNot() async throws {
        let gate = Gate()
        let calls = Counter()
        let body = Wire.completion
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try await Rig.withTwo(
            Self.settings,
            first: { request, socket in
                guard request.text.contains("late") else { return socket.send(Wire.answer(body)) }
                guard calls.next() == 0 else { return socket.receive()?.isEmpty == false }
                socket.send(head)
                gate.pass()
                return socket.send(body)
            },
            second: FailoverTests.fine
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await Self.earn(rig, 2)
            async let answer = rig.chat(Self.late)
            #expect(try await eventually { rig.upstream.requests.count == 40 })
            // One that came later and is as late gets its hedge; this one does not, since its head is there.
            #expect(try await rig.chat(Self.late).status == 200)
            #expect(second.requests.count == 1)
            gate.open()
            #expect(try await answer.text == body)
            #expect(second.requests.count == 1)
        }
        try await Rig.withTwo(
            VersionSettings(
                retry: RetryPolicy(maxRetries: 0),
                timeouts: Timeouts(total: .milliseconds(300)),
                hedgeAfter: .milliseconds(10)
            ),
            first: { _, socket in socket.receive()?.isEmpty == false },
            second: FailoverTests.fine
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            for _ in 0..<3 { #expect(try await rig.chat(Self.late).status == 504) }
            #expect(rig.sink.outcomes.allSatisfy { $0.attempts.count == 1 } && second.requests.isEmpty)
        }
    }

    @Test("a caller who leaves takes both attempts with him")
    func callerLeaves() async throws {
        let asked = Gate()
        try await Rig.withTwo(
            Self.settings,
            first: Self.silentWhenLate,
            second: { _, socket in
                asked.open()
                return socket.receive()?.isEmpty == false
            }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await Self.earn(rig)
            let port = rig.port
            try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Self.late))
                asked.pass()
                socket.close()
            }
            #expect(try await eventually { rig.sink.outcomes.count == 20 })
            #expect(try await eventually { second.endedConnections == 1 })
            #expect(try await eventually { rig.upstream.endedConnections == rig.upstream.connections })
            let outcome = try #require(rig.sink.outcomes.last)
            #expect(outcome.ending == .callerGone && outcome.attempts.count == 2)
            #expect(outcome.attempts.allSatisfy { $0.errorClass == .callerGone || $0.errorClass == .superseded })
        }
    }

    @Test("a rollout's evidence has the request once, with the time its caller waited")
    func evidence() async throws {
        let calls = Counter()
        try await EvidenceRig.with(
            Self.settings,
            canary: { request, socket in
                if request.text.contains("late"), calls.next() == 0 { return socket.receive()?.isEmpty == false }
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<19 { #expect(try await rig.send().status == 200) }
            let port = rig.port
            let answer = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(Wire.request(Self.late, EvidenceRig.onCanary))
                return socket.receiveAnswer()
            }
            #expect(answer.status == 200 && answer["x-sluice-attempts"] == "2")
            let ends = try await rig.evidence.ends(20)
            try await rig.evidence.settle()
            #expect(ends.count == 20 && rig.evidence.ends.count == 20 && rig.evidence.assignments.count == 20)
            let last = try #require(ends.last)
            #expect(last.events == 0 && (last.latency ?? 0) >= 60)
        }
    }
}

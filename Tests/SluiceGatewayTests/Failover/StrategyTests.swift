// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceGateway

/// A strategy of the test's own: the first target serves, and the last one gets a copy that nobody waits for.
@Sendable private func mirrored(
    _ assigned: AssignedRequest,
    _ first: UpstreamAttempt,
    for caller: CallerListener
) async throws(Refusal) -> CallAnswer {
    if let target = assigned.order.last, let request = assigned.prepared(for: target) {
        let copy = UpstreamAttempt(
            at: target,
            sending: request,
            within: assigned.limit,
            holding: TargetSlots(on: assigned.loop),
            Transcript(of: assigned.call, on: assigned.loop)
        )
        copy.transcript.outcome.route = assigned.assignment.route.id
        assigned.loop.inBackground(copy) { copy in
            switch await copy.run(as: .mirror, for: NoListener()) {
            case .reply(.whole(let answer)): copy.settle(nil, usage: answer.usage)
            case .reply(.stream): copy.settle(.malformed)
            case .failed(let failure): copy.settle(failure)
            }
            copy.closeConnection()
            copy.transcript.record(.complete, status: 0)
        }
    }
    caller.follow(first)
    caller.watch()
    let tried = await once(first, as: .primary, for: caller)
    guard case .reply(let reply) = tried.result else {
        return try await sequential(after: tried, assigned, for: caller)
    }
    return CallAnswer(reply, of: tried.attempt, to: assigned)
}

/// Listens to one attempt, and lets its provider answer once it has heard of the silence.
private final class Ear: Listener {
    private(set) var silentAfter: UInt64
    private(set) var heard = 0
    private(set) var waited: UInt64 = 0
    private let gate: Gate

    init(from moment: UInt64, _ gate: Gate) {
        silentAfter = moment
        self.gate = gate
    }

    func silence() async throws(UpstreamFailure) {
        heard += 1
        silentAfter = .max
        gate.open()
    }

    func firstContent() { heard += 10 }
    func waited(_ nanoseconds: UInt64) { waited += nanoseconds }
}

private typealias Strategy =
    @Sendable (AssignedRequest, UpstreamAttempt, CallerListener) async throws(Refusal) -> CallAnswer

/// The stages of a call in their order, with a strategy.
private func serve(_ client: ClientConnection, on loop: GatewayLoop, by strategy: Strategy) async {
    guard let head = try? await client.nextRequest(), let snapshot = loop.snapshot else { return }
    let call = Call(head, at: client.startedAt, on: loop)
    let transcript = Transcript(of: call, on: loop)
    let caller = CallerListener(client, call, transcript)
    defer { caller.close() }
    do throws(Refusal) {
        var lastKey = LastKey()
        let key = try authenticate(call, snapshot, &lastKey, transcript)
        var permit = try Permit(for: key, on: loop)
        let request = try await read(.chatCompletions, of: call, from: client, &permit, copies: 2, transcript)
        let assignment = try assign(request, of: call, by: key, in: snapshot, transcript)
        let first = try FirstTarget(for: request, of: call, assignment, transcript)
        let assigned = AssignedRequest(request, of: call, assignment, first, transcript)
        await pass(try await strategy(assigned, first.attempt, caller), to: caller)
        permit.end()
    } catch {
        await refuse(error, to: caller)
    }
}

@Suite("A strategy beside those that there are", .serialized)
struct StrategyTests {
    /// Runs a strategy before two providers, `main` and `second`.
    private static func with(
        _ strategy: @escaping Strategy = mirrored,
        first: @escaping ScriptedUpstream.Script,
        second: @escaping ScriptedUpstream.Script,
        _ body: (LoopRig, _ port: Int, _ copies: ScriptedUpstream) async throws -> Void
    ) async throws {
        let (main, other) = (try ScriptedUpstream(first), try ScriptedUpstream(second))
        let rig = LoopRig()
        var settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        settings.targets = [TargetSetting(provider: Records.id("second"))]
        var snapshot = try Rig.snapshot(upstream: main.port, settings)
        let address = try ProviderAddress(validating: "http://127.0.0.1:\(other.port)/v1")
        snapshot.providers.append(Provider(id: Records.id("second"), dialect: .openai, address: address))
        await rig.publish(snapshot)
        let loop = rig.loop
        let server = try await HTTPServer.start(.init(), on: rig.group, logger: Logger(label: "test")) { client, _ in
            await serve(client, on: loop, by: strategy)
        }
        let result: Result<Void, any Error>
        do {
            try await body(rig, server.port, other)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server.stop()
        await loop.endBackground()
        await loop.close()
        await rig.stop()
        main.stop()
        other.stop()
        try result.get()
    }

    private static func chat(_ port: Int) async throws -> RawAnswer {
        try await offload {
            let socket = try RawSocket.connect(port: port)
            defer { socket.close() }
            socket.send(Wire.request(Wire.chat))
            return socket.receiveAnswer()
        }
    }

    @Test("the caller has his answer while the copy is still out, which is counted and gets its own record")
    func copy() async throws {
        let gate = Gate()
        try await Self.with(
            first: { _, socket in socket.send(Wire.answer(Wire.completion)) },
            second: { _, socket in
                gate.pass()
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: LoopRig, port: Int, copies: ScriptedUpstream) async throws -> Void in
            let answer = try await Self.chat(port)
            #expect(answer.status == 200 && answer.text == Wire.completion && answer["x-sluice-provider"] == "main")
            #expect(answer["x-sluice-attempts"] == "1")
            #expect(rig.sink.outcomes.map { $0.attempts.map(\.purpose) } == [[.primary]])
            #expect(await rig.loop.countBackground() == 1)
            gate.open()
            #expect(try await eventually { rig.sink.outcomes.count == 2 })
            let copy = try #require(rig.sink.outcomes.last?.attempts.first)
            #expect(copy.purpose == .mirror && copy.errorClass == nil && copy.provider.rawValue == "second")
            #expect(copy.usage == Usage(freshInput: 10, output: 5) && copies.requests.count == 1)
            #expect(copies.requests[0].text.contains("gpt-upstream"))
            #expect(await rig.loop.countBackground() == 0)
        }
    }

    @Test("a copy that fails is nobody's business but its record's, and a first attempt that fails goes on as ever")
    func failures() async throws {
        let calls = Counter()
        try await Self.with(
            first: { _, socket in
                calls.next() == 0
                    ? socket.send(Wire.answer("{}", status: "503 Busy")) : socket.send(Wire.answer(Wire.completion))
            },
            second: { _, socket in socket.send(Wire.answer("{}", status: "500 Oops")) }
        ) { (rig: LoopRig, port: Int, _: ScriptedUpstream) async throws -> Void in
            let answer = try await Self.chat(port)
            #expect(answer.status == 200 && answer["x-sluice-provider"] == "main")
            #expect(try await eventually { rig.sink.outcomes.count == 2 })
            let copy = try #require(rig.sink.outcomes.first { $0.attempts[0].purpose == .mirror })
            #expect(copy.attempts.map(\.errorClass) == [.upstreamError])
            let served = try #require(rig.sink.outcomes.first { $0.attempts[0].purpose == .primary })
            #expect(served.attempts.last?.errorClass == nil && served.attempts.first?.errorClass == .upstreamError)
        }
    }

    @Test("whoever listens to an attempt hears of its silence, of its first content and how long it has waited")
    func listening() async throws {
        let gate = Gate()
        let heard = Mutex<[Int]>([])
        try await Self.with(
            { (assigned, first, caller) async throws(Refusal) -> CallAnswer in
                let ear = Ear(from: first.now &+ 50_000_000, gate)
                let began = first.now
                let result = await first.run(as: .primary, for: ear)
                guard case .reply(.stream(let answer)) = result else { throw Refusal(.upstreamEmpty, "no stream") }
                first.note(answer, ear)
                first.note(answer, ear)
                let isPlausible = ear.waited >= 50_000_000 && ear.waited <= first.now &- began
                heard.withLock { $0 = [ear.heard, isPlausible ? 1 : 0, Int(assigned.transcript.waitedForProvider)] }
                return CallAnswer(.stream(answer), of: first, to: assigned)
            },
            first: { _, socket in
                gate.pass()
                return socket.send(Wire.stream)
            },
            second: { _, _ in false }
        ) { (rig: LoopRig, port: Int, _: ScriptedUpstream) async throws -> Void in
            let answer = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(Wire.request(Wire.streamingChat, "Connection: close\r\n"))
                return RawAnswer(socket.receiveAll())
            }
            #expect(answer.text == Wire.passed && heard.withLock { $0 } == [11, 1, 0])
            #expect(rig.sink.outcomes.map { $0.attempts.map(\.errorClass) } == [[nil]])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("The limit for draining")
struct StopTests {
    /// Sends a request, waits until the provider has it, drains with a limit that is reached, and returns what came.
    private static func cut(
        _ request: String,
        hasBegun: @escaping @Sendable ([UInt8]) -> Bool = { _ in true },
        script: @escaping ScriptedUpstream.Script,
        _ body: (RawAnswer, Rig) throws -> Void
    ) async throws {
        try await Rig.with(script: script) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let (socket, begun) = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(request)
                return (socket, hasBegun([]) ? [] : socket.receive(until: hasBegun))
            }
            #expect(try await eventually { rig.gateway.gauges.inFlight == 1 })
            async let rest = offload { socket.receiveAll() }
            #expect(await rig.gateway.drain(within: .milliseconds(50)) == false)
            try body(RawAnswer(begun + (await rest)), rig)
            socket.close()
        }
    }

    private static let silent: ScriptedUpstream.Script = { _, socket in socket.receive()?.isEmpty == false }

    @Test("a stream gets an error event and no clean end, and the ledger blames the relay, not the caller")
    func stream() async throws {
        try await Self.cut(
            Wire.request(Wire.streamingChat),
            hasBegun: { String(decoding: $0, as: UTF8.self).contains("content") },
            script: { _, socket in
                socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n"))
                return socket.receive()?.isEmpty == false
            }
        ) { answer, rig in
            #expect(answer.status == 200 && !answer.isWhole && !answer.text.contains("[DONE]"))
            #expect(answer.text.contains(#""code":"draining""#) && answer.text.hasPrefix(Wire.events[0]))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(rig.sink.outcomes.count == 1 && outcome.ending == .cut && outcome.errorClass == .relayStopped)
            #expect(outcome.attempts.map(\.errorClass) == [.relayStopped])
            #expect(outcome.attempts[0].usage?.isEstimated == true)
        }
    }

    @Test("a whole answer that has not begun is a 503 that says why", arguments: [Wire.chat, Wire.streamingChat])
    func whole(body: String) async throws {
        try await Self.cut(Wire.request(body), script: Self.silent) { answer, rig in
            #expect(answer.status == 503 && answer.isWhole && answer.text.contains(#""code":"draining""#))
            #expect(answer["connection"] == "close" && answer["retry-after"] == "1")
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(rig.sink.outcomes.count == 1 && outcome.errorClass == .relayStopped && outcome.status == 503)
            #expect(outcome.attempts.map(\.errorClass) == [.relayStopped] || outcome.attempts.isEmpty)
        }
    }

    /// Begins a stream whose provider goes on when its caller has left, lets the caller leave, and runs the test.
    private static func leave(
        _ gate: Gate,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(
            change: { $0.providers[0].whenCallerLeaves = .drain },
            script: { _, socket in
                socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n"))
                gate.pass()
                let rest = Wire.chunk(Wire.events[2] + "\n\n") + Wire.chunk(Wire.usageEvent + "\n\n")
                return socket.send(rest + Wire.chunk(Wire.done) + "0\r\n\r\n")
            }
        ) { (rig: Rig) async throws -> Void in
            let port = rig.port
            try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Wire.streamingChat))
                _ = socket.receive { String(decoding: $0, as: UTF8.self).contains("role") }
                socket.reset()
            }
            #expect(try await eventually { rig.gateway.gauges.connections == 0 })
            #expect(rig.sink.outcomes.isEmpty)
            try await body(rig)
        }
    }

    @Test("a stream that is read on without its caller is waited for, and billed in full")
    func readOn() async throws {
        let gate = Gate()
        try await Self.leave(gate) { (rig: Rig) async throws -> Void in
            let port = rig.port
            async let isClean = rig.gateway.drain(within: .seconds(60))
            // Once no connection is accepted the drain has begun.
            #expect(
                try await eventually { (try? await offload { try RawSocket.connect(port: port).close() }) == nil }
            )
            #expect(rig.sink.outcomes.isEmpty)
            gate.open()
            #expect(await isClean)
            #expect(rig.sink.outcomes.map(\.ending) == [.callerGone])
            #expect(rig.sink.outcomes[0].attempts.map(\.usage) == [Usage(freshInput: 10, output: 5)])
        }
    }

    @Test("a stream that is still read on at the limit is on record before the end, with what was seen")
    func cutReadOn() async throws {
        let gate = Gate()
        try await Self.leave(gate) { (rig: Rig) async throws -> Void in
            #expect(await rig.gateway.drain(within: .milliseconds(50)) == false)
            #expect(rig.sink.outcomes.map(\.ending) == [.callerGone])
            #expect(rig.sink.outcomes[0].attempts.map(\.usage?.isEstimated) == [true])
            gate.open()
        }
    }

    @Test("a caller who is still sending gets a 503 too")
    func sending() async throws {
        let request = Wire.request(Wire.chat).dropLast(3)
        try await Self.cut(String(request), script: Self.silent) { answer, rig in
            #expect(answer.status == 503 && answer.text.contains(#""code":"draining""#))
            #expect(rig.sink.outcomes.map(\.status) == [503] && rig.upstream.requests.isEmpty)
        }
    }
}

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

    @Test("a caller who is still sending gets a 503 too")
    func sending() async throws {
        let request = Wire.request(Wire.chat).dropLast(3)
        try await Self.cut(String(request), script: Self.silent) { answer, rig in
            #expect(answer.status == 503 && answer.text.contains(#""code":"draining""#))
            #expect(rig.sink.outcomes.map(\.status) == [503] && rig.upstream.requests.isEmpty)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("Streams under another name")
struct MislabelledTests {
    static func head(_ type: String?) -> String {
        "HTTP/1.1 200 OK\r\n" + (type.map { "Content-Type: \($0)\r\n" } ?? "") + "Transfer-Encoding: chunked\r\n\r\n"
    }

    static let events = (Wire.events + [Wire.usageEvent]).map { $0 + "\n\n" }.joined() + Wire.done

    @Test(
        "an event stream is told by its first bytes",
        arguments: ["application/json", "text/plain; charset=utf-8", "application/octet-stream", nil],
        [1, 3, 4_096]
    )
    func recognised(type: String?, size: Int) async throws {
        let letters = Array(Self.events)
        let chunks = stride(from: 0, to: letters.count, by: size).map {
            Wire.chunk(String(letters[$0..<min($0 + size, letters.count)]))
        }
        try await Rig.with(script: { _, socket in
            socket.send(Self.head(type))
            for chunk in chunks { socket.send(chunk) }
            return socket.send("0\r\n\r\n")
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.status == 200 && answer.isWhole && answer.text == Wire.passed)
            #expect(
                answer.headers.filter { $0.name == "content-type" }.map(\.value) == ["text/event-stream; charset=utf-8"]
            )
            #expect(rig.sink.outcomes[0].attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test(
        "one that nobody asked for passes as the stream it is, and is counted",
        arguments: ["text/event-stream", "application/json"]
    )
    func unasked(type: String) async throws {
        try await Rig.with(script: { _, socket in
            socket.send(Self.head(type) + Wire.chunk(Self.events) + "0\r\n\r\n")
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.text == Self.events && rig.upstream.requests.count == 1)
            #expect(rig.sink.outcomes[0].attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("a whole answer in the place of a stream passes as what it is, and is counted")
    func whole() async throws {
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(Wire.completion)) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.streamingChat)
            #expect(
                answer.status == 200 && answer.text == Wire.completion && answer["content-type"] == "application/json"
            )
            #expect(rig.sink.outcomes[0].attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("a caller who leaves at the finish is billed what the provider counted a moment later")
    func leavesAtFinish() async throws {
        let gate = Gate()
        try await Rig.with(script: { _, socket in
            socket.send(Wire.streamHead + Wire.events.map { Wire.chunk($0 + "\n\n") }.joined())
            gate.pass()
            return socket.send(Wire.chunk(Wire.usageEvent + "\n\n") + Wire.chunk(Wire.done) + "0\r\n\r\n")
        }) { (rig: Rig) async throws -> Void in
            let port = rig.port
            try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Wire.streamingChat))
                _ = socket.receive { String(decoding: $0, as: UTF8.self).contains("stop") }
                socket.reset()
            }
            #expect(try await eventually { rig.gateway.gauges.connections == 0 })
            gate.open()
            #expect(try await eventually { rig.sink.outcomes.count == 1 })
            #expect(rig.sink.outcomes[0].ending == .callerGone)
            #expect(rig.sink.outcomes[0].attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("a provider that says nothing more after the finish is left within seconds")
    func silentAfterFinish() async throws {
        try await Rig.with(script: { _, socket in
            socket.send(Wire.streamHead + Wire.events.map { Wire.chunk($0 + "\n\n") }.joined())
            return socket.receive()?.isEmpty == false
        }) { (rig: Rig) async throws -> Void in
            let port = rig.port
            try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Wire.streamingChat))
                _ = socket.receive { String(decoding: $0, as: UTF8.self).contains("stop") }
                socket.reset()
            }
            #expect(try await eventually(within: .seconds(10)) { rig.sink.outcomes.map(\.ending) == [.callerGone] })
            #expect(rig.sink.outcomes[0].attempts[0].usage?.isEstimated == true)
        }
    }

    @Test("a 429 that says when is no reason for the caller's library to give up", arguments: [true, false])
    func advice(inField: Bool) async throws {
        let body = #"{"error":{"message":"Please try again in 1.2s.","code":"rate_limit_exceeded"}}"#
        let field = inField ? "Retry-After-Ms: 1\r\n" : ""
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: inField ? 2 : 0, backoff: .milliseconds(1)))
        try await Rig.with(
            settings,
            script: { _, socket in socket.send(Wire.answer(inField ? "{}" : body, status: "429 Slow", field)) }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 429 && answer["x-should-retry"] == nil)
            #expect(rig.upstream.requests.count == (inField ? 3 : 1))
            #expect(answer["retry-after"] == (inField ? nil : "2") && answer["retry-after-ms"] == (inField ? "1" : nil))
        }
    }
}

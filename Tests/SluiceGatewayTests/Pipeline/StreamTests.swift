// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceTestKit
import Testing

@Suite("Streams")
struct StreamTests {
    @Test("events pass byte for byte, the usage chunk that nobody asked for stays behind, and [DONE] comes last")
    func passes() async throws {
        try await Rig.with(script: { _, socket in socket.send(Wire.stream) }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.status == 200 && answer.isWhole && answer.text == Wire.passed)
            #expect(answer["content-type"] == "text/event-stream; charset=utf-8")
            #expect(answer["cache-control"] == "no-cache" && answer["x-accel-buffering"] == "no")
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(rig.sink.outcomes.count == 1 && outcome.isStream && outcome.ending == .complete)
            #expect(outcome.firstToken != nil)
            let attempt = try #require(outcome.attempts.first)
            #expect(attempt.usage == Usage(freshInput: 10, output: 5) && attempt.cost == .known(NanoUSD(60_000)))
            let seen = try #require(rig.upstream.requests.first)
            #expect(seen.text.contains(#""include_usage":true"#) && seen["accept"] == "text/event-stream")
        }
    }

    @Test("the stream is the same however the provider's bytes are split", arguments: [1, 7, 64])
    func splits(size: Int) async throws {
        let bytes = Array(Wire.stream.utf8)
        try await Rig.with(script: { _, socket in
            var rest = bytes[...]
            while !rest.isEmpty {
                socket.send(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            return true
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.isWhole && answer.text == Wire.passed)
        }
    }

    @Test("a stream cut at any byte never ends cleanly")
    func cuts() async throws {
        let bytes = Array(Wire.stream.utf8)
        let end = bytes.count - Array("\r\n0\r\n\r\n".utf8).count - 2
        let calls = Counter()
        try await Rig.with(script: { _, socket in
            socket.send(bytes.prefix(calls.next()))
            return false
        }) { (rig: Rig) async throws -> Void in
            for cut in 0..<end {
                let answer = try await rig.stream()
                #expect(answer.text.contains("[DONE]") == false, "cut after \(cut)")
                if answer.status == 200 {
                    #expect(!answer.isWhole && answer.text.contains(#""error""#), "cut after \(cut)")
                } else {
                    #expect(answer.status == 502 && answer.isWhole, "cut after \(cut)")
                }
            }
            let outcomes = rig.sink.outcomes
            #expect(outcomes.count == end && rig.sink.opened.count == end)
            #expect(outcomes.allSatisfy { $0.errorClass != nil && $0.attempts.count == 1 })
            #expect(outcomes.allSatisfy { $0.ending == ($0.status == 200 ? .cut : .refused) })
        }
    }

    @Test("a provider that falls silent in the middle is cut off with an error event and no [DONE]")
    func stall() async throws {
        let settings = VersionSettings(
            retry: RetryPolicy(maxRetries: 2),
            timeouts: Timeouts(stall: .milliseconds(150))
        )
        try await Rig.with(
            settings,
            script: { _, socket in
                socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n"))
                return socket.receive()?.isEmpty == false
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(!answer.isWhole && answer.text.hasPrefix(Wire.events[0]) && !answer.text.contains("[DONE]"))
            #expect(answer.text.contains("upstream_timeout"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .cut && outcome.errorClass == .timeout && outcome.status == 200)
            #expect(outcome.attempts.count == 1 && outcome.attempts[0].usage?.isEstimated == true)
            #expect(rig.upstream.requests.count == 1)
        }
    }

    @Test("an error in the middle of a stream passes, and the stream does not end cleanly")
    func errorInStream() async throws {
        let error = #"data: {"error":{"message":"overloaded","type":"server_error","code":503}}"# + "\n\n"
        let script = Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n")
        let text = script + Wire.chunk(error) + Wire.chunk(Wire.done) + "0\r\n\r\n"
        try await Rig.with(script: { _, socket in socket.send(text) }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(!answer.isWhole && answer.text.hasSuffix(error))
            #expect(rig.sink.outcomes.map(\.ending) == [.cut])
        }
    }

    @Test("an error in the place of a stream is bettered by another attempt")
    func errorFirst() async throws {
        let calls = Counter()
        let error = #"data: {"error":{"message":"overloaded","type":"server_error","code":503}}"# + "\n\n"
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        try await Rig.with(
            settings,
            script: { _, socket in
                if calls.next() > 0 { return socket.send(Wire.stream) }
                return socket.send(Wire.streamHead + Wire.chunk(error) + "0\r\n\r\n")
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.isWhole && answer.text == Wire.passed && answer["x-sluice-attempts"] == "2")
            #expect(rig.sink.outcomes.first?.attempts.count == 2)
        }
    }

    @Test("a caller who leaves stops the provider within a second, and what was seen is billed")
    func callerLeaves() async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 2))
        try await Rig.with(
            settings,
            script: { _, socket in
                socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n"))
                return socket.receive()?.isEmpty == false
            }
        ) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let clock = ContinuousClock()
            try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Wire.streamingChat))
                _ = socket.receive { String(decoding: $0, as: UTF8.self).contains(Wire.events[1]) }
                socket.close()
            }
            let left = clock.now
            #expect(try await eventually { rig.upstream.endedConnections == 1 })
            // Without the cancel the connection would stay until the stall limit of 60 s.
            #expect(clock.now - left < .seconds(10))
            #expect(try await eventually { rig.sink.outcomes.count == 1 })
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .callerGone && outcome.errorClass == .callerGone)
            let attempt = try #require(outcome.attempts.first)
            #expect(attempt.errorClass == .callerGone && attempt.usage?.isEstimated == true)
            #expect(attempt.cost.known != nil)
            #expect(try await eventually { rig.gateway.gauges.inFlight == 0 })
        }
    }

    @Test("a caller who leaves before the answer stops the provider too")
    func callerLeavesEarly() async throws {
        try await Rig.with(script: { _, socket in socket.receive()?.isEmpty == false }) {
            (rig: Rig) async throws -> Void in
            let port = rig.port
            let socket = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Wire.chat))
                return socket
            }
            #expect(try await eventually { rig.upstream.requests.count == 1 })
            socket.close()
            #expect(try await eventually(within: .seconds(10)) { rig.upstream.endedConnections == 1 })
            #expect(try await eventually { rig.sink.outcomes.map(\.ending) == [.callerGone] })
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.callerGone])
            #expect(rig.sink.outcomes[0].status == 0)
        }
    }

    @Test("where the provider says so, a stream is read on without its caller to learn what it cost")
    func drains() async throws {
        let gate = Gate()
        try await Rig.with(
            change: { $0.providers[0].whenCallerLeaves = .drain },
            script: { _, socket in
                socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n"))
                // The rest comes when the caller has gone.
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
            gate.open()
            #expect(try await eventually { rig.sink.outcomes.count == 1 })
            let attempt = try #require(rig.sink.outcomes[0].attempts.first)
            #expect(attempt.usage == Usage(freshInput: 10, output: 5))
        }
    }
}

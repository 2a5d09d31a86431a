// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Limits in time")
struct TimeLimitTests {
    private static let once = RetryPolicy(maxRetries: 0)

    /// A stream that goes on until nobody takes it any more.
    private static let endless: ScriptedUpstream.Script = { _, socket in
        guard socket.send(Wire.streamHead) else { return false }
        while socket.send(Wire.chunk(Wire.events[1] + "\n\n")) { _ = Gate().passSoon() }
        return false
    }

    @Test("the whole of a stream is bounded only where somebody says so, a whole answer always")
    func total() {
        let standard = AttemptLimits(Timeouts())
        #expect(standard.total(isStream: false) == 600_000_000_000)
        #expect(standard.total(isStream: true) > 365 * 86_400 * 1_000_000_000)
        let set = AttemptLimits(Timeouts(total: .seconds(3)))
        #expect(set.total(isStream: true) == 3_000_000_000 && set.total(isStream: false) == 3_000_000_000)
    }

    @Test("a stream that goes on ends at the total that was set, or at its caller's own limit, and says so")
    func boundedStream() async throws {
        let total = VersionSettings(retry: Self.once, timeouts: Timeouts(total: .milliseconds(400)))
        for (settings, header) in [
            (total, ""), (VersionSettings(retry: Self.once), "X-Sluice-Timeout-Ms: 400\r\n"),
        ] {
            try await Rig.with(settings, script: Self.endless) { (rig: Rig) async throws -> Void in
                let answer = try await rig.stream(Wire.streamingChat, header)
                #expect(answer.status == 200 && !answer.isWhole && answer.text.hasPrefix(Wire.events[1]))
                #expect(answer.text.contains("upstream_timeout") && answer.text.contains("timeouts.total"))
                let outcome = try #require(rig.sink.outcomes.first)
                #expect(outcome.ending == .cut && outcome.errorClass == .timeout)
            }
        }
    }

    @Test("comments do not put off the limit for the first token, also once 64 KiB of them have passed")
    func commentsOnly() async throws {
        let settings = VersionSettings(retry: Self.once, timeouts: Timeouts(firstToken: .milliseconds(500)))
        let comment = Wire.chunk(": " + String(repeating: "c", count: 8_000) + "\n\n")
        try await Rig.with(
            settings,
            script: { _, socket in
                socket.send(Wire.streamHead + String(repeating: comment, count: 10))
                while socket.send(comment) { _ = Gate().passSoon() }
                return false
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.status == 200 && !answer.isWhole && answer.text.contains("upstream_timeout"))
            #expect(rig.sink.outcomes.map(\.errorClass) == [.timeout])
        }
    }

    @Test("a provider is held no longer than the total for a caller who does not read", arguments: [true, false])
    func slowCaller(isStream: Bool) async throws {
        let settings = VersionSettings(retry: Self.once, timeouts: Timeouts(total: .seconds(4)))
        let script: ScriptedUpstream.Script = { _, socket in
            let part = String(repeating: "x", count: 1 << 20)
            var isTaken = socket.send(
                isStream
                    ? Wire.streamHead
                    : "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99999999\r\n\r\n"
            )
            let event = Wire.chunk(#"data: {"choices":[{"index":0,"delta":{"content":""# + part + "\"}}]}\n\n")
            while isTaken { isTaken = socket.send(isStream ? event : part) }
            return false
        }
        try await Rig.with(settings, script: script) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let socket = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(isStream ? Wire.streamingChat : Wire.chat))
                return socket
            }
            #expect(try await eventually { rig.upstream.endedConnections == 1 && rig.sink.outcomes.count == 1 })
            // It is the caller who was slow: nothing of it speaks against the provider.
            #expect(rig.sink.outcomes[0].ending == .callerGone && rig.sink.outcomes[0].errorClass == .callerGone)
            socket.close()
        }
    }
}

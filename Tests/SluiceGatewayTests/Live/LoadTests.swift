// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Load")
struct LoadTests {
    @Test("a loop that lags refuses a growing share, never all, and recovers when it keeps up")
    func shedder() {
        var shedder = LoadShedder()
        for tick in 1...3 as ClosedRange<UInt64> {
            shedder.look(tick: tick, lag: 200, limit: 100)
            shedder.look(tick: tick, lag: 200, limit: 100)
        }
        #expect(shedder.share == 0)
        shedder.look(tick: 4, lag: 200, limit: 100)
        #expect(shedder.share == 100)
        for tick in 5...40 as ClosedRange<UInt64> { shedder.look(tick: tick, lag: 200, limit: 100) }
        #expect(shedder.share == LoadShedder.most)
        var random = SplitMix64(seed: 1)
        let refused = (0..<1_000).filter { _ in shedder.refuses(using: &random) }.count
        #expect((900...990).contains(refused))
        shedder.look(tick: 41, lag: 100, limit: 100)
        #expect(shedder.share == 925)
        shedder.look(tick: 200, lag: 0, limit: 100)
        #expect(shedder.share == 0)
        let isRefused = shedder.refuses(using: &random)
        #expect(!isRefused)
    }

    @Test("an overloaded relay answers 503 with retry-after, and probes still work")
    func sheds() async throws {
        try await Rig.with(
            configure: {
                $0.longestLag = .zero
                $0.leastBeforeShedding = 0
            },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) }
        ) { (rig: Rig) async throws -> Void in
            let isShed = try await eventually {
                let answer = try await rig.chat()
                return answer.status == 503 && answer["retry-after"] != nil && answer.text.contains("overloaded")
            }
            #expect(isShed)
            #expect(try await rig.exchange(Wire.get("/healthz", key: "")).status == 200)
            let refused = rig.sink.outcomes.filter { $0.status == 503 }
            #expect(refused.allSatisfy { $0.ending == .refused && $0.attempts.isEmpty })
        }
    }

    @Test("short of memory, one request at a time is served, and no connection taken where there is hardly any left")
    func pressure() async throws {
        let gate = Gate()
        try await Rig.with(script: { request, socket in
            if request.text.contains("wait") { gate.pass() }
            return socket.send(Wire.answer(Wire.completion))
        }) { (rig: Rig) async throws -> Void in
            await rig.gateway.setPressure(.high)
            #expect(try await rig.chat().status == 200)
            async let long = rig.chat(#"{"model":"chat","messages":[{"role":"user","content":"wait"}]}"#)
            #expect(try await eventually { rig.upstream.requests.count == 2 })
            let refused = try await rig.chat()
            #expect(refused.status == 503 && refused.text.contains("overloaded") && refused["retry-after"] != nil)
            for path in ["/healthz", "/readyz"] {
                #expect(try await rig.exchange(Wire.get(path, key: "")).status == 200)
            }
            gate.open()
            #expect(try await long.status == 200)

            let port = rig.port
            let kept = try await offload { try RawSocket.connect(port: port) }
            let probe = { () async throws -> Int in
                try await offload {
                    kept.send(Wire.get("/healthz", key: ""))
                    return kept.receiveAnswer().status
                }
            }
            #expect(try await probe() == 200)
            await rig.gateway.setPressure(.full)
            let sockets = try await offload { try (0..<12).map { _ in try RawSocket.connect(port: port) } }
            // The loop has looked at its listener before it answers; what it had been told to take it still may.
            for _ in 0..<3 { #expect(try await probe() == 200) }
            #expect(rig.gateway.gauges.connections <= 5)
            await rig.gateway.setPressure(.none)
            #expect(try await eventually { rig.gateway.gauges.connections == 13 })
            kept.close()
            for socket in sockets { socket.close() }
            #expect(try await rig.chat().status == 200)
        }
    }

    @Test("a version takes as many requests as it may; the route's fallback version takes the others")
    func concurrency() async throws {
        let gate = Gate()
        var settings = VersionSettings(retry: RetryPolicy(maxRetries: 0), maxConcurrency: 1)
        settings.targets = [TargetSetting(provider: Records.id("main"))]
        let limited = settings
        for hasFallback in [false, true] {
            try await Rig.withTwo(
                limited,
                change: { snapshot in
                    guard hasFallback else { return }
                    var spare = Rig.version("spare", state: .staging, weight: .none)
                    spare.provider = Records.id("second")
                    snapshot.versions.append(spare)
                    snapshot.routes[0].fallbacks = [Records.id("spare")]
                },
                first: { request, socket in
                    if request.text.contains("wait") { gate.pass() }
                    return socket.send(Wire.answer(Wire.completion))
                },
                second: FailoverTests.fine
            ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
                async let long = rig.chat(#"{"model":"chat","messages":[{"role":"user","content":"wait"}]}"#)
                #expect(try await eventually { rig.upstream.requests.count == 1 })
                let other = try await rig.chat()
                if hasFallback {
                    #expect(other.status == 200 && other["x-sluice-version"] == "spare")
                    #expect(second.requests.count == 1)
                } else {
                    #expect(other.status == 503 && other.text.contains("overloaded"))
                    #expect((1...3).contains(Int(other["retry-after"] ?? "") ?? 0) && other["x-should-retry"] == "true")
                }
                gate.open()
                #expect(try await long.status == 200)
                #expect(try await rig.chat()["x-sluice-version"] == "v1")
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceTestKit
import Testing

@Suite("Snapshots")
struct PublishTests {
    static let fine: ScriptedUpstream.Script = { _, socket in socket.send(Wire.answer(Wire.completion)) }

    @Test("a unit stays on its version, weights are met, and a new snapshot holds for the next request")
    func split() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
            var canary = Rig.version("v2", state: .canary, weight: BasisPoints(3_000) ?? .none)
            canary.release.buckets = BucketRanges([0..<3_000])
            snapshot.versions.append(canary)
            snapshot.epoch = 8
            await rig.gateway.publish(snapshot)
            var versions: [String: String] = [:]
            for round in 0..<2 {
                for user in 0..<40 {
                    let answer = try await rig.chat(Wire.chat, "X-Sluice-Unit: user-\(user)\r\n")
                    let version = try #require(answer["x-sluice-version"])
                    let bucket = try #require(answer["x-sluice-bucket"].flatMap { Int($0) })
                    #expect(version == (bucket < 3_000 ? "v2" : "v1") && answer["x-sluice-epoch"] == "8")
                    if round == 1 { #expect(versions["user-\(user)"] == version) }
                    versions["user-\(user)"] = version
                }
            }
            #expect(Set(versions.values) == ["v1", "v2"])
            snapshot.epoch = 9
            snapshot.versions[1].release = Release(state: .rollback, weight: .none, changedAt: Records.start)
            await rig.gateway.publish(snapshot)
            for user in 0..<20 {
                let answer = try await rig.chat(Wire.chat, "X-Sluice-Unit: user-\(user)\r\n")
                #expect(answer["x-sluice-version"] == "v1" && answer["x-sluice-epoch"] == "9")
            }
            snapshot.epoch = 3
            snapshot.keys = []
            await rig.gateway.publish(snapshot)
            #expect(try await rig.chat().status == 200)
            #expect(rig.gateway.gauges.epoch == 9)
        }
    }

    @Test("a key that was taken out is refused by the next request")
    func revoked() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
            snapshot.epoch = 8
            snapshot.keys = []
            await rig.gateway.publish(snapshot)
            #expect(try await rig.chat().status == 401)
        }
    }

    @Test("a route without a version that takes traffic is 503 and says so")
    func noVersion() async throws {
        try await Rig.with(change: { $0.versions = [] }, script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 503 && answer.text.contains("no_version"))
        }
    }

    @Test("a drain lets a stream end, refuses new connections, and says whether all ended")
    func drain() async throws {
        let gate = Gate()
        try await Rig.with(script: { _, socket in
            socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n"))
            gate.pass()
            let rest = Wire.chunk(Wire.events[1] + "\n\n") + Wire.chunk(Wire.events[2] + "\n\n")
            return socket.send(rest + Wire.chunk(Wire.done) + "0\r\n\r\n")
        }) { (rig: Rig) async throws -> Void in
            let answer = Task { try await rig.exchangeToEnd(Wire.request(Wire.streamingChat)) }
            let isUnderWay = try await eventually { rig.gateway.gauges.inFlight == 1 }
            #expect(isUnderWay)
            let drained = Task { await rig.gateway.drain(within: .seconds(20)) }
            let port = rig.port
            let isRefused = try await eventually {
                let isTaken = try? await offload { try RawSocket.connect(port: port).close() }
                return isTaken == nil
            }
            #expect(isRefused)
            gate.open()
            let isClean = await drained.value
            #expect(isClean)
            let text = try await answer.value.text
            #expect(text.hasSuffix(Wire.done))
            #expect(rig.sink.outcomes.map(\.ending) == [.complete])
        }
    }
}

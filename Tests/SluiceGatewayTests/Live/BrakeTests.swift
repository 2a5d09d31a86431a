// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceJudge
import SluiceRelease
import SluiceTestKit
import Synchronization
import Testing

@Suite("Brake")
struct BrakeTests {
    @Test("a canary that fails outright loses its units at once, with one alert and no evidence of what was skipped")
    func opens() async throws {
        let script: ScriptedUpstream.Script = { _, socket in socket.send(Wire.answer("{}", status: "500 Broken")) }
        try await EvidenceRig.with(canary: script) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<5 { #expect(try await rig.send().status == 500) }
            for _ in 0..<6 {
                let answer = try await rig.send()
                #expect(
                    answer.status == 200 && answer["x-sluice-version"] == "v1" && answer["x-sluice-bucket"] == "569"
                )
            }
            _ = try await rig.send(EvidenceRig.onBaseline)
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1)
            #expect(rig.evidence.brakes.first?.hasPrefix("r1: 5 attempts in a row failed on version v2") == true)
            #expect(rig.evidence.ends.map(\.arm) == [.canary, .canary, .canary, .canary, .canary, .baseline])
            // The sample ratio is not judged by a split that the brake has bent.
            #expect(rig.evidence.assignments.map(\.arm) == [.canary, .canary, .canary, .canary, .canary])
            #expect(rig.evidence.ends.map(\.isAside) == [false, false, false, false, false, true])
        }
    }

    @Test("after a while one request tries again; when it goes well all units are back")
    func closes() async throws {
        let isBroken = Mutex(true)
        let tries = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            _ = tries.next()
            return socket.send(
                isBroken.withLock { $0 } ? Wire.answer("{}", status: "500 Broken") : Wire.answer(Wire.completion)
            )
        }
        try await EvidenceRig.with(
            configure: { $0.brakePatience = .milliseconds(200) },
            canary: script
        ) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<5 { #expect(try await rig.send().status == 500) }
            #expect(try await eventually { try await rig.send()["x-sluice-version"] == "v1" })
            // A trial that fails keeps it on, without a further alert.
            #expect(try await eventually { try await rig.send().status == 500 })
            #expect(try await eventually { try await rig.send()["x-sluice-version"] == "v1" })
            isBroken.withLock { $0 = false }
            #expect(try await eventually { try await rig.send()["x-sluice-version"] == "v2" })
            for _ in 0..<3 { #expect(try await rig.send()["x-sluice-version"] == "v2") }
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1 && rig.evidence.releases == 1)
            #expect(rig.evidence.failedTrials >= 1)
            // Trials are told, and count for nothing.
            #expect(rig.evidence.ends.filter(\.isAside).count == rig.evidence.failedTrials + 1)
            #expect(rig.evidence.ends.count == tries.next())
        }
    }

    @Test("nobody listening counts each attempt")
    func refused() async throws {
        // Not a port that was free a moment ago: another test may have it by now.
        let nobody = try ProviderAddress(validating: "http://127.0.0.1:1")
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)))
        try await EvidenceRig.with(
            settings,
            change: { $0.providers[1] = Provider(id: Records.id("next"), dialect: .openai, address: nobody) },
            canary: { _, _ in false }
        ) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<2 { #expect(try await rig.send().status == 502) }
            #expect(try await rig.send()["x-sluice-version"] == "v1")
            try await rig.evidence.settle()
            #expect(rig.evidence.brakes.count == 1 && rig.evidence.brakes[0].hasSuffix("the last with connect"))
            #expect(rig.evidence.ends.map(\.events) == [WatchLimits.error, WatchLimits.error])
        }
    }

    @Test(
        "the caller's mistakes, quota and single failures leave it off",
        arguments: [["400 Bad"], ["429 Slow"], ["401 Who"], ["500 Broken", "200 OK"]]
    )
    func staysOff(statuses: [String]) async throws {
        let calls = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.answer(Wire.completion, status: statuses[calls.next() % statuses.count]))
        }
        try await EvidenceRig.with(canary: script) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<12 { #expect(try await rig.send()["x-sluice-version"] == "v2") }
            #expect(rig.evidence.brakes.isEmpty)
        }
    }

    @Test("without another version that takes traffic the canary is asked on")
    func alone() async throws {
        try await EvidenceRig.with(
            change: { $0.versions.removeFirst() },
            canary: { _, socket in socket.send(Wire.answer("{}", status: "500 Broken")) }
        ) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<8 { #expect(try await rig.send().status == 500) }
            #expect(rig.evidence.brakes.count == 1)
        }
    }
}

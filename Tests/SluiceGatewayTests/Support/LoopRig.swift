// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP
import SluiceTestKit

@testable import SluiceGateway

/// One event loop without a server, for tests of what stands on it.
final class LoopRig {
    let loop: GatewayLoop
    private let memory = MemoryLimits()
    var bodies: BodyRoom { memory.bodies }
    let sink = RecordingSink()
    let group = HTTPLoopGroup(count: 1)
    private let pins = PinTable(most: 100)
    private var tables: LiveTables

    init(configure: (inout Gateway.Configuration) -> Void = { _ in }) {
        var configuration = Gateway.Configuration(loops: 1)
        configure(&configuration)
        let http = group.loops[0]
        tables = LiveTables(loops: 1, pins: pins, brakePatience: .seconds(30), logger: Logger(label: "test"))
        loop = GatewayLoop(
            http,
            configuration,
            Gateway.Surroundings(
                sink: sink,
                wallClock: { Records.start },
                isReady: { true },
                logger: Logger(label: "test")
            ),
            evidence: EvidenceRecorder(NoEvidence(), EvidenceClock(wallClock: Records.start, now: http.now), on: http),
            memory: memory,
            pins: pins,
            seed: 1
        )
    }

    func caller(maxConcurrency: Int? = nil) -> Caller {
        let key = Rig.callerKey(Rig.key, id: "app", maxConcurrency: maxConcurrency)
        return Caller(
            key: CompiledKey(key, owner: Pin.owner(key: key.id, team: nil), pepper: Rig.pepper, live: InFlightCount())
        )
    }

    /// Serves with a snapshot from now on.
    @discardableResult
    func publish(_ snapshot: Snapshot) async -> GatewaySnapshot {
        let compiled = GatewaySnapshot(snapshot, &tables, userAgent: "sluice")
        await loop.apply(compiled)
        return compiled
    }

    func stop() async { await group.shutdown() }
}

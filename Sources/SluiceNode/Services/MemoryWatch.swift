// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycle
import SluiceGateway
import SluiceTelemetry
import Synchronization

/// Looks at the process's memory ten times a second, and holds callers back before the system ends the process.
final class MemoryWatch: Service {
    private let gateway: Gateway
    private let log: Logger
    private let state: Mutex<MemoryGuard>
    private let limit: Int

    private static let period = Duration.milliseconds(100)
    /// Looks from one attempt to give freed memory back to the next.
    private static let patience = 50

    /// - Parameter limit: bytes.
    init(limit: Int, gateway: Gateway, log: Logger) {
        self.limit = limit
        self.gateway = gateway
        self.log = log
        state = Mutex(MemoryGuard(limit: limit))
    }

    var pressure: Gateway.Pressure { state.withLock { $0.pressure } }

    /// Adds what it sees to the metrics.
    func include(in registry: MetricRegistry) {
        registry.gauge("sluice_memory_resident_bytes", "Memory the process has in use.") {
            SystemMemory.resident.map { [MetricSample([], Double($0))] } ?? []
        }
        registry.gauge("sluice_memory_limit_bytes", "Memory the process may have.") { [limit] in
            [MetricSample([], Double(limit))]
        }
        registry.gauge("sluice_memory_bodies_bytes", "Memory set aside for the bodies of requests in flight.") {
            [gateway] in [MetricSample([], Double(gateway.bodyBytes))]
        }
        registry.gauge(
            "sluice_memory_pressure",
            "0 with room, 1 while new requests are refused, 2 while no connection is accepted."
        ) { [self] in [MetricSample([], Double(pressure.rawValue))] }
    }

    func run() async throws {
        SystemMemory.keepLargePiecesApart()
        await cancelWhenGracefulShutdown { [self] in
            var looks = 0
            while !Task.isCancelled {
                await look(&looks)
                try? await Task.sleep(for: MemoryWatch.period)
            }
        }
    }

    private func look(_ looks: inout Int) async {
        let bodies = gateway.bodyBytes
        guard let resident = SystemMemory.resident else { return }
        gateway.setBodyRoom(state.withLock { $0.room(resident: resident, bodies: bodies) })
        let (change, pressure) = state.withLock { ($0.look(resident: resident), $0.pressure) }
        if let change { await tell(change, resident) }
        // What was freed may still be the allocator's: without this the pressure could stay for ever.
        guard pressure != .none else {
            looks = 0
            return
        }
        if looks % MemoryWatch.patience == 0 { SystemMemory.giveBack() }
        looks += 1
    }

    private func tell(_ pressure: Gateway.Pressure, _ resident: Int) async {
        await gateway.setPressure(pressure)
        let metadata: Logger.Metadata = ["sluice.resident": "\(resident)", "sluice.limit": "\(limit)"]
        switch pressure {
        case .none: log.notice("memory has room again; all requests are served", metadata: metadata)
        case .high: log.warning("memory is short; new requests are refused", metadata: metadata)
        case .full: log.error("memory is nearly full; no connection is accepted", metadata: metadata)
        }
    }
}

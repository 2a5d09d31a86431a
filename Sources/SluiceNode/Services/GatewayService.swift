// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycle
import SluiceGateway
import Synchronization
import UnixSignals

/// Serves the data port: the first of the services to close.
struct GatewayService: Service {
    let gateway: Gateway
    let drain: NodeConfiguration.Drain
    let readiness: NodeReadiness
    let port: Announcement<Int>
    let log: Logger
    /// A second SIGTERM or SIGINT cuts what is still in flight.
    var trapsSignals = false

    func run() async throws {
        let bound: Gateway.BoundAddress
        do {
            bound = try await gateway.start()
        } catch {
            await gateway.stop()
            throw error
        }
        port.set(bound.port)
        readiness.begin()
        CodePages.release()
        log.notice("serving", metadata: ["sluice.address": "\(bound)"])
        try? await gracefulShutdown()
        readiness.end()
        let inFlight = gateway.gauges.inFlight
        log.notice("draining", metadata: ["sluice.requests": "\(inFlight)"])
        // A cancelled task does not wait any longer: then what is in flight is cut.
        let isClean = trapsSignals ? await drainUnlessCut() : await drainAll()
        if isClean { log.notice("drained") } else { log.warning("requests were cut at the drain limit") }
    }

    private func drainAll() async -> Bool {
        if drain.acceptFor > .zero { try? await Task.sleep(for: drain.acceptFor) }
        return await gateway.drain(within: Task.isCancelled ? .zero : drain.timeout)
    }

    /// Drains; a further signal ends the waiting.
    private func drainUnlessCut() async -> Bool {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        return await withTaskGroup(of: Bool?.self) { group in
            group.addTask { await drainAll() }
            group.addTask {
                for await _ in signals { return nil }
                return true
            }
            var isClean = true
            if let first = await group.next() {
                if let first {
                    isClean = first
                } else {
                    log.warning("told to stop again: cutting what is in flight")
                    isClean = false
                }
            }
            group.cancelAll()
            await group.waitForAll()
            return isClean
        }
    }
}

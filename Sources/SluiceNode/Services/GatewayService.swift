// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycle
import SluiceGateway
import Synchronization

/// The front door: the first of the services to close.
struct GatewayService: Service {
    let gateway: Gateway
    let drain: NodeConfiguration.Drain
    let readiness: NodeReadiness
    let port: Announcement<Int>
    let log: Logger

    func run() async throws {
        let bound: Gateway.BoundAddress
        do {
            bound = try await gateway.start()
        } catch {
            await gateway.stop()
            throw error
        }
        port.tell(bound.port)
        readiness.begin()
        log.notice("serving", metadata: ["sluice.address": "\(bound)"])
        try? await gracefulShutdown()
        readiness.end()
        let inFlight = gateway.gauges.inFlight
        log.notice("draining", metadata: ["sluice.requests": "\(inFlight)"])
        // A cancelled task does not wait any longer: then what is in flight is cut.
        if drain.acceptFor > .zero { try? await Task.sleep(for: drain.acceptFor) }
        let isClean = await gateway.drain(within: Task.isCancelled ? .zero : drain.timeout)
        if isClean { log.notice("drained") } else { log.warning("requests were cut at the drain limit") }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import Logging
import NIOCore
import ServiceLifecycle
package import SluiceControl
import SluiceCore
import SluiceTelemetry
import Synchronization
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One node: everything that `sluice serve` runs, wired together.
///
/// ``start(file:environment:log:)`` reads the configuration, opens the store and decides what is in force;
/// ``run(trappingSignals:)`` serves until it is to stop.
package final class Node: Sendable {
    package let log: Logger
    package let control: ControlPlane
    /// What the first start made; `nil` on every other.
    package let firstStart: FirstStart?
    let parts: Parts
    private let file: String
    private let environment: [String: String]
    private let configuration: Mutex<NodeConfiguration>
    private let group = Mutex<ServiceGroup?>(nil)
    /// Held by whoever reads the file and puts it in force: what was read first is in force first.
    private let reloading = AsyncMutex()

    init(
        parts: Parts,
        file: String,
        environment: [String: String],
        configuration: NodeConfiguration,
        firstStart: FirstStart?
    ) {
        self.parts = parts
        self.file = file
        self.environment = environment
        self.firstStart = firstStart
        self.configuration = Mutex(configuration)
        log = parts.log
        control = parts.control
    }

    /// Where the node listens, once it does; `nil` where it ended before.
    package func addresses() async -> NodeAddresses? {
        guard let data = await parts.dataPort.value(), let admin = await parts.adminPort.value() else { return nil }
        return configuration.withLock { configuration in
            NodeAddresses(
                data: ListenAddress(host: configuration.listen.host, port: data),
                admin: ListenAddress(host: configuration.admin.listen.host, port: admin)
            )
        }
    }

    /// Serves until it is to stop, then drains: the data port closes first, the ledger last.
    ///
    /// - Parameter trappingSignals: SIGTERM and SIGINT drain, SIGHUP reloads.
    package func run(trappingSignals: Bool) async throws {
        var services = parts.services
        if trappingSignals {
            services = services.map { service in
                guard var gateway = service as? GatewayService else { return service }
                gateway.trapsSignals = true
                return gateway
            }
            services.append(ReloadOnHangup(node: self))
        }
        services.append(SecretFileWatch(node: self))
        var settings = ServiceGroupConfiguration(services: services, logger: log)
        if trappingSignals { settings.gracefulShutdownSignals = [.sigterm, .sigint] }
        let group = ServiceGroup(configuration: settings)
        self.group.withLock { $0 = group }
        defer {
            parts.dataPort.set(nil)
            parts.adminPort.set(nil)
        }
        do {
            try await group.run()
        } catch {
            await parts.release()
            throw configuration.withLock { $0.explained(error, file: file) }
        }
        await parts.release()
    }

    /// What the files hold that the configuration in force took secrets from.
    var secretFiles: [String: Secret<String>] { configuration.withLock { $0.secretFiles } }

    /// Drains and ends, as SIGTERM does.
    package func shutDown() async {
        await group.withLock { $0 }?.triggerGracefulShutdown()
    }

    /// Reads the file again and puts it in force, whole or not at all.
    @discardableResult
    package func reload() async -> ReloadReport {
        await reloading.lock()
        let report = await reloaded()
        reloading.unlock()
        switch report {
        case .applied(let adoption, let needRestart): tell(adoption, needRestart)
        case .refused(let reasons):
            for reason in reasons { log.error("configuration refused", metadata: ["sluice.reason": "\(reason)"]) }
        }
        parts.reloads.with(report.isApplied ? "applied" : "refused").add()
        return report
    }

    private func reloaded() async -> ReloadReport {
        let next: NodeConfiguration
        do throws(ConfigurationFileError) {
            next = try NodeConfiguration.load(file, environment: environment, now: WallClock.now())
        } catch {
            return .refused(error.problems.filter { $0.severity == .error }.map { $0.text(file: file) })
        }
        do {
            try next.checkOwners(adminToken: parts.secrets.adminToken)
            let simulated = try await parts.simulated.addresses(for: next)
            let definitions = next.definitions(pepper: parts.secrets.pepper, simulated: simulated, now: WallClock.now())
            let adoption = try await control.apply(definitions)
            parts.simulated.adopt(next)
            let needRestart = configuration.withLock { running in
                let changed = next.startOnlyChanges(from: running)
                running = next
                return changed
            }
            return .applied(adoption, needRestart: needRestart)
        } catch {
            return .refused(["\(file): \(error)"])
        }
    }

    private func tell(_ adoption: AdoptionReport, _ needRestart: [String]) {
        let changes = adoption.changes
        log.notice(
            "configuration reloaded",
            metadata: [
                "sluice.config.added": "\(changes.added.joined(separator: " "))",
                "sluice.config.removed": "\(changes.removed.joined(separator: " "))",
                "sluice.config.changed": "\(changes.changed.joined(separator: " "))",
                "sluice.epoch": "\(adoption.epoch)",
            ]
        )
        log.reportDrift(adoption.drift)
        for key in needRestart {
            log.warning("this key is read at the start only", metadata: ["sluice.config.key": "\(key)"])
        }
        for warning in configuration.withLock({ $0.warnings }) {
            log.warning("configuration", metadata: ["sluice.reason": "\(warning.text(file: file))"])
        }
    }
}

extension NodeConfiguration {
    /// An error of the start in words that name the key to change, where it is one that people meet.
    fileprivate func explained(_ error: any Error, file: String) -> any Error {
        guard let fault = error as? IOError, fault.errnoCode == EADDRINUSE else { return error }
        return NodeError(
            "an address is in use already: listen is \(listen.host):\(listen.port), admin.listen is "
                + "\(admin.listen.host):\(admin.listen.port). Stop what listens there (another sluice?), or change "
                + "the key in \(file)"
        )
    }
}

extension Logger {
    /// Tells where the file's first values and the release in force differ.
    func reportDrift(_ drift: [Drift]) {
        for difference in drift {
            notice(
                "the store's release differs from the file's first values",
                metadata: [
                    "sluice.version": "\(difference.version)",
                    "sluice.field": "\(difference.field)",
                    "sluice.file": "\(difference.file)",
                    "sluice.in_force": "\(difference.inForce)",
                ]
            )
        }
    }
}

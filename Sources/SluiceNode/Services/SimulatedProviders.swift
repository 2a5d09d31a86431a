// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import SluiceCore
import SluiceMock
import Synchronization

/// The node's own simulated providers, each on a loopback port of its own.
///
/// One is started when the configuration first names it, and lives to the end of the node.
final class SimulatedProviders: Service {
    private let running = Mutex<[ProviderID: (provider: MockProvider, address: ProviderAddress)]>([:])

    /// Where each of the configuration's simulated providers listens; starts those that do not run yet.
    func addresses(for configuration: NodeConfiguration) async throws -> [ProviderID: ProviderAddress] {
        var addresses: [ProviderID: ProviderAddress] = [:]
        for configured in configuration.providers {
            guard case .simulated(let provider, let settings) = configured.kind else { continue }
            if let (_, address) = running.withLock({ $0[provider.id] }) {
                addresses[provider.id] = address
                continue
            }
            let mock = try MockProvider(settings: settings, now: WallClock.now)
            let port = try await mock.start()
            let address = try ProviderAddress(validating: "http://127.0.0.1:\(port)/v1")
            running.withLock { $0[provider.id] = (mock, address) }
            addresses[provider.id] = address
        }
        return addresses
    }

    /// Lets the running ones behave as the configuration says, from the next request on.
    func adopt(_ configuration: NodeConfiguration) {
        for configured in configuration.providers {
            guard case .simulated(let provider, let settings) = configured.kind,
                let mock = running.withLock({ $0[provider.id]?.provider })
            else { continue }
            mock.settings = settings
        }
    }

    func run() async throws {
        try? await gracefulShutdown()
        await stop()
    }

    func stop() async {
        let all = running.withLock { running in
            defer { running = [:] }
            return running.values.map(\.provider)
        }
        for mock in all { await mock.stop() }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import SluiceCore

/// Tells the data plane how fast versions have answered, where a route chooses among them.
package final class LatencyKeeper: Service {
    private let control: ControlPlane
    private let clock: any Clock<Duration>
    private static let interval: Duration = .seconds(2)

    package init(control: ControlPlane, clock: any Clock<Duration> = ContinuousClock()) {
        self.control = control
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.control.tellLatencies()
                try? await self.clock.sleep(for: LatencyKeeper.interval)
            }
        }
    }
}

extension ControlPlane {
    /// Answers of a version that must have been seen before its mean time counts as known.
    package static let fewestAnswers: Int64 = 20

    /// Hands down the mean times of the last hour, of all that some route may choose.
    func tellLatencies() {
        let choosing = catalogue.definitions.routes.filter { $0.choose != nil }
        guard !choosing.isEmpty else { return }
        let now = now()
        var times: [VersionID: Int64] = [:]
        for route in choosing {
            for version in catalogue.candidates(of: route) {
                times[version.id] = latency(of: version.id, at: now)
            }
        }
        setLatencies(times)
    }
}

extension Catalogue {
    /// The versions that a route chooses among; none where it does not choose.
    func candidates(of route: Route) -> [Version] {
        guard let policy = route.choose else { return [] }
        if policy.candidates.isEmpty { return versions.filter { $0.route == route.id && $0.release.isServing } }
        return policy.candidates.compactMap { id in versions.first { $0.id == id } }
    }
}

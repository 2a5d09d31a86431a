// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// The window of a listing's health score.
    static let listingWindow: Int64 = 300

    /// All versions, or those of one route or in some states, with what is known of them.
    package func versions(route: RouteID? = nil, states: Set<VersionState>? = nil) -> [VersionStatus] {
        let now = now()
        var effective: [VersionID: Double] = [:]
        for share in distribution() { effective[share.version] = share.effectiveWeight }
        return catalogue.versions.filter { version in
            (route == nil || version.route == route) && states?.contains(version.release.state) != false
        }
        .map { status(of: $0, effectiveWeight: effective[$0.id] ?? 0, at: now) }
    }

    /// One version.
    package func version(_ id: String) throws(ControlError) -> VersionStatus {
        let version = try catalogue.version(id)
        let share = shares(of: version.route).first { $0.version == version.id }
        return status(of: version, effectiveWeight: share?.effectiveWeight ?? 0, at: now())
    }

    /// Who gets how much, of every route.
    package func distribution() -> [VersionShare] {
        var routes: [RouteID] = []
        for version in catalogue.versions where !routes.contains(version.route) { routes.append(version.route) }
        return routes.flatMap { shares(of: $0) }
    }

    /// Who gets how much of one route.
    func shares(of route: RouteID) -> [VersionShare] {
        let (versions, split) = catalogue.split(of: route)
        return versions.enumerated().map { index, version in
            VersionShare(
                version: version.id,
                route: route,
                state: version.release.state,
                weight: version.release.weight,
                effectiveWeight: split.effectiveWeight(of: index)
            )
        }
    }

    /// What was measured of a version over the last seconds.
    ///
    /// - Parameter window: Seconds, 10…3 600, rounded up to whole slices of 10.
    package func versionMetrics(_ id: String, window: Int64 = 300) throws(ControlError) -> VersionMetrics {
        let version = try catalogue.version(id)
        guard (10...3_600).contains(window) else {
            throw ControlError(.invalid, "window must be a number of seconds from 10 to 3600.")
        }
        return measured(version, window: window, at: now())
    }

    func measured(_ version: Version, window: Int64, at now: Timestamp) -> VersionMetrics {
        // A former version that stays warm at weight 0 is nobody to compare with, though its traffic is still in the window.
        let production = catalogue.production(of: version.route)
        let serving = production.filter { $0.release.weight > .none }
        return metrics.metrics(
            of: version.id,
            window: window,
            at: now,
            p99Ceiling: version.release.thresholds.p99LatencyMilliseconds,
            baseline: (serving.isEmpty ? production : serving).map(\.id),
            hasPrice: card(of: version, at: now) != nil
        )
    }

    private func status(of version: Version, effectiveWeight: Double, at now: Timestamp) -> VersionStatus {
        let recent = measured(version, window: ControlPlane.listingWindow, at: now)
        let lifetime = metrics.lifetime(of: version.id)
        let model = catalogue.model(version.provider, version.apiVersion)
        return VersionStatus(
            version: version,
            effectiveWeight: effectiveWeight,
            healthScore: recent.healthScore,
            requestCount: lifetime.requests,
            errorCount: lifetime.errors,
            averageLatencyMilliseconds: metrics.averageLatency(of: version.id, at: now),
            outputPrice: outputPrice(of: version, at: now),
            qualityScore: model?.qualityScore,
            contextWindow: model?.contextWindow,
            costRatio: recent.costRatio
        )
    }

    private func card(of version: Version, at now: Timestamp) -> PriceCard? {
        catalogue.prices.card(provider: version.provider, model: version.apiVersion, at: now)
    }

    private func outputPrice(of version: Version, at now: Timestamp) -> Int64? {
        catalogue.prices.cards(provider: version.provider, model: version.apiVersion).outputPrice(at: now)
    }
}

extension Catalogue {
    func model(_ provider: ProviderID, _ name: String) -> ModelCard? {
        (definitions.models + state.models).first { $0.provider == provider && $0.model == name }
    }
}

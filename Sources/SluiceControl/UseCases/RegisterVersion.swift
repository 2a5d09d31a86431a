// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
import SluiceStore

/// A wish for a new version, as it came in.
package struct RegisterVersion: Sendable {
    package var id: String
    package var apiVersion: String
    /// 0…1; a staging version takes no traffic whatever it says.
    package var weight: Double?
    package var state: VersionState?
    package var config: JSONValue
    package var configHash: String?
    package var route: String?
    package var provider: String?
    package var thresholds: ThresholdsPatch

    package init(
        id: String,
        apiVersion: String,
        weight: Double? = nil,
        state: VersionState? = nil,
        config: JSONValue = .object(JSONObject()),
        configHash: String? = nil,
        route: String? = nil,
        provider: String? = nil,
        thresholds: ThresholdsPatch = ThresholdsPatch()
    ) {
        self.id = id
        self.apiVersion = apiVersion
        self.weight = weight
        self.state = state
        self.config = config
        self.configHash = configHash
        self.route = route
        self.provider = provider
        self.thresholds = thresholds
    }
}

extension ControlPlane {
    /// Registers a version, or answers the one that is there where id and hash are the same.
    ///
    /// - Throws: `hashMismatch` with both hashes; `conflict` where the id has another hash, or the weights do not fit;
    ///   `invalid` where route or provider cannot be told.
    @discardableResult
    package func register(
        _ wish: RegisterVersion,
        _ change: Change
    ) async throws(ControlError) -> (version: VersionStatus, isNew: Bool) {
        let now = now()
        if let route = wish.takesTraffic(in: catalogue) {
            let what = "version \(wish.id): register as \(wish.state?.rawValue ?? "canary") \(wish.weight ?? 0)"
            try await requireApproval(of: what, on: route, change)
        }
        let answer = try await self.change { catalogue throws(ControlError) in
            try wish.decide(in: catalogue, change, at: now)
        }
        return (try version(answer.id.rawValue), answer.isNew)
    }
}

extension RegisterVersion {
    func decide(
        in catalogue: Catalogue,
        _ change: Change,
        at now: Timestamp
    ) throws(ControlError) -> Decision<(id: VersionID, isNew: Bool)> {
        guard let id = VersionID(id) else {
            throw ControlError(
                .invalid,
                "\"\(id.prefix(140))\" is no version id.",
                hint: "Use 1 to 128 characters of A-Z a-z 0-9 . _ : / @ + -"
            )
        }
        let hash = try checkedHash()
        if let known = catalogue.versions.first(where: { $0.id == id }) {
            guard known.configHash == hash, known.apiVersion == apiVersion else { throw taken(known, hash: hash) }
            return .nothing((id, false))
        }
        let route = try findRoute(in: catalogue)
        let provider = try findProvider(for: route, in: catalogue)
        let settings: VersionSettings
        do throws(VersionSettingsError) {
            settings = try VersionSettings(validating: config)
        } catch {
            throw ControlError(.invalid, "The config cannot be used: \(error)")
        }
        try RegisterVersion.check(settings.targets, in: catalogue)
        let version = Version(
            id: id,
            route: route.id,
            provider: provider,
            apiVersion: apiVersion,
            config: config,
            configHash: hash,
            settings: settings,
            createdAt: now,
            owner: .api,
            release: try firstRelease(on: route, in: catalogue, at: now)
        )
        try RegisterVersion.check(version, in: catalogue)
        return Decision(
            [.insertVersion(version)],
            audit: [change.draft("version.register", "version:\(id)", at: now, after: version.wholeRecord)],
            answer: (id, true)
        )
    }

    private static func check(_ targets: [TargetSetting], in catalogue: Catalogue) throws(ControlError) {
        let providers = catalogue.definitions.providers.map(\.id)
        for target in targets where !providers.contains(target.provider) {
            throw ControlError(
                .invalid,
                "config.targets names the provider \"\(target.provider)\", which does not exist.",
                hint: choice("providers", of: providers.map(\.rawValue), nearestTo: target.provider.rawValue),
                details: .list("providers", providers.map(\.rawValue))
            )
        }
    }

    /// A parameter that the provider's dialect refuses would fail every request: no caller could be blamed.
    private static func check(_ version: Version, in catalogue: Catalogue) throws(ControlError) {
        for target in version.targets {
            let provider = catalogue.definitions.providers.first { $0.id == target.provider }
            if let provider, let fault = provider.host.fault(of: target.apiVersion ?? version.apiVersion) {
                throw ControlError(.invalid, "The version cannot be served by provider \"\(provider.id)\": \(fault).")
            }
            guard let provider,
                let fault = version.settings.fault(
                    at: target.apiVersion ?? version.apiVersion,
                    speaking: provider.dialect(of: target.apiVersion ?? version.apiVersion)
                )
            else { continue }
            throw ControlError(.invalid, "The config cannot be used at provider \"\(provider.id)\": \(fault)")
        }
    }

    private func checkedHash() throws(ControlError) -> String {
        guard !apiVersion.isEmpty, apiVersion.utf8.count <= 256 else {
            throw ControlError(.invalid, "api_version must name the provider's model, in 1 to 256 bytes.")
        }
        guard case .object = config else {
            throw ControlError(
                .invalid,
                "config must be a JSON object.",
                hint: "Send {} for a version without changes."
            )
        }
        let hash = ConfigHash.of(config)
        guard let configHash, configHash != hash else { return hash }
        var details = JSONObject()
        details["config_hash_sent"] = .string(String(configHash.prefix(128)))
        details["config_hash_computed"] = .string(hash)
        throw ControlError(
            .hashMismatch,
            "config_hash is \(configHash.prefix(128)), but the config's own hash is \(hash).",
            hint: "The hash is the first 16 hex digits of SHA-256 over json.dumps(config, sort_keys=True);"
                + " leave config_hash out to have it computed.",
            details: details
        )
    }

    private func taken(_ known: Version, hash: String) -> ControlError {
        var details = JSONObject()
        details["config_hash_sent"] = .string(hash)
        details["config_hash_registered"] = .string(known.configHash)
        details["api_version_registered"] = .string(known.apiVersion)
        return ControlError(
            .conflict,
            known.configHash == hash
                ? "Version \(known.id) is registered for \(known.apiVersion), not \(apiVersion)."
                : "Version \(known.id) is registered with config_hash \(known.configHash), not \(hash).",
            hint: "A version never changes: register the changed config under another version_id.",
            details: details
        )
    }

    private func findRoute(in catalogue: Catalogue) throws(ControlError) -> Route {
        let routes = catalogue.definitions.routes
        if let name = route {
            if let found = catalogue.route(named: name) { return found }
            throw ControlError(
                .invalid,
                "There is no route \"\(name.prefix(140))\".",
                hint: RegisterVersion.choice("routes", of: routes.map(\.id.rawValue), nearestTo: name),
                details: .list("routes", routes.map(\.id.rawValue))
            )
        }
        if let found = catalogue.route(named: apiVersion) { return found }
        if routes.count == 1, let only = routes.first { return only }
        throw ControlError(
            .invalid,
            "The route is not clear: none is named \"\(apiVersion)\" or has it as an alias.",
            hint: RegisterVersion.choice("routes", of: routes.map(\.id.rawValue), nearestTo: apiVersion)
                + " Say which with \"route\".",
            details: .list("routes", routes.map(\.id.rawValue))
        )
    }

    private func findProvider(for route: Route, in catalogue: Catalogue) throws(ControlError) -> ProviderID {
        let providers = catalogue.definitions.providers.map(\.id)
        if let name = provider {
            if let found = providers.first(where: { $0.rawValue == name }) { return found }
            throw ControlError(
                .invalid,
                "There is no provider \"\(name.prefix(140))\".",
                hint: RegisterVersion.choice("providers", of: providers.map(\.rawValue), nearestTo: name),
                details: .list("providers", providers.map(\.rawValue))
            )
        }
        let production = catalogue.production(of: route.id)
        if let current = production.first(where: { $0.release.weight > .none }) ?? production.first {
            return current.provider
        }
        if providers.count == 1, let only = providers.first { return only }
        throw ControlError(
            .invalid,
            "The provider is not clear: route \(route.id) has no production version to take it from.",
            hint: "Say which with \"provider\": \(providers.map(\.rawValue).joined(separator: ", ")).",
            details: .list("providers", providers.map(\.rawValue))
        )
    }

    static func choice(_ what: String, of names: [String], nearestTo name: String) -> String {
        guard !names.isEmpty else { return "There are no \(what) yet; the configuration file defines them." }
        let nearest = Nearest.names(to: name, among: names, limit: 5)
        return nearest.isEmpty
            ? "The \(what): \(names.prefix(20).joined(separator: ", "))."
            : "The nearest \(what): \(nearest.joined(separator: ", "))."
    }

    private func firstRelease(
        on route: Route,
        in catalogue: Catalogue,
        at now: Timestamp
    ) throws(ControlError) -> Release {
        let state = state ?? .staging
        guard state == .staging || state.takesTraffic else {
            throw ControlError(
                .invalid,
                "A version cannot begin its life in state \(state.rawValue).",
                hint: "Ask for staging, canary or production; without \"state\" it begins in staging."
            )
        }
        guard let weight = BasisPoints(fraction: self.weight ?? 0) else {
            throw ControlError(.invalid, "weight must be a number from 0 to 1.")
        }
        let limits = try thresholds.applied(to: Thresholds())
        var release = Release(state: state, weight: weight, thresholds: limits, changedAt: now)
        if state == .canary {
            release.buckets = try catalogue.buckets(from: BucketRanges(), to: weight, route: route.id, except: nil)
        }
        if state.takesTraffic, weight > .none { release.deployedAt = now }
        return release
    }
}

extension RegisterVersion {
    /// The route where the version takes traffic as soon as it is registered.
    fileprivate func takesTraffic(in catalogue: Catalogue) -> RouteID? {
        let isServed = state.map { $0 == .canary || $0 == .production } ?? false
        guard (isServed || catalogue.definitions.autoTransition) && (weight ?? 0) > 0 || state == .production,
            !catalogue.versions.contains(where: { $0.id.rawValue == id })
        else { return nil }
        let routes = catalogue.definitions.routes
        return catalogue.route(named: route ?? apiVersion)?.id ?? (routes.count == 1 ? routes.first?.id : nil)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    private static let versionKeys = [
        "version_id", "provider", "api_version", "state", "weight", "thresholds", "config", "config_hash",
    ]
    /// States a version of the file may begin in.
    private static let firstStates: [VersionState] = [.staging, .canary, .production, .deprecated]

    func version(
        _ field: ConfigurationField,
        of route: RouteID,
        providers: [ConfiguredProvider],
        _ thresholds: Thresholds,
        _ seen: inout [VersionID: RouteID]
    ) -> Version? {
        guard let section = field.section(ConfigurationReader.versionKeys) else { return nil }
        let id = section.required("version_id")?.identifier(VersionID.self)
        let provider = section.required("provider").flatMap { reference($0, providers: providers) }
        let model = section.required("api_version")?.filledText()
        let release = self.release(section, thresholds)
        let config = self.config(section.optional("config"))
        if let id, let other = seen.updateValue(route, forKey: id) {
            field.fail("a second version with the id '\(id)'; the other belongs to the route '\(other)'")
            return nil
        }
        guard let id, let provider, let model, let config else { return nil }
        for (index, target) in config.settings.targets.enumerated()
        where !providers.contains(where: { $0.provider.id == target.provider }) {
            let hint = ConfigurationField.hint(target.provider.rawValue, among: providers.map(\.provider.id.rawValue))
            section.optional("config")?.descendant("targets")
                .fail("target \(index + 1) names the provider '\(target.provider)', which is not defined\(hint)")
        }
        let hash = ConfigHash.of(config.value)
        if let written = section.optional("config_hash"), let text = written.text(), text != hash {
            written.fail("is '\(text)', but the config hashes to '\(hash)'")
        }
        let version = Version(
            id: id,
            route: route,
            provider: provider,
            apiVersion: model,
            config: config.value,
            configHash: hash,
            settings: config.settings,
            createdAt: now,
            owner: .file,
            release: release
        )
        check(version, providers: providers, of: section)
        return version
    }

    /// Parameters that a provider's dialect refuses would fail every request.
    private func check(_ version: Version, providers: [ConfiguredProvider], of section: Section) {
        let field = section.optional("config")
        for target in version.targets {
            guard let provider = providers.first(where: { $0.provider.id == target.provider })?.provider else {
                continue
            }
            let model = target.apiVersion ?? version.apiVersion
            if let fault = provider.host.fault(of: model) {
                section.field.fail(fault)
                return
            }
            if let fault = version.settings.fault(at: model, speaking: provider.dialect(of: model)) {
                field?.descendant(fault.field).fail(fault.message)
                return
            }
            if let warning = version.settings.warning(speaking: provider.dialect(of: model)) {
                field?.descendant(warning.field).warn(warning.message)
                return
            }
        }
    }

    private func release(_ section: Section, _ thresholds: Thresholds) -> Release {
        let state = section.optional("state")?.choice(of: ConfigurationReader.firstStates) ?? .staging
        let given = section.optional("weight").flatMap(weight)
        let standard: BasisPoints = state == .production ? .all : .none
        return Release(
            state: state,
            weight: given ?? standard,
            thresholds: self.thresholds(section.optional("thresholds"), over: thresholds),
            deployedAt: state == .canary || state == .production ? now : nil,
            changedAt: now
        )
    }

    private func weight(_ field: ConfigurationField) -> BasisPoints? {
        guard let text = field.text() else { return nil }
        if YAMLCore.isFloat(text), let weight = Double(text).flatMap(BasisPoints.init(fraction:)) { return weight }
        field.fail("must be a share from 0.0 to 1.0, is '\(text)'")
        return nil
    }

    func thresholds(_ field: ConfigurationField?, over standard: Thresholds) -> Thresholds {
        let keys = ["error_rate", "p99_latency_ms", "p99_ttft_ms", "cost_spike_ratio"]
        guard let section = field?.section(keys) else { return standard }
        let milliseconds = 1.0...86_400_000.0
        return Thresholds(
            errorRate: section.optional("error_rate")?.number(in: 0...1) ?? standard.errorRate,
            p99LatencyMilliseconds: section.optional("p99_latency_ms")?.number(in: milliseconds)
                ?? standard.p99LatencyMilliseconds,
            p99FirstTokenMilliseconds: section.optional("p99_ttft_ms")?.number(in: milliseconds)
                ?? standard.p99FirstTokenMilliseconds,
            costSpikeRatio: section.optional("cost_spike_ratio")?.number(in: 0.01...1_000) ?? standard.costSpikeRatio
        )
    }

    /// A version's config as the admin API would get it, so that both give the same hash.
    private func config(_ field: ConfigurationField?) -> (value: JSONValue, settings: VersionSettings)? {
        guard let field else { return (.object(JSONObject()), VersionSettings()) }
        guard let value = field.json() else { return nil }
        do throws(VersionSettingsError) {
            return (value, try VersionSettings(validating: value))
        } catch {
            field.descendant(error.field).fail(error.message)
            return nil
        }
    }
}

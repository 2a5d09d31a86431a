// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What a configuration would put in force, for people and programs; holds no secret.
package struct ConfigurationSummary: Sendable {
    private let configuration: NodeConfiguration

    package init(_ configuration: NodeConfiguration) { self.configuration = configuration }

    package var text: String {
        var lines = [
            "listen     \(configuration.listen)   admin \(configuration.admin.listen)",
            "store      sqlite:\(configuration.store.path)",
        ]
        for configured in configuration.providers {
            let provider = configured.provider
            let address = configured.isSimulated ? "simulated, in the node itself" : "\(provider.address)"
            lines.append("provider   \(provider.id)   \(address)")
        }
        for route in configuration.routes {
            let aliases = route.aliases.isEmpty ? "" : "   (\(route.aliases.joined(separator: ", ")))"
            lines.append("route      \(route.id)\(aliases)")
            for version in configuration.versions where version.route == route.id {
                lines.append("  version  \(version.id)   \(describe(version))")
            }
            let fallbacks = route.fallbacks.map(\.rawValue) + (route.contextFallback.map { ["\($0) (context)"] } ?? [])
            if !fallbacks.isEmpty { lines.append("  fallback \(fallbacks.joined(separator: ", "))") }
        }
        let keys = configuration.keys.map(\.id.rawValue)
        lines.append("prices     \(configuration.prices.count)   models \(configuration.models.count)")
        lines.append("keys       \(keys.isEmpty ? "none" : keys.joined(separator: ", "))")
        return lines.joined(separator: "\n")
    }

    package var json: JSONValue {
        var object = JSONObject()
        object["listen"] = .string("\(configuration.listen)")
        object["admin"] = .string("\(configuration.admin.listen)")
        object["store"] = .string("sqlite:\(configuration.store.path)")
        object["providers"] = .array(configuration.providers.map { .string($0.provider.id.rawValue) })
        object["routes"] = .array(configuration.routes.map { .string($0.id.rawValue) })
        object["versions"] = .array(configuration.versions.map(ConfigurationSummary.json))
        object["prices"] = .integer("\(configuration.prices.count)")
        object["keys"] = .array(configuration.keys.map { .string($0.id.rawValue) })
        return .object(object)
    }

    private func describe(_ version: Version) -> String {
        let targets = version.targets.map { "\($0.provider)/\($0.apiVersion ?? version.apiVersion)" }
        return "\(targets.joined(separator: ", "))   first \(version.release.state.rawValue) "
            + "\(version.release.weight.fraction)   config \(version.configHash)"
    }

    private static func json(_ version: Version) -> JSONValue {
        var object = JSONObject()
        object["version_id"] = .string(version.id.rawValue)
        object["route"] = .string(version.route.rawValue)
        object["provider"] = .string(version.provider.rawValue)
        object["api_version"] = .string(version.apiVersion)
        object["state"] = .string(version.release.state.rawValue)
        object["weight"] = .double(version.release.weight.fraction)
        object["config_hash"] = .string(version.configHash)
        return .object(object)
    }
}

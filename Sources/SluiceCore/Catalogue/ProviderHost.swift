// SPDX-License-Identifier: Apache-2.0

/// Whose house serves a provider's dialect: another one than its maker's has other paths and credentials for the same
/// bodies.
package enum ProviderHost: Sendable, Equatable {
    /// The dialect's own API, or one that is compatible.
    case own
    case azure(AzureHost)

    /// What the configuration calls a provider of this dialect at this host.
    package func word(for dialect: Dialect) -> String {
        switch self {
        case .own: dialect.rawValue
        case .azure: "azure"
        }
    }

    /// The name by which the host knows a model.
    package func name(of model: String) -> String {
        switch self {
        case .own: model
        case .azure(let azure): azure.deployment(of: model)
        }
    }
}

/// Azure OpenAI: OpenAI's bodies, at paths of deployments, in dated versions or in the version without a date, `v1`.
package struct AzureHost: Sendable, Equatable {
    /// `2024-10-21`, `2025-04-01-preview`, or `v1`.
    package let apiVersion: String
    /// Deployments whose names are not their models'.
    package let deployments: [String: String]

    /// - Returns: `nil` where the version is neither a date (with or without a suffix) nor `v1`.
    package init?(apiVersion: String, deployments: [String: String] = [:]) {
        guard apiVersion == AzureHost.undated || AzureHost.isDated(apiVersion) else { return nil }
        self.apiVersion = apiVersion
        self.deployments = deployments
    }

    package static let undated = "v1"

    package var isUndated: Bool { apiVersion == AzureHost.undated }

    package func deployment(of model: String) -> String { deployments[model] ?? model }

    /// `2024-10-21`, and what may follow behind a hyphen.
    private static func isDated(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, parts.prefix(3).map(\.utf8.count) == [4, 2, 2],
            parts.prefix(3).allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return false }
        return parts.dropFirst(3).allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
    }
}

extension ProviderHost {
    /// All of it as text, for a keyed digest: secrets are in it.
    package var fingerprint: String {
        switch self {
        case .own: return "own"
        case .azure(let azure):
            let names = azure.deployments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "azure \(azure.apiVersion) \(names)"
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Which moves between states are legal, and what a state means for traffic.
extension VersionState {
    /// The states a version may be moved to from here, in the order a person would think of them.
    package var successors: [VersionState] {
        switch self {
        case .staging: [.canary]
        case .canary: [.production, .rollback]
        case .production: [.deprecated, .rollback]
        case .rollback: [.staging, .deprecated]
        case .deprecated: [.staging]
        }
    }

    package func allows(_ target: VersionState) -> Bool { successors.contains(target) }

    /// Whether a version in this state may hold traffic.
    package var takesTraffic: Bool { self == .canary || self == .production }

    /// The moves that lead from here to a state that takes traffic, shortest first; empty where it already does.
    package var pathToTraffic: [VersionState] {
        switch self {
        case .canary, .production: []
        case .staging: [.canary]
        case .rollback, .deprecated: [.staging, .canary]
        }
    }
}

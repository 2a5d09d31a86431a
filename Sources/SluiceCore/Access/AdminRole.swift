// SPDX-License-Identifier: Apache-2.0

/// What someone may do on the admin plane; each call names the role it needs.
package enum AdminRole: String, Sendable, CaseIterable, Codable {
    /// Reads everything but secrets.
    case viewer
    /// Reads, and moves versions.
    case `operator`
    /// Reads, and makes and revokes keys.
    case keyAdmin = "key-admin"
    /// Everything.
    case owner

    /// Whether someone in this role may make a call that needs another.
    package func includes(_ needed: AdminRole) -> Bool {
        self == needed || self == .owner || needed == .viewer
    }

    /// Whether it can be given for one team alone: who deploys or owns does it for the whole node.
    package var fitsTeam: Bool { self == .viewer || self == .keyAdmin }
}

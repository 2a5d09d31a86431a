// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceCore

/// Who may make which call, as the documentation shows it: a row for each endpoint, made of the list that the router has.
///
/// There is no call without a row, and a role that a row does not have is refused.
enum AccessTable {
    static let heading = "| call | viewer | operator | key-admin | owner | token of a team |"

    static func row(_ endpoint: AdminEndpoint) -> String? {
        guard case .role(let needed) = endpoint.access else { return nil }
        let roles = AdminRole.allCases.map { $0.includes(needed) ? "yes" : "" }
        let teams = endpoint.isForTeams ? "its own" : ""
        return "| `\(endpoint.method) \(endpoint.path)` | \((roles + [teams]).joined(separator: " | ")) |"
            .replacing("|  |", with: "| |").replacing("|  |", with: "| |")
    }

    static func rows(_ endpoints: [AdminEndpoint]) -> [String] { endpoints.compactMap { row($0) } }
}

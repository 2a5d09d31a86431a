// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

/// Calls that hints name: the command, and beside it the path for a client of the API.
///
///     `sluice rollout abort r1` (POST /v1/admin/rollouts/r1/abort)
///
/// The command line shows the command alone.
enum AdminHint {
    static let register = pair("version register", "POST", "versions/register")
    static let listVersions = pair("version list", "GET", "versions")
    static let listRollouts = pair("rollout list", "GET", "rollouts")
    static let listRoutes = pair("route list", "GET", "routes")
    static let listKeys = pair("key list", "GET", "keys")
    static let listTeams = pair("team list", "GET", "teams")
    static let listUsers = pair("user list", "GET", "users")
    static let listTokens = pair("token list", "GET", "tokens")
    static let listBudgets = pair("budget list", "GET", "budgets")
    static let listAlerts = pair("alert list", "GET", "alerts")
    static let startRollout = pair("rollout start VERSION", "POST", "rollouts")

    /// `promote`, `abort` and so on.
    static func rollout(_ verb: String, _ id: String) -> String {
        pair("rollout \(verb) \(id)", "POST", "rollouts/\(id)/\(verb)")
    }

    static func rollout(_ verb: String, _ id: RolloutID) -> String { rollout(verb, id.rawValue) }

    static func transition(_ version: String, to state: VersionState) -> String {
        pair(
            "version transition \(version) \(state.rawValue)",
            "POST",
            "versions/\(version)/transition",
            #" {"target_state": "\#(state.rawValue)"}"#
        )
    }

    static func weight(_ version: String, _ weight: String = "WEIGHT") -> String {
        pair("version weight \(version) \(weight)", "PATCH", "versions/\(version)/weight")
    }

    static func thresholds(_ version: VersionID) -> String {
        pair("version thresholds \(version)", "PATCH", "versions/\(version)/thresholds")
    }

    static func rollback(_ version: VersionID) -> String {
        pair("version rollback \(version)", "POST", "versions/\(version)/rollback")
    }

    static func createKey(_ name: String) -> String { pair("key create \(quoted(name))", "POST", "keys") }

    static func rotateKey(_ id: KeyID) -> String { pair("key rotate \(id)", "POST", "keys/\(id)/rotate") }

    private static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        return isPlain
            ? name
            : "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private static func pair(_ command: String, _ method: String, _ path: String, _ body: String = "") -> String {
        "`sluice \(command)` (\(method) /v1/admin/\(path)\(body))"
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Who may change a definition: the configuration file or the admin API.
package enum Owner: String, Sendable, Codable {
    /// Written in the configuration file; read-only in the API.
    case file
    /// Made through the API; lives in the store.
    case api
}

// SPDX-License-Identifier: Apache-2.0

/// Why a version's config is refused.
package struct VersionSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the field: `timeouts.stall`; empty for the config itself.
    package var field: String
    package var message: String
    package var description: String { field.isEmpty ? "config: \(message)" : "config.\(field): \(message)" }
}

extension VersionSettings {
    /// Reads a version's config.
    package init(validating config: JSONValue) throws(VersionSettingsError) { self.init() }
}

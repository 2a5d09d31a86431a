// SPDX-License-Identifier: Apache-2.0

/// JSON exactly as Python's `json.dumps(value, sort_keys=True)` writes it.
package enum PythonJSON {
    package static func text(_ value: JSONValue) -> String { "" }
}

/// The fingerprint of a config.
package enum ConfigHash {
    /// The first 16 hex digits of SHA-256 over the config as `PythonJSON` writes it.
    package static func of(_ config: JSONValue) -> String { "" }
}

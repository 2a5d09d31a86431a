// SPDX-License-Identifier: Apache-2.0

/// Every error of the admin plane: `{"error","message","hint"?,"details"?}`.
package struct AdminErrorBody: Sendable, Codable {
    /// A stable code in snake case: `invalid_api_key`, `invalid_state`, `config_hash_mismatch`.
    package var error: String
    /// What was wrong and where, for a person.
    package var message: String
    /// The next step that would work, often the exact call.
    package var hint: String?
    /// Facts a program may use: the legal transitions, both hashes.
    package var details: RawJSON?

    package init(error: String, message: String, hint: String? = nil, details: RawJSON? = nil) {
        self.error = error
        self.message = message
        self.hint = hint
        self.details = details
    }
}

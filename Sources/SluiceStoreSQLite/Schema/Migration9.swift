// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Credentials of providers, sealed: nonce, ciphertext and tag in one.
    static let migration9 = """
        CREATE TABLE provider_secret (
            ordinal INTEGER PRIMARY KEY,
            provider TEXT NOT NULL UNIQUE,
            version INTEGER NOT NULL CHECK (version > 0),
            master_key TEXT NOT NULL,
            wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) = 60),
            sealed BLOB NOT NULL CHECK (length(sealed) >= 28),
            set_at INTEGER NOT NULL
        ) STRICT;
        """
}

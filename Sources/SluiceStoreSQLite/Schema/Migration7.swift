// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Which account made what providers keep, by a hash of its id.
    static let migration7 = """
        CREATE TABLE pin_target (
            target INTEGER PRIMARY KEY,
            version TEXT NOT NULL,
            provider TEXT NOT NULL,
            account INTEGER NOT NULL,
            UNIQUE (version, provider, account)
        ) STRICT;

        CREATE TABLE pin (
            ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 16),
            target INTEGER NOT NULL REFERENCES pin_target (target),
            made_at INTEGER NOT NULL,
            is_owed INTEGER NOT NULL CHECK (is_owed IN (0, 1))
        ) STRICT;
        """
}

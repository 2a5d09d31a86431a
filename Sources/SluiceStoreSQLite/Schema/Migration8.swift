// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Teams, users, persons' admin tokens, and what a key may ask for.
    ///
    /// Lists are JSON texts; an empty one is no text.
    static let migration8 = """
        ALTER TABLE caller_key ADD COLUMN user_id TEXT;
        ALTER TABLE caller_key ADD COLUMN routes TEXT;
        ALTER TABLE caller_key ADD COLUMN operations TEXT;
        ALTER TABLE caller_key ADD COLUMN tags TEXT;
        ALTER TABLE caller_key ADD COLUMN is_blocked INTEGER NOT NULL DEFAULT 0 CHECK (is_blocked IN (0, 1));
        ALTER TABLE caller_key ADD COLUMN metadata TEXT;
        ALTER TABLE caller_key ADD COLUMN replay TEXT;

        CREATE TABLE key_use (
            key_id TEXT PRIMARY KEY NOT NULL,
            last_used_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE team (
            ordinal INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            title TEXT,
            is_blocked INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),
            routes TEXT,
            operations TEXT,
            created_at INTEGER NOT NULL,
            metadata TEXT
        ) STRICT;

        CREATE TABLE user (
            ordinal INTEGER PRIMARY KEY,
            user_id TEXT NOT NULL UNIQUE,
            name TEXT,
            email TEXT,
            role TEXT CHECK (role IN ('viewer', 'operator', 'key-admin', 'owner')),
            teams TEXT,
            is_blocked INTEGER NOT NULL CHECK (is_blocked IN (0, 1)),
            external_id TEXT,
            created_at INTEGER NOT NULL,
            metadata TEXT
        ) STRICT;

        CREATE TABLE admin_pass (
            ordinal INTEGER PRIMARY KEY,
            pass_id TEXT NOT NULL UNIQUE CHECK (length(pass_id) BETWEEN 1 AND 128),
            person TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'key-admin', 'owner')),
            team TEXT,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            created_at INTEGER NOT NULL,
            created_by TEXT NOT NULL,
            expires_at INTEGER,
            revoked_at INTEGER,
            CHECK (team IS NULL OR role IN ('viewer', 'key-admin'))
        ) STRICT;
        """
}

// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Open attempts, messages on their way and leases belong to a node.
    ///
    /// Before there was one, named `node`.
    static let migration5 = """
        ALTER TABLE open_attempt ADD COLUMN node TEXT NOT NULL DEFAULT 'node';

        ALTER TABLE outbox ADD COLUMN claimed_by TEXT;
        ALTER TABLE outbox ADD COLUMN claimed_until INTEGER
            CHECK ((claimed_by IS NULL) = (claimed_until IS NULL));

        CREATE TABLE lease (
            name TEXT PRIMARY KEY NOT NULL,
            holder TEXT NOT NULL,
            epoch INTEGER NOT NULL CHECK (epoch > 0),
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}

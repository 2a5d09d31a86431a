// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// What callers say of whom requests are for; entries from before have none of it.
    static let migration13 = """
        ALTER TABLE ledger ADD COLUMN tags TEXT;
        ALTER TABLE ledger ADD COLUMN end_user TEXT;
        """
}

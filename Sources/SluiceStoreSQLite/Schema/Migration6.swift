// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// The ledger tells how large a request was, also where it failed and has no tokens.
    ///
    /// Entries from before do not know it.
    static let migration6 = """
        ALTER TABLE ledger ADD COLUMN request_bytes INTEGER CHECK (request_bytes >= 0);
        """
}

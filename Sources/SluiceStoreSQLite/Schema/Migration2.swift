// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// A key may have a limit of its own for requests in flight.
    static let migration2 = """
        ALTER TABLE caller_key ADD COLUMN max_concurrency INTEGER
            CHECK (max_concurrency BETWEEN 1 AND 1000000);
        """
}

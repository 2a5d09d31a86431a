// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// How the versions of requests were chosen, as a line of words; entries from before have none.
    static let migration14 = "ALTER TABLE ledger ADD COLUMN choice TEXT;"
}

// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Failed first attempts of a version are found without reading its answered ones.
    static let migration4 = """
        CREATE INDEX ledger_failed_first ON ledger (version, started_at)
            WHERE attempt = 1 AND error_class IS NOT NULL;
        """
}

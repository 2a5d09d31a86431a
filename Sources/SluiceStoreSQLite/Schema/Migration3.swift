// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// How a model is asked to go on with an answer that broke off.
    static let migration3 = """
        ALTER TABLE model ADD COLUMN prefill TEXT
            CHECK (prefill IN ('message', 'prefix', 'continue_final_message'));
        """
}

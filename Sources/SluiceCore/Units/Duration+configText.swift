// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// Reads `500ms`, `30s`, `2m`, `1h`, `7d` (with decimals: `1.5s`); `nil` for anything else, or below zero.
    package init?(configText text: String) { return nil }
}

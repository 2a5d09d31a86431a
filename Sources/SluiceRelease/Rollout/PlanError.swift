// SPDX-License-Identifier: Apache-2.0

/// Why a plan is refused: the field by its path, and what would be right.
package struct PlanError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `steps[1].weight`, `metrics.error.tolerance_odds`.
    package var field: String
    package var message: String

    package init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    package var description: String { field.isEmpty ? message : "\(field): \(message)" }
}

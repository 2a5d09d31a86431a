// SPDX-License-Identifier: Apache-2.0

/// How log lines are written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object per line.
    case json
    /// For people: time, level, message, metadata.
    case text
}

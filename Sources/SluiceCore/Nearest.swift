// SPDX-License-Identifier: Apache-2.0

/// Names that someone may have meant.
package enum Nearest {
    /// The names at a small edit distance from what was written, nearest first.
    package static func names(to text: String, among names: some Sequence<String>, limit: Int = 3) -> [String] { [] }
}

// SPDX-License-Identifier: Apache-2.0

/// Why a node does not come up.
package struct NodeError: Error, Sendable, CustomStringConvertible {
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}

// SPDX-License-Identifier: Apache-2.0

/// A fault of the store itself, wider than one request.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Somebody else changed the state in between; read again and decide again.
        case conflict
        /// Locked, full or gone; may heal by itself.
        case unavailable
        /// The file is not ours, too new, or damaged.
        case unusable
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

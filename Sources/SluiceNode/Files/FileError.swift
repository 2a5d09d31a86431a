// SPDX-License-Identifier: Apache-2.0

/// Why a file or folder the node needs cannot be used.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package var path: String
    package var message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }
}

// SPDX-License-Identifier: Apache-2.0

/// A value that must not be printed: a credential, a pepper, a caller's key.
package struct Secret<Value: Sendable>: Sendable {
    /// The value itself; name the use where this is read.
    package let exposed: Value

    package init(_ value: Value) { exposed = value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}

// SPDX-License-Identifier: Apache-2.0

/// The bounds of a JSON text.
package struct JSONLimits: Sendable {
    /// Objects and arrays inside each other.
    package var depth: Int
    /// Members of all objects together; array elements do not count.
    package var members: Int

    package init(depth: Int = 64, members: Int = 50_000) {
        self.depth = depth
        self.members = members
    }
}

/// Why a text is not JSON, and where.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// From 0.
    package var offset: Int
    /// From 1.
    package var line: Int
    /// From 1, in characters.
    package var column: Int

    package var description: String { "\(message) at line \(line), column \(column)" }
}

extension JSONValue {
    /// Reads a JSON text as Python's `json.loads` does: the last of equal members wins, `1e400` is infinite.
    package init(parsing bytes: RawSpan, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var reader = JSONReader(limits: limits)
        self = try reader.document(bytes)
    }

    /// Reads a JSON text.
    package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        // Safe because: bytes have no padding, and the span does not outlive the array.
        try unsafe self.init(parsing: bytes.span.bytes, limits: limits)
    }

    /// Reads a JSON text.
    package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }
}

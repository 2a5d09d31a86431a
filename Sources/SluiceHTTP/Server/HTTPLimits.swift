// SPDX-License-Identifier: Apache-2.0

/// The limits of one client connection; all are on by default.
package struct HTTPLimits: Sendable {
    /// Bytes of the header block, of one field, and the number of fields.
    package var headerBytes = 32 * 1_024
    package var fieldBytes = 16 * 1_024
    package var fieldCount = 100
    package var uriBytes = 8 * 1_024
    /// Bytes of a request body.
    package var bodyBytes = 32 * 1_024 * 1_024
    /// From a head's first byte to its last.
    package var headerTime = Duration.seconds(10)
    /// A body may be slower than `bodyBytesPerSecond` for this long.
    package var bodyGrace = Duration.seconds(10)
    package var bodyBytesPerSecond: UInt64 = 500
    /// How long a connection may lie idle between two requests.
    package var idleTime = Duration.seconds(75)
    /// Bytes of an unread body that are read away to keep a connection.
    package var drainBytes = 64 * 1_024
    /// How long a refused caller may go on sending before it is cut off.
    package var lingerTime = Duration.seconds(2)
    /// Bytes a caller may send ahead of being asked for them.
    package var inboxBytes = 256 * 1_024

    package init() {}

    /// When more of a body must have come than `bytes`, whose head came at a moment.
    func dueOfBody(since began: UInt64, bytes: UInt64) -> UInt64 {
        let (paced, isPast) = bytes.multipliedReportingOverflow(by: 1_000_000_000)
        let pace = isPast ? .max : paced / max(bodyBytesPerSecond, 1)
        return began.advanced(byNanosecondsOf: bodyGrace).advanced(by: pace)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Which directions of an upgraded connection are still open; each side ends its own.
struct OpenDirections: Sendable, Equatable {
    /// The peer may still send.
    private(set) var hasInput = true
    /// We may still send.
    private(set) var hasOutput = true

    /// Both sides have said their last.
    var areOver: Bool { !hasInput && !hasOutput }

    mutating func endInput() { hasInput = false }
    mutating func endOutput() { hasOutput = false }
}

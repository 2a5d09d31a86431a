// SPDX-License-Identifier: Apache-2.0

/// A fault of the store itself, wider than one request.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Somebody else changed the state in between; read again and decide again.
        case conflict
        /// A rollout's log has entries that the writer does not know; read them and decide again.
        case logMoved
        /// Another node does by now what this was done for; leave it.
        case leaseLost
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

    package static func leaseLost(_ lease: Lease) -> StoreError {
        StoreError(.leaseLost, "the lease \(lease.name) of epoch \(lease.epoch) is no longer \(lease.holder)'s")
    }

    package static func staleEvidence(expected: Int64, last: Int64) -> StoreError {
        StoreError(.logMoved, "expected the log to end with entry \(expected), but it ends with \(last)")
    }

    package static func staleRevision(expected: Int64, inForce revision: Int64) -> StoreError {
        StoreError(.conflict, "expected revision \(expected), but \(revision) is in force")
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceCore

/// A unit's place in a route's traffic: what the split decides on.
///
/// SHA-256(salt ‖ 0x00 ‖ key), where the key is the unit scoped by its team: team id, 0x1F, unit. The first 64 bits
/// choose the bucket, the next 64 the production version, so that a change among production versions moves no canary
/// unit.
package struct UnitDigest: Sendable, Hashable {
    /// Chooses the bucket; also what caps a unit's events.
    package let primary: UInt64
    /// Chooses among production versions.
    package let secondary: UInt64

    /// A place drawn at random, for requests without a unit.
    package init(primary: UInt64, secondary: UInt64) {
        self.primary = primary
        self.secondary = secondary
    }

    /// The place of a unit, which is text.
    package init(salt: [UInt8], team: String?, unit: String) {
        let bytes = Array(unit.utf8)
        // Safe because: bytes have no padding.
        unsafe self.init(salt: salt, scope: UnitDigest.scope(team: team), unit: bytes.span.bytes)
    }

    /// The place of a unit, which is bytes.
    ///
    /// - Parameter scope: what ``scope(team:)`` gave for the caller's team.
    package init(salt: [UInt8], scope: [UInt8], unit: RawSpan) {
        var digest = SHA256()
        // Safe because: the digest reads within its pieces, and its own 32 bytes are loaded with their bounds checked.
        unsafe salt.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        unsafe scope.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        unsafe unit.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        (primary, secondary) = unsafe digest.finalize().withUnsafeBytes { bytes in
            unsafe (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
            )
        }
    }

    /// What stands between salt and unit.
    package static func scope(team: String?) -> [UInt8] {
        guard let team else { return [0] }
        return [0] + team.utf8 + [0x1F]
    }

    /// 0…9 999, by multiply and shift: no modulo bias.
    ///
    /// Salt `s1`, unit `user-42` is 7046; salt `chat`, unit `user-1` is 569.
    package var bucket: Int { Int(primary.multipliedFullWidth(by: UInt64(BucketRanges.total)).high) }
}

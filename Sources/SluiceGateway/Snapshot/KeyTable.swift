// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceCore

/// The callers' keys of a snapshot, found by the hash of what a caller shows.
///
/// SHA-256 over a secret pepper and the key: nobody outside can aim at a place in the table, so one look-up by the
/// first 64 bits serves keys of every form. The whole hash is then compared in constant time; a key that is not there
/// is compared with a dummy.
struct KeyTable: Sendable {
    private let pepper: Secret<[UInt8]>
    private let keys: [CompiledKey]
    private let places: [UInt64: Int32]
    private let dummy = [UInt8](repeating: 0, count: 32)

    /// - Parameter live: the counters of a key, kept from one snapshot to the next.
    init(_ keys: [CallerKey], pepper: Secret<[UInt8]>, live: (KeyID) -> InFlightCount) {
        self.pepper = pepper
        var compiled: [CompiledKey] = []
        var places: [UInt64: Int32] = [:]
        compiled.reserveCapacity(keys.count)
        places.reserveCapacity(keys.count)
        for key in keys where key.hash.count == 32 {
            places[KeyTable.prefix(key.hash)] = Int32(clamping: compiled.count)
            compiled.append(CompiledKey(key, live: live(key.id)))
        }
        self.keys = compiled
        self.places = places
    }

    /// The key whose text this is, valid or not any more.
    func find(_ text: Span<UInt8>) -> CompiledKey? {
        var digest = SHA256()
        digest.update(data: pepper.exposed)
        // Safe because: the digest only reads within the buffer.
        unsafe text.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        let hash = digest.finalize()
        // Safe because: the buffer lives during the call only, and every access is checked against its count.
        return unsafe hash.withUnsafeBytes { hash in
            let prefix = unsafe hash.loadUnaligned(fromByteOffset: 0, as: UInt64.self).bigEndian
            let key = places[prefix].map { keys[Int($0)] }
            let expected = key?.hash ?? dummy
            var difference: UInt8 = key == nil || expected.count != hash.count ? 1 : 0
            for index in 0..<min(hash.count, expected.count) { difference |= unsafe hash[index] ^ expected[index] }
            return difference == 0 ? key : nil
        }
    }

    private static func prefix(_ hash: [UInt8]) -> UInt64 {
        hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// One caller's key, ready for requests.
final class CompiledKey: Sendable {
    let id: KeyID
    let team: String?
    let hash: [UInt8]
    private let validUntil: Timestamp?
    let live: InFlightCount
    /// Requests in flight at the same time; `nil` is the node's limit.
    let maxConcurrency: Int?

    init(_ key: CallerKey, live: InFlightCount) {
        id = key.id
        team = key.team
        hash = key.hash
        validUntil = key.validUntil
        self.live = live
        maxConcurrency = key.maxConcurrency
    }

    func isValid(at now: Timestamp) -> Bool {
        guard let validUntil else { return true }
        return now < validUntil
    }
}

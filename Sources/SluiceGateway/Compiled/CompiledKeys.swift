// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceCore
import SluiceRelease

/// The callers' keys of a snapshot, found by the hash of what a caller shows.
///
/// SHA-256 over a secret pepper and the key: nobody outside can aim at a slot in the table, so one look-up by the
/// first 64 bits serves keys of every form. The whole hash is then compared in constant time; a key that is not there
/// is compared with a dummy.
final class CompiledKeys: Sendable {
    private let pepper: Secret<[UInt8]>
    private let keys: [CompiledKey]
    /// Each key's hash as four words, the first bytes highest.
    private let hashes: [SIMD4<UInt64>]
    /// 1 + the index of a key, near the slot that the lowest bits of its hash's first word name; 0 is a free slot.
    private let slots: [Int32]

    /// - Parameters:
    ///   - gates: of the keys that may not do everything.
    ///   - rules: the limits and budgets of the snapshot.
    ///   - live: the counters of a key, kept from one snapshot to the next.
    init(
        _ keys: [CallerKey],
        gates: [KeyID: CompiledGate] = [:],
        pepper: Secret<[UInt8]>,
        rules: SpendingRuleSet = SpendingRuleSet(),
        live: (KeyID) -> InFlightCount
    ) {
        self.pepper = pepper
        var size = 16
        while size < keys.count * 2 { size *= 2 }
        var former: [KeyID: KeyID] = [:]
        for key in keys { if let next = key.replacedBy { former[next] = key.id } }
        var compiled: [CompiledKey] = []
        var hashes: [SIMD4<UInt64>] = []
        var slots = [Int32](repeating: 0, count: size)
        compiled.reserveCapacity(keys.count)
        hashes.reserveCapacity(keys.count)
        for key in keys {
            guard let hash = CompiledKeys.words(key.hash) else { continue }
            let slot = CompiledKeys.slot(of: hash[0], in: slots, hashes)
            let owner = Pin.owner(key: CompiledKeys.first(of: key.id, former), team: key.team)
            let (gate, own) = (gates[key.id], rules.rules(of: key))
            compiled.append(
                CompiledKey(key, owner: owner, pepper: pepper, rules: own, live: live(key.id), gate: gate)
            )
            hashes.append(hash)
            slots[slot] = Int32(clamping: compiled.count)
        }
        self.keys = compiled
        self.hashes = hashes
        self.slots = slots
    }

    /// The first of the keys that took each other's place up to this one.
    private static func first(of key: KeyID, _ former: [KeyID: KeyID]) -> KeyID {
        earlier(than: key, former).last ?? key
    }

    /// The keys whose place this one took, and the one before it, and so on.
    private static func earlier(than key: KeyID, _ former: [KeyID: KeyID]) -> [KeyID] {
        var found: [KeyID] = []
        while found.count < former.count, let next = former[found.last ?? key] { found.append(next) }
        return found
    }

    var count: Int { keys.count }

    /// The key whose text this is, valid or not any more.
    func find(_ text: Span<UInt8>) -> CompiledKey? { find(hash(of: text)) }

    /// The hash of what a caller shows, as four words, the first bytes highest.
    func hash(of text: Span<UInt8>) -> SIMD4<UInt64> {
        var digest = SHA256()
        // Safe because: the digest only reads within the buffers.
        unsafe pepper.exposed.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        unsafe text.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        // Safe because: the buffer lives during the call only, and every load is checked against its count.
        return unsafe digest.finalize().withUnsafeBytes { bytes in
            var hash = SIMD4<UInt64>()
            for word in 0..<4 {
                hash[word] = unsafe bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self).bigEndian
            }
            return hash
        }
    }

    /// The key that has this hash.
    func find(_ hash: SIMD4<UInt64>) -> CompiledKey? {
        let index = Int(slots[CompiledKeys.slot(of: hash[0], in: slots, hashes)]) - 1
        let difference = hash ^ (index < 0 ? SIMD4() : hashes[index])
        let isSame = difference[0] | difference[1] | difference[2] | difference[3] == 0
        return isSame && index >= 0 ? keys[index] : nil
    }

    /// The slot of the hash that begins with this word, or the free slot where it would stand.
    private static func slot(of word: UInt64, in slots: [Int32], _ hashes: [SIMD4<UInt64>]) -> Int {
        var slot = Int(truncatingIfNeeded: word) & (slots.count - 1)
        // At least half of the slots are free.
        while slots[slot] != 0, hashes[Int(slots[slot]) - 1][0] != word { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    static func words(_ hash: [UInt8]) -> SIMD4<UInt64>? {
        guard hash.count == 32 else { return nil }
        var words = SIMD4<UInt64>()
        for (index, byte) in hash.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        return words
    }
}

/// One caller's key, ready for requests.
final class CompiledKey: Sendable {
    let id: KeyID
    /// What stands before a unit of its team in the digest of the unit.
    let scope: [UInt8]
    private let owner: [UInt8]
    private let pepper: Secret<[UInt8]>
    private let validUntil: Timestamp?
    let live: InFlightCount
    /// Requests in flight at the same time; `nil` is the node's limit.
    let maxConcurrency: Int?
    /// Absent where it may do everything.
    let gate: CompiledGate?
    /// Its limits and budgets, and those of its team.
    let rules: [SpendingRules]

    /// - Parameter owner: of what its requests have providers keep.
    init(
        _ key: CallerKey,
        owner: [UInt8],
        pepper: Secret<[UInt8]>,
        rules: [SpendingRules] = [],
        live: InFlightCount,
        gate: CompiledGate? = nil
    ) {
        self.gate = gate
        self.rules = rules
        self.owner = owner
        self.pepper = pepper
        id = key.id
        scope = UnitDigest.scope(team: key.team)
        validUntil = key.validUntil
        self.live = live
        maxConcurrency = key.maxConcurrency
    }

    /// How pins know an id of what its requests have providers keep.
    func digest(of id: [UInt8]) -> Pin.Digest { Pin.Digest(of: id, owner: owner, pepper: pepper) }

    func isValid(at now: Timestamp) -> Bool {
        guard let validUntil else { return true }
        return now < validUntil
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import Synchronization

/// Which version conversations were given at their beginning, on routes that choose: a provider's cache of a prompt is worth
/// more than a choice made anew.
///
/// Shared by all loops, without a lock. It holds the last 65 536 conversations or fewer: one may take another's place, which is
/// then chosen for anew.
@safe
final class ChoiceMemory: Sendable {
    private static let places = 1 << 16
    /// 48 bits of the unit and 16 of the version; 0 is free.
    // Safe because: made and freed here, and every access is to a place below `places`.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        unsafe slots = .allocate(capacity: ChoiceMemory.places)
        for place in 0..<ChoiceMemory.places { unsafe (slots + place).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe slots.deinitialize(count: ChoiceMemory.places)
        unsafe slots.deallocate()
    }

    /// A version as it is remembered.
    static func mark(of version: VersionID) -> UInt16 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in version.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return UInt16(truncatingIfNeeded: hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48)
    }

    /// - Parameter unit: of a conversation and of what it asks for.
    func version(of unit: UInt64) -> UInt16? {
        let entry = unsafe slots[place(of: unit)].load(ordering: .relaxed)
        return entry >> 16 == tag(of: unit) ? UInt16(truncatingIfNeeded: entry) : nil
    }

    func remember(_ version: UInt16, of unit: UInt64) {
        unsafe slots[place(of: unit)].store(tag(of: unit) << 16 | UInt64(version), ordering: .relaxed)
    }

    private func place(of unit: UInt64) -> Int { Int(truncatingIfNeeded: unit & UInt64(ChoiceMemory.places - 1)) }

    /// Never 0, as free places have it.
    private func tag(of unit: UInt64) -> UInt64 { max(unit >> 16, 1) }
}

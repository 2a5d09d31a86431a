// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Digests and where they were made, as many as there is room for: a newer one takes the place of the oldest.
///
/// 24 bytes each, and 8 to 16 of an index that leaves at least half of its slots free.
struct PinRing {
    struct Found: Equatable {
        /// The number of its place.
        var place: UInt32
        var isOwed: Bool
    }

    private struct Entry {
        var digest: Pin.Digest
        /// The place's number, and in the highest bit whether it is owed.
        var value: UInt32
    }

    private let most: Int
    private var entries: [Entry] = []
    /// 1 + the index of an entry, at or behind the slot that the low bits of its digest name; 0 is a free slot.
    private var slots: [UInt32]
    /// The oldest entry, once there are as many as there may be.
    private var oldest = 0

    private static let owed: UInt32 = 1 << 31

    /// - Parameter most: at least one.
    init(most: Int) {
        self.most = min(max(1, most), 1 << 30)
        slots = [UInt32](repeating: 0, count: 16)
    }

    var count: Int { entries.count }

    func find(_ digest: Pin.Digest) -> Found? {
        index(of: digest).map { Found(entries[$0].value) }
    }

    /// Adds one; of one that is known only that it is owed no more.
    mutating func put(_ digest: Pin.Digest, at place: UInt32, isOwed: Bool) {
        if let index = index(of: digest) {
            if !isOwed { entries[index].value &= ~PinRing.owed }
            return
        }
        let entry = Entry(digest: digest, value: place & ~PinRing.owed | (isOwed ? PinRing.owed : 0))
        guard entries.count == most else {
            if 2 * (entries.count + 1) > slots.count { grow() }
            entries.append(entry)
            return point(at: entries.count - 1)
        }
        forget(oldest)
        entries[oldest] = entry
        point(at: oldest)
        oldest = (oldest + 1) % most
    }

    /// Takes from one that it is owed; whether it was.
    mutating func pay(_ digest: Pin.Digest) -> Bool {
        guard let index = index(of: digest), entries[index].value & PinRing.owed != 0 else { return false }
        entries[index].value &= ~PinRing.owed
        return true
    }

    // MARK: the index

    private func slot(_ digest: Pin.Digest) -> Int { Int(truncatingIfNeeded: digest.low) & (slots.count - 1) }

    private func index(of digest: Pin.Digest) -> Int? {
        var slot = slot(digest)
        // At least half of the slots are free.
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].digest == digest { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func point(at index: Int) {
        var slot = slot(entries[index].digest)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for index in entries.indices { point(at: index) }
    }

    /// Frees an entry's slot, and moves those behind it to where they are looked for.
    private mutating func forget(_ index: Int) {
        let mask = slots.count - 1
        var free = slot(entries[index].digest)
        while slots[free] != UInt32(index + 1) {
            if slots[free] == 0 { return }
            free = (free + 1) & mask
        }
        slots[free] = 0
        var next = (free + 1) & mask
        while slots[next] != 0 {
            let home = slot(entries[Int(slots[next]) - 1].digest)
            // It may move where its way from home leads over the free slot.
            if (next - home) & mask >= (next - free) & mask {
                slots[free] = slots[next]
                slots[next] = 0
                free = next
            }
            next = (next + 1) & mask
        }
    }
}

extension PinRing.Found {
    fileprivate init(_ value: UInt32) {
        place = value & ~(1 << 31)
        isOwed = value & 1 << 31 != 0
    }
}

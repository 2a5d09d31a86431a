// SPDX-License-Identifier: Apache-2.0

/// Routes by the names that callers use for them, found by bytes: no text is made to look one up.
struct RouteTable: Sendable {
    private struct Entry: Sendable {
        var start = 0
        /// 0 is a free slot.
        var count = 0
        var hash: UInt64 = 0
        var route = 0
    }

    private let text: [UInt8]
    /// Each name stands near the slot that the lowest bits of its hash name.
    private let entries: [Entry]
    private let routes: [CompiledRoute]
    private let longest: Int

    init(_ named: [String: CompiledRoute]) {
        var size = 16
        while size < named.count * 2 { size *= 2 }
        var text: [UInt8] = []
        var entries = [Entry](repeating: Entry(), count: size)
        var routes: [CompiledRoute] = []
        for (name, route) in named where !name.isEmpty {
            let bytes = Array(name.utf8)
            // Safe because: bytes have no padding.
            let hash = unsafe RouteTable.hash(bytes.span.bytes)
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            while entries[slot].count != 0 { slot = (slot + 1) & (size - 1) }
            entries[slot] = Entry(start: text.count, count: bytes.count, hash: hash, route: routes.count)
            text += bytes
            routes.append(route)
        }
        self.text = text
        self.entries = entries
        self.routes = routes
        longest = named.keys.reduce(0) { max($0, $1.utf8.count) }
    }

    func find(_ name: RawSpan) -> CompiledRoute? {
        guard name.byteCount > 0, name.byteCount <= longest else { return nil }
        let hash = RouteTable.hash(name)
        var slot = Int(truncatingIfNeeded: hash) & (entries.count - 1)
        // At least half of the slots are free.
        while entries[slot].count != 0 {
            if entries[slot].hash == hash, isSame(entries[slot], name) { return routes[entries[slot].route] }
            slot = (slot + 1) & (entries.count - 1)
        }
        return nil
    }

    private func isSame(_ entry: Entry, _ name: RawSpan) -> Bool {
        guard entry.count == name.byteCount else { return false }
        for index in 0..<entry.count {
            // Safe because: the offset is checked, and every bit pattern is a byte.
            let byte = unsafe name.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte != text[entry.start + index] { return false }
        }
        return true
    }

    /// FNV-1a; the operator chose the names, so nobody can aim at a slot.
    private static func hash(_ name: RawSpan) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in 0..<name.byteCount {
            // Safe because: the offset is checked, and every bit pattern is a byte.
            hash = (hash ^ UInt64(unsafe name.unsafeLoad(fromByteOffset: index, as: UInt8.self))) &* 0x100_0000_01B3
        }
        return hash
    }
}

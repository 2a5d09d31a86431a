// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Span<UInt8> {
    /// The first place of a byte at or after `start`.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start >= 0, start < count else { return nil }
        // Safe because: the search stays within the buffer's own bounds.
        return unsafe withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// Whether this is the given lower-case ASCII text, in any case of letters.
    package func equals(ignoringCase lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { wanted in
            for index in 0..<count {
                let byte = self[index]
                let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
                if unsafe folded != wanted[index] { return false }
            }
            return true
        }
    }

    /// The decimal number this is: 1 to 18 digits and nothing else.
    package var decimal: Int? {
        guard (1...18).contains(count) else { return nil }
        var number = 0
        for index in 0..<count {
            guard self[index] >= 0x30, self[index] <= 0x39 else { return nil }
            number = number * 10 + Int(self[index] - 0x30)
        }
        return number
    }

    /// Whether a comma-separated list holds this lower-case token.
    package func listHolds(_ token: StaticString) -> Bool { listHolds { $0.equals(ignoringCase: token) } }

    /// Whether a comma-separated list holds this token, in any case of letters.
    package func listHolds(_ token: Span<UInt8>) -> Bool {
        listHolds { item in
            guard item.count == token.count else { return false }
            for index in item.indices where item[index] | 0x20 != token[index] | 0x20 { return false }
            return true
        }
    }

    private func listHolds(_ matches: (Span<UInt8>) -> Bool) -> Bool {
        var start = 0
        while start <= count {
            let end = firstIndex(of: 0x2C, from: start) ?? count
            var first = start
            var last = end
            while first < last, self[first] == 0x20 || self[first] == 0x09 { first += 1 }
            while last > first, self[last - 1] == 0x20 || self[last - 1] == 0x09 { last -= 1 }
            if matches(extracting(first..<last)) { return true }
            start = end + 1
        }
        return false
    }
}

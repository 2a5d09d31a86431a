// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Looks through header lines that stand somewhere in the bytes of a head, which were checked before.
package enum HeaderLines {
    /// Calls `visit` for each of the header lines that stand somewhere in a head.
    @inline(__always)
    package static func forEach(
        of bytes: Span<UInt8>,
        _ lines: Range<Int>,
        _ visit: (_ name: Span<UInt8>, _ value: Span<UInt8>, _ range: Range<Int>) -> Void
    ) {
        var start = lines.lowerBound
        while start < lines.upperBound, let line = HeaderLine(checked: bytes, from: start) {
            visit(bytes.extracting(line.name), bytes.extracting(line.value), line.value)
            start = line.next
        }
    }

    /// Where the first value of a field stands, by its name in lower case.
    package static func first(_ wanted: String, of bytes: Span<UInt8>, _ lines: Range<Int>) -> Range<Int>? {
        let wanted = Array(wanted.utf8)
        var found: Range<Int>?
        forEach(of: bytes, lines) { name, value, range in
            guard found == nil, name.count == wanted.count else { return }
            for index in name.indices where name[index].lowercasedASCII != wanted[index] { return }
            found = range
        }
        return found
    }
}

// SPDX-License-Identifier: Apache-2.0
/// Finds what only the account that made it can read, in JSON of the Responses API as it passes: the `encrypted_content`
/// of reasoning and compaction items, which callers hand back with their next request.
///
/// It looks for the name between quotes with a colon behind it, which text within a string cannot hold: its quotes are
/// escaped there.
package struct SealedReasoning: Sendable {
    /// What was found.
    package enum Found: Sendable, Equatable {
        /// `include` asks for it.
        case asked
        /// The first bytes of one, which stand for all of it: they hold when it was made, and a random start.
        case content([UInt8])
    }

    /// Bytes that stand for a whole one.
    package static let shown = 128
    /// Fewer say nothing.
    private static let fewest = 8
    private static let name = Array("encrypted_content\"".utf8)

    private enum Place {
        case outside
        /// So many bytes of the name stand there, behind a quote or the dot of `reasoning.encrypted_content`.
        case name(Int, isMember: Bool)
        case colon, quote, value
    }

    private var place = Place.outside
    private var value: [UInt8] = []

    package init() {}

    /// Looks at the next bytes, cut anywhere.
    package mutating func feed(_ bytes: RawSpan, _ found: (Found) -> Void) {
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(index)
            switch place {
            case .outside: place = SealedReasoning.begun(by: byte)
            case .name(let count, let isMember): take(byte, after: count, isMember: isMember, found)
            case .colon: place = SealedReasoning.isSpace(byte) ? .colon : byte == UInt8(ascii: ":") ? .quote : .outside
            case .quote: place = SealedReasoning.isSpace(byte) ? .quote : byte == UInt8(ascii: "\"") ? .value : .outside
            case .value: take(byte, found)
            }
        }
    }

    private mutating func take(_ byte: UInt8, after count: Int, isMember: Bool, _ found: (Found) -> Void) {
        guard byte == SealedReasoning.name[count] else {
            // Only the first byte of the whole can begin it anew.
            place = SealedReasoning.begun(by: byte)
            return
        }
        guard count + 1 == SealedReasoning.name.count else {
            place = .name(count + 1, isMember: isMember)
            return
        }
        place = isMember ? .colon : .outside
        if !isMember { found(.asked) }
    }

    private mutating func take(_ byte: UInt8, _ found: (Found) -> Void) {
        // A slash may be escaped; what is compared is what was meant.
        if byte == UInt8(ascii: "\\") { return }
        if byte != UInt8(ascii: "\"") {
            value.append(byte)
            guard value.count == SealedReasoning.shown else { return }
        }
        if value.count >= SealedReasoning.fewest { found(.content(value)) }
        value = []
        place = .outside
    }

    private static func begun(by byte: UInt8) -> Place {
        switch byte {
        case UInt8(ascii: "\""): .name(0, isMember: true)
        case UInt8(ascii: "."): .name(0, isMember: false)
        default: .outside
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}

extension SealedReasoning {
    /// Whether a request asks for it, and what it hands back, the newest last.
    package static func ofRequest(_ body: RawSpan) -> (isAskedFor: Bool, contents: [[UInt8]]) {
        var (isAskedFor, contents) = (false, [[UInt8]]())
        var search = SealedReasoning()
        search.feed(body) { found in
            switch found {
            case .asked: isAskedFor = true
            case .content(let content): contents.append(content)
            }
        }
        return (isAskedFor, contents)
    }
}

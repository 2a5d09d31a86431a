// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// What a caller's `system` holds: which of its blocks must stand first, and what is behind them.
struct SystemBlocks {
    /// Just behind the last block that must stand first; `nil` where there is none.
    private(set) var frontEnd: Int?
    /// There are blocks behind those that must stand first.
    private(set) var hasMore = false
    /// Just behind the closing bracket.
    let end: Int

    /// Coding agents say who they are in a block that providers look for in the first place only.
    private static let front: StaticString = "x-anthropic-billing-header"

    /// Reads an array, at whose bracket the cursor stands; one object is around it.
    init(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        if try cursor.enter(bytes, closing: .closeBracket) {
            repeat {
                let mustStandFirst = try SystemBlocks.skipBlock(bytes, &cursor)
                if mustStandFirst, !hasMore { frontEnd = cursor.position } else { hasMore = true }
            } while try cursor.next(bytes, closing: .closeBracket)
        }
        end = cursor.position
    }

    /// Steps over a block; whether it must stand first.
    private static func skipBlock(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) -> Bool {
        guard try cursor.peek(bytes) == .openBrace else {
            try cursor.skipValue(bytes, depth: 2)
            return false
        }
        var mustStandFirst = false
        guard try cursor.enter(bytes, closing: .closeBrace) else { return false }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 3)
            if first == .quote, bytes.equals("text", in: name) {
                mustStandFirst = mustStandFirst || self.mustStandFirst(bytes, at: start)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        return mustStandFirst
    }

    /// Whether a string, at its quote, is a text that must stand first.
    static func mustStandFirst(_ bytes: RawSpan, at quote: Int) -> Bool { bytes.has(front, at: quote + 1) }
}

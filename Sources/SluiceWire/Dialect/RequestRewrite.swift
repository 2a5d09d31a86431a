// SPDX-License-Identifier: Apache-2.0

/// One request rewritten for one version: ranges replaced, every other byte as it came.
package struct RequestRewrite {
    private var firstEdits = InlineArray<6, PlannedEdit>(repeating: PlannedEdit())
    private var moreEdits: [PlannedEdit] = []
    private var editCount = 0
    /// All that replaces anything.
    private let text: [UInt8]
    /// Bytes of the rewritten body.
    package private(set) var length: Int
    /// The caller did not ask for the usage that the provider will send: the meter must hide it.
    package internal(set) var hidesUsage = false

    /// A range of the body, and where its replacement stands in the text.
    private struct PlannedEdit {
        var start: UInt32 = 0
        var end: UInt32 = 0
        var textStart: UInt32 = 0
        var textEnd: UInt32 = 0

        var range: Range<Int> { Int(start)..<Int(end) }
        var text: Range<Int> { Int(textStart)..<Int(textEnd) }
    }

    package struct Edit: Sendable, Equatable {
        package var range: Range<Int>
        package var replacement: [UInt8]
    }

    /// Nothing is changed yet.
    ///
    /// - Parameter text: what changes put in, by its places.
    init(of body: RawSpan, with text: [UInt8]) {
        self.text = text
        length = body.byteCount
    }

    /// Another body in the place of the whole one.
    init(of body: RawSpan, replacedBy other: [UInt8]) {
        self.init(of: body, with: other)
        put(0..<other.count, over: 0..<body.byteCount)
    }

    /// The ranges that are replaced, in order and apart; an empty range inserts.
    ///
    /// Not asked on the way of a request: tests put the caller's bytes back by them and compare the whole.
    package var edits: [Edit] {
        (0..<editCount).map { Edit(range: edit($0).range, replacement: Array(text[edit($0).text])) }
    }

    /// Hands out the rewritten body piece by piece, in order; the body is the one that this was made of.
    package func write(_ body: RawSpan, to take: (RawSpan) -> Void) {
        let text = self.text
        // Safe because: bytes have no padding.
        let replacements = unsafe text.span.bytes
        var position = 0
        for index in 0..<editCount {
            let edit = edit(index)
            if edit.range.lowerBound > position { take(body.extracting(position..<edit.range.lowerBound)) }
            if !edit.text.isEmpty { take(replacements.extracting(edit.text)) }
            position = edit.range.upperBound
        }
        if position < body.byteCount { take(body.extracting(position..<body.byteCount)) }
    }

    /// The rewritten body in one piece.
    package func bytes(of body: RawSpan) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        write(body) { bytes.append(contentsOf: $0, in: 0..<$0.byteCount) }
        return bytes
    }

    // MARK: Edits

    private func edit(_ index: Int) -> PlannedEdit {
        index < firstEdits.count ? firstEdits[index] : moreEdits[index - firstEdits.count]
    }

    private mutating func set(_ edit: PlannedEdit, at index: Int) {
        if index < firstEdits.count { firstEdits[index] = edit } else { moreEdits[index - firstEdits.count] = edit }
    }

    /// Puts some of the text in the place of a range, behind what is inserted there already.
    mutating func put(_ text: Range<Int>, over range: Range<Int>) {
        let new = PlannedEdit(
            start: UInt32(truncatingIfNeeded: range.lowerBound),
            end: UInt32(truncatingIfNeeded: range.upperBound),
            textStart: UInt32(truncatingIfNeeded: text.lowerBound),
            textEnd: UInt32(truncatingIfNeeded: text.upperBound)
        )
        length += text.count - range.count
        if editCount >= firstEdits.count { moreEdits.append(new) }
        var place = editCount
        editCount += 1
        while place > 0, new.start < edit(place - 1).start {
            set(edit(place - 1), at: place)
            place -= 1
        }
        set(new, at: place)
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Blanks a text that comes in pieces: what could be the beginning of a secret waits for the next piece.
///
/// The end of a piece is kept back from the beginning of its last word on, but no more than two of the longest secret and
/// a mask; so no cut hides a secret.
struct PiecewiseBlank: Sendable {
    private let secrets: SecretBlank
    /// Not handed out yet.
    private var kept: [UInt8] = []
    /// The word at hand was blanked; the rest of it goes the same way.
    private var isInBlanked = false

    init(_ secrets: SecretBlank) { self.secrets = secrets }

    /// What goes on of this piece and of what was kept before; with the last one all of it.
    mutating func take(_ piece: RawSpan, isLast: Bool) -> [UInt8] {
        var text = kept
        text.append(contentsOf: piece, in: 0..<piece.byteCount)
        kept = []
        // Safe because: bytes have no padding.
        let span = unsafe text.span.bytes
        let word = isLast ? text.count : SecretBlank.startOfLastWord(span)
        var begin = 0
        if isInBlanked {
            begin = SecretBlank.endOfWord(span)
            guard begin < text.count || isLast else { return [] }
            if begin == text.count - 1, text[begin] == .backslash, !isLast {
                kept = [.backslash]
                return []
            }
            isInBlanked = false
        }
        guard begin < word || isLast else { return takeWord(span, from: begin) }
        let whole = span.extracting(begin..<word)
        var out = secrets.blanked(whole) ?? whole.copy(0..<whole.byteCount)
        if !isLast { out += takeWord(span, from: word) }
        return out
    }

    /// Takes a word whose end has not come.
    private mutating func takeWord(_ text: RawSpan, from start: Int) -> [UInt8] {
        let word = text.extracting(start..<text.byteCount)
        if secrets.isFound(in: word) {
            isInBlanked = true
            // A stroke at the end belongs to what follows, unless that is a slash.
            if word.byte(word.byteCount - 1) == .backslash { kept = [.backslash] }
            return Array(SecretBlank.blank.utf8)
        }
        let ready = max(0, word.byteCount - 2 * secrets.longest - PiecewiseBlank.longestMask)
        kept = word.copy(ready..<word.byteCount)
        return word.copy(0..<ready)
    }

    private static let longestMask = 256
}

/// An event of a stream that goes on in pieces because it is too long to be held.
///
/// What may be an error is blanked as it passes; content, which is nearly all that is so long, goes on untouched.
struct LongEvent: Sendable {
    private var blank: PiecewiseBlank
    private var isFirst = true
    /// It may be an error: it says so, or what came first is no chunk of an answer.
    private var isSearched = false
    /// The end of the last piece, in which the word for an error may have begun.
    private var seam: [UInt8] = []

    private let metering: AnswerMetering

    init(_ secrets: SecretBlank, of metering: AnswerMetering) {
        blank = PiecewiseBlank(secrets)
        self.metering = metering
    }

    /// What goes on in the place of this piece; `nil` where it goes on as it is.
    mutating func take(_ piece: RawSpan, isLast: Bool, isError: Bool = false) -> [UInt8]? {
        if !isSearched {
            var seen = seam
            seen.append(contentsOf: piece, in: 0..<piece.byteCount)
            // Safe because: bytes have no padding.
            let span = unsafe seen.span.bytes
            isSearched = isError || span.finds("\"error\"") || (isFirst && !metering.beginsAnswer(span))
            seam = Array(seen.suffix(6))
            isFirst = false
        }
        return isSearched ? blank.take(piece, isLast: isLast) : nil
    }
}

extension RawSpan {
    /// Whether these bytes, of which the first is a quote, stand anywhere.
    func finds(_ text: StaticString) -> Bool {
        var index = 0
        while index < byteCount {
            if byte(index) == .quote, has(text, at: index) { return true }
            index &+= 1
        }
        return false
    }
}

// SPDX-License-Identifier: Apache-2.0

/// Lets a stream that was asked for again go on where the first one broke off.
///
/// Drops events while their text is, byte for byte as JSON wrote it, what the caller has read already; cuts the event in
/// which the new text begins; passes everything after that. A text that differs, or ends early, ends the filter.
///
/// Of an answer that was asked to go on from that text, only what stands before its first text is dropped.
package struct ResumeFilter: Sendable {
    /// The text that the caller has.
    package let sent: [UInt8]
    /// The new answer is not the one that broke off.
    package private(set) var hasDiffered = false
    private var matched = 0
    /// The new answer goes on from `sent` and does not repeat it.
    private let goesOn: Bool
    /// Nothing of an answer that goes on has come yet.
    private var awaitsText: Bool
    private var splitter = SSESplitter()
    private var held: [UInt8] = []

    private static let longestHeld = 1_048_576

    private let metering: AnswerMetering

    /// - Parameter goesOn: the new answer was asked to go on from there.
    package init(_ metering: AnswerMetering, sent: [UInt8], goesOn: Bool = false) {
        self.metering = metering
        self.sent = sent
        self.goesOn = goesOn
        awaitsText = goesOn
        if goesOn { matched = sent.count }
    }

    /// The new answer has come as far as the first.
    package var isCaughtUp: Bool { matched == sent.count && !awaitsText && held.isEmpty }

    /// What the caller has once this text of the new answer has come.
    package func all(_ text: [UInt8]) -> [UInt8] { goesOn ? sent + text : text }

    /// Takes whole events and hands out what goes on.
    package mutating func feed(_ bytes: RawSpan, to pass: (RawSpan) -> Void) {
        guard bytes.byteCount > 0, !hasDiffered else { return }
        if isCaughtUp { return pass(bytes) }
        held.append(contentsOf: bytes, in: 0..<bytes.byteCount)
        let all = held
        held = []
        // Safe because: bytes have no padding.
        let span = unsafe all.span.bytes
        var position = 0
        splitter = SSESplitter()
        while position < all.count, !hasDiffered, matched < sent.count || awaitsText {
            guard let end = splitter.nextEventEnd(span, from: position) else { break }
            take(span.extracting(position..<end), to: pass)
            position = end
        }
        if hasDiffered { return }
        if matched == sent.count, !awaitsText {
            if position < all.count { pass(span.extracting(position..<all.count)) }
        } else if all.count - position > ResumeFilter.longestHeld {
            hasDiffered = true
        } else {
            held = Array(all.dropFirst(position))
        }
    }

    private mutating func take(_ event: RawSpan, to pass: (RawSpan) -> Void) {
        switch EventData(event, isFirst: true) {
        case .none: return
        case .joined: hasDiffered = true
        case .line(let range):
            guard let chunk = try? metering.reading(of: event.extracting(range)) else {
                hasDiffered = true
                return
            }
            if awaitsText {
                // The role, said anew, would be said twice.
                guard chunk.contentBytes > 0 || chunk.finished != 0 || chunk.hasSubstance || chunk.hasError else {
                    return
                }
                awaitsText = false
                hasDiffered = !chunk.isPlain || chunk.hasError
                if !hasDiffered { pass(event) }
                return
            }
            guard let text = chunk.text else {
                // An end, or content of another kind, in the middle of what the caller has.
                hasDiffered = chunk.finished != 0 || chunk.contentBytes > 0 || chunk.hasSubstance || chunk.hasError
                return
            }
            take(event, text: text.lowerBound + range.lowerBound..<text.upperBound + range.lowerBound, chunk, to: pass)
        }
    }

    private mutating func take(
        _ event: RawSpan,
        text: Range<Int>,
        _ chunk: EventReading,
        to pass: (RawSpan) -> Void
    ) {
        let count = min(text.count, sent.count - matched)
        for index in 0..<count where event.byte(text.lowerBound + index) != sent[matched + index] {
            hasDiffered = true
            return
        }
        matched += count
        guard chunk.isPlain, matched == sent.count || chunk.finished == 0 else {
            hasDiffered = true
            return
        }
        guard text.count > count || chunk.finished != 0 else { return }
        pass(event.extracting(0..<text.lowerBound))
        pass(event.extracting(text.lowerBound + count..<event.byteCount))
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// Reads a whole JSON answer while it passes, in any number of pieces: usage, emptiness, an error inside a 200.
///
/// Keeps at most 64 KiB of `usage` and of `error`, never the answer. Only members of the top level count: what a
/// model writes in its text is text. Made once for an answer and used in place.
package struct WholeMeter: ~Copyable {
    private enum State { case start, name, inName, colon, value, string, scalar, inside, comma, end, broken }

    private let metering: AnswerMetering
    private var state = State.start
    private var member = AnswerMetering.Member.other
    private var isEscaped = false
    /// Inside a string of the object or array at hand.
    private var isInString = false
    /// Objects and arrays of the value at hand that are open; as many as a body has bytes at most.
    private var depth = 0
    /// The first element of the answers is still to come.
    private var awaitsAnswer = false
    /// There is a choice, or a vector, in it.
    package private(set) var hasAnswers = false
    /// Its status is one of an answer that may hold nothing.
    private var isAnswerBySayingSo = false
    /// It is still to be made.
    package private(set) var isUnderWay = false
    /// The usage, once its object was read.
    private var reading: UsageReading?
    private var hasUnreadUsage = false
    /// Where in the piece at hand a value begins that is kept.
    private var keptFrom: Int?
    /// What few answers have.
    private var carried: Carried?

    /// What is carried from one piece to the next, and what few answers tell: an object, since most answers have none of it.
    private final class Carried {
        var name: [UInt8] = []
        var usageText: [UInt8] = []
        var errorText: [UInt8] = []
        var toolsText: [UInt8] = []
        /// The tier's name, the answer's status, or its id.
        var wordText: [UInt8] = []
        var id: [UInt8] = []
        /// The service tier the answer names, where it has prices of its own.
        var tier = ""
        /// Searches of the web that are told beside the usage.
        var searches: Int64 = 0
        /// What the lines of a batch's results add up to.
        var results: BatchResults?
    }

    private static let longestKept = 65_536
    private static let longestName = 32
    private static let longestWord = 258

    package init(_ metering: AnswerMetering) {
        self.metering = metering
        if case .batches = metering { carrying().results = BatchResults(metering.tokenCount) }
    }

    /// Takes bytes of the answer.
    package mutating func feed(_ bytes: RawSpan) {
        var index = 0
        carried?.results?.feed(bytes)
        keptFrom = isInKeptValue ? 0 : nil
        while index < bytes.byteCount {
            step(bytes, &index)
            if let start = keptFrom, !isInKeptValue {
                endKept(bytes, start..<index)
                keptFrom = nil
            }
        }
        if let start = keptFrom { keep(bytes, start..<index) }
    }

    /// The provider's usage, once its object was read; `nil` where it counts no input for an answer that is there.
    package var usage: Usage? {
        if let results = carried?.results { return usage(of: results) }
        guard var usage = reading?.usage, !hasAnswers || usage.input > 0 || usage.countsUnits else { return nil }
        guard let carried else { return usage }
        usage.serve(as: carried.tier)
        if carried.searches > 0 { usage.parts[.webSearches] = max(carried.searches, usage.parts[.webSearches] ?? 0) }
        return usage
    }

    /// Its id, once it was read; escapes in it stay.
    package var id: [UInt8] { carried?.id ?? [] }

    private mutating func carrying() -> Carried {
        if let carried { return carried }
        let made = Carried()
        carried = made
        return made
    }

    /// What a batch has cost, once all of it is done; batches have prices of their own.
    private func usage(of results: BatchResults) -> Usage? {
        guard !isUnderWay, var usage = reading?.usage ?? results.usage else { return nil }
        usage.serve(as: ServiceTier.batch)
        return usage
    }

    /// The usage of an answer whose bytes are given, as far as they are here: `nil` also where it counts no output for
    /// text that is there.
    package func usage(of body: RawSpan) -> Usage? {
        guard let usage else { return nil }
        guard usage.output == 0, hasAnswers, metering.countsText else { return usage }
        // What is no whole answer, or none that can be read, is taken to hold text.
        guard let answer = try? metering.reading(of: body) else { return nil }
        return answer.contentBytes > 0 ? nil : usage
    }

    /// The error object of a 200 that holds one.
    package var failure: AnswerFault? {
        guard let errorText = carried?.errorText, let first = errorText.first, first != UInt8(ascii: "n") else {
            return nil
        }
        let wrapped = Array(#"{"error":"#.utf8) + errorText + [.closeBrace]
        // Safe because: bytes have no padding.
        return unsafe AnswerFault(errorInStream: wrapped.span.bytes)
    }

    /// What is wrong with it as a whole: the error it holds, or else ``fault``.
    package var faultOfAnswer: AnswerFault? { failure ?? fault.map { AnswerFault(errorClass: $0) } }

    /// What went wrong, asked at the end of the answer: `nil` when it is one whole JSON object with an answer in it.
    ///
    /// `errorInStream` (or the class of the provider's error), `empty` without choices or data, `malformed` when it is
    /// no JSON object, `truncated` when it breaks off.
    package var fault: ErrorClass? {
        if metering.isAnyAnswer { return nil }
        return switch state {
        case .broken: metering.isAnyBytes ? nil : .malformed
        case .start: .empty
        case .end: failure?.errorClass ?? (hasAnswers || isAnswerBySayingSo ? nil : .empty)
        default: failure?.errorClass ?? .truncated
        }
    }
}

// MARK: Steps

extension WholeMeter {
    /// Moves over some bytes, at least one unless only the state changes.
    private mutating func step(_ bytes: RawSpan, _ index: inout Int) {
        let byte = bytes.byte(index)
        switch state {
        case .string:
            if WholeMeter.passString(bytes, &index, &isEscaped) { state = .comma }
        case .inside: skipInside(bytes, &index)
        case .scalar:
            while index < bytes.byteCount {
                let byte = bytes.byte(index)
                if byte == .comma || byte == .closeBrace || byte <= .space {
                    state = .comma
                    return
                }
                index &+= 1
            }
        case .inName: readName(bytes, &index)
        case .end, .broken: index = bytes.byteCount
        case .start, .name, .colon, .value, .comma:
            if byte == .space || byte == .lineFeed || byte == .carriageReturn || byte == .tab {
                index += 1
            } else if state == .value {
                beginValue(byte, bytes, &index)
            } else {
                turn(byte, &index)
            }
        }
    }

    /// The byte that decides what comes next.
    private mutating func turn(_ byte: UInt8, _ index: inout Int) {
        switch (state, byte) {
        case (.start, .openBrace): state = .name
        case (.name, .quote): beginName()
        case (.name, .closeBrace), (.comma, .closeBrace):
            state = .end
            member = .other
        case (.colon, .colon): state = .value
        case (.comma, .comma):
            state = .name
            member = .other
        default: state = .broken
        }
        index += 1
    }

    private mutating func beginName() {
        state = .inName
        carried?.name.removeAll()
    }

    private mutating func readName(_ bytes: RawSpan, _ index: inout Int) {
        let start = index
        var isBroken = isEscaped
        let isWhole = WholeMeter.passString(bytes, &index, &isBroken)
        if isWhole, !isEscaped, carried?.name.isEmpty ?? true {
            classify(bytes, start..<(index - 1))
        } else {
            let carried = carrying()
            let room = max(0, WholeMeter.longestName - carried.name.count)
            carried.name.append(contentsOf: bytes, in: (start..<(isWhole ? index - 1 : index)).prefix(room))
            let name = carried.name
            // Safe because: bytes have no padding.
            if isWhole { unsafe classify(name.span.bytes, 0..<name.count) }
        }
        isEscaped = isBroken
        guard isWhole else { return }
        state = .colon
        // Mostly the colon is next, and then the value.
        guard index < bytes.byteCount, bytes.byte(index) == .colon else { return }
        state = .value
        index &+= 1
        guard index < bytes.byteCount, bytes.byte(index) > .space else { return }
        beginValue(bytes.byte(index), bytes, &index)
    }

    private mutating func classify(_ bytes: RawSpan, _ range: Range<Int>) {
        member = metering.member(named: range, of: bytes)
        switch member {
        case .usage:
            if reading != nil { reading = nil }
            carried?.usageText.removeAll()
            hasUnreadUsage = false
        case .error: carried?.errorText.removeAll()
        case .tools: carried?.toolsText.removeAll()
        case .tier, .status, .id: carried?.wordText.removeAll()
        case .answers, .sign, .other: break
        }
    }

    /// Takes the first byte of a value.
    private mutating func beginValue(_ byte: UInt8, _ bytes: RawSpan, _ index: inout Int) {
        if isKept {
            if member == .usage, byte == .openBrace, readUsage(bytes, &index) { return }
            keptFrom = index
        }
        if member == .sign, byte != UInt8(ascii: "n") { hasAnswers = true }
        switch byte {
        case .quote:
            state = .string
            index += 1
        case .openBrace, .openBracket:
            state = .inside
            depth = 1
            awaitsAnswer = member == .answers && byte == .openBracket
            index += 1
        case .minus, .digitZero ... .digitNine, UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "t"):
            state = .scalar
            index += 1
        default:
            state = .broken
        }
    }

    /// Reads a usage whose object lies in this piece as a whole, and moves behind it.
    private mutating func readUsage(_ bytes: RawSpan, _ index: inout Int) -> Bool {
        var cursor = JSONCursor(at: index)
        guard let usage = try? UsageReading(bytes, &cursor, depth: 1, metering.tokenCount) else { return false }
        if cursor.position - index <= WholeMeter.longestKept { reading = usage }
        index = cursor.position
        state = .comma
        return true
    }

    /// Moves behind a string's closing quote; `false` where the bytes end before it.
    @inline(__always)
    private static func passString(_ bytes: RawSpan, _ index: inout Int, _ isEscaped: inout Bool) -> Bool {
        let end = bytes.byteCount
        var at = index
        if isEscaped, at < end {
            isEscaped = false
            at &+= 1
        }
        while at < end {
            if at &+ 16 <= end {
                let block = bytes.vector(at)
                let skipped = ((block .== WholeMeter.quote) .| (block .== WholeMeter.slash)).unmarkedPrefix
                at &+= skipped
                if skipped == 16 { continue }
            }
            let byte = bytes.byte(at)
            at &+= 1
            if byte == .quote {
                index = at
                return true
            }
            guard byte == .backslash else { continue }
            isEscaped = at >= end
            at &+= 1
        }
        index = end
        return false
    }

    /// Moves over an object or array, to its end or that of the bytes.
    private mutating func skipInside(_ bytes: RawSpan, _ index: inout Int) {
        let end = bytes.byteCount
        var at = index
        if awaitsAnswer {
            while at < end, bytes.byte(at) <= .space { at &+= 1 }
            if at < end {
                awaitsAnswer = false
                hasAnswers = bytes.byte(at) != .closeBracket
            }
        }
        var open = depth
        var isInString = isInString
        var isEscaped = isEscaped
        while at < end {
            if isInString {
                isInString = !WholeMeter.passString(bytes, &at, &isEscaped)
                continue
            }
            if at &+ 16 <= end {
                let block = bytes.vector(at)
                // With the bit 0x20 set brackets are braces, and no other byte of a JSON text becomes one.
                let folded = block | WholeMeter.space
                let braces = (folded .== WholeMeter.open) .| (folded .== WholeMeter.close)
                let skipped = ((block .== WholeMeter.quote) .| braces).unmarkedPrefix
                at &+= skipped
                if skipped == 16 { continue }
            }
            let byte = bytes.byte(at)
            at &+= 1
            if byte == .quote {
                isInString = true
            } else if byte | 0x20 == .openBrace {
                open &+= 1
            } else if byte | 0x20 == .closeBrace {
                open &-= 1
                if open == 0 {
                    state = .comma
                    break
                }
            }
        }
        index = at
        depth = open
        self.isInString = isInString
        self.isEscaped = isEscaped
    }

    // Typed vectors: with a number on one side, an operation is a loop over the elements.
    private static var quote: SIMD16<Int8> { @inline(__always) get { SIMD16(repeating: 0x22) } }
    private static var slash: SIMD16<Int8> { @inline(__always) get { SIMD16(repeating: 0x5C) } }
    private static var space: SIMD16<Int8> { @inline(__always) get { SIMD16(repeating: 0x20) } }
    private static var open: SIMD16<Int8> { @inline(__always) get { SIMD16(repeating: 0x7B) } }
    private static var close: SIMD16<Int8> { @inline(__always) get { SIMD16(repeating: 0x7D) } }

    /// The member at hand is one that is read.
    private var isKept: Bool { member != .other && member != .answers && member != .sign }

    private var isWord: Bool { member == .tier || member == .status || member == .id }

    /// The value at hand is read in the end.
    private var isInKeptValue: Bool {
        guard isKept else { return false }
        switch state {
        case .string, .scalar, .inside: return true
        default: return false
        }
    }

    /// Keeps a part of a value that goes on in the next piece, or its last.
    private mutating func keep(_ bytes: RawSpan, _ range: Range<Int>) {
        let carried = carrying()
        if member == .usage {
            hasUnreadUsage = hasUnreadUsage || carried.usageText.count + range.count > WholeMeter.longestKept
            if !hasUnreadUsage { carried.usageText.append(contentsOf: bytes, in: range) }
        } else if isWord {
            let room = max(0, WholeMeter.longestWord - carried.wordText.count)
            carried.wordText.append(contentsOf: bytes, in: range.prefix(room))
        } else if member == .tools {
            let room = max(0, WholeMeter.longestKept - carried.toolsText.count)
            carried.toolsText.append(contentsOf: bytes, in: range.prefix(room))
        } else {
            let room = max(0, WholeMeter.longestKept - carried.errorText.count)
            carried.errorText.append(contentsOf: bytes, in: range.prefix(room))
        }
    }

    /// Takes the last part of a kept value.
    private mutating func endKept(_ bytes: RawSpan, _ range: Range<Int>) {
        // A word mostly lies in one piece.
        if isWord, carried?.wordText.isEmpty ?? true { return takeWord(bytes, range) }
        keep(bytes, range)
        if isWord, let text = carried?.wordText {
            // Safe because: bytes have no padding.
            unsafe takeWord(text.span.bytes, 0..<text.count)
        }
        if member == .tools, let text = carried?.toolsText, text.first == .openBrace {
            var cursor = JSONCursor(at: 0)
            // Safe because: bytes have no padding.
            carried?.searches = unsafe (try? UsageReading.searches(text.span.bytes, &cursor, depth: 1)) ?? 0
        }
        guard member == .usage, let text = carried?.usageText else { return }
        carried?.usageText = []
        guard !hasUnreadUsage, text.first == .openBrace else { return }
        var cursor = JSONCursor(at: 0)
        // Safe because: bytes have no padding.
        reading = unsafe try? UsageReading(text.span.bytes, &cursor, depth: 1, metering.tokenCount)
    }

    /// Takes the tier's name, the answer's status, or its id.
    ///
    /// - Parameter word: where it stands, quotes included; what is no text says nothing.
    private mutating func takeWord(_ bytes: RawSpan, _ word: Range<Int>) {
        guard !word.isEmpty else { return }
        if member == .tier, bytes.byte(word.lowerBound) == .openBrace {
            // Bedrock's stands in an object.
            if let tier = ServiceTier.name(inObject: bytes, word) { take(tier: tier) }
            return
        }
        guard bytes.byte(word.lowerBound) == .quote else { return }
        let word = word.prefix(WholeMeter.longestWord)
        let inside = word.lowerBound + 1..<max(word.lowerBound + 1, word.upperBound - 1)
        if member == .id {
            // One that was cut is none.
            if word.count < WholeMeter.longestWord { carrying().id = bytes.copy(inside) }
        } else if member == .tier {
            take(tier: ServiceTier.name(bytes, inside))
        } else {
            isUnderWay = Responses.isUnderWay(bytes, inside)
            isAnswerBySayingSo = metering.isAnswer(status: bytes, inside)
        }
    }

    private mutating func take(tier: String) {
        if !tier.isEmpty || carried != nil { carrying().tier = tier }
    }
}

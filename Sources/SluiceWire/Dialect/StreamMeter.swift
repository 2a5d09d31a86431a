// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// Reads a stream of server-sent events while it passes: usage, first content, finish, errors and the end.
///
/// Fed with the body of the provider's answer (without chunk framing), it hands out what goes on to the caller: byte
/// for byte, whole events at a time, without the injected usage chunk. Comments go on line by line. The event that ends
/// a stream in its dialect is not handed out but kept (`takeTerminal`), so that the outcome is on record before it
/// leaves. An event longer than 64 KiB goes on in pieces; beyond 1 MiB it is not read, and usage is marked as estimated.
/// What an event says is the dialect's (``AnswerMetering``).
package struct StreamMeter: ~Copyable {
    /// A chunk with text, a tool call, a refusal or reasoning was handed out, or is in what was just handed out.
    package private(set) var hasContent = false
    /// The provider's last event was seen; nothing more will be handed out.
    package private(set) var hasTerminal = false
    /// An error object stood in the stream; the last event is then withheld for good.
    package private(set) var failure: AnswerFault?
    /// Events that were not JSON; they passed unchanged.
    package private(set) var malformedEvents = 0
    /// Events with data, the hidden one and the last not counted.
    package private(set) var events = 0
    /// Events in which the model wrote something, which is near to the number of output tokens.
    package private(set) var contentEvents = 0
    /// Bytes that the model wrote, as JSON spells them: text, arguments and reasoning, nothing around them.
    package private(set) var contentBytes = 0

    /// Where it is kept: the text so far, as JSON wrote it, of a stream that holds nothing else.
    package private(set) var text: [UInt8] = []
    /// The whole content is in `text`.
    package private(set) var isPlain: Bool

    /// What it has shown of its quality so far.
    private var marks = AnswerMarks()
    /// Calls of tools, where they are watched.
    private let calls: ToolCallWatch?

    /// The answer's id, once an event has named it; escapes in it stay.
    package private(set) var id: [UInt8] = []

    private let metering: AnswerMetering
    private let hidesUsage: Bool
    /// What no error of the provider may tell the caller.
    private let secrets: SecretBlank?
    private var splitter = SSESplitter()
    /// Nothing of the stream was read or handed out yet.
    private var isAtStart = true
    private var reading: UsageReading?
    /// What had been counted when the provider stated its usage last.
    private var eventsWhenRead = 0
    private var bytesWhenRead = 0
    /// What the last event of a known form counted, from `"usageMetadata"` on: the next takes its place, mostly unread.
    private var lastCounts: [UInt8] = []
    /// The service tier named last, where it has prices of its own.
    private var tier = ""
    private var named: UInt64 = 0
    private var finished: UInt64 = 0
    private var hasUnreadEvent = false
    /// The answer ended inside an event.
    private var brokeOff = false
    /// Of the chunks that went on: what else than choices and usage they held.
    private var extras: UInt64 = 0
    private var terminal: [UInt8] = []
    /// The form of the chunk read last, and how many chunks in a row had another one.
    private var template: EventTemplate?
    private var misses = 0
    /// The same where each event counts beside its text.
    private var counting: CountingTemplate?

    /// The beginning of an event whose end has not come yet.
    private var held: [UInt8] = []
    /// Bytes of `held` that went on already, because it grew too long.
    private var passedOfHeld = 0
    /// The event at hand is too long to be read; it passes as it comes.
    private var isOverlong = false
    /// It is the stream's last.
    private var overlongEnds = false
    /// What of the event that goes on in pieces must not be shown.
    private var long: LongEvent?
    /// The next byte is dropped when it is the `\n` of a hidden event's last line end.
    private var dropsLineFeed = false

    package static let longestID = 256
    /// Bytes of text that are kept.
    package static let longestText = 262_144
    /// Chunks in a row of changing form after which none is looked for.
    private static let mostMisses = 8
    private static let longestRead = 1_048_576
    private static let longestTerminal = 65_536

    /// What was handed out so far ends with whole events or whole lines of comments.
    package var isBetweenEvents: Bool { passedOfHeld == 0 && !isOverlong }

    /// - Parameters:
    ///   - hidesUsage: swallow the chunk that holds usage and no choices.
    ///   - keepsText: keep up to 256 KiB of text, for another answer to be compared with.
    ///   - watchesCalls: keep the arguments of tool calls, to say whether they are JSON.
    ///   - secrets: taken out of events that tell of an error, or cannot be read.
    package init(
        _ metering: AnswerMetering,
        hidesUsage: Bool,
        keepsText: Bool = false,
        watchesCalls: Bool = false,
        secrets: SecretBlank? = nil
    ) {
        calls = watchesCalls && metering.tellsMarks ? ToolCallWatch() : nil
        self.metering = metering
        self.hidesUsage = hidesUsage
        self.secrets = secrets
        isPlain = keepsText && metering.canGoOn
    }

    /// Takes bytes of the answer and hands out what goes on, in order; spans are valid during the call only.
    package mutating func feed(_ bytes: RawSpan, to pass: (RawSpan) -> Void) {
        guard bytes.byteCount > 0 else { return }
        guard !hasTerminal else {
            extendTerminal(bytes, from: 0)
            return
        }
        // `begin` is where the run of bytes that goes on in one piece begins, `position` where the event at hand does.
        // A line feed whose return came before belongs to the event that has ended.
        var position = held.isEmpty && !isOverlong && splitter.endedWithReturn && bytes.byte(0) == .lineFeed ? 1 : 0
        var begin = dropsLineFeed ? position : 0
        dropsLineFeed = false
        var searched = 0
        if !held.isEmpty || isOverlong {
            guard let end = splitter.nextEventEnd(bytes, from: 0) else {
                hold(bytes, from: 0, to: pass)
                return
            }
            endHeld(bytes, end, to: pass)
            begin = end
            position = end
            searched = end
            if hasTerminal {
                extendTerminal(bytes, from: end)
                return
            }
        }
        while true {
            if searched == position, let end = takeKnown(bytes, from: position) {
                position = end
                searched = end
                continue
            }
            guard let end = splitter.nextEventEnd(bytes, from: searched) else { break }
            searched = end
            let action = read(bytes.extracting(position..<end))
            if case .pass = action {
                position = end
                continue
            }
            if begin < position { pass(bytes.extracting(begin..<position)) }
            begin = end
            switch action {
            case .pass: break
            case .end:
                hasTerminal = true
                // Whole, however long it is.
                terminal = bytes.copy(position..<end)
                extendTerminal(bytes, from: end)
                return
            case .hide: dropsLineFeed = splitter.endedWithReturn
            case .replace(let event): StreamMeter.hand(event, to: pass)
            }
            position = end
        }
        if begin < position { pass(bytes.extracting(begin..<position)) }
        if position < bytes.byteCount { hold(bytes, from: position, to: pass) }
    }

    /// Takes bytes that are whole events of the form known, all of which go on as they are; else takes nothing.
    ///
    /// `false` says nothing about the bytes: ``feed(_:to:)`` then takes them.
    package mutating func takesAsItIs(_ bytes: RawSpan) -> Bool {
        guard held.isEmpty, !isOverlong, !hasTerminal, !dropsLineFeed, bytes.byteCount > 0,
            let end = takeKnown(bytes, from: 0, isAll: true)
        else { return false }
        return end == bytes.byteCount
    }

    /// Takes the end of the answer.
    ///
    /// A last event without the blank line that ends it gets it: libraries drop what nothing has ended. One that broke off
    /// is kept back, since an error event after it could not be distinguished from it; where part of it went on already, a blank line
    /// is handed out so that the next event stands apart.
    package mutating func finish(to pass: (RawSpan) -> Void) {
        let rest = held
        held = []
        guard !rest.isEmpty || isOverlong, !hasTerminal else { return }
        var isApart = passedOfHeld == 0 && !isOverlong
        if !isOverlong {
            let malformed = malformedEvents
            let isFirst = isAtStart
            // Safe because: bytes have no padding.
            let span = unsafe rest.span.bytes
            switch read(span) {
            case .end:
                passLong(RawSpan(), isLast: true, to: pass)
                hasTerminal = true
                terminal = Array(rest.dropFirst(passedOfHeld)) + StreamMeter.missingEnd(of: rest)
                return
            case .hide: break
            case .replace(let event):
                if passedOfHeld == 0 { StreamMeter.hand(event + StreamMeter.missingEnd(of: rest), to: pass) }
            case .pass where malformed == malformedEvents && (isComplete || EventData(span, isFirst: isFirst).isThere):
                passLong(span.extracting(passedOfHeld..<rest.count), isLast: true, to: pass)
                StreamMeter.hand(StreamMeter.missingEnd(of: rest), to: pass)
                isApart = true
            case .pass:
                events -= malformedEvents - malformed
                malformedEvents = malformed
                brokeOff = true
            }
        }
        passLong(RawSpan(), isLast: true, to: pass)
        if !isApart, !isComplete { StreamMeter.hand([.lineFeed, .lineFeed], to: pass) }
        isOverlong = false
        passedOfHeld = 0
    }

    /// The line ends that an event lacks at its end, in the form of its last one.
    private static func missingEnd(of event: [UInt8]) -> [UInt8] {
        guard let last = event.lastIndex(where: \.isLineEnd) else {
            return [.lineFeed, .lineFeed]
        }
        let isPair = event[last] == .lineFeed && last > 0 && event[last - 1] == .carriageReturn
        let end: [UInt8] = isPair ? [.carriageReturn, .lineFeed] : [event[last]]
        return last == event.count - 1 ? end : end + end
    }

    private static func hand(_ bytes: [UInt8], to pass: (RawSpan) -> Void) {
        guard !bytes.isEmpty else { return }
        // Safe because: bytes have no padding.
        unsafe pass(bytes.span.bytes)
    }

    /// The last event, and what followed it, once; empty where none came or the stream failed.
    package mutating func takeTerminal() -> [UInt8] {
        defer { terminal = [] }
        guard failure == nil else { return [] }
        // The line feed of the last line end was still to come.
        return terminal.suffix(3) == [.carriageReturn, .lineFeed, .carriageReturn] ? terminal + [.lineFeed] : terminal
    }
}

// MARK: What the stream said

extension StreamMeter {
    /// The provider's last word on usage; `nil` where it said nothing that can be believed.
    ///
    /// `isEstimated` where an event was too long to read, or where content came after that word.
    package var usage: Usage? {
        guard var usage = stated,
            !hasContent || usage.input > 0 && usage.output > 0 || usage.countsUnits
        else { return nil }
        if hasUnreadEvent { usage.isEstimated = true }
        return usage
    }

    /// What was used by a stream that broke off: the provider's last word, else an estimate of what was seen; `nil`
    /// where there was neither a word nor content.
    ///
    /// Four bytes count as a token of the prompt, an event with content as one of the answer, and never fewer than a
    /// token for four bytes that the model wrote.
    package func seenUsage(requestBytes: Int) -> Usage? {
        if let usage { return usage }
        guard hasContent else { return nil }
        var seen = Usage(freshInput: Int64(requestBytes) / 4, isEstimated: true)
        seen.output = StreamMeter.tokens(events: max(contentEvents, 1), bytes: contentBytes)
        seen.serve(as: tier)
        return seen
    }

    /// What the provider stated, with an estimate of what came after it.
    private var stated: Usage? {
        guard var usage = lastReading?.usage else { return nil }
        let since = contentEvents - eventsWhenRead
        if since > 0 {
            usage.output += StreamMeter.tokens(events: since, bytes: contentBytes - bytesWhenRead)
            usage.isEstimated = true
        }
        // Google states counts all along, and Anthropic what it begins with: the last word of a stream that broke off is
        // none on the whole.
        switch metering {
        case .gemini, .anthropic: if !isComplete { usage.isEstimated = true }
        default: break
        }
        usage.serve(as: tier)
        return usage
    }

    private static func tokens(events: Int, bytes: Int) -> Int64 { Int64(max(events, bytes / 4)) }

    /// Whether the stream is whole: its last event, or a finish reason for every choice; never after an error.
    package var isComplete: Bool {
        failure == nil && (hasTerminal ? named != 0 || hasUnreadEvent : named != 0 && named == finished)
    }

    /// A choice was finished.
    package var hasFinish: Bool { finished != 0 }

    /// What went wrong, asked at the end of the answer: `nil` when it is whole.
    ///
    /// `errorInStream` (or the class of the provider's error), `empty` when it held no event of a choice, `malformed`
    /// when nothing in it could be read, else `truncated`.
    package var fault: ErrorClass? {
        if let failure { return failure.errorClass }
        if isComplete { return nil }
        if brokeOff { return .truncated }
        if events > 0, events == malformedEvents { return .malformed }
        return named == 0 && (hasTerminal || events == 0) ? .empty : .truncated
    }
}

// MARK: Events

extension StreamMeter {
    private enum Action {
        case pass, hide, end
        /// Something else goes on in its place.
        case replace([UInt8])
    }

    /// Reads a whole event and says what becomes of it.
    private mutating func read(_ event: RawSpan) -> Action {
        let isFirst = isAtStart
        isAtStart = false
        guard event.byteCount <= StreamMeter.longestRead else {
            hasUnreadEvent = true
            events += 1
            overlongEnds = metering.endsStream(event)
            noteOverlongEnd()
            var long = secrets.map { LongEvent($0, of: metering) }
            return long?.take(event, isLast: true).map { .replace($0) } ?? .pass
        }
        if let known = template?.event(in: event, from: 0), known.end == event.byteCount {
            takeText(known.text, event)
            return .pass
        }
        switch EventData(event, isFirst: isFirst) {
        case .none: return .pass
        case .line(let range): return read(data: event.extracting(range), of: event, at: range)
        case .joined(let data):
            // Safe because: bytes have no padding.
            return unsafe read(data: data.span.bytes, of: event, at: nil)
        }
    }

    /// Takes an event of the form known; where it ends.
    ///
    /// - Parameter isAll: only where nothing stands behind it.
    @inline(__always)
    private mutating func takeKnown(_ bytes: RawSpan, from start: Int, isAll: Bool = false) -> Int? {
        guard !splitter.endedWithReturn else { return nil }
        guard let known = template?.event(in: bytes, from: start), !isAll || known.end == bytes.byteCount else {
            return counting == nil ? nil : takeCounting(bytes, from: start, isAll: isAll)
        }
        takeText(known.text, bytes)
        return known.end
    }

    /// Takes an event of the form known that counts beside its text; where it ends.
    @inline(never)
    private mutating func takeCounting(_ bytes: RawSpan, from start: Int, isAll: Bool) -> Int? {
        guard let known = counting?.event(in: bytes, from: start),
            !isAll || known.counts.upperBound == bytes.byteCount
        else { return nil }
        takeText(known.text, bytes)
        lastCounts.removeAll(keepingCapacity: true)
        lastCounts.append(contentsOf: bytes, in: known.counts)
        eventsWhenRead = contentEvents
        bytesWhenRead = contentBytes
        return known.counts.upperBound
    }

    /// - Parameter place: where the data stands in the event, if in one piece.
    private mutating func read(data: RawSpan, of event: RawSpan, at place: Range<Int>?) -> Action {
        if metering.isTerminal(data) { return .end }
        let chunk: EventReading
        do throws(JSONFault) {
            chunk = try metering.reading(of: data)
        } catch {
            events += 1
            malformedEvents += 1
            return blanked(event)
        }
        if let named = chunk.tier { tier = named }
        if id.isEmpty, let named = chunk.id, named.count <= StreamMeter.longestID { id = data.copy(named) }
        if chunk.hasError, failure == nil {
            failure = AnswerFault(errorInStream: data.extracting(chunk.error ?? 0..<data.byteCount))
        }
        defer { if chunk.hasUsage, let usage = chunk.usage { take(usage) } }
        if hidesUsage, chunk.hasNoChoices, chunk.hasUsage, !chunk.hasError, chunk.extras & ~extras == 0 {
            return .hide
        }
        extras |= chunk.extras
        named |= chunk.named
        finished |= chunk.finished
        marks.formUnion(chunk.marks)
        if let calls { takeCalls(of: chunk, data, calls) }
        if chunk.endsStream { return .end }
        events += 1
        if chunk.hasSubstance { hasContent = true }
        if isPlain { keepText(chunk.isPlain ? chunk.text ?? 0..<0 : nil, data) }
        if chunk.contentBytes > 0 { hasContent = true }
        if chunk.generatedBytes > 0 {
            contentEvents += 1
            contentBytes += chunk.generatedBytes
        }
        if chunk.hasError { return blanked(event) }
        if let place { learnForm(of: chunk, event, place) }
        return .pass
    }

    private func takeCalls(of chunk: EventReading, _ data: RawSpan, _ calls: ToolCallWatch) {
        if chunk.beginsCall { calls.begin() }
        if let range = chunk.calls { calls.take(data, range) }
    }

    /// What a stream that came to its end has shown; `nil` where that is not known of its dialect.
    ///
    /// - Parameter expectsJSON: the caller asked for JSON, and the text is kept.
    package func marks(expectsJSON: Bool) -> AnswerMarks? {
        guard metering.tellsMarks, !hasUnreadEvent else { return nil }
        var marks = self.marks
        if let calls, !calls.areObjects { marks.insert(.invalidCall) }
        if !hasContent { marks.insertEmpty() }
        if expectsJSON, isPlain, !text.isEmpty {
            // Safe because: bytes have no padding, and the span does not outlive the array.
            unsafe marks.insertJSON(text.span.bytes, 0..<text.count)
        }
        return marks
    }

    /// An event that was too long to be read has come to its end: the stream's, where it said so at its beginning.
    private mutating func noteOverlongEnd() {
        guard overlongEnds else { return }
        named |= 1
        finished |= 1
    }

    /// What was counted last, read now where it is of an event that was known by its form.
    private var lastReading: UsageReading? {
        guard !lastCounts.isEmpty else { return reading }
        // Safe because: bytes have no padding.
        guard let usage = unsafe CountingTemplate.usage(in: lastCounts.span.bytes, lastCounts.indices) else {
            return reading
        }
        return reading?.continued(by: usage) ?? usage
    }

    /// Takes the usage an event states, which is that of the content up to its end.
    private mutating func take(_ usage: UsageReading) {
        guard usage.hasCounts else { return }
        let earlier = lastReading
        lastCounts.removeAll(keepingCapacity: true)
        if let earlier {
            reading = earlier.continued(by: usage)
            // A smaller count is of a moment before.
            if usage.outputTold < earlier.outputTold, reading?.outputTold == earlier.outputTold { return }
        } else {
            reading = usage
        }
        eventsWhenRead = contentEvents
        bytesWhenRead = contentBytes
    }

    /// An event that is an error, or cannot be read, without the relay's secrets.
    private func blanked(_ event: RawSpan) -> Action { secrets?.blanked(event).map { .replace($0) } ?? .pass }

    /// Takes an event that differs from the one before in its text only.
    private mutating func takeText(_ range: Range<Int>, _ data: RawSpan) {
        misses = 0
        events += 1
        guard !range.isEmpty else { return }
        hasContent = true
        contentEvents += 1
        contentBytes += range.count
        if isPlain { keepText(range, data) }
    }

    /// Remembers the form of a chunk, unless the forms of this stream change all the time.
    private mutating func learnForm(of chunk: borrowing EventReading, _ event: RawSpan, _ data: Range<Int>) {
        guard misses < StreamMeter.mostMisses else { return }
        if let form = CountingTemplate(chunk, event, data: data) {
            misses += 1
            counting = misses < StreamMeter.mostMisses ? form : nil
            return
        }
        guard let form = EventTemplate(chunk, event, data: data) else { return }
        misses += 1
        template = misses < StreamMeter.mostMisses ? form : nil
    }

    private mutating func keepText(_ range: Range<Int>?, _ data: RawSpan) {
        guard let range, text.count + range.count <= StreamMeter.longestText else {
            isPlain = false
            text = []
            return
        }
        text.append(contentsOf: data, in: range)
    }

    private mutating func extendTerminal(_ bytes: RawSpan, from start: Int) {
        let room = StreamMeter.longestTerminal - terminal.count
        let end = min(bytes.byteCount, start + max(room, 0))
        if start < end { terminal.append(contentsOf: bytes, in: start..<end) }
    }

    /// Takes the bytes up to `end`, which end the held event.
    private mutating func endHeld(_ bytes: RawSpan, _ end: Int, to pass: (RawSpan) -> Void) {
        if isOverlong {
            isOverlong = false
            noteOverlongEnd()
            passLong(bytes.extracting(0..<end), isLast: true, to: pass)
            return
        }
        held.append(contentsOf: bytes, in: 0..<end)
        let event = held
        let passed = passedOfHeld
        held = []
        passedOfHeld = 0
        // Safe because: bytes have no padding.
        let span = unsafe event.span.bytes
        switch read(span) {
        case .pass: passLong(span.extracting(passed..<event.count), isLast: true, to: pass)
        case .replace(let event) where passed == 0: StreamMeter.hand(event, to: pass)
        case .replace: passLong(span.extracting(passed..<event.count), isLast: true, isError: true, to: pass)
        case .hide:
            // The end of a hidden event whose beginning has left still goes on.
            if passed > 0 { passLong(span.extracting(passed..<event.count), isLast: true, to: pass) }
            dropsLineFeed = passed == 0 && splitter.endedWithReturn
        case .end:
            passLong(RawSpan(), isLast: true, to: pass)
            hasTerminal = true
            terminal = Array(event.dropFirst(passed))
        }
    }

    /// Hands out a piece of an event that is too long to be held; one that was held as a whole where none went before.
    private mutating func passLong(
        _ piece: RawSpan,
        isLast: Bool = false,
        isError: Bool = false,
        to pass: (RawSpan) -> Void
    ) {
        if let shown = long?.take(piece, isLast: isLast, isError: isError) {
            StreamMeter.hand(shown, to: pass)
        } else if piece.byteCount > 0 {
            pass(piece)
        }
        if isLast { long = nil }
    }

    /// Keeps the beginning of an event; comments that stand first go on, and what is too long.
    private mutating func hold(_ bytes: RawSpan, from start: Int, to pass: (RawSpan) -> Void) {
        if isOverlong {
            passLong(bytes.extracting(start..<bytes.byteCount), to: pass)
            return
        }
        held.append(contentsOf: bytes, in: start..<bytes.byteCount)
        passComments(to: pass)
        guard held.count - passedOfHeld > metering.longestHeld || held.count > StreamMeter.longestRead else {
            return
        }
        let event = held
        if passedOfHeld == 0 { long = secrets.map { LongEvent($0, of: metering) } }
        // Safe because: bytes have no padding.
        unsafe passLong(event.span.bytes.extracting(passedOfHeld..<event.count), to: pass)
        passedOfHeld = event.count
        guard event.count > StreamMeter.longestRead else { return }
        held = []
        passedOfHeld = 0
        isOverlong = true
        // Safe because: bytes have no padding.
        overlongEnds = unsafe metering.endsStream(event.span.bytes)
        isAtStart = false
        hasUnreadEvent = true
        events += 1
    }

    /// Hands out whole comment lines at the front of the held event: keep-alives must not wait for the next event.
    private mutating func passComments(to pass: (RawSpan) -> Void) {
        guard passedOfHeld == 0, let first = held.first, first == .colon || first == .lineFeed else { return }
        let lines = held
        // Safe because: bytes have no padding.
        let span = unsafe lines.span.bytes
        var end = first == .lineFeed ? 1 : 0
        while end < lines.count, lines[end] == .colon, let lineEnd = SSESplitter.lineEnd(span, from: end) {
            end = SSESplitter.afterLineEnd(span, at: lineEnd)
        }
        guard end > 0 else { return }
        isAtStart = false
        pass(span.extracting(0..<end))
        held.removeFirst(end)
    }
}

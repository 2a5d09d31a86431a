// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Translates a stream while it passes: takes the events that a ``StreamMeter`` hands out, hands out the caller's.
///
/// What comes out are whole events. The last of them are written by ``end(to:)``, which is called for a stream that is
/// whole: one that was cut never says that it ended. An event that differs from the one before in its text only is known
/// by its form and costs two copies.
package struct StreamTranslation: Sendable {
    private let provider: Translation.Side
    private var splitter = SSESplitter()
    /// The beginning of an event whose end has not come yet.
    private var held: [UInt8] = []
    private var isAtStart = true
    private var reader = EventReader()
    private var writer: EventWriter
    /// The form of the event read last that held one text only, and what that text is.
    private var template: EventTemplate?
    private var known = EventReader.Text.text
    /// The call that its arguments belong to.
    private var knownSlot = 0
    private var misses = 0
    /// The same where events count beside their text, and what the last of them counted, from there to its end.
    private var counting: CountingTemplate?
    private var lastCounts: [UInt8] = []

    /// Longer events are not translated.
    private static let longestHeld = 8_388_608
    /// Events in a row of changing form after which none is looked for.
    private static let mostMisses = 8

    package init(_ translation: Translation, _ context: Translation.Context) {
        provider = translation.provider
        writer = EventWriter(for: translation.caller, context)
    }

    /// The caller was told of an error; nothing more is written.
    package var hasFailed: Bool { writer.hasFailed }

    /// Takes whole events, or pieces of long ones, and hands out what the caller gets in one piece.
    package mutating func feed(_ events: RawSpan, to pass: (RawSpan) -> Void) {
        guard events.byteCount > 0, !writer.hasFailed else { return }
        let start = held.isEmpty ? 0 : endHeld(events)
        if start < events.byteCount {
            let position = take(events, from: start)
            if position < events.byteCount { held.append(contentsOf: events, in: position..<events.byteCount) }
        }
        if !held.isEmpty { takeComments() }
        if held.count > StreamTranslation.longestHeld {
            held = []
            writer.fail("The provider sent an event that is too long to be translated.")
        }
        writer.flush(to: pass)
    }

    /// Takes the end of a whole stream: hands out how it ended, the usage where that is told, and the last event.
    package mutating func end(to pass: (RawSpan) -> Void) {
        if !held.isEmpty {
            let rest = held
            held = []
            // Safe because: bytes have no padding.
            unsafe read(rest.span.bytes)
        }
        takeLastCounts()
        writer.end()
        writer.flush(to: pass)
    }

    /// Goes on with another provider's answer, which the caller is to take for the same.
    package mutating func turn(to translation: Translation) {
        self = StreamTranslation(translation.provider, goingOnWith: writer)
    }

    private init(_ provider: Translation.Side, goingOnWith writer: EventWriter) {
        self.provider = provider
        self.writer = writer
    }

    /// Reads the event that began before, where it ends now; where the rest begins.
    private mutating func endHeld(_ bytes: RawSpan) -> Int {
        guard let end = splitter.nextEventEnd(bytes, from: 0) else {
            held.append(contentsOf: bytes, in: 0..<bytes.byteCount)
            return bytes.byteCount
        }
        held.append(contentsOf: bytes, in: 0..<end)
        let event = held
        held = []
        splitter = SSESplitter()
        // Safe because: bytes have no padding.
        unsafe read(event.span.bytes)
        return end
    }

    /// Reads the whole events; where the rest begins, which the splitter has seen.
    private mutating func take(_ bytes: RawSpan, from start: Int) -> Int {
        var position = start
        while position < bytes.byteCount {
            if let event = template?.event(in: bytes, from: position) {
                writer.take(bytes, event.text, as: known, knownSlot)
                misses = 0
                position = event.end
                continue
            }
            if let event = counting?.event(in: bytes, from: position) {
                writer.take(bytes, event.text, as: known, knownSlot)
                lastCounts.removeAll(keepingCapacity: true)
                lastCounts.append(contentsOf: bytes, in: event.counts)
                misses = 0
                position = event.counts.upperBound
                continue
            }
            guard let end = splitter.nextEventEnd(bytes, from: position) else { break }
            read(bytes.extracting(position..<end))
            position = end
        }
        if position == bytes.byteCount { splitter = SSESplitter() }
        return position
    }

    private mutating func read(_ event: RawSpan) {
        takeLastCounts()
        defer { isAtStart = false }
        switch EventData(event, isFirst: isAtStart) {
        case .none: if event.byteCount > 0, event.byte(0) == .colon { writer.keepAlive() }
        case .line(let range):
            guard let text = read(data: event.copy(range)) else { return }
            learn(text, event, at: range)
        case .joined(let data): _ = read(data: data)
        }
    }

    /// Where the data's only text stands, if it holds nothing else.
    private mutating func read(data: [UInt8]) -> (kind: EventReader.Text, range: Range<Int>)? {
        guard let item = JSONItem(checking: data), item.kind == .object else { return nil }
        let (calls, block) = (reader.calls.count, reader.block)
        // Numbers of calls may begin anew: pieces of the same form belong to the new one then. Behind the end of a call's
        // block they belong to none.
        defer { if reader.calls.count != calls || reader.block != block, known == .arguments { template = nil } }
        switch provider {
        case .openai: return reader.read(openAI: item, to: &writer)
        case .anthropic: return reader.read(anthropic: item, to: &writer)
        case .gemini: return reader.read(gemini: item, to: &writer)
        case .converse: return reader.read(converse: item, to: &writer)
        case .responses: return reader.read(responses: item, to: &writer)
        }
    }

    private mutating func learn(
        _ text: (kind: EventReader.Text, range: Range<Int>),
        _ event: RawSpan,
        at data: Range<Int>
    ) {
        guard misses < StreamTranslation.mostMisses else { return }
        misses += 1
        var reading = EventReading()
        reading.text = text.range
        reading.contentBytes = text.range.count
        reading.named = 1
        known = text.kind
        knownSlot = reader.slot
        let place = data.lowerBound + text.range.lowerBound..<data.lowerBound + text.range.upperBound
        counting =
            provider == .gemini
            ? writer.usage.flatMap { CountingTemplate(event, text: place, counting: $0) } : nil
        // Not beside it: an event that counts what the one counted that was learned from would tell nothing new.
        template = counting == nil ? EventTemplate(reading, event, data: data) : nil
    }

    /// Reads what the last event counted that was known by its form.
    private mutating func takeLastCounts() {
        guard !lastCounts.isEmpty else { return }
        // `"usageMetadata":{…}` and what follows it: the object is whole, since it has the form of one that was.
        // Safe because: bytes have no padding.
        if let usage = unsafe CountingTemplate.usage(in: lastCounts.span.bytes, lastCounts.indices)?.usage {
            writer.usage = usage
        }
        lastCounts.removeAll(keepingCapacity: true)
    }

    /// Whole comment lines at the front say that the stream goes on.
    private mutating func takeComments() {
        while held.first == .colon, let end = held.firstIndex(where: \.isLineEnd) {
            writer.keepAlive()
            let isPair = held[end] == .carriageReturn && held.count > end + 1 && held[end + 1] == .lineFeed
            held.removeFirst(isPair ? end + 2 : end + 1)
        }
        if held.isEmpty { splitter = SSESplitter() }
    }
}

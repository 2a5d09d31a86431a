// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

/// The scan of a request's body: what it takes, the full reader of JSON takes too.
func fuzzJSON(_ bytes: [UInt8]) {
    guard let kind = bytes.first else { return }
    let body = Array(bytes.dropFirst())
    let operations: [Operation] = [.chat, .completions, .embeddings, .responses]
    let isMessages = kind & 0x80 != 0
    let isGoogles = !isMessages && kind % 5 == 4
    let operation: Operation =
        isMessages ? [.chat, .countTokens][Int(kind % 2)] : isGoogles ? .chat : operations[Int(kind % 5)]
    let reading: RequestReading = isMessages ? .anthropic : isGoogles ? .gemini : .openai
    guard let scan = try? reading.facts(of: body.span.bytes, for: operation) else { return }
    if isMessages { checkRewrite(scan, body, SystemPrompt.Mode.allCases[Int(kind >> 1) % 3]) }
    check(isGoogles || !scan.modelName(in: body.span.bytes).isEmpty, "a request without a model passed")
    _ = scan.unit(from: .user, in: body.span.bytes)
    if let cap = scan.outputCap(in: body.span.bytes) { check(cap >= 0, "a negative cap") }
    _ = scan.withConversation(in: body.span.bytes) { span in check(span.byteCount <= body.count, "more than there is") }
    let limits = JSONLimits(depth: 128, members: 1_000_000)
    check(holdsSurrogate(body) || (try? JSONValue(parsing: body, limits: limits)) != nil, "what is no JSON passed")
}

/// A version's changes leave JSON, with the version's model in it.
private func checkRewrite(_ facts: CallFacts, _ body: [UInt8], _ mode: SystemPrompt.Mode) {
    let prompt = SystemPrompt(mode: mode, text: "P")
    let settings = VersionSettings(overrides: [("thinking", Array("{}".utf8))], systemPrompt: prompt)
    guard let rewriting = Dialects().rewriting(.anthropic, model: "other", settings: settings),
        let rewrite = try? rewriting.rewrite(facts, of: body.span.bytes, asksForUsage: true)
    else { return }
    let bytes = rewrite.bytes(of: body.span.bytes)
    check(bytes.count == rewrite.length, "another length than said")
    let again = try? RequestReading.anthropic.facts(of: bytes.span.bytes, for: facts.endpoint.operation)
    check(again?.modelName(in: bytes.span.bytes) == "other", "a rewritten request that cannot be read")
    _ = facts.unit(from: .session, in: body.span.bytes)
}

/// The splitter of events and the meter on it: cut anywhere, the same bytes pass and the same is counted.
func fuzzEvents(_ bytes: [UInt8]) {
    guard let size = bytes.first else { return }
    let stream = Array(bytes.dropFirst())
    // Only chat has events that are hidden.
    let metering = fuzzedMetering(size)
    let hides = size & 0xE0 == 0x80
    let whole = meter(metering, stream, [stream.indices], hides)
    let split = meter(metering, stream, pieces(of: stream), hides)
    // Where an event is hidden, a comment inside of it may have passed before that was known.
    if !hides {
        check(
            whole.passed == split.passed,
            "other bytes pass when cut: \(String(decoding: whole.passed, as: UTF8.self).debugDescription) against "
                + String(decoding: split.passed, as: UTF8.self).debugDescription
        )
    }
    check(
        whole.usage == split.usage && whole.isComplete == split.isComplete,
        "counted otherwise when cut: \(whole.isComplete) \(String(describing: whole.usage)) against "
            + "\(split.isComplete) \(String(describing: split.usage))"
    )
    // A last event gets the line ends that it lacks.
    if !hides { check(whole.passed.count <= stream.count + 4, "more came out than went in") }
}

private func fuzzedMetering(_ byte: UInt8) -> AnswerMetering {
    switch byte & 0xE0 {
    case 0xE0: .converse(.chat)
    case 0x20, 0xA0: .gemini(.chat)
    case 0x40, 0xC0: .responses
    case 0x60: .anthropic(.chat)
    default: .openai(.chat)
    }
}

private func meter(
    _ metering: AnswerMetering,
    _ stream: [UInt8],
    _ pieces: [Range<Int>],
    _ hides: Bool
) -> (passed: [UInt8], usage: Usage?, isComplete: Bool) {
    var meter = StreamMeter(metering, hidesUsage: hides)
    var passed: [UInt8] = []
    for piece in pieces {
        meter.feed(stream.span.bytes.extracting(piece)) { span in span.withUnsafeBytes { passed += $0 } }
    }
    meter.finish { span in span.withUnsafeBytes { passed += $0 } }
    passed += meter.takeTerminal()
    return (passed, meter.usage, meter.isComplete)
}

/// The extractor of usage from whole answers: cut anywhere it reads the same.
func fuzzUsage(_ bytes: [UInt8]) {
    guard let size = bytes.first else { return }
    let body = Array(bytes.dropFirst())
    let metering = fuzzedMetering(size)
    var whole = WholeMeter(metering)
    whole.feed(body.span.bytes)
    var split = WholeMeter(metering)
    for piece in pieces(of: body) { split.feed(body.span.bytes.extracting(piece)) }
    check(whole.usage == split.usage, "counted otherwise when cut")
    check(whole.fault == split.fault, "judged otherwise when cut")
    if let usage = whole.usage(of: body.span.bytes) {
        let parts = [usage.freshInput, usage.cachedInput, usage.cacheWrite5m, usage.cacheWrite1h, usage.output]
        check(parts.allSatisfy { (0...4_000_000_000).contains($0) }, "a count beyond belief: \(usage)")
        check((0...usage.output).contains(usage.reasoning), "more reasoning than output: \(usage)")
    }
}

/// Advice to wait: header lines, a body, and the current time.
func fuzzWait(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    let names = [
        "retry-after", "retry-after-ms", "x-ms-retry-after-ms", "x-ratelimit-reset-tokens",
        "x-ratelimit-remaining-tokens",
    ]
    let body = Array((lines.count > names.count ? lines[names.count] : "").utf8)
    let now = Timestamp(milliseconds: 1_700_000_000_000)
    let wait = RetryAfter.parse(now: now, body: body.span.bytes) { name in
        guard let index = names.firstIndex(of: name), index < lines.count, !lines[index].isEmpty else { return nil }
        return lines[index]
    }
    if let wait { check(wait >= .zero && wait <= .seconds(86_400), "a wait outside of a day") }
}

private let pairs: [(Dialect, Dialect, Operation, Operation)] = [
    (.openai, .anthropic, .chat, .chat), (.anthropic, .openai, .chat, .chat), (.openai, .gemini, .chat, .chat),
    (.anthropic, .gemini, .chat, .chat), (.gemini, .openai, .chat, .chat), (.gemini, .anthropic, .chat, .chat),
    (.openai, .anthropic, .responses, .chat), (.openai, .gemini, .responses, .chat),
    (.openai, .converse, .chat, .chat), (.anthropic, .converse, .chat, .chat), (.gemini, .converse, .chat, .chat),
    (.openai, .converse, .responses, .chat), (.openai, .openai, .chat, .responses),
    (.anthropic, .openai, .chat, .responses), (.gemini, .openai, .chat, .responses),
    (.anthropic, .converse, .countTokens, .chat), (.gemini, .anthropic, .countTokens, .chat),
    (.anthropic, .gemini, .countTokens, .chat), (.openai, .gemini, .embeddings, .chat),
    (.gemini, .openai, .embeddingBatch, .chat),
]

/// Translation between dialects, every pair: never a trap, what comes out is JSON, and a stream cut anywhere is the same.
func fuzzTranslate(_ bytes: [UInt8]) {
    guard let kind = bytes.first else { return }
    let body = Array(bytes.dropFirst())
    // The corpus names the first eight by its upper bits and the lowest.
    let number = kind & 2 == 0 ? Int(kind >> 6) * 2 + Int(kind & 1) : Int(kind >> 2) % pairs.count
    let (caller, provider, operation, asked) = pairs[number]
    guard let translation = Translation(from: caller, to: provider, for: operation, asking: asked) else { return }
    let context = Translation.Context(created: 1, id: "id", asksForUsage: kind & 2 == 0)
    if let request = try? translation.request(body.span.bytes, at: .init(model: "m", isStream: true)) {
        checkJSON(request.body, "a request")
    }
    if let answer = translation.answer(body.span.bytes, context) { checkJSON(answer, "an answer") }
    checkJSON(translation.error(body.span.bytes, status: 200 + Int(kind)), "an error")
    let whole = translated(body, [body.indices], translation, context)
    let split = translated(body, pieces(of: body), translation, context)
    check(
        whole == split,
        "other events when cut: \(String(decoding: whole, as: UTF8.self).debugDescription) against "
            + String(decoding: split, as: UTF8.self).debugDescription
    )
}

private func checkJSON(_ bytes: [UInt8], _ what: String) {
    check(isJSON(bytes), "\(what) that is no JSON: \(String(decoding: bytes, as: UTF8.self).debugDescription)")
}

/// What comes out, without what keeps a caller awake: when a comment is seen depends on where the stream is cut.
private func translated(
    _ stream: [UInt8],
    _ pieces: [Range<Int>],
    _ translation: Translation,
    _ context: Translation.Context
) -> [UInt8] {
    var machine = StreamTranslation(translation, context)
    var out: [UInt8] = []
    for piece in pieces {
        machine.feed(stream.span.bytes.extracting(piece)) { span in span.withUnsafeBytes { out += $0 } }
    }
    machine.end { span in span.withUnsafeBytes { out += $0 } }
    var events: [UInt8] = []
    events.reserveCapacity(out.count)
    var start = 0
    while start < out.count {
        var end = start
        while end < out.count, out[end] != 0x0A || end + 1 == out.count || out[end + 1] != 0x0A { end += 1 }
        let event = out[start..<end]
        if !event.isEmpty, !keepAlives.contains(where: { event.elementsEqual($0) }) {
            events += event
            events += [0x0A, 0x0A]
        }
        start = end + 2
    }
    return events
}

private let keepAlives: [[UInt8]] = [
    Array(": keep-alive".utf8), Array("event: ping\ndata: {\"type\":\"ping\"}".utf8),
]

/// AWS's event stream, as it is and with its lengths and checksums put right: cut anywhere, the same events come out.
func fuzzFrames(_ bytes: [UInt8]) {
    guard let kind = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    let stream = kind & 1 == 1 ? mended(rest) : rest
    let holds: FrameUnwrapping.Kind = kind & 0x80 == 0 ? .invoke : .converse
    let whole = unwrapped(stream, [stream.indices], holds)
    let split = unwrapped(stream, pieces(of: stream), holds)
    check(whole.events == split.events, "other events when cut")
    check(whole.fault == split.fault, "another fault when cut")
    // The meter behind it must take whatever comes out.
    var meter = StreamMeter(holds == .invoke ? .anthropic(.chat) : .converse(.chat), hidesUsage: false)
    meter.feed(whole.events.span.bytes) { _ in }
    meter.finish { _ in }
}

private func unwrapped(
    _ stream: [UInt8],
    _ pieces: [Range<Int>],
    _ kind: FrameUnwrapping.Kind
) -> (events: [UInt8], fault: EventStreamDecoder.Fault?) {
    var unwrapping = FrameUnwrapping(kind)
    var events: [UInt8] = []
    for piece in pieces {
        do throws(EventStreamDecoder.Fault) {
            try unwrapping.feed(stream.span.bytes.extracting(piece)) { span in
                span.withUnsafeBytes { events += $0 }
            }
        } catch {
            return (events, error)
        }
    }
    return (events, nil)
}

/// Messages cut out of the bytes: one for the lengths of headers and payload, then those.
private func mended(_ bytes: [UInt8]) -> [UInt8] {
    func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    var stream: [UInt8] = []
    var rest = bytes[...]
    while rest.count > 2, let headers = rest.popFirst(), let payload = rest.popFirst() {
        let head = rest.prefix(Int(headers))
        rest = rest.dropFirst(head.count)
        let body = rest.prefix(Int(payload) * 4)
        rest = rest.dropFirst(body.count)
        var message = word(UInt32(16 + head.count + body.count)) + word(UInt32(head.count))
        message += word(CRC32.checksum(message))
        message += head + body
        stream += message + word(CRC32.checksum(message))
    }
    return stream + rest
}

/// Batches and their results, lists, and the files that requests name.
func fuzzFiles(_ bytes: [UInt8]) {
    guard let kind = bytes.first else { return }
    let text = Array(bytes.dropFirst())
    let named = FileReferences.ofBatch(text.span.bytes)
    if named != nil { check(isJSON(text), "a batch that is no JSON") }
    // What a list shows is JSON, and nothing of what is another's.
    if let shown = StoredAnswer.shown(text.span.bytes, isList: true, isOwn: { $0 == "own" }) {
        check(isJSON(shown), "what is shown is no JSON")
        let again = StoredAnswer.shown(shown.span.bytes, isList: true) { $0 == "own" }
        check(again == shown, "shown again, it is another")
    }
    _ = StoredAnswer.furtherIDs(text.span.bytes)
    for dialect in [Dialect.openai, .anthropic] {
        guard let metering = Dialects().metering(Outcome.Endpoint(dialect, .batches)) else { continue }
        let total = counted(text, metering, [text.indices])
        check(total == counted(text, metering, pieces(of: text)), "another usage when cut")
    }
}

private func counted(_ text: [UInt8], _ metering: AnswerMetering, _ pieces: [Range<Int>]) -> Usage? {
    var meter = WholeMeter(metering)
    for piece in pieces { meter.feed(text.span.bytes.extracting(piece)) }
    return meter.usage
}

private func isJSON(_ text: [UInt8]) -> Bool {
    holdsSurrogate(text)
        || (try? JSONValue(parsing: text, limits: JSONLimits(depth: 128, members: 1_000_000))) != nil
}

// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// A count that may not be told, in half the room of an optional, since a reading is copied on its way.
///
/// No count is negative.
@propertyWrapper
private struct Told: Sendable {
    private var number: Int64 = -1

    var wrappedValue: Int64? {
        get { number < 0 ? nil : number }
        set { number = newValue ?? -1 }
    }
}

/// The numbers of a `usage` object, under whatever names providers write them.
package struct UsageReading {
    @Told private var prompt: Int64?
    @Told private var completion: Int64?
    @Told private var total: Int64?
    @Told private var cached: Int64?
    @Told private var cacheMiss: Int64?
    @Told private var cacheWrite: Int64?
    @Told private var cacheWrite5m: Int64?
    @Told private var cacheWrite1h: Int64?
    @Told private var reasoning: Int64?
    /// What few answers say beside counts of tokens: an object, since a reading is copied on its way.
    private var further: Further?
    private var count = Count.withCached
    /// Tokens of the prompt that its count leaves out.
    @Told private var furtherInput: Int64?
    /// The same number stood there twice, and differed.
    private var isContradictory = false
    /// A number was negative, a fraction, no number or beyond all reason: then none of them is believed.
    private var isAbsurd = false

    private final class Further: Sendable {
        let values: Values

        init(_ values: Values) { self.values = values }

        struct Values: Sendable {
            var parts = BilledParts()
            var tier: String?
            var speed: String?
            var place: String?
            var cost: NanoUSD?
        }
    }

    private var values: Further.Values {
        get { further?.values ?? Further.Values() }
        set { further = Further(newValue) }
    }

    /// What is counted apart: tokens of a kind, of the prompt and of the answer as a whole, and other units.
    private var parts: BilledParts {
        get { further?.values.parts ?? BilledParts() }
        set { values.parts = newValue }
    }

    /// The service tier named beside the counts, where one is; empty for the usual one, as speed and place are.
    private(set) var tier: String? {
        get { further?.values.tier }
        set { values.tier = newValue }
    }

    private var speed: String? {
        get { further?.values.speed }
        set { values.speed = newValue }
    }

    private var place: String? {
        get { further?.values.place }
        set { values.place = newValue }
    }

    /// What the provider says the answer cost.
    private var cost: NanoUSD? {
        get { further?.values.cost }
        set { values.cost = newValue }
    }

    /// What a count of input tokens is of.
    enum Count: Sendable {
        /// All of the prompt, cached tokens included.
        case withCached
        /// What was neither read from the cache nor written to it; the parts of a stream's usage come one after the other.
        case besideCached
        /// All of the prompt, cached tokens included, but what tools brought in; thoughts stand beside the candidates.
        case google
        /// As ``besideCached``, in Bedrock's words, and told once.
        case converse
    }

    /// No request has more tokens than this.
    private static let most: Int64 = 1_000_000_000

    /// The numbers of a dialect that reads them itself.
    package init(input: Int64?, output: Int64?) {
        prompt = input
        completion = output
    }

    /// Reads an object, at whose brace the cursor stands; `depth` objects and arrays are around it.
    init(
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int,
        _ count: Count = .withCached
    ) throws(JSONFault) {
        self.count = count
        guard depth < JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: cursor.position) }
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            if first == .openBrace, UsageReading.isDetails(bytes, name) {
                try details(name, bytes, &cursor, depth: depth + 1)
            } else if first == .quote, ServiceTier.isNamed(bytes, name) {
                let named = try ServiceTier.name(bytes, &cursor, depth: depth + 1)
                switch name.count {
                case 5: speed = named
                case 12: tier = named
                default: place = named
                }
            } else {
                try take(name, bytes, &cursor, depth: depth + 1)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        fold()
    }

    private static func isDetails(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 4: bytes.equals("cost", in: name)
        case 14: bytes.equals("cache_creation", in: name)
        case 15: bytes.equals("server_tool_use", in: name)
        case 19: bytes.equals("input_token_details", in: name)
        case 20: bytes.equals("input_tokens_details", in: name) || bytes.equals("output_token_details", in: name)
        case 21: bytes.equals("prompt_tokens_details", in: name) || bytes.equals("output_tokens_details", in: name)
        case 25: bytes.equals("completion_tokens_details", in: name)
        default: false
        }
    }

    private mutating func details(
        _ outer: Range<Int>,
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int
    ) throws(JSONFault) {
        guard depth < JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: cursor.position) }
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        // `prompt_…`, `input_…` and `cached_…` are of what went in.
        let first = bytes.byte(outer.lowerBound)
        let isOutput = first == UInt8(ascii: "o") || bytes.has("completion", at: outer.lowerBound)
        repeat {
            let name = try cursor.name(bytes).range
            let value = try cursor.peek(bytes)
            if value == .openBrace, UsageReading.isInnerDetails(bytes, name) {
                try details(name, bytes, &cursor, depth: depth + 1)
            } else if name.count == 12 || name.count == 14,
                let part = UsageReading.kind(bytes, name, isOutput: isOutput, isCached: first == UInt8(ascii: "c"))
            {
                let count = try count(bytes, &cursor, depth: depth + 1)
                if count > 0 { parts[part] = count }
            } else {
                try take(name, bytes, &cursor, depth: depth + 1)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    private static func isInnerDetails(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        bytes.equals("cached_tokens_details", in: name) || bytes.equals("cache_write_tokens_details", in: name)
    }

    /// What kind of tokens a detail counts, if it is one of those that may have rates of their own.
    private static func kind(
        _ bytes: RawSpan,
        _ name: Range<Int>,
        isOutput: Bool,
        isCached: Bool
    ) -> BilledPart? {
        switch name.count {
        case 12 where bytes.equals("audio_tokens", in: name):
            isOutput ? .outputAudio : isCached ? .cachedAudio : .inputAudio
        case 12 where bytes.equals("image_tokens", in: name):
            isOutput ? .outputImage : isCached ? .cachedImage : .inputImage
        case 12 where bytes.equals("video_tokens", in: name):
            isOutput ? .outputVideo : isCached ? .cachedVideo : .inputVideo
        case 14 where bytes.equals("ttl_30m_tokens", in: name): .cacheWrite30m
        case 14 where bytes.equals("ttl_12h_tokens", in: name): .cacheWrite12h
        default: nil
        }
    }

    /// The count at the cursor, which moves over it; none is 0, and one beyond belief makes all of them so.
    private mutating func count(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> Int64 {
        let start = cursor.position
        if let count = cursor.takeCount(bytes), count <= UsageReading.most { return count }
        if cursor.position == start { try cursor.skipValue(bytes, depth: depth) }
        return number(bytes, start..<cursor.position) ?? 0
    }

    private mutating func take(
        _ name: Range<Int>,
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int
    ) throws(JSONFault) {
        let start = cursor.position
        var count = cursor.takeCount(bytes)
        if count == nil { try cursor.skipValue(bytes, depth: depth) }
        if let plain = count, plain > UsageReading.most { count = nil }
        let value = start..<cursor.position
        switch self.count {
        case .google: return takeOfGoogle(name, bytes, value, count)
        case .converse: return takeOfConverse(name, bytes, value, count)
        case .withCached, .besideCached: break
        }
        switch name.count {
        case 4 where bytes.equals("cost", in: name): takeCost(bytes, value)
        case 7 where bytes.equals("seconds", in: name): takeSeconds(bytes, value)
        case 10 where bytes.equals("total_cost", in: name): takeCost(bytes, value)
        case 14 where bytes.equals("estimated_cost", in: name): takeCost(bytes, value)
        case 16 where bytes.equals("num_sources_used", in: name): takeSearches(count ?? number(bytes, value))
        case 17 where bytes.equals("cost_in_usd_ticks", in: name): takeCost(bytes, value, inTicks: true)
        case 18 where bytes.equals("num_search_queries", in: name): takeSearches(count ?? number(bytes, value))
        case 12 where bytes.equals("total_tokens", in: name): total = count ?? number(bytes, value)
        case 12 where bytes.equals("input_tokens", in: name): prompt = prompt ?? count ?? number(bytes, value)
        case 13 where bytes.equals("prompt_tokens", in: name): prompt = count ?? number(bytes, value)
        case 13 where bytes.equals("output_tokens", in: name): completion = completion ?? count ?? number(bytes, value)
        case 13 where bytes.equals("cached_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 15 where bytes.equals("thinking_tokens", in: name): reasoning = count ?? number(bytes, value) ?? reasoning
        case 16 where bytes.equals("reasoning_tokens", in: name): reasoning = count ?? number(bytes, value) ?? reasoning
        case 17 where bytes.equals("completion_tokens", in: name): completion = count ?? number(bytes, value)
        case 19 where bytes.equals("web_search_requests", in: name): takeSearches(count ?? number(bytes, value))
        case 18 where bytes.equals("cache_write_tokens", in: name): cacheWrite = count ?? number(bytes, value)
        case 21 where bytes.equals("cache_creation_tokens", in: name): cacheWrite = count ?? number(bytes, value)
        case 23 where bytes.equals("prompt_cache_hit_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 23 where bytes.equals("cache_read_input_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 24 where bytes.equals("prompt_cache_miss_tokens", in: name): cacheMiss = count ?? number(bytes, value)
        case 25 where bytes.equals("ephemeral_5m_input_tokens", in: name):
            cacheWrite5m = count ?? number(bytes, value)
        case 25 where bytes.equals("ephemeral_1h_input_tokens", in: name):
            cacheWrite1h = count ?? number(bytes, value)
        case 27 where bytes.equals("cache_creation_input_tokens", in: name): cacheWrite = count ?? number(bytes, value)
        default: break
        }
    }

    private mutating func takeOfConverse(_ name: Range<Int>, _ bytes: RawSpan, _ value: Range<Int>, _ count: Int64?) {
        switch name.count {
        case 11 where bytes.equals("inputTokens", in: name): prompt = count ?? number(bytes, value)
        case 12 where bytes.equals("outputTokens", in: name): completion = count ?? number(bytes, value)
        case 12 where bytes.equals("cacheDetails", in: name): takeWrites(bytes, value)
        case 20 where bytes.equals("cacheReadInputTokens", in: name): takeCached(count ?? number(bytes, value))
        case 21 where bytes.equals("cacheWriteInputTokens", in: name): cacheWrite = count ?? number(bytes, value)
        default: break
        }
    }

    /// Bedrock's list of what was written to the cache for how long: `[{"ttl": "1h", "inputTokens": 25}]`.
    private mutating func takeWrites(_ bytes: RawSpan, _ value: Range<Int>) {
        guard !value.isEmpty, bytes.byte(value.lowerBound) == .openBracket else { return }
        var cursor = JSONCursor(at: value.lowerBound)
        do throws(JSONFault) {
            guard try cursor.enter(bytes, closing: .closeBracket) else { return }
            repeat {
                guard try cursor.peek(bytes) == .openBrace else { return }
                guard try cursor.enter(bytes, closing: .closeBrace) else { continue }
                var isLong = false
                var tokens: Int64 = 0
                repeat {
                    let name = try cursor.name(bytes).range
                    _ = try cursor.peek(bytes)
                    let start = cursor.position
                    if bytes.equals("inputTokens", in: name) {
                        tokens = try self.count(bytes, &cursor, depth: 4)
                        continue
                    }
                    try cursor.skipValue(bytes, depth: 4)
                    if bytes.equals("ttl", in: name) { isLong = bytes.equals("\"1h\"", in: start..<cursor.position) }
                } while try cursor.next(bytes, closing: .closeBrace)
                if isLong {
                    cacheWrite1h = min((cacheWrite1h ?? 0) + tokens, UsageReading.most)
                } else {
                    cacheWrite5m = min((cacheWrite5m ?? 0) + tokens, UsageReading.most)
                }
            } while try cursor.next(bytes, closing: .closeBracket)
        } catch {
            isAbsurd = true
        }
    }

    private mutating func takeOfGoogle(_ name: Range<Int>, _ bytes: RawSpan, _ value: Range<Int>, _ count: Int64?) {
        switch name.count {
        case 11 where bytes.equals("serviceTier", in: name): takeTierOfGoogle(bytes, value)
        case 11 where bytes.equals("trafficType", in: name): takeTierOfGoogle(bytes, value)
        case 15 where bytes.equals("totalTokenCount", in: name): total = count ?? number(bytes, value)
        case 16 where bytes.equals("promptTokenCount", in: name): prompt = count ?? number(bytes, value)
        case 18 where bytes.equals("thoughtsTokenCount", in: name): reasoning = count ?? number(bytes, value)
        case 18 where bytes.equals("cacheTokensDetails", in: name):
            takeKinds(bytes, value, audio: .cachedAudio, image: .cachedImage, video: .cachedVideo)
        case 19 where bytes.equals("promptTokensDetails", in: name):
            takeKinds(bytes, value, audio: .inputAudio, image: .inputImage, video: .inputVideo)
        case 20 where bytes.equals("candidatesTokenCount", in: name): completion = count ?? number(bytes, value)
        case 23 where bytes.equals("candidatesTokensDetails", in: name):
            takeKinds(bytes, value, audio: .outputAudio, image: .outputImage, video: .outputVideo)
        case 23 where bytes.equals("cachedContentTokenCount", in: name): takeCached(count ?? number(bytes, value))
        case 23 where bytes.equals("toolUsePromptTokenCount", in: name): furtherInput = count ?? number(bytes, value)
        default: break
        }
    }

    /// Google names the tier in `serviceTier` or, on Vertex, in `trafficType`; of both the one with prices of its own counts.
    private mutating func takeTierOfGoogle(_ bytes: RawSpan, _ value: Range<Int>) {
        let isUsual = UsageReading.holds(
            bytes,
            value,
            anyOf: ["standard", "STANDARD", "\"ON_DEMAND\"", "UNSPECIFIED", "unspecified", "null"]
        )
        if isUsual {
            tier = tier ?? ""
        } else {
            let inside = value.lowerBound + 1..<max(value.lowerBound + 1, value.upperBound - 1)
            let named = ServiceTier.name(bytes, inside)
            // `ON_DEMAND_FLEX` and `ON_DEMAND_PRIORITY` say the same as `flex` and `priority`.
            tier = named.hasPrefix("on_demand_") ? String(named.dropFirst(10)) : named
        }
    }

    /// Google's list of what a count is made of: `[{"modality": "AUDIO", "tokenCount": 25}]`.
    private mutating func takeKinds(
        _ bytes: RawSpan,
        _ value: Range<Int>,
        audio: BilledPart,
        image: BilledPart,
        video: BilledPart
    ) {
        guard !value.isEmpty, bytes.byte(value.lowerBound) == .openBracket else { return }
        var cursor = JSONCursor(at: value.lowerBound)
        do throws(JSONFault) {
            guard try cursor.enter(bytes, closing: .closeBracket) else { return }
            for part in [audio, image, video] { parts[part] = nil }
            repeat {
                guard try cursor.peek(bytes) == .openBrace else { return }
                guard try cursor.enter(bytes, closing: .closeBrace) else { continue }
                var kind: BilledPart?
                var tokens: Int64 = 0
                repeat {
                    let name = try cursor.name(bytes).range
                    _ = try cursor.peek(bytes)
                    let start = cursor.position
                    if bytes.equals("tokenCount", in: name) {
                        tokens = try self.count(bytes, &cursor, depth: 4)
                        continue
                    }
                    try cursor.skipValue(bytes, depth: 4)
                    guard bytes.equals("modality", in: name) else { continue }
                    let word = start..<cursor.position
                    if bytes.equals("\"AUDIO\"", in: word) { kind = audio }
                    if bytes.equals("\"IMAGE\"", in: word) { kind = image }
                    if bytes.equals("\"VIDEO\"", in: word) { kind = video }
                } while try cursor.next(bytes, closing: .closeBrace)
                if let kind, tokens > 0 { parts.add(tokens, to: kind) }
            } while try cursor.next(bytes, closing: .closeBracket)
        } catch {
            isAbsurd = true
        }
    }

    /// How many searches of the web the `tool_usage` of a response is billed for: `{"web_search": {"num_requests": 2}}`.
    static func searches(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> Int64 {
        var searches: Int64 = 0
        guard try cursor.enter(bytes, closing: .closeBrace) else { return searches }
        repeat {
            let tool = try cursor.name(bytes).range
            guard try cursor.peek(bytes) == .openBrace, bytes.equals("web_search", in: tool) else {
                try cursor.skipValue(bytes, depth: depth + 1)
                continue
            }
            guard try cursor.enter(bytes, closing: .closeBrace) else { continue }
            repeat {
                let name = try cursor.name(bytes).range
                _ = try cursor.peek(bytes)
                let count = cursor.takeCount(bytes)
                if count == nil { try cursor.skipValue(bytes, depth: depth + 2) }
                if bytes.equals("num_requests", in: name), let count, count <= most { searches = count }
            } while try cursor.next(bytes, closing: .closeBrace)
        } while try cursor.next(bytes, closing: .closeBrace)
        return searches
    }

    mutating func takeSearches(_ count: Int64?) {
        if let count, count > 0 { parts[.webSearches] = max(count, parts[.webSearches] ?? 0) }
    }

    /// Seconds of sound that were listened to.
    private mutating func takeSeconds(_ bytes: RawSpan, _ value: Range<Int>) {
        if let time = amount(bytes, value, places: 3), time > 0, time <= UsageReading.most {
            parts[.inputAudioTime] = time
        }
    }

    /// US dollars, or ten thousand millionths of a dollar each.
    private mutating func takeCost(_ bytes: RawSpan, _ value: Range<Int>, inTicks: Bool = false) {
        guard let amount = amount(bytes, value, places: inTicks ? -1 : 9) else { return }
        cost = NanoUSD(amount)
    }

    /// A number times 10^`places`; `nil` for what is none, below 0 or beyond all reason.
    private func amount(_ bytes: RawSpan, _ value: Range<Int>, places: Int) -> Int64? {
        guard !value.isEmpty, value.count <= 40, bytes.byte(value.lowerBound).isASCIIDigit else { return nil }
        return ExactRate.scaled(String(decoding: bytes.copy(value), as: UTF8.self), by: places)
    }

    private static func holds(_ bytes: RawSpan, _ range: Range<Int>, anyOf words: [StaticString]) -> Bool {
        range.contains { place in
            words.contains { bytes.has($0, at: place) && place + $0.utf8CodeUnitCount <= range.upperBound }
        }
    }

    /// Brings the counts into the form that all others have.
    private mutating func fold() {
        guard count == .google else { return }
        if let furtherInput { prompt = (prompt ?? 0) + furtherInput }
        if let reasoning { completion = (completion ?? 0) + reasoning }
    }

    /// The same number may stand under two names; of two different ones the smaller is the dearer reading.
    private mutating func takeCached(_ count: Int64?) {
        guard let count else { return }
        if let known = cached, known != count { isContradictory = true }
        cached = min(cached ?? count, count)
    }

    private mutating func number(_ bytes: RawSpan, _ value: Range<Int>) -> Int64? {
        guard !value.isEmpty, bytes.byte(value.lowerBound) != UInt8(ascii: "n") else { return nil }
        let text = String(decoding: bytes.copy(value.prefix(40)), as: UTF8.self)
        let count = Int64(text) ?? Double(text).flatMap { Int64(exactly: $0) }
        guard let count, (0...UsageReading.most).contains(count) else {
            isAbsurd = true
            return nil
        }
        return count
    }
}

extension UsageReading {
    /// The object held a count, if only one that cannot be believed.
    var hasCounts: Bool { hasTokens || isAbsurd || countsUnits }

    private var countsUnits: Bool { further?.values.parts.entries.contains { $0.part.unit != .token } ?? false }

    private var hasTokens: Bool { prompt != nil || completion != nil || total != nil }

    /// The tokens in parts that do not overlap; `nil` where the object held no count, or one beyond belief.
    ///
    /// Cached tokens are inside the prompt's count, and written ones where they fit beside them; where both are counted
    /// over the same prompt, the writes come on top. Reasoning is inside the completion's count unless the total says
    /// otherwise (xAI). Where the numbers contradict each other the reading with more tokens is taken, and marked.
    var usage: Usage? {
        if count == .besideCached || count == .converse { return usageBesideCached }
        guard !isAbsurd, hasCounts else { return nil }
        guard hasTokens else { return withParts(Usage()) }
        var isInconsistent = isContradictory
        let input: Int64
        let output: Int64
        switch (prompt, completion) {
        case (let prompt?, let completion?):
            input = prompt
            (output, isInconsistent) = split(prompt, completion, isInconsistent)
        case (let prompt?, nil):
            input = prompt
            output = max(0, (total ?? prompt) - prompt)
        case (nil, let completion?):
            input = max(0, (total ?? completion) - completion)
            output = completion
            isInconsistent = true
        case (nil, nil):
            input = total ?? 0
            output = 0
            isInconsistent = true
        }
        let read = cached ?? 0
        let (written5m, written1h) = written
        var fresh = input - read - written5m - written1h
        var countedTwice: Int64 = 0
        if fresh < 0 {
            let isOverlap = read <= input && written5m + written1h <= input
            fresh = isOverlap ? input - read : input
            countedTwice = isOverlap ? written5m + written1h : 0
            isInconsistent = isInconsistent || !isOverlap
        }
        if let cacheMiss, cacheMiss + read != input {
            fresh = max(fresh, cacheMiss)
            isInconsistent = true
        }
        var plain = Usage(
            fresh,
            cachedInput: read,
            cacheWrite5m: written5m,
            output: output,
            reasoning: min(reasoning ?? 0, output),
            isInconsistent: isInconsistent
        )
        if written1h != 0 { plain.cacheWrite1h = written1h }
        if countedTwice != 0 { plain.countedTwice = countedTwice }
        return further == nil ? plain : withParts(plain)
    }

    /// The usage with what is billed apart, how it was served, and what the provider says it cost.
    private func withParts(_ plain: Usage) -> Usage {
        guard let values = further?.values else { return plain }
        var usage = plain
        usage.providerCost = values.cost
        for name in [values.tier, values.speed, values.place] { if let name { usage.serve(as: name) } }
        guard !parts.isEmpty else { return usage }
        usage.parts = parts
        splitKinds(of: &usage)
        return usage
    }

    /// Takes the cached tokens of a kind out of those of the whole prompt: where the provider says how many they are, so
    /// many; where it does not, none that need not be, since a token that was not cached is the dearer one.
    private func splitKinds(of usage: inout Usage) {
        let kinds: [(all: BilledPart, cached: BilledPart)] = [
            (.inputAudio, .cachedAudio), (.inputImage, .cachedImage), (.inputVideo, .cachedVideo),
        ]
        for kind in kinds {
            let read = min(usage.parts[kind.cached] ?? 0, usage.cachedInput)
            if let all = usage.parts[kind.all] {
                usage.parts[kind.all] = all > read ? all - read : nil
                if read > all { usage.isInconsistent = true }
            }
        }
        var excess = kinds.reduce(0) { $0 + (usage.parts[$1.all] ?? 0) } - usage.freshInput
        var room = usage.cachedInput - kinds.reduce(0) { $0 + (usage.parts[$1.cached] ?? 0) }
        for kind in kinds where excess > 0 {
            guard let all = usage.parts[kind.all] else { continue }
            // What was neither fresh nor read was written, and is charged as that.
            let moved = min(excess, all)
            let read = min(moved, max(0, room))
            usage.parts[kind.all] = all > moved ? all - moved : nil
            if read > 0 { usage.parts.add(read, to: kind.cached) }
            room -= read
            excess -= moved
        }
        let made = [BilledPart.outputAudio, .outputImage, .outputVideo].reduce(0) { $0 + (usage.parts[$1] ?? 0) }
        if room < 0 || made > usage.output { usage.isInconsistent = true }
    }

    /// The same where cached and written tokens stand beside the input's count.
    ///
    /// Written tokens that the parts by time do not account for may be of either; what contradicts is charged dearer.
    private var usageBesideCached: Usage? {
        guard !isAbsurd, prompt != nil || completion != nil else { return nil }
        let (written5m, written1h) = written
        let rest = max(0, (cacheWrite ?? 0) - written5m - written1h)
        let isSplitWrong = cacheWrite5m != nil && cacheWrite1h != nil && (cacheWrite ?? 0) != written5m + written1h
        let output = completion ?? 0
        return withParts(
            Usage(
                freshInput: prompt ?? 0,
                cachedInput: cached ?? 0,
                cacheWrite5m: written5m + rest,
                cacheWrite1h: written1h,
                output: output,
                reasoning: min(reasoning ?? 0, output),
                isInconsistent: isContradictory || prompt == nil || (cacheWrite != nil && isSplitWrong)
            )
        )
    }

    /// The usage once a further part of it has come, in a dialect that states it bit by bit; the output is stated as a running
    /// total.
    ///
    /// Input that is stated again as nothing at all was not stated.
    func continued(by later: UsageReading) -> UsageReading {
        guard count == .besideCached else { return later }
        var all = self
        if (later.prompt ?? 0) + (later.cached ?? 0) + (later.cacheWrite ?? 0) > 0 {
            all.prompt = later.prompt ?? prompt
            all.cached = later.cached ?? cached
            if later.cacheWrite ?? cacheWrite != cacheWrite || later.cacheWrite5m != nil || later.cacheWrite1h != nil {
                all.cacheWrite5m = later.cacheWrite5m
                all.cacheWrite1h = later.cacheWrite1h
            }
            all.cacheWrite = later.cacheWrite ?? cacheWrite
        }
        all.completion = later.completion.map { max($0, completion ?? 0) } ?? completion
        all.reasoning = later.reasoning ?? reasoning
        if let told = later.further?.values {
            all.tier = told.tier ?? tier
            all.speed = told.speed ?? speed
            all.place = told.place ?? place
            all.cost = told.cost ?? cost
            // Running totals, too.
            for entry in told.parts.entries { all.parts[entry.part] = max(entry.number, all.parts[entry.part] ?? 0) }
        }
        all.isContradictory = isContradictory || later.isContradictory
        all.isAbsurd = isAbsurd || later.isAbsurd
        return all
    }

    /// How many tokens of output it tells of.
    var outputTold: Int64 { completion ?? 0 }

    /// Tokens written to the cache by how long they are kept; all for five minutes where that is not said.
    ///
    /// OpenAI's are kept for half an hour or for twelve: those of half an hour stand with the short ones, views on them.
    private var written: (for5m: Int64, for1h: Int64) {
        let long = cacheWrite1h ?? further?.values.parts[.cacheWrite12h] ?? 0
        return (cacheWrite5m ?? max(0, (cacheWrite ?? 0) - long), long)
    }

    private func split(_ prompt: Int64, _ completion: Int64, _ isBad: Bool) -> (output: Int64, isBad: Bool) {
        let reasoning = reasoning ?? 0
        let outside = completion + reasoning
        guard let total else { return (reasoning > completion ? outside : completion, isBad) }
        if total == prompt + completion, reasoning <= completion { return (completion, isBad) }
        if total == prompt + outside { return (outside, isBad) }
        return (max(completion, total - prompt, reasoning > completion ? outside : 0), true)
    }
}

extension Usage {
    /// Notes the service tier, the speed or the place of an answer, unless it is the usual one.
    mutating func serve(as name: String) {
        if !name.isEmpty, !servedAs.contains(name) { servedAs.append(name) }
    }
}

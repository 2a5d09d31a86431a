// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The numbers of a `usage` object, under whatever names providers write them.
package struct UsageReading {
    private var prompt: Int64?
    private var completion: Int64?
    private var total: Int64?
    private var cached: Int64?
    private var cacheMiss: Int64?
    private var cacheWrite: Int64?
    private var cacheWrite5m: Int64?
    private var cacheWrite1h: Int64?
    private var reasoning: Int64?
    /// Tokens of sound went in or came out; a view on the counts, with prices of its own.
    private var hasAudio = false
    /// The service tier named beside the counts, where one is: whether it has prices of its own.
    private(set) var hasOtherTier: Bool?
    /// Searches that the provider made for the answer, which no price card has a rate for.
    private var hasSearches = false
    private var count = Count.withCached
    /// Tokens of the prompt that its count leaves out.
    private var furtherInput: Int64?
    /// The same number stood there twice, and differed.
    private var isContradictory = false
    /// A number was negative, a fraction, no number or beyond all reason: then none of them is believed.
    private var isAbsurd = false

    /// What a count of input tokens is of.
    enum Count: Sendable {
        /// All of the prompt, cached tokens included.
        case withCached
        /// What was neither read from the cache nor written to it; the parts of a stream's usage come one after the other.
        case besideCached
        /// All of the prompt, cached tokens included, but what tools brought in; thoughts stand beside the candidates.
        case google
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
                try details(bytes, &cursor, depth: depth + 1)
            } else if first == .quote, ServiceTier.isNamed(bytes, name) {
                let isOther = try ServiceTier.isOther(bytes, &cursor, depth: depth + 1)
                hasOtherTier = isOther || hasOtherTier == true
            } else {
                try take(name, bytes, &cursor, depth: depth + 1)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        fold()
    }

    private static func isDetails(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 14: bytes.equals("cache_creation", in: name)
        case 15: bytes.equals("server_tool_use", in: name)
        case 20: bytes.equals("input_tokens_details", in: name)
        case 21: bytes.equals("prompt_tokens_details", in: name) || bytes.equals("output_tokens_details", in: name)
        case 25: bytes.equals("completion_tokens_details", in: name)
        default: false
        }
    }

    private mutating func details(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) {
        guard depth < JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: cursor.position) }
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            _ = try cursor.peek(bytes)
            try take(name, bytes, &cursor, depth: depth + 1)
        } while try cursor.next(bytes, closing: .closeBrace)
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
        if self.count == .google { return takeOfGoogle(name, bytes, value, count) }
        switch name.count {
        case 12 where bytes.equals("audio_tokens", in: name):
            if (count ?? number(bytes, value) ?? 0) > 0 { hasAudio = true }
        case 12 where bytes.equals("total_tokens", in: name): total = count ?? number(bytes, value)
        case 12 where bytes.equals("input_tokens", in: name): prompt = prompt ?? count ?? number(bytes, value)
        case 13 where bytes.equals("prompt_tokens", in: name): prompt = count ?? number(bytes, value)
        case 13 where bytes.equals("output_tokens", in: name): completion = completion ?? count ?? number(bytes, value)
        case 13 where bytes.equals("cached_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 15 where bytes.equals("thinking_tokens", in: name): reasoning = count ?? number(bytes, value) ?? reasoning
        case 16 where bytes.equals("reasoning_tokens", in: name): reasoning = count ?? number(bytes, value) ?? reasoning
        case 17 where bytes.equals("completion_tokens", in: name): completion = count ?? number(bytes, value)
        case 19 where bytes.equals("web_search_requests", in: name):
            if (count ?? number(bytes, value) ?? 0) > 0 { hasSearches = true }
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

    private mutating func takeOfGoogle(_ name: Range<Int>, _ bytes: RawSpan, _ value: Range<Int>, _ count: Int64?) {
        switch name.count {
        case 11 where bytes.equals("serviceTier", in: name):
            let isUsual = UsageReading.holds(bytes, value, anyOf: ["standard", "STANDARD", "unspecified", "null"])
            if !isUsual { hasOtherTier = true }
        case 11 where bytes.equals("trafficType", in: name):
            let isUsual = UsageReading.holds(bytes, value, anyOf: ["\"ON_DEMAND\"", "UNSPECIFIED", "null"])
            if !isUsual { hasOtherTier = true }
        case 15 where bytes.equals("totalTokenCount", in: name): total = count ?? number(bytes, value)
        case 16 where bytes.equals("promptTokenCount", in: name): prompt = count ?? number(bytes, value)
        case 18 where bytes.equals("thoughtsTokenCount", in: name): reasoning = count ?? number(bytes, value)
        case 19 where bytes.equals("promptTokensDetails", in: name),
            23 where bytes.equals("candidatesTokensDetails", in: name):
            if UsageReading.holds(bytes, value, anyOf: ["\"AUDIO\""]) { hasAudio = true }
        case 20 where bytes.equals("candidatesTokenCount", in: name): completion = count ?? number(bytes, value)
        case 23 where bytes.equals("cachedContentTokenCount", in: name): takeCached(count ?? number(bytes, value))
        case 23 where bytes.equals("toolUsePromptTokenCount", in: name): furtherInput = count ?? number(bytes, value)
        default: break
        }
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
    var hasCounts: Bool { prompt != nil || completion != nil || total != nil || isAbsurd }

    /// The tokens in parts that do not overlap; `nil` where the object held no count, or one beyond belief.
    ///
    /// Cached tokens are inside the prompt's count, and written ones where they fit beside them; where both are counted
    /// over the same prompt, the writes come on top. Reasoning is inside the completion's count unless the total says
    /// otherwise (xAI). Where the numbers contradict each other the reading with more tokens is taken, and marked.
    var usage: Usage? {
        if count == .besideCached { return usageBesideCached }
        guard !isAbsurd, prompt != nil || completion != nil || total != nil else { return nil }
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
        return Usage(
            freshInput: fresh,
            cachedInput: read,
            cacheWrite5m: written5m,
            cacheWrite1h: written1h,
            output: output,
            reasoning: min(reasoning ?? 0, output),
            isInconsistent: isInconsistent,
            hasUnpricedParts: hasAudio || hasSearches || hasOtherTier == true,
            countedTwice: countedTwice
        )
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
        return Usage(
            freshInput: prompt ?? 0,
            cachedInput: cached ?? 0,
            cacheWrite5m: written5m + rest,
            cacheWrite1h: written1h,
            output: output,
            reasoning: min(reasoning ?? 0, output),
            isInconsistent: isContradictory || prompt == nil || (cacheWrite != nil && isSplitWrong),
            hasUnpricedParts: hasSearches || hasOtherTier == true
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
        all.hasOtherTier = later.hasOtherTier ?? hasOtherTier
        all.hasSearches = hasSearches || later.hasSearches
        all.isContradictory = isContradictory || later.isContradictory
        all.isAbsurd = isAbsurd || later.isAbsurd
        return all
    }

    /// How many tokens of output it tells of.
    var outputTold: Int64 { completion ?? 0 }

    /// Tokens written to the cache by how long they are kept; all for five minutes where that is not said.
    private var written: (for5m: Int64, for1h: Int64) {
        let long = cacheWrite1h ?? 0
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

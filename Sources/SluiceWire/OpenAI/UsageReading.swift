// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The numbers of a `usage` object as a provider of the OpenAI dialect wrote them.
struct UsageReading {
    private var prompt: Int64?
    private var completion: Int64?
    private var total: Int64?
    private var cached: Int64?
    private var cacheMiss: Int64?
    private var cacheWrite: Int64?
    private var reasoning: Int64?
    /// A number was negative, broken or beyond all reason.
    private var isAbsurd = false

    private static let most: Int64 = 1_000_000_000_000

    /// Reads an object, at whose brace the cursor stands; `depth` objects and arrays are around it.
    init(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) {
        guard depth < JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: cursor.position) }
        guard try cursor.enter(bytes, closing: 0x7D) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let isDetails =
                first == 0x7B && name.count > 8
                && (bytes.equals("prompt_tokens_details", in: name) || bytes.equals("input_tokens_details", in: name)
                    || bytes.equals("completion_tokens_details", in: name)
                    || bytes.equals("output_tokens_details", in: name))
            if isDetails {
                try details(bytes, &cursor, depth: depth + 1)
            } else {
                try take(name, bytes, &cursor, depth: depth + 1)
            }
        } while try cursor.next(bytes, closing: 0x7D)
    }

    private mutating func details(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) {
        guard depth < JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: cursor.position) }
        guard try cursor.enter(bytes, closing: 0x7D) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            _ = try cursor.peek(bytes)
            try take(name, bytes, &cursor, depth: depth + 1)
        } while try cursor.next(bytes, closing: 0x7D)
    }

    private mutating func take(
        _ name: Range<Int>,
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int
    ) throws(JSONFault) {
        let start = cursor.position
        let count = cursor.takeCount(bytes)
        if count == nil { try cursor.skipValue(bytes, depth: depth) }
        let value = start..<cursor.position
        switch name.count {
        case 12 where bytes.equals("total_tokens", in: name): total = count ?? number(bytes, value)
        case 12 where bytes.equals("input_tokens", in: name): prompt = prompt ?? count ?? number(bytes, value)
        case 13 where bytes.equals("prompt_tokens", in: name): prompt = count ?? number(bytes, value)
        case 13 where bytes.equals("output_tokens", in: name): completion = completion ?? count ?? number(bytes, value)
        case 13 where bytes.equals("cached_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 16 where bytes.equals("reasoning_tokens", in: name): reasoning = count ?? number(bytes, value) ?? reasoning
        case 17 where bytes.equals("completion_tokens", in: name): completion = count ?? number(bytes, value)
        case 18 where bytes.equals("cache_write_tokens", in: name): cacheWrite = count ?? number(bytes, value)
        case 21 where bytes.equals("cache_creation_tokens", in: name): cacheWrite = count ?? number(bytes, value)
        case 23 where bytes.equals("prompt_cache_hit_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 23 where bytes.equals("cache_read_input_tokens", in: name): takeCached(count ?? number(bytes, value))
        case 24 where bytes.equals("prompt_cache_miss_tokens", in: name): cacheMiss = count ?? number(bytes, value)
        case 27 where bytes.equals("cache_creation_input_tokens", in: name): cacheWrite = count ?? number(bytes, value)
        default: break
        }
    }

    /// The same number may stand under two names; of two different ones the smaller is the dearer reading.
    private mutating func takeCached(_ count: Int64?) {
        guard let count else { return }
        if let known = cached, known != count { isAbsurd = true }
        cached = min(cached ?? count, count)
    }

    private mutating func number(_ bytes: RawSpan, _ value: Range<Int>) -> Int64? {
        guard !value.isEmpty, bytes.byte(value.lowerBound) != 0x6E else { return nil }
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
    /// The tokens in parts that do not overlap; `nil` where the object held no count.
    ///
    /// Cached and written tokens are inside the prompt's count, reasoning is inside the completion's unless the total
    /// says otherwise (xAI). Where the numbers contradict each other the reading with more tokens is taken, and marked.
    var usage: Usage? {
        guard prompt != nil || completion != nil || total != nil else { return nil }
        var isInconsistent = isAbsurd
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
        let written = cacheWrite ?? 0
        var fresh = input - read - written
        if fresh < 0 {
            fresh = input
            isInconsistent = true
        }
        if let cacheMiss, cacheMiss + read != input {
            fresh = max(fresh, cacheMiss)
            isInconsistent = true
        }
        return Usage(
            freshInput: fresh,
            cachedInput: read,
            cacheWrite5m: written,
            output: output,
            reasoning: min(reasoning ?? 0, output),
            isInconsistent: isInconsistent
        )
    }

    private func split(_ prompt: Int64, _ completion: Int64, _ isAbsurd: Bool) -> (output: Int64, isBad: Bool) {
        let reasoning = reasoning ?? 0
        let outside = completion + reasoning
        guard let total else { return (reasoning > completion ? outside : completion, isAbsurd) }
        if total == prompt + completion, reasoning <= completion { return (completion, isAbsurd) }
        if total == prompt + outside { return (outside, isAbsurd) }
        return (max(completion, total - prompt, reasoning > completion ? outside : 0), true)
    }
}

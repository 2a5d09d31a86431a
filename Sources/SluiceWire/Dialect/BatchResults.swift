// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// What the results of a batch have cost, added up while they pass: a JSON object a line, each with the answer to one
/// request.
///
/// At most one line is held, and nothing of one that is too long.
struct BatchResults: Sendable {
    private var line: [UInt8] = []
    private var isTooLong = false
    private var sum: Usage?
    /// Some line could not be read.
    private var isPartial = false
    private let count: UsageReading.Count

    private static let longestLine = 4_194_304

    init(_ count: UsageReading.Count) { self.count = count }

    /// All that was read so far, the line at hand included; `nil` where no line counted anything.
    var usage: Usage? {
        var all = self
        all.endLine()
        guard var usage = all.sum else { return nil }
        usage.isEstimated = all.isPartial
        return usage
    }

    mutating func feed(_ bytes: RawSpan) {
        var start = 0
        while start < bytes.byteCount {
            var end = start
            while end < bytes.byteCount, bytes.byte(end) != .lineFeed { end += 1 }
            keep(bytes, start..<end)
            if end < bytes.byteCount { endLine() }
            start = end + 1
        }
    }

    private mutating func keep(_ bytes: RawSpan, _ range: Range<Int>) {
        guard !isTooLong, line.count + range.count <= BatchResults.longestLine else {
            isTooLong = true
            line = []
            return
        }
        line.append(contentsOf: bytes, in: range)
    }

    private mutating func endLine() {
        let text = line
        line = []
        if isTooLong {
            isTooLong = false
            isPartial = true
            return
        }
        guard text.contains(where: { $0 > .space }) else { return }
        do throws(JSONFault) {
            // Safe because: bytes have no padding.
            guard let usage = try unsafe BatchResults.usage(text.span.bytes, count) else { return }
            sum = sum.map { $0.adding(usage) } ?? usage
        } catch {
            isPartial = true
        }
    }

    /// The usage of `{"result":{"message":{"usage":…}}}`, the further members in any order.
    private static func usage(_ bytes: RawSpan, _ count: UsageReading.Count) throws(JSONFault) -> Usage? {
        var cursor = JSONCursor(at: 0)
        let path: [StaticString] = ["result", "message", "usage"]
        for depth in 0..<path.count {
            guard try cursor.peek(bytes) == .openBrace, try enter(path[depth], bytes, &cursor, depth: depth) else {
                return nil
            }
        }
        guard try cursor.peek(bytes) == .openBrace else { return nil }
        return try UsageReading(bytes, &cursor, depth: path.count, count).usage
    }

    /// Moves to the value of a member; `false` where the object has none of that name.
    private static func enter(
        _ wanted: StaticString,
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int
    ) throws(JSONFault) -> Bool {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return false }
        repeat {
            let name = try cursor.name(bytes).range
            if bytes.equals(wanted, in: name) { return true }
            try cursor.skipValue(bytes, depth: depth + 1)
        } while try cursor.next(bytes, closing: .closeBrace)
        return false
    }

    /// What a member of the top level of a batch is.
    static func member(named name: Range<Int>, of bytes: RawSpan) -> AnswerMetering.Member {
        switch name.count {
        case 2: bytes.equals("id", in: name) ? .id : .sign
        case 5: bytes.equals("usage", in: name) ? .usage : .sign
        case 6: bytes.equals("status", in: name) ? .status : .sign
        case 17: bytes.equals("processing_status", in: name) ? .status : .sign
        default: .sign
        }
    }
}

extension Usage {
    fileprivate func adding(_ other: Usage) -> Usage {
        func sum(_ part: KeyPath<Usage, Int64>) -> Int64 {
            let (sum, overflow) = self[keyPath: part].addingReportingOverflow(other[keyPath: part])
            return overflow ? .max : sum
        }
        var parts = parts
        for entry in other.parts.entries { parts[entry.part] = (parts[entry.part] ?? 0).addingHeld(entry.number) }
        let costs = [providerCost, other.providerCost].compactMap { $0 }
        return Usage(
            freshInput: sum(\.freshInput),
            cachedInput: sum(\.cachedInput),
            cacheWrite5m: sum(\.cacheWrite5m),
            cacheWrite1h: sum(\.cacheWrite1h),
            output: sum(\.output),
            reasoning: sum(\.reasoning),
            isInconsistent: isInconsistent || other.isInconsistent,
            countedTwice: sum(\.countedTwice),
            parts: parts,
            servedAs: servedAs + other.servedAs.filter { !servedAs.contains($0) },
            providerCost: costs.count == 2 ? costs[0].adding(costs[1]) : nil
        )
    }
}

// SPDX-License-Identifier: Apache-2.0

/// How much of two sequences matches, as Ratcliff and Obershelp count it and Python's `difflib` does.
///
/// The longest common run (the first of the first sequence, then the first of the second, where several are as long) splits both
/// sequences; what stands before and behind it is counted in the same way.
struct MatchCount {
    private let first: [Int32]
    private let second: [Int32]
    /// Where each symbol stands in `second`, ascending: those of symbol s are `places[starts[s]..<starts[s + 1]]`.
    private var starts: [Int32]
    private var places: [Int32]
    /// Steps of the inner loop that are left.
    private var budget: Int

    /// Lengths of the runs that end at a place of `second`, of this row and of the one before.
    private var lengths: [Int32]
    private var lengthsBefore: [Int32]
    private var rows: [Int32]
    private var rowsBefore: [Int32]
    private var row: Int32 = 0

    private struct Part {
        var first: Range<Int>
        var second: Range<Int>
    }

    /// - Parameters:
    ///   - first: symbols from 0; `Int32.max` for what does not stand in `second`.
    ///   - second: symbols from 0 to `symbols`.
    ///   - ignoresPopular: symbols that make up more than 1 % of a `second` of at least 200 begin no run.
    init(_ first: [Int32], _ second: [Int32], symbols: Int, ignoresPopular: Bool, budget: Int) {
        self.first = first
        self.second = second
        self.budget = budget
        var counts = [Int32](repeating: 0, count: symbols + 1)
        for symbol in second { counts[Int(symbol)] += 1 }
        if ignoresPopular, second.count >= 200 {
            let most = Int32(second.count / 100 + 1)
            for symbol in 0..<symbols where counts[symbol] > most { counts[symbol] = 0 }
        }
        starts = [0]
        starts.reserveCapacity(symbols + 1)
        var sum: Int32 = 0
        for symbol in 0..<symbols {
            sum += counts[symbol]
            starts.append(sum)
        }
        places = [Int32](repeating: 0, count: Int(sum))
        var next = starts
        for (place, symbol) in second.enumerated() where counts[Int(symbol)] > 0 {
            places[Int(next[Int(symbol)])] = Int32(place)
            next[Int(symbol)] += 1
        }
        lengths = [Int32](repeating: 0, count: second.count + 1)
        lengthsBefore = lengths
        rows = [Int32](repeating: -1, count: second.count + 1)
        rowsBefore = rows
    }

    /// The number of symbols in matching runs; `nil` where the budget did not last.
    mutating func matches() -> Int? {
        var sum = 0
        var open = [Part(first: 0..<first.count, second: 0..<second.count)]
        while let part = open.popLast() {
            guard let run = longestRun(part) else { return nil }
            guard !run.first.isEmpty else { continue }
            sum += run.first.count
            let before = Part(
                first: part.first.lowerBound..<run.first.lowerBound,
                second: part.second.lowerBound..<run.second.lowerBound
            )
            let behind = Part(
                first: run.first.upperBound..<part.first.upperBound,
                second: run.second.upperBound..<part.second.upperBound
            )
            if !before.first.isEmpty, !before.second.isEmpty { open.append(before) }
            if !behind.first.isEmpty, !behind.second.isEmpty { open.append(behind) }
        }
        return sum
    }

    private mutating func longestRun(_ part: Part) -> Part? {
        var best = (first: part.first.lowerBound, second: part.second.lowerBound, length: 0)
        let low = Int32(part.second.lowerBound)
        let high = Int32(part.second.upperBound)
        row += 1  // no row of an earlier part is the one before
        for place in part.first {
            row += 1
            swap(&lengths, &lengthsBefore)
            swap(&rows, &rowsBefore)
            budget -= 1
            let symbol = Int(first[place])
            guard symbol < starts.count - 1 else { continue }
            let end = Int(starts[symbol + 1])
            var index = firstPlace(Int(starts[symbol]), end, from: low)
            while index < end, places[index] < high {
                let other = Int(places[index])
                index += 1
                budget -= 1
                // Row j + 1 of the arrays is the run that ends at j.
                let length = (rowsBefore[other] == row - 1 ? lengthsBefore[other] : 0) + 1
                lengths[other + 1] = length
                rows[other + 1] = row
                if Int(length) > best.length {
                    best = (place - Int(length) + 1, other - Int(length) + 1, Int(length))
                }
            }
            guard budget > 0 else { return nil }
        }
        // Over symbols that begin no run.
        while best.first > part.first.lowerBound, best.second > part.second.lowerBound,
            first[best.first - 1] == second[best.second - 1]
        {
            best = (best.first - 1, best.second - 1, best.length + 1)
        }
        while best.first + best.length < part.first.upperBound, best.second + best.length < part.second.upperBound,
            first[best.first + best.length] == second[best.second + best.length]
        {
            best.length += 1
        }
        return Part(
            first: best.first..<(best.first + best.length),
            second: best.second..<(best.second + best.length)
        )
    }

    /// The first index of `places` in a range whose place is not before `low`.
    private func firstPlace(_ start: Int, _ end: Int, from low: Int32) -> Int {
        var (left, right) = (start, end)
        while left < right {
            let middle = (left + right) / 2
            if places[middle] < low { left = middle + 1 } else { right = middle }
        }
        return left
    }
}

// SPDX-License-Identifier: Apache-2.0

/// The compact form of a block: one line of ASCII, stable across versions.
///
///     B1 1700000000 2 7 - error=3,0,52,1 latency/ceiling=3,0,52,0 units=2,41,0.05 spent=90,4,1800,80
///     │  │          │ │ │ series=n_c,k_c,n_b,k_b …                 └ first-seen units and planned share; nano-dollars and tokens
///     │  start      │ │ └ stratum, - for none
///     form          │ epoch
///                   seconds
///
/// The word `further` before the tables marks a block that tells more of requests counted before.
extension Block {
    /// The block as one line, without a line end.
    public var line: String {
        var text = "B1 \(start) \(seconds) \(epoch) \(stratum.isEmpty ? "-" : stratum)"
        if isFurther { text += " further" }
        for entry in entries {
            let n = entry.counts
            text += " \(entry.series.rawValue)=\(n.canary),\(n.canaryEvents),\(n.baseline),\(n.baselineEvents)"
        }
        if parts > 0 { text += " parts=\(parts)" }
        if let units = assigned { text += " units=\(units.canary),\(units.baseline),\(units.share)" }
        if let money = spending {
            text += " spent=\(money.canaryNanoUSD),\(money.canaryTokens)"
            text += ",\(money.baselineNanoUSD),\(money.baselineTokens)"
        }
        return text
    }

    /// Reads a line; nothing when it is not one, or holds an impossible table.
    public init?(line: String) {
        guard line.utf8.count <= 65_536 else { return nil }
        let words = line.split(separator: " ")
        guard words.count >= 5, words[0] == "B1", let start = Int64(words[1]), let seconds = Int(words[2]),
            let epoch = Int64(words[3]), (1...BlockLength.longest).contains(seconds)
        else { return nil }
        self.init(
            start: start,
            seconds: seconds,
            stratum: words[4] == "-" ? "" : String(words[4]),
            epoch: epoch,
            entries: []
        )
        for word in words.dropFirst(5) {
            if word == "further" {
                isFurther = true
                continue
            }
            guard read(word) else { return nil }
        }
    }

    private mutating func read(_ word: Substring) -> Bool {
        guard let equals = word.firstIndex(of: "=") else { return false }
        let name = word[..<equals]
        let numbers = word[word.index(after: equals)...].split(separator: ",", omittingEmptySubsequences: false)
        switch name {
        case "units": return readUnits(numbers)
        case "spent": return readSpending(numbers)
        case "parts":
            guard numbers.count == 1, let parts = Int(numbers[0]), (1...256).contains(parts) else { return false }
            self.parts = parts
            return true
        default: break
        }
        guard let series = SeriesID(rawValue: String(name)), let n = Self.integers(numbers),
            let counts = Counts(canary: n[0], canaryEvents: n[1], baseline: n[2], baselineEvents: n[3])
        else { return false }
        entries.append(Entry(series, counts))
        return true
    }

    private mutating func readUnits(_ numbers: [Substring]) -> Bool {
        guard numbers.count == 3, let canary = Int64(numbers[0]), let baseline = Int64(numbers[1]),
            let share = Double(numbers[2]), share > 0, share < 1, canary >= 0, baseline >= 0
        else { return false }
        assigned = AssignedUnits(canary: canary, baseline: baseline, share: share)
        return true
    }

    private mutating func readSpending(_ numbers: [Substring]) -> Bool {
        guard let n = Self.integers(numbers) else { return false }
        spending = Spending(canaryNanoUSD: n[0], canaryTokens: n[1], baselineNanoUSD: n[2], baselineTokens: n[3])
        return true
    }

    private static func integers(_ words: [Substring]) -> [Int64]? {
        let numbers = words.compactMap { Int64($0) }
        return words.count == 4 && numbers.count == 4 ? numbers : nil
    }
}

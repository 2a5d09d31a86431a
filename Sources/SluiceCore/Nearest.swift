// SPDX-License-Identifier: Apache-2.0

/// Names that someone may have meant.
package enum Nearest {
    /// The names at a small edit distance from what was written, nearest first.
    ///
    /// Small is a third of the longer name, and at least 2; a name that begins with the text, or the text with it,
    /// counts as near as well. Letters are compared without case, texts over 128 bytes not at all.
    package static func names(to text: String, among names: some Sequence<String>, limit: Int = 3) -> [String] {
        let wanted = Array(text.lowercased().utf8)
        guard (1...128).contains(wanted.count) else { return [] }
        var found: [(distance: Int, name: String)] = []
        for name in names {
            let other = Array(name.lowercased().utf8)
            guard (1...128).contains(other.count) else { continue }
            let distance = editDistance(wanted, other)
            let isPrefix =
                min(wanted.count, other.count) >= 3 && (wanted.starts(with: other) || other.starts(with: wanted))
            guard isPrefix || distance <= max(2, max(wanted.count, other.count) / 3) && distance < wanted.count else {
                continue
            }
            found.append((distance, name))
        }
        let sorted = found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return sorted.prefix(limit).map(\.name)
    }

    /// Insertions, deletions, changes and swaps of neighbours that lead from one to the other.
    package static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 0..<left.count {
            var row = [i + 1]
            for j in 0..<right.count {
                var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}

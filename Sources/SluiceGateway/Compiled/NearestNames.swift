// SPDX-License-Identifier: Apache-2.0

/// Finds the names that look most like one that was mistyped.
enum NearestNames {
    /// The nearest names by edit distance, near ones first; looks at 2 000 names and 64 bytes of each at most.
    static func find(_ wanted: String, among names: [String], count: Int) -> [String] {
        let target = Array(wanted.lowercased().utf8.prefix(64))
        let ranked = names.prefix(2_000).map { name -> (name: String, distance: Int) in
            let bytes = Array(name.lowercased().utf8.prefix(64))
            let isPart = !target.isEmpty && (name.lowercased().contains(wanted.lowercased()))
            return (name, isPart ? 0 : distance(target, bytes))
        }
        return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(count).map(\.name)
    }

    /// Levenshtein's distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let substituted = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}

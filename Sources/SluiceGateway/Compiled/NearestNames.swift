// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Finds the names that look most like one that was mistyped.
enum NearestNames {
    /// The nearest names by edit distance, near ones first; looks at 2 000 names and 64 bytes of each at most.
    static func find(_ wanted: String, among names: [String], count: Int) -> [String] {
        let target = Array(wanted.lowercased().utf8.prefix(64))
        let ranked = names.prefix(2_000).map { name -> (name: String, distance: Int) in
            let bytes = Array(name.lowercased().utf8.prefix(64))
            let isPart = !target.isEmpty && (name.lowercased().contains(wanted.lowercased()))
            return (name, isPart ? 0 : Nearest.editDistance(target, bytes))
        }
        return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(count).map(\.name)
    }
}

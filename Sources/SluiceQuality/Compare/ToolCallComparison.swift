// SPDX-License-Identifier: Apache-2.0

/// Tool calls of two answers, matched without regard to their order or their ids.
package struct ToolCallComparison: Sendable, Equatable {
    package var pairs: [Pair]
    /// Names of calls that only one of the two makes, in their order.
    package var onlyFirst: [String]
    package var onlySecond: [String]
    /// The paired calls stand in the same order.
    package var isSameOrder: Bool

    package struct Pair: Sendable, Equatable {
        package var name: String
        package var form: Form
        package var arguments: [Argument]
    }

    /// Whether the arguments can be compared at all.
    package enum Form: String, Sendable, CaseIterable {
        case readable
        /// No JSON, of which.
        case invalidFirst = "invalid_first"
        case invalidSecond = "invalid_second"
        case invalidBoth = "invalid_both"
    }

    package struct Argument: Sendable, Equatable {
        /// Empty for arguments that are no object.
        package var name: String
        package var match: Match
    }

    package enum Match: String, Sendable, CaseIterable {
        case equal
        /// The same but for spelling of strings.
        case normalised
        case differs
        /// Only the first has it.
        case missing
        /// Only the second has it.
        case extra
    }

    /// The more calls of one name are matched one by one in their order.
    private static let mostMatched = 64

    package init(_ first: [ComparedAnswer.ToolCall], _ second: [ComparedAnswer.ToolCall]) {
        let (before, after) = (first.map(ReadCall.init), second.map(ReadCall.init))
        var found: [(first: Int, second: Int)] = []
        var names: [String] = []
        for call in before where !names.contains(where: { $0.utf8.elementsEqual(call.name.utf8) }) {
            names.append(call.name)
        }
        for name in names {
            let left = before.indices.filter { before[$0].name.utf8.elementsEqual(name.utf8) }
            let right = after.indices.filter { after[$0].name.utf8.elementsEqual(name.utf8) }
            found += ToolCallComparison.matched(left, right) { before[$0].distance(to: after[$1]) }
        }
        found.sort { $0.first < $1.first }
        pairs = found.map { pair in before[pair.first].compared(with: after[pair.second]) }
        onlyFirst = before.indices.filter { index in !found.contains { $0.first == index } }.map { before[$0].name }
        onlySecond = after.indices.filter { index in !found.contains { $0.second == index } }.map { after[$0].name }
        isSameOrder = zip(found, found.dropFirst()).allSatisfy { $0.second < $1.second }
    }

    /// Every call has its like.
    package var isSameNames: Bool { onlyFirst.isEmpty && onlySecond.isEmpty }

    /// Every argument is equal, or spelt differently only.
    package var isSame: Bool {
        isSameNames
            && pairs.allSatisfy { pair in
                pair.form == .readable && pair.arguments.allSatisfy { $0.match == .equal || $0.match == .normalised }
            }
    }

    /// The pairs of least distance in sum.
    private static func matched(_ left: [Int], _ right: [Int], _ distance: (Int, Int) -> Int) -> [(
        first: Int, second: Int
    )] {
        guard left.count <= mostMatched, right.count <= mostMatched, left.count > 1 || right.count > 1 else {
            return zip(left, right).map { (first: $0, second: $1) }
        }
        let isTurned = left.count > right.count
        let (rows, columns) = isTurned ? (right, left) : (left, right)
        let costs = rows.map { row in columns.map { isTurned ? distance($0, row) : distance(row, $0) } }
        return LeastCostPairing.least(costs).enumerated().map { row, column in
            isTurned
                ? (first: columns[column], second: rows[row]) : (first: rows[row], second: columns[column])
        }
    }
}

/// A call whose arguments have been read.
private struct ReadCall {
    let name: String
    /// Absent where they are no JSON.
    let arguments: ExactJSON?

    init(_ call: ComparedAnswer.ToolCall) {
        name = call.name
        // Models that call a tool without parameters may write nothing at all.
        let isEmpty = call.arguments.utf8.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        arguments = isEmpty ? .object(ExactObject()) : (try? ExactDocument(parsing: call.arguments))?.value
    }

    func compared(with other: ReadCall) -> ToolCallComparison.Pair {
        let form: ToolCallComparison.Form =
            switch (arguments, other.arguments) {
            case (.some, .some): .readable
            case (nil, .some): .invalidFirst
            case (.some, nil): .invalidSecond
            case (nil, nil): .invalidBoth
            }
        return ToolCallComparison.Pair(name: name, form: form, arguments: matches(with: other))
    }

    /// Twice the arguments that differ, and once those that are spelt differently.
    func distance(to other: ReadCall) -> Int {
        guard arguments != nil, other.arguments != nil else { return arguments == other.arguments ? 1_000 : 1_001 }
        return matches(with: other).reduce(0) { sum, argument in
            switch argument.match {
            case .equal: sum
            case .normalised: sum + 1
            case .differs, .missing, .extra: sum + 2
            }
        }
    }

    private func matches(with other: ReadCall) -> [ToolCallComparison.Argument] {
        guard let arguments, let others = other.arguments else { return [] }
        guard let members = arguments.object, let otherMembers = others.object else {
            return [ToolCallComparison.Argument(name: "", match: ReadCall.match(arguments, others))]
        }
        var found = zip(members.names, members.values).map { name, value in
            ToolCallComparison.Argument(
                name: String(decoding: name, as: UTF8.self),
                match: otherMembers[name].map { ReadCall.match(value, $0) } ?? .missing
            )
        }
        for name in otherMembers.names where members[name] == nil {
            found.append(ToolCallComparison.Argument(name: String(decoding: name, as: UTF8.self), match: .extra))
        }
        return found
    }

    private static func match(_ left: ExactJSON, _ right: ExactJSON) -> ToolCallComparison.Match {
        left == right ? .equal : left.isLike(right) ? .normalised : .differs
    }
}

/// Who goes with whom at the least cost in sum (the Hungarian method, with potentials).
enum LeastCostPairing {
    /// The column of each row; there must be at least as many columns as rows.
    static func least(_ costs: [[Int]]) -> [Int] {
        let rows = costs.count
        let columns = costs.first?.count ?? 0
        guard rows > 0, rows <= columns else { return [] }
        var rowPotential = [Int](repeating: 0, count: rows + 1)
        var columnPotential = [Int](repeating: 0, count: columns + 1)
        var rowOf = [Int](repeating: 0, count: columns + 1)
        for row in 1...rows {
            rowOf[0] = row
            var column = 0
            var slack = [Int](repeating: Int.max, count: columns + 1)
            var from = [Int](repeating: 0, count: columns + 1)
            var isSeen = [Bool](repeating: false, count: columns + 1)
            repeat {
                isSeen[column] = true
                let at = rowOf[column]
                var least = Int.max
                var next = 0
                for candidate in 1...columns where !isSeen[candidate] {
                    let reduced = costs[at - 1][candidate - 1] - rowPotential[at] - columnPotential[candidate]
                    if reduced < slack[candidate] {
                        slack[candidate] = reduced
                        from[candidate] = column
                    }
                    if slack[candidate] < least {
                        least = slack[candidate]
                        next = candidate
                    }
                }
                for candidate in 0...columns {
                    if isSeen[candidate] {
                        rowPotential[rowOf[candidate]] += least
                        columnPotential[candidate] -= least
                    } else if slack[candidate] != Int.max {
                        slack[candidate] -= least
                    }
                }
                column = next
            } while rowOf[column] != 0
            repeat {
                let before = from[column]
                rowOf[column] = rowOf[before]
                column = before
            } while column != 0
        }
        var columnOf = [Int](repeating: 0, count: rows)
        for column in 1...columns where rowOf[column] > 0 { columnOf[rowOf[column] - 1] = column - 1 }
        return columnOf
    }
}

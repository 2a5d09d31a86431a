// SPDX-License-Identifier: Apache-2.0

/// A regular expression of ECMA-262 that is matched in time linear in the text, whatever the pattern.
///
/// All states of the automaton advance together over the text (Thompson's construction, as a Pike machine has it), so nothing is ever
/// tried again. What looks ahead is matched once from the text's end backwards and what looks back once forwards, each noting where it
/// holds; the expression around it asks there. Back-references, scripts (`\p{Script=…}`) and modes are not known.
package struct Pattern: Sendable {
    private let looks: [(steps: [Step], isAhead: Bool)]
    private let steps: [Step]

    /// The most steps of a program; counts are written out.
    private static let longest = 20_000

    fileprivate enum Step: Sendable {
        case one(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case wordEdge(isThere: Bool)
        case look(Int, isNegated: Bool)
        case match
    }

    package init(_ pattern: String) throws(PatternFault) {
        var parser = PatternParser(pattern.unicodeScalars.map(\.value))
        let node = try parser.pattern()
        var left = Pattern.longest
        var looks: [(steps: [Step], isAhead: Bool)] = []
        for look in parser.looks {
            looks.append((try Pattern.program(look.node, isBackwards: look.isAhead, left: &left), look.isAhead))
        }
        steps = try Pattern.program(node, isBackwards: false, left: &left)
        self.looks = looks
    }

    /// Whether some part of the text matches; `nil` where the budget of steps did not last.
    package func matches(_ text: String, budget: inout Int) -> Bool? {
        let text = text.unicodeScalars.map(\.value)
        var places: [[Bool]] = []
        for look in looks {
            var run = PatternRun(look.steps, text, places)
            guard let holds = run.places(isBackwards: look.isAhead, budget: &budget) else { return nil }
            places.append(holds)
        }
        var run = PatternRun(steps, text, places)
        return run.isFound(budget: &budget)
    }

    private static func program(_ node: PatternNode, isBackwards: Bool, left: inout Int) throws(PatternFault) -> [Step]
    {
        var steps: [Step] = []
        try write(node, isBackwards, to: &steps, left: &left)
        steps.append(.match)
        return steps
    }

    private static func write(_ node: PatternNode, _ isBackwards: Bool, to steps: inout [Step], left: inout Int)
        throws(PatternFault)
    {
        left -= 1
        guard left > 0 else { throw PatternFault(message: "the pattern is too large") }
        switch node {
        case .sequence(let parts):
            for part in isBackwards ? parts.reversed() : parts { try write(part, isBackwards, to: &steps, left: &left) }
        case .either(let branches):
            var jumps: [Int] = []
            for (index, branch) in branches.enumerated() {
                let isLast = index == branches.count - 1
                let split = steps.count
                if !isLast { steps.append(.jump(0)) }
                try write(branch, isBackwards, to: &steps, left: &left)
                if !isLast {
                    jumps.append(steps.count)
                    steps.append(.jump(0))
                    steps[split] = .split(split + 1, steps.count)
                }
            }
            for jump in jumps { steps[jump] = .jump(steps.count) }
        case .one(let set): steps.append(.one(set))
        case .times(let part, let least, let most):
            for _ in 0..<least { try write(part, isBackwards, to: &steps, left: &left) }
            if let most {
                var splits: [Int] = []
                for _ in least..<max(least, most) {
                    splits.append(steps.count)
                    steps.append(.jump(0))
                    try write(part, isBackwards, to: &steps, left: &left)
                }
                for split in splits { steps[split] = .split(split + 1, steps.count) }
            } else {
                let split = steps.count
                steps.append(.jump(0))
                try write(part, isBackwards, to: &steps, left: &left)
                steps.append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
            }
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .wordEdge(let isThere): steps.append(.wordEdge(isThere: isThere))
        case .look(let index, let isNegated): steps.append(.look(index, isNegated: isNegated))
        }
    }
}

/// One pass over a text.
private struct PatternRun {
    private let steps: [Pattern.Step]
    private let text: [UInt32]
    /// Where each look holds.
    private let looks: [[Bool]]
    private var states: [Int] = []
    /// The pass in which a step was reached last.
    private var reached: [Int]
    private var pass = 0
    private var open: [Int] = []

    init(_ steps: [Pattern.Step], _ text: [UInt32], _ looks: [[Bool]]) {
        self.steps = steps
        self.text = text
        self.looks = looks
        reached = [Int](repeating: 0, count: steps.count)
    }

    mutating func isFound(budget: inout Int) -> Bool? {
        for place in 0...text.count {
            pass += place == 0 ? 1 : 0
            if enter(0, at: place, &budget) { return budget >= 0 ? true : nil }
            guard budget > 0 else { return nil }
            if advance(from: place, by: 1, &budget) { return budget >= 0 ? true : nil }
        }
        return budget >= 0 ? false : nil
    }

    /// Where a match that began anywhere ends; where one begins, if read backwards.
    mutating func places(isBackwards: Bool, budget: inout Int) -> [Bool]? {
        var found = [Bool](repeating: false, count: text.count + 1)
        pass += 1
        for step in 0...text.count {
            let place = isBackwards ? text.count - step : step
            if enter(0, at: place, &budget) { found[place] = true }
            guard budget > 0 else { return nil }
            let after = isBackwards ? place - 1 : place + 1
            let isMatch = advance(from: place, by: isBackwards ? -1 : 1, &budget)
            if isMatch, found.indices.contains(after) { found[after] = true }
        }
        return budget >= 0 ? found : nil
    }

    /// Takes the scalar at a place into all states; whether one of the new states matches.
    private mutating func advance(from place: Int, by step: Int, _ budget: inout Int) -> Bool {
        let index = step > 0 ? place : place - 1
        pass += 1
        let before = states
        states = []
        guard text.indices.contains(index) else { return false }
        var isMatch = false
        for state in before {
            budget -= 1
            if case .one(let set) = steps[state], set.contains(text[index]), enter(state + 1, at: place + step, &budget)
            {
                isMatch = true
            }
        }
        return isMatch
    }

    /// Adds a state and what can be reached from it without a scalar; whether that is the end.
    private mutating func enter(_ state: Int, at place: Int, _ budget: inout Int) -> Bool {
        var isMatch = false
        open.append(state)
        while let state = open.popLast() {
            guard reached[state] != pass else { continue }
            reached[state] = pass
            budget -= 1
            switch steps[state] {
            case .one: states.append(state)
            case .split(let first, let second):
                open.append(second)
                open.append(first)
            case .jump(let target): open.append(target)
            case .start: if place == 0 { open.append(state + 1) }
            case .end: if place == text.count { open.append(state + 1) }
            case .wordEdge(let isThere): if isWordEdge(place) == isThere { open.append(state + 1) }
            case .look(let index, let isNegated): if looks[index][place] != isNegated { open.append(state + 1) }
            case .match: isMatch = true
            }
        }
        return isMatch
    }

    private func isWordEdge(_ place: Int) -> Bool {
        let before = place > 0 && ScalarSet.words.contains(text[place - 1])
        let after = place < text.count && ScalarSet.words.contains(text[place])
        return before != after
    }
}

// SPDX-License-Identifier: Apache-2.0

/// When two answers are near enough to each other.
package struct PassRule: Sendable, Equatable {
    /// The least similarity of texts that are neither equal nor equal when normalised; 0 asks nothing of texts.
    package var similarity: Double

    package init(similarity: Double) { self.similarity = similarity }

    /// Why the second answer does not pass beside the first; nothing where it does.
    package func faults(of comparison: Comparison, _ first: ComparedAnswer, _ second: ComparedAnswer) -> [String] {
        guard let status = second.status, (200...299).contains(status) else {
            return [PassRule.refused("second", second)]
        }
        guard comparison.status == .equal else {
            return [PassRule.refused("first", first)]
        }
        var faults: [String] = []
        if comparison.finish == .differs {
            faults.append("finish reason \(first.finishReason ?? "none") became \(second.finishReason ?? "none")")
        }
        if comparison.refusal == .second { faults.append("the second refuses") }
        if comparison.refusal == .first { faults.append("the first refuses") }
        if !comparison.toolCalls.isSame { faults.append(contentsOf: toolFaults(comparison.toolCalls)) }
        faults += jsonFaults(comparison.json)
        if !isContentMatch(comparison), comparison.json.isSame != true {
            let ratio = comparison.similarity.map { "\(($0.ratio * 1_000).rounded() / 1_000)" } ?? "unknown"
            faults.append("similarity \(ratio) is below \(similarity)")
        }
        return faults
    }

    private static func refused(_ which: String, _ answer: ComparedAnswer) -> String {
        let message = answer.text.isEmpty ? "" : ": \(answer.text.prefix(200))"
        return "the \(which) answered \(answer.status.map(String.init) ?? "nothing")\(message)"
    }

    /// The texts are equal, equal when normalised, or as alike as is asked for.
    package func isContentMatch(_ comparison: Comparison) -> Bool {
        comparison.text != .differs || similarity <= 0 || (comparison.similarity?.ratio ?? 0) >= similarity
    }

    private func toolFaults(_ calls: ToolCallComparison) -> [String] {
        var faults: [String] = []
        if !calls.onlyFirst.isEmpty { faults.append("not called: \(calls.onlyFirst.joined(separator: ", "))") }
        if !calls.onlySecond.isEmpty { faults.append("called besides: \(calls.onlySecond.joined(separator: ", "))") }
        for pair in calls.pairs {
            if pair.form == .invalidSecond || pair.form == .invalidBoth {
                faults.append("arguments of \(pair.name) are no JSON")
            }
            let differing = pair.arguments.filter { $0.match != .equal && $0.match != .normalised }
            if !differing.isEmpty {
                let names = differing.map { "\($0.name) \($0.match.rawValue)" }.joined(separator: ", ")
                faults.append("arguments of \(pair.name): \(names)")
            }
        }
        return faults
    }

    private func jsonFaults(_ json: JSONMatch) -> [String] {
        if json.secondFits == false { return ["the second does not fit the schema"] }
        if json.first.isReadable, !json.second.isReadable { return ["the first is JSON, the second is not"] }
        if json.first == .json, json.second == .fenced { return ["the second puts its JSON into a fence"] }
        return []
    }
}

/// Whether a share of passes is shown to be above or below a limit, by exact binomial tests at 5 %.
package enum PassShare: String, Sendable, Equatable {
    case above, below
    /// Too few to tell.
    case undecided

    /// - Parameter limit: 0…1.
    package init(passed: Int, of count: Int, limit: Double) {
        guard count > 0, (0...count).contains(passed) else {
            self = .undecided
            return
        }
        // At the ends there is nothing to test.
        if limit <= 0 {
            self = .above
        } else if limit >= 1 {
            self = passed == count ? .above : .below
        } else {
            let (atMost, atLeast) = PassShare.tails(passed, of: count, limit)
            self = atLeast <= 0.05 ? .above : atMost <= 0.05 ? .below : .undecided
        }
    }

    /// P(X ≤ k) and P(X ≥ k) for X of Binomial(n, p), 0 < p < 1: terms by their ratio outward from the largest, which is 1.
    ///
    /// 19 of 20 at .95: .6415 and .7358.
    static func tails(_ passed: Int, of count: Int, _ share: Double) -> (atMost: Double, atLeast: Double) {
        let odds = share / (1 - share)
        let mode = min(count, Int(Double(count + 1) * share))
        var sums = (below: 0.0, at: 0.0, above: 0.0)
        func add(_ term: Double, _ place: Int) {
            if place < passed {
                sums.below += term
            } else if place == passed {
                sums.at += term
            } else {
                sums.above += term
            }
        }
        add(1, mode)
        var term = 1.0
        var place = mode
        while place < count, term > 1e-30 {
            term *= Double(count - place) / Double(place + 1) * odds
            place += 1
            add(term, place)
        }
        term = 1
        place = mode
        while place > 0, term > 1e-30 {
            term *= Double(place) / Double(count - place + 1) / odds
            place -= 1
            add(term, place)
        }
        let all = sums.below + sums.at + sums.above
        return ((sums.below + sums.at) / all, (sums.above + sums.at) / all)
    }
}

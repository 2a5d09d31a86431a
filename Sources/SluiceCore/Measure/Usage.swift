// SPDX-License-Identifier: Apache-2.0

/// Tokens of one attempt as the provider counted them, split into parts that do not overlap.
///
/// Input = fresh + cached + cacheWrite5m + cacheWrite1h; `output` includes reasoning. Unknown usage is the absence of
/// this value, never zeros.
///
/// Copied on its way with every request: kept as few words as counts of tokens mostly need, since a value of more than
/// seven is copied by a table at run time. What few answers have beside those is one object.
package struct Usage: Sendable, Equatable {
    package var freshInput: Int64
    package var cachedInput: Int64
    package var cacheWrite5m: Int64
    package var output: Int64
    /// The part of `output` that is reasoning: a view, not a further part.
    package var reasoning: Int64
    private var marks: Marks
    private var further: Further?

    package init(
        freshInput: Int64 = 0,
        cachedInput: Int64 = 0,
        cacheWrite5m: Int64 = 0,
        cacheWrite1h: Int64 = 0,
        output: Int64 = 0,
        reasoning: Int64 = 0,
        isInconsistent: Bool = false,
        isEstimated: Bool = false,
        countedTwice: Int64 = 0,
        parts: BilledParts = BilledParts(),
        servedAs: [String] = [],
        providerCost: NanoUSD? = nil
    ) {
        self.init(
            freshInput,
            cachedInput: cachedInput,
            cacheWrite5m: cacheWrite5m,
            output: output,
            reasoning: reasoning,
            isInconsistent: isInconsistent
        )
        self.isEstimated = isEstimated
        var values = Further.Values()
        values.cacheWrite1h = cacheWrite1h
        values.countedTwice = countedTwice
        values.parts = parts
        values.servedAs = servedAs
        values.providerCost = providerCost
        further = Further.of(values)
    }

    /// Counts of tokens and nothing else, as nearly all answers have them.
    package init(
        _ freshInput: Int64,
        cachedInput: Int64,
        cacheWrite5m: Int64,
        output: Int64,
        reasoning: Int64,
        isInconsistent: Bool
    ) {
        self.freshInput = freshInput
        self.cachedInput = cachedInput
        self.cacheWrite5m = cacheWrite5m
        self.output = output
        self.reasoning = reasoning
        marks = isInconsistent ? .inconsistent : []
    }

    /// All input tokens, cached and written ones included; held at the largest number.
    package var input: Int64 {
        let plain = freshInput.addingHeld(cachedInput).addingHeld(cacheWrite5m)
        return further == nil ? plain : plain.addingHeld(cacheWrite1h)
    }
}

extension Usage {
    private struct Marks: OptionSet, Sendable {
        let rawValue: UInt8
        static let inconsistent = Marks(rawValue: 1)
        static let estimated = Marks(rawValue: 2)
    }

    /// The parts did not add up to the provider's own totals; priced at the dearer reading.
    package var isInconsistent: Bool {
        get { marks.contains(.inconsistent) }
        set { if newValue { marks.insert(.inconsistent) } else { marks.remove(.inconsistent) } }
    }

    /// Not all of the provider's numbers were seen (a cut stream, a line too long to read).
    package var isEstimated: Bool {
        get { marks.contains(.estimated) }
        set { if newValue { marks.insert(.estimated) } else { marks.remove(.estimated) } }
    }
}

// MARK: what few answers have

extension Usage {
    private var values: Further.Values {
        get { further?.values ?? Further.Values() }
        set { further = Further.of(newValue) }
    }

    /// There is something beside counts of tokens, or one of those that few answers have.
    package var hasFurther: Bool { further != nil }

    /// Tokens written to the cache for an hour and longer.
    package var cacheWrite1h: Int64 {
        get { further?.values.cacheWrite1h ?? 0 }
        set { if newValue != cacheWrite1h { values.cacheWrite1h = newValue } }
    }

    /// Tokens of the prompt that stand in two parts, read from the cache and written anew.
    ///
    /// The prompt is shorter by them than `input`.
    package var countedTwice: Int64 {
        get { further?.values.countedTwice ?? 0 }
        set { if newValue != countedTwice { values.countedTwice = newValue } }
    }

    /// What is billed apart from plain tokens: views on the counts above, and other units; mostly nothing.
    package var parts: BilledParts {
        get { further?.values.parts ?? BilledParts() }
        set { values.parts = newValue }
    }

    /// How the answer says it was served, where that has prices of its own: the service tier, then speed and place.
    package var servedAs: [String] {
        get { further?.values.servedAs ?? [] }
        set { values.servedAs = newValue }
    }

    /// What the provider itself says the answer cost.
    package var providerCost: NanoUSD? {
        get { further?.values.providerCost }
        set { values.providerCost = newValue }
    }

    /// Something is counted that is no token: time, pictures, pages.
    package var countsUnits: Bool {
        further != nil && parts.entries.contains { $0.part.unit != .token && !$0.part.isTool }
    }

    /// The rates of plain tokens do not say all of what it costs.
    package var needsFurtherRates: Bool { further != nil && (!servedAs.isEmpty || !parts.isEmpty) }

    /// It is the sum over the requests of a batch.
    package var isOfBatch: Bool { further != nil && servedAs.contains("batch") }

    private final class Further: Sendable, Equatable {
        struct Values: Sendable, Equatable {
            var cacheWrite1h: Int64 = 0
            var countedTwice: Int64 = 0
            var parts = BilledParts()
            var servedAs: [String] = []
            var providerCost: NanoUSD?
        }

        let values: Values

        private init(_ values: Values) { self.values = values }

        /// Nothing where there is nothing of it.
        static func of(_ values: Values) -> Further? { values == Values() ? nil : Further(values) }

        static func == (left: Further, right: Further) -> Bool { left.values == right.values }
    }
}

extension Int64 {
    /// The sum, held at the ends of the range.
    package func addingHeld(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

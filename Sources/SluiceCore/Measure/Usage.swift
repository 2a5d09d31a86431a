// SPDX-License-Identifier: Apache-2.0

/// Tokens of one attempt as the provider counted them, split into parts that do not overlap.
///
/// Input = fresh + cached + cacheWrite5m + cacheWrite1h; `output` includes reasoning. Unknown usage is the absence of
/// this value, never zeros.
package struct Usage: Sendable, Equatable {
    package var freshInput: Int64
    package var cachedInput: Int64
    package var cacheWrite5m: Int64
    package var cacheWrite1h: Int64
    package var output: Int64
    /// The part of `output` that is reasoning: a view, not a further part.
    package var reasoning: Int64
    /// The parts did not add up to the provider's own totals; priced at the dearer reading.
    package var isInconsistent: Bool
    /// Not all of the provider's numbers were seen (a cut stream, a line too long to read).
    package var isEstimated: Bool
    /// Tokens of the prompt that stand in two parts, read from the cache and written anew.
    ///
    /// The prompt is shorter by them than `input`.
    package var countedTwice: Int64
    /// What few answers have beside counts of tokens.
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
        self.freshInput = freshInput
        self.cachedInput = cachedInput
        self.cacheWrite5m = cacheWrite5m
        self.cacheWrite1h = cacheWrite1h
        self.output = output
        self.reasoning = reasoning
        self.isInconsistent = isInconsistent
        self.isEstimated = isEstimated
        self.countedTwice = countedTwice
        further = Further.of(parts, servedAs, providerCost)
    }

    /// What is billed apart from plain tokens: views on the counts above, and other units; mostly nothing.
    package var parts: BilledParts {
        get { further?.parts ?? BilledParts() }
        set { further = Further.of(newValue, servedAs, providerCost) }
    }

    /// How the answer says it was served, where that has prices of its own: the service tier, then speed and place.
    package var servedAs: [String] {
        get { further?.servedAs ?? [] }
        set { further = Further.of(parts, newValue, providerCost) }
    }

    /// What the provider itself says the answer cost.
    package var providerCost: NanoUSD? {
        get { further?.providerCost }
        set { further = Further.of(parts, servedAs, newValue) }
    }

    /// Something is counted that is no token: time, pictures, pages.
    package var countsUnits: Bool {
        further != nil && parts.entries.contains { $0.part.unit != .token && !$0.part.isTool }
    }

    /// The rates of plain tokens do not say all of what it costs.
    package var needsFurtherRates: Bool { further != nil && (!servedAs.isEmpty || !parts.isEmpty) }

    /// All input tokens, cached and written ones included; held at the largest number.
    package var input: Int64 {
        freshInput.addingHeld(cachedInput).addingHeld(cacheWrite5m).addingHeld(cacheWrite1h)
    }
}

/// An object, since a usage is copied on its way, and almost none has any of this.
private final class Further: Sendable, Equatable {
    let parts: BilledParts
    let servedAs: [String]
    let providerCost: NanoUSD?

    private init(_ parts: BilledParts, _ servedAs: [String], _ providerCost: NanoUSD?) {
        self.parts = parts
        self.servedAs = servedAs
        self.providerCost = providerCost
    }

    /// Nothing where there is nothing of it.
    static func of(_ parts: BilledParts, _ servedAs: [String], _ providerCost: NanoUSD?) -> Further? {
        if parts.isEmpty, servedAs.isEmpty, providerCost == nil { return nil }
        return Further(parts, servedAs, providerCost)
    }

    static func == (left: Further, right: Further) -> Bool {
        left.parts == right.parts && left.servedAs == right.servedAs && left.providerCost == right.providerCost
    }
}

extension Int64 {
    /// The sum, held at the ends of the range.
    package func addingHeld(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

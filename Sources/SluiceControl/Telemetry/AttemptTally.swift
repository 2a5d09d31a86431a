// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTelemetry

/// Attempts of the same labels, gathered until their series are told of all of them at once.
final class AttemptTally {
    /// What makes labels differ.
    struct Key: Hashable {
        var version: VersionID
        var provider: ProviderID
        var purpose: Attempt.Purpose
        var errorClass: ErrorClass?
        var isInterrupted: Bool

        init(_ attempt: Attempt, isInterrupted: Bool) {
            version = attempt.version
            provider = attempt.provider
            purpose = attempt.purpose
            errorClass = attempt.errorClass
            self.isInterrupted = isInterrupted
        }
    }

    /// Money by how sure its amount is.
    struct Costs {
        var known: Counter
        var estimated: Counter
        var inconsistent: Counter
    }

    private let key: Key
    private let series:
        (
            attempts: Counter, upstream: HistogramSeries, input: Counter, cachedInput: Counter, cacheWrite: Counter,
            output: Counter, reasoning: Counter, cost: Costs, unpriced: Counter, unknown: Counter
        )
    private var durations: HistogramTally
    private var count = 0
    private var unpriced = 0
    private var unknown = 0
    private var input: Double = 0
    private var cachedInput: Double = 0
    private var cacheWrite: Double = 0
    private var output: Double = 0
    private var reasoning: Double = 0
    /// US dollars.
    private var cost: Double = 0
    private var estimatedCost: Double = 0
    private var inconsistentCost: Double = 0

    init(
        _ attempt: Attempt,
        _ isInterrupted: Bool,
        attempts: Counter,
        upstream: HistogramSeries,
        input: Counter,
        cachedInput: Counter,
        cacheWrite: Counter,
        output: Counter,
        reasoning: Counter,
        cost: Costs,
        unpriced: Counter,
        unknown: Counter
    ) {
        key = Key(attempt, isInterrupted: isInterrupted)
        series = (attempts, upstream, input, cachedInput, cacheWrite, output, reasoning, cost, unpriced, unknown)
        durations = upstream.tally
    }

    /// Whether one of some attempts has the labels of this one.
    func isOf(_ attempts: [Attempt], _ index: Int, _ isInterrupted: Bool) -> Bool {
        attempts[index].purpose == key.purpose && attempts[index].errorClass == key.errorClass
            && isInterrupted == key.isInterrupted && attempts[index].version.rawValue == key.version.rawValue
            && attempts[index].provider.rawValue == key.provider.rawValue
    }

    func count(_ attempts: [Attempt], _ index: Int) {
        count += 1
        if !key.isInterrupted { durations.observe(seconds(attempts[index].duration)) }
        if let usage = attempts[index].usage {
            input += amount(usage.input)
            cachedInput += amount(usage.cachedInput)
            cacheWrite += amount(usage.cacheWrite5m) + amount(usage.cacheWrite1h)
            output += amount(usage.output)
            reasoning += amount(usage.reasoning)
        }
        switch attempts[index].cost {
        case .known(let known):
            let dollars = amount(known.rawValue) / 1_000_000_000
            switch attempts[index].costState {
            case .estimated: estimatedCost += dollars
            case .inconsistent: inconsistentCost += dollars
            case .known, .unpriced, .unknown: cost += dollars
            }
        case .unpriced: unpriced += 1
        case .unknown: unknown += 1
        }
    }

    /// Tells the series what was gathered.
    func publish() {
        guard count > 0 else { return }
        series.attempts.add(Double(count))
        series.upstream.take(&durations)
        series.input.add(input)
        series.cachedInput.add(cachedInput)
        series.cacheWrite.add(cacheWrite)
        series.output.add(output)
        series.reasoning.add(reasoning)
        series.cost.known.add(cost)
        series.cost.estimated.add(estimatedCost)
        series.cost.inconsistent.add(inconsistentCost)
        series.unpriced.add(Double(unpriced))
        series.unknown.add(Double(unknown))
        (count, unpriced, unknown) = (0, 0, 0)
        (input, cachedInput, cacheWrite, output, reasoning) = (0, 0, 0, 0, 0)
        (cost, estimatedCost, inconsistentCost) = (0, 0, 0)
    }

    /// A counter never falls, so a negative number adds nothing.
    private func amount(_ number: Int64) -> Double { Double(max(0, number)) }
}

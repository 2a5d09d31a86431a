// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceTelemetry
import Synchronization

/// Names the metrics of the relay and counts outcomes into them.
package final class ExportedMetrics: OutcomeObserver {
    package let registry: MetricRegistry
    private let requests: MetricFamily<Counter>
    private let attempts: MetricFamily<Counter>
    private let duration: MetricFamily<HistogramSeries>
    private let overhead: MetricFamily<HistogramSeries>
    private let upstream: MetricFamily<HistogramSeries>
    private let firstToken: MetricFamily<HistogramSeries>
    private let tokens: MetricFamily<Counter>
    private let cost: MetricFamily<Counter>
    private let unpriced: MetricFamily<Counter>
    private let unknown: MetricFamily<Counter>
    /// Series looked up once per label values; only the ingester counts, so the lock is never fought for.
    private let tallies = Mutex(Tallies())

    private struct Tallies {
        var requests: [RequestTally.Key: RequestTally] = [:]
        var attempts: [AttemptTally.Key: AttemptTally] = [:]
        /// Most outcomes are like one of those shortly before.
        var recentRequests: [RequestTally] = []
        var recentAttempts: [AttemptTally] = []
    }

    /// How many tallies are tried before their tables are.
    private static let recent = 8

    package init(registry: MetricRegistry = MetricRegistry()) {
        self.registry = registry
        requests = registry.counter(
            "sluice_requests_total",
            "Requests by route, assigned version and how they ended (ok, or the class of the error).",
            labels: ["route", "version", "class"]
        )
        attempts = registry.counter(
            "sluice_attempts_total",
            "Calls to providers by version, purpose and how they ended.",
            labels: ["version", "provider", "purpose", "class"]
        )
        duration = registry.histogram(
            "sluice_request_duration_seconds",
            "From the request's head to the answer's last byte.",
            labels: ["route", "version"]
        )
        overhead = registry.histogram(
            "sluice_relay_overhead_seconds",
            "Time of a request that the relay itself spent, without waiting for provider or caller.",
            labels: ["route"],
            bounds: HistogramBounds.overhead
        )
        upstream = registry.histogram(
            "sluice_upstream_duration_seconds",
            "Duration of a call to a provider, from sending to the last byte.",
            labels: ["version", "provider"]
        )
        firstToken = registry.histogram(
            "sluice_time_to_first_token_seconds",
            "From the request's head to the first content byte of a streamed answer.",
            labels: ["route", "version"]
        )
        tokens = registry.counter(
            "sluice_tokens_total",
            "Tokens as providers counted them; cached_input and cache_write are part of input, reasoning is part of output.",
            labels: ["version", "provider", "kind"]
        )
        cost = registry.counter(
            "sluice_cost_usd_total",
            "US dollars by the price cards in force, and how sure they are: known, estimated or inconsistent.",
            labels: ["version", "provider", "state"]
        )
        unpriced = registry.counter(
            "sluice_unpriced_attempts_total",
            "Calls whose usage is known but has no price, or none for all of it.",
            labels: ["version", "provider"]
        )
        unknown = registry.counter(
            "sluice_unmetered_attempts_total",
            "Calls whose usage the provider never told, or told beyond belief.",
            labels: ["version", "provider"]
        )
    }

    package func observe(_ outcomes: [Outcome]) {
        tallies.withLock { tallies in
            for index in outcomes.indices { count(outcomes, index, &tallies) }
            for tally in tallies.requests.values { tally.publish() }
            for tally in tallies.attempts.values { tally.publish() }
        }
    }

    /// Counts one of some outcomes, which is not copied.
    private func count(_ outcomes: [Outcome], _ index: Int, _ tallies: inout Tallies) {
        var found = 0
        while found < tallies.recentRequests.count, !tallies.recentRequests[found].isOf(outcomes, index) { found += 1 }
        if found == tallies.recentRequests.count {
            let key = RequestTally.Key(outcomes[index])
            let tally = tallies.requests[key] ?? tally(of: outcomes[index])
            tallies.requests[key] = tally
            found = ExportedMetrics.remember(tally, in: &tallies.recentRequests)
        }
        tallies.recentRequests[found].count(outcomes, index)
        let attempts = outcomes[index].attempts
        let isInterrupted = outcomes[index].ending == .interrupted
        for attempt in attempts.indices { count(attempts, attempt, isInterrupted: isInterrupted, &tallies) }
    }

    private func count(_ attempts: [Attempt], _ index: Int, isInterrupted: Bool, _ tallies: inout Tallies) {
        var found = 0
        while found < tallies.recentAttempts.count, !tallies.recentAttempts[found].isOf(attempts, index, isInterrupted)
        {
            found += 1
        }
        if found == tallies.recentAttempts.count {
            let key = AttemptTally.Key(attempts[index], isInterrupted: isInterrupted)
            let tally = tallies.attempts[key] ?? tally(of: attempts[index], isInterrupted)
            tallies.attempts[key] = tally
            found = ExportedMetrics.remember(tally, in: &tallies.recentAttempts)
        }
        tallies.recentAttempts[found].count(attempts, index)
    }

    /// Where it is from now on.
    private static func remember<Tally>(_ tally: Tally, in tallies: inout [Tally]) -> Int {
        if tallies.count >= recent { tallies.removeFirst() }
        tallies.append(tally)
        return tallies.count - 1
    }

    private func tally(of outcome: Outcome) -> RequestTally {
        let route = outcome.route?.rawValue ?? ""
        let version = outcome.version?.rawValue ?? ""
        let ending = outcome.errorClass?.rawValue ?? (outcome.ending == .complete ? "ok" : outcome.ending.rawValue)
        return RequestTally(
            outcome,
            requests: requests.with(route, version, ending),
            duration: duration.with(route, version),
            overhead: overhead.with(route),
            firstToken: firstToken.with(route, version)
        )
    }

    private func tally(of attempt: Attempt, _ isInterrupted: Bool) -> AttemptTally {
        let ending = attempt.errorClass?.rawValue ?? (isInterrupted ? Outcome.Ending.interrupted.rawValue : "ok")
        let version = attempt.version.rawValue
        let provider = attempt.provider.rawValue
        return AttemptTally(
            attempt,
            isInterrupted,
            attempts: attempts.with(version, provider, attempt.purpose.rawValue, ending),
            upstream: upstream.with(version, provider),
            input: tokens.with(version, provider, "input"),
            cachedInput: tokens.with(version, provider, "cached_input"),
            cacheWrite: tokens.with(version, provider, "cache_write"),
            output: tokens.with(version, provider, "output"),
            reasoning: tokens.with(version, provider, "reasoning"),
            cost: AttemptTally.Costs(
                known: cost.with(version, provider, CostState.known.rawValue),
                estimated: cost.with(version, provider, CostState.estimated.rawValue),
                inconsistent: cost.with(version, provider, CostState.inconsistent.rawValue)
            ),
            unpriced: unpriced.with(version, provider),
            unknown: unknown.with(version, provider)
        )
    }
}

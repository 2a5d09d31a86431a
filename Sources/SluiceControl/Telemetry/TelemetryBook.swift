// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceTelemetry
import Synchronization

/// Names the metrics of the relay and counts outcomes into them.
package final class TelemetryBook: OutcomeObserver {
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
    private let kept = Mutex(Kept())

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
            "Tokens as providers counted them; cached_input is part of input, reasoning is part of output.",
            labels: ["version", "provider", "kind"]
        )
        cost = registry.counter(
            "sluice_cost_usd_total",
            "US dollars by the price cards in force.",
            labels: ["version", "provider"]
        )
        unpriced = registry.counter(
            "sluice_unpriced_attempts_total",
            "Calls whose usage is known but had no price card.",
            labels: ["version", "provider"]
        )
        unknown = registry.counter(
            "sluice_unmetered_attempts_total",
            "Calls whose usage the provider never told.",
            labels: ["version", "provider"]
        )
    }

    package func observe(_ outcomes: [Outcome]) {
        kept.withLock { kept in
            for outcome in outcomes { count(outcome, &kept) }
        }
    }

    private func count(_ outcome: Outcome, _ kept: inout Kept) {
        let route = outcome.route?.rawValue ?? ""
        let version = outcome.version?.rawValue ?? ""
        let ending = outcome.errorClass?.rawValue ?? (outcome.ending == .complete ? "ok" : outcome.ending.rawValue)
        let key = Kept.RequestKey(route: route, version: version, ending: ending)
        let series =
            kept.requests[key]
            ?? Kept.RequestSeries(
                requests: requests.with(route, version, ending),
                duration: duration.with(route, version),
                overhead: overhead.with(route),
                firstToken: firstToken.with(route, version)
            )
        kept.requests[key] = series
        series.requests.add()
        if outcome.ending != .interrupted {
            series.duration.observe(TelemetryBook.seconds(outcome.duration))
            series.overhead.observe(TelemetryBook.seconds(outcome.overhead))
            if outcome.isStream, let first = outcome.firstToken {
                series.firstToken.observe(TelemetryBook.seconds(first))
            }
        }
        for attempt in outcome.attempts { count(attempt, isInterrupted: outcome.ending == .interrupted, &kept) }
    }

    private func count(_ attempt: Attempt, isInterrupted: Bool, _ kept: inout Kept) {
        let ending = attempt.errorClass?.rawValue ?? (isInterrupted ? Outcome.Ending.interrupted.rawValue : "ok")
        let key = Kept.AttemptKey(
            version: attempt.version,
            provider: attempt.provider,
            purpose: attempt.purpose,
            ending: ending
        )
        let (version, provider) = (attempt.version.rawValue, attempt.provider.rawValue)
        let series =
            kept.attempts[key]
            ?? Kept.AttemptSeries(
                attempts: attempts.with(version, provider, attempt.purpose.rawValue, ending),
                upstream: upstream.with(version, provider),
                input: tokens.with(version, provider, "input"),
                cachedInput: tokens.with(version, provider, "cached_input"),
                output: tokens.with(version, provider, "output"),
                reasoning: tokens.with(version, provider, "reasoning"),
                cost: cost.with(version, provider),
                unpriced: unpriced.with(version, provider),
                unknown: unknown.with(version, provider)
            )
        kept.attempts[key] = series
        series.attempts.add()
        if !isInterrupted { series.upstream.observe(TelemetryBook.seconds(attempt.duration)) }
        if let usage = attempt.usage {
            series.input.add(Double(usage.input))
            series.cachedInput.add(Double(usage.cachedInput))
            series.output.add(Double(usage.output))
            series.reasoning.add(Double(usage.reasoning))
        }
        switch attempt.cost {
        case .known(let amount): series.cost.add(Double(amount.rawValue) / 1_000_000_000)
        case .unpriced: series.unpriced.add()
        case .unknown: series.unknown.add()
        }
    }

    private static func seconds(_ nanoseconds: Int64) -> Double { Double(max(0, nanoseconds)) / 1_000_000_000 }
}

/// Series by what makes them differ.
private struct Kept {
    struct RequestKey: Hashable {
        var route: String
        var version: String
        var ending: String
    }

    struct RequestSeries {
        var requests: Counter
        var duration: HistogramSeries
        var overhead: HistogramSeries
        var firstToken: HistogramSeries
    }

    struct AttemptKey: Hashable {
        var version: VersionID
        var provider: ProviderID
        var purpose: Attempt.Purpose
        var ending: String
    }

    struct AttemptSeries {
        var attempts: Counter
        var upstream: HistogramSeries
        var input: Counter
        var cachedInput: Counter
        var output: Counter
        var reasoning: Counter
        var cost: Counter
        var unpriced: Counter
        var unknown: Counter
    }

    var requests: [RequestKey: RequestSeries] = [:]
    var attempts: [AttemptKey: AttemptSeries] = [:]
}

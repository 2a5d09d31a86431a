// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
import SluiceRelease
import SluiceStore

/// Which requests of a rollout failed and how, and where the canary stands out, read from the ledger: for people, never for
/// the verdict.
///
/// Only first attempts on the assigned version count, as for the judge, but without its caps and blocks; so the figures are
/// near the evidence's and not the same.
package struct FaultReport: Sendable {
    /// What a failure looked like.
    package struct Kind: Hashable, Sendable {
        package var errorClass: ErrorClass
        /// The provider's status, where there was one.
        package var status: Int?
        package var provider: ProviderID
    }

    /// Requests and failures of both arms.
    package struct Sums: Hashable, Sendable {
        package var canary: Int64 = 0
        package var canaryFailures: Int64 = 0
        package var baseline: Int64 = 0
        package var baselineFailures: Int64 = 0

        var counts: Counts? {
            Counts(
                canary: canary,
                canaryEvents: canaryFailures,
                baseline: baseline,
                baselineEvents: baselineFailures
            )
        }

        /// The canary's odds are above this many times the baseline's, at a level; nothing where that is not shown.
        func leastOdds(level: Double) -> Double? {
            guard let counts else { return nil }
            var interval = OddsInterval(alpha: level)
            interval.absorb(counts)
            return interval.lower.flatMap { $0 > 1 ? $0 : nil }
        }
    }

    /// A part of the traffic.
    package struct Stratum: Hashable, Sendable {
        /// `answers`, `request`, `prompt`, `endpoint`, `model`, `team`.
        package var dimension: String
        package var value: String
    }

    /// What is counted in a part of the traffic.
    package enum Event: String, Hashable, Sendable, CaseIterable {
        case failed
        /// A time above production's p90 of the first quarter of what was read.
        case slow
        case slowFirstToken = "slow_first_token"
    }

    /// A failed request, without a word of what it said.
    package struct Example: Sendable, Hashable {
        package var request: RequestID
        package var at: Timestamp
        package var version: VersionID
        package var model: String
        package var kind: Kind
        package var milliseconds: Double
        package var isStream: Bool
    }

    /// A part of the traffic in which the canary is worse, while elsewhere that is not shown.
    package struct StandingOut: Sendable {
        package var event: Event
        package var stratum: Stratum
        package var sums: Sums
        package var leastOdds: Double
        /// Of times: the limit, milliseconds.
        package var limit: Double?
    }

    /// One request, as far as it tells of times.
    private struct Timed: Sendable {
        var at: Timestamp
        var isCanary: Bool
        var latency: Double
        var firstToken: Double?
        var parts: [Stratum]
    }

    let canary: VersionID
    private let teams: [KeyID: String]
    private(set) var kinds: [Kind: (canary: Int64, baseline: Int64, example: Example)] = [:]
    /// The buckets of the canary's units that failed, as long as they are few; none where a request had no unit.
    private var unitsOfKind: [Kind: Set<UInt16>] = [:]
    package private(set) var whole = Sums()
    /// Requests of both arms with those that quota or credential refused.
    private var attempts = Sums()
    private(set) var strata: [Stratum: Sums] = [:]
    /// Requests and failures of each production version.
    package private(set) var production: [VersionID: (requests: Int64, failures: Int64)] = [:]
    /// The same of the canary's models, where it has several.
    private(set) var models: [String: (requests: Int64, failures: Int64)] = [:]
    private var timed: [Timed] = []
    private var spread: [Metric: (canary: ValueHistogram, baseline: ValueHistogram)] = [:]
    /// The first and the last request that was read.
    package private(set) var from: Timestamp?
    package private(set) var until: Timestamp?

    /// Parts of one dimension that are told apart; what comes later is one part, `others`.
    private static let mostParts = 64
    /// Units that are called few, and failures from which on that is worth telling.
    private static let fewUnits = 3
    private static let leastFailures = 5

    init(canary: VersionID, keys: [CallerKey]) {
        self.canary = canary
        teams = Dictionary(
            keys.compactMap { key in key.team.map { (key.id, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
    }
}

// MARK: - Counting

extension FaultReport {
    /// Counts one entry of the ledger.
    mutating func count(_ row: LedgerRow) {
        let attempt = row.attempt
        guard attempt.number == 1, attempt.purpose.isForCaller, row.ending != .interrupted else { return }
        from = min(from ?? row.requestStartedAt, row.requestStartedAt)
        until = max(until ?? row.requestStartedAt, row.requestStartedAt)
        let isCanary = attempt.version == canary
        var failed = false
        if let errorClass = attempt.errorClass {
            switch errorClass {
            case .superseded, .callerGone, .contentFilter, .refused: return
            case .quota, .credential: break
            default: failed = true
            }
            note(row, Kind(errorClass: errorClass, status: attempt.status, provider: attempt.provider), isCanary)
        }
        add(isCanary, attempt.errorClass != nil, to: &attempts)
        guard failed || attempt.errorClass == nil else { return }
        add(isCanary, failed, to: &whole)
        if isCanary {
            models["\(attempt.provider)/\(attempt.model)", default: (0, 0)].requests += 1
            if failed { models["\(attempt.provider)/\(attempt.model)", default: (0, 0)].failures += 1 }
        } else {
            production[attempt.version, default: (0, 0)].requests += 1
            if failed { production[attempt.version, default: (0, 0)].failures += 1 }
        }
        let parts = parts(of: row)
        for part in parts { add(isCanary, failed, to: &strata[part, default: Sums()]) }
        if !failed { time(row, isCanary, parts.filter { $0.dimension != FaultReport.request }) }
    }

    private mutating func note(_ row: LedgerRow, _ kind: Kind, _ isCanary: Bool) {
        let attempt = row.attempt
        let example = Example(
            request: row.request,
            at: row.requestStartedAt,
            version: attempt.version,
            model: attempt.model,
            kind: kind,
            milliseconds: (Double(attempt.duration) / 1_000_000).rounded(),
            isStream: row.isStream
        )
        var entry = kinds[kind] ?? (0, 0, example)
        entry.canary += isCanary ? 1 : 0
        entry.baseline += isCanary ? 0 : 1
        if isCanary || entry.canary == 0 { entry.example = example }
        kinds[kind] = entry
        guard isCanary, entry.canary == 1 || unitsOfKind[kind] != nil else { return }
        var units = unitsOfKind[kind] ?? []
        if row.unitSource != nil, let bucket = row.bucket { units.insert(bucket) } else { units = [] }
        unitsOfKind[kind] = units.isEmpty || units.count > FaultReport.fewUnits ? nil : units
    }

    /// How many units all the canary's failures of a kind came from, where there are several and the units are few.
    func fewUnits(of kind: Kind) -> Int? {
        guard let units = unitsOfKind[kind]?.count, (kinds[kind]?.canary ?? 0) >= FaultReport.leastFailures else {
            return nil
        }
        return units
    }

    private func parts(of row: LedgerRow) -> [Stratum] {
        var parts = [Stratum(dimension: "answers", value: row.isStream ? "streamed" : "whole")]
        parts.append(Stratum(dimension: "endpoint", value: row.endpoint.text))
        parts.append(Stratum(dimension: "model", value: "\(row.attempt.provider)/\(row.attempt.model)"))
        if let team = row.key.flatMap({ teams[$0] }) { parts.append(Stratum(dimension: "team", value: team)) }
        if let bytes = row.requestBytes {
            parts.append(Stratum(dimension: FaultReport.request, value: FaultReport.size(bytes: bytes)))
        }
        // Failed requests seldom have usage: the size of a prompt tells of times alone.
        if row.attempt.errorClass == nil, let usage = row.attempt.usage {
            parts.append(Stratum(dimension: "prompt", value: FaultReport.size(usage)))
        }
        return parts.map { part in
            strata[part] != nil || strata.keys.count { $0.dimension == part.dimension } < FaultReport.mostParts
                ? part : Stratum(dimension: part.dimension, value: "others")
        }
    }

    /// The size of a request in bytes, which failed ones have as well; of times, the prompt's tokens tell instead.
    private static let request = "request"

    private static func size(bytes: Int64) -> String {
        switch bytes {
        case ..<4_096: "below 4 KiB"
        case ..<32_768: "4 to 32 KiB"
        case ..<262_144: "32 to 256 KiB"
        default: "256 KiB and more"
        }
    }

    private static func size(_ usage: Usage) -> String {
        switch usage.input {
        case ..<1_000: return "below 1k tokens"
        case ..<8_000: return "1k to 8k tokens"
        case ..<32_000: return "8k to 32k tokens"
        default: return "32k tokens and more"
        }
    }

    private mutating func time(_ row: LedgerRow, _ isCanary: Bool, _ parts: [Stratum]) {
        let attempt = row.attempt
        let latency = Double(attempt.duration) / 1_000_000
        let first = attempt.firstToken.map { Double($0) / 1_000_000 }
        timed.append(
            Timed(at: row.requestStartedAt, isCanary: isCanary, latency: latency, firstToken: first, parts: parts)
        )
        let source = MetricSource(attempt)
        for metric in Metric.values {
            guard let value = metric.facts.value(source) else { continue }
            var both = spread[metric] ?? (ValueHistogram(), ValueHistogram())
            if isCanary { both.canary.add(value) } else { both.baseline.add(value) }
            spread[metric] = both
        }
    }

    private func add(_ isCanary: Bool, _ happened: Bool, to sums: inout Sums) {
        if isCanary {
            sums.canary += 1
            if happened { sums.canaryFailures += 1 }
        } else {
            sums.baseline += 1
            if happened { sums.baselineFailures += 1 }
        }
    }
}

// MARK: - What stands out

extension FaultReport {
    /// The kinds of failures, those of the canary first.
    package var failures: [(kind: Kind, sums: Sums, example: Example)] {
        kinds.map { kind, entry in
            let sums = Sums(
                canary: attempts.canary,
                canaryFailures: entry.canary,
                baseline: attempts.baseline,
                baselineFailures: entry.baseline
            )
            return (kind, sums, entry.example)
        }
        .sorted { left, right in
            let (a, b) = (left.sums, right.sums)
            return (b.canaryFailures, b.baselineFailures, FaultReport.words(left.kind))
                < (a.canaryFailures, a.baselineFailures, FaultReport.words(right.kind))
        }
    }

    /// Median and p99 of both arms by metric, in its unit; of requests that did not fail.
    package var values: [(metric: MetricID, canary: ArmValues, baseline: ArmValues)] {
        Metric.values.compactMap { metric in
            spread[metric].map { (metric.id, ArmValues($0.canary), ArmValues($0.baseline)) }
        }
    }

    /// The values of one arm.
    package struct ArmValues: Sendable, Hashable {
        package var requests: Int64
        package var median: Double?
        /// Told where a hundred values and more lie below it.
        package var p99: Double?

        init(_ values: ValueHistogram) {
            requests = values.count
            median = values.quantile(0.5)
            p99 = values.count >= 100 ? values.quantile(0.99) : nil
        }
    }

    /// The parts of the traffic in which the canary is shown to be worse while elsewhere it is not.
    package var standingOut: [StandingOut] {
        var tables: [(event: Event, strata: [Stratum: Sums], limit: Double?)] = [(.failed, strata, nil)]
        for event in [Event.slow, .slowFirstToken] {
            if let (strata, limit) = late(event) { tables.append((event, strata, limit)) }
        }
        // Of each table the dimensions that both arms have several parts of.
        let tested = tables.map { table in
            Dictionary(
                grouping: table.strata.filter { $0.value.canary > 0 && $0.value.baseline > 0 },
                by: { $0.key.dimension }
            )
            .values.filter { $0.count > 1 }
        }
        let level = 0.05 / Double(max(1, tested.reduce(0) { $1.reduce($0) { $0 + $1.count } }))
        var found: [StandingOut] = []
        for (table, dimensions) in zip(tables, tested) {
            for parts in dimensions {
                let worse = parts.compactMap { part in part.value.leastOdds(level: level).map { (part, $0) } }
                guard worse.count < parts.count else { continue }
                // What is as bad elsewhere stands out nowhere, be it shown there or not.
                for (part, odds) in worse where odds > FaultReport.odds(of: parts, without: part.key) {
                    found.append(
                        StandingOut(
                            event: table.event,
                            stratum: part.key,
                            sums: part.value,
                            leastOdds: odds,
                            limit: table.limit
                        )
                    )
                }
            }
        }
        return found.sorted {
            ($1.leastOdds, $0.event.rawValue, $0.stratum.dimension, $0.stratum.value)
                < ($0.leastOdds, $1.event.rawValue, $1.stratum.dimension, $1.stratum.value)
        }
    }

    /// The canary's odds over the baseline's in all parts but one, as they were seen.
    private static func odds(of parts: [(key: Stratum, value: Sums)], without part: Stratum) -> Double {
        var rest = Sums()
        for other in parts where other.key != part {
            rest.canary += other.value.canary
            rest.canaryFailures += other.value.canaryFailures
            rest.baseline += other.value.baseline
            rest.baselineFailures += other.value.baselineFailures
        }
        func odds(_ events: Int64, _ requests: Int64) -> Double {
            (Double(events) + 0.5) / (Double(requests - events) + 0.5)
        }
        return odds(rest.canaryFailures, rest.canary) / odds(rest.baselineFailures, rest.baseline)
    }

    /// Requests slower than nine in ten of production's first quarter, by part of the traffic; the quarter itself is left out,
    /// so that the limit knows nothing of what is held against it.
    private func late(_ event: Event) -> (strata: [Stratum: Sums], limit: Double)? {
        func value(_ request: Timed) -> Double? { event == .slow ? request.latency : request.firstToken }
        let ordered = timed.filter { value($0) != nil }.sorted { $0.at < $1.at }
        var limits = ValueHistogram()
        let first = ordered.prefix(ordered.count / 4)
        for request in first where !request.isCanary { if let value = value(request) { limits.add(value) } }
        guard limits.count >= 50, let limit = limits.quantile(0.9) else { return nil }
        var strata: [Stratum: Sums] = [:]
        for request in ordered.dropFirst(first.count) {
            let isLate = value(request).map { $0 > limit } ?? false
            for part in request.parts { add(request.isCanary, isLate, to: &strata[part, default: Sums()]) }
        }
        return (strata, limit)
    }
}

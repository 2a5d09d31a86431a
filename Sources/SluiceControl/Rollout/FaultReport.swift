// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// Which requests of a rollout failed and how, read from the ledger: for people, never for the verdict.
///
/// Only first attempts on the assigned version count, as for the judge, but without its caps and blocks; so the figures are
/// near the evidence's and not the same.
struct FaultReport: Sendable {
    /// What a failure looked like.
    struct Kind: Hashable, Sendable {
        var errorClass: ErrorClass
        /// The provider's status, where there was one.
        var status: Int?
        var provider: ProviderID
    }

    /// Requests and failures of both arms.
    struct Sums: Hashable, Sendable {
        var canary: Int64 = 0
        var canaryFailures: Int64 = 0
        var baseline: Int64 = 0
        var baselineFailures: Int64 = 0

        var counts: Counts? {
            Counts(
                canary: canary,
                canaryEvents: canaryFailures,
                baseline: baseline,
                baselineEvents: baselineFailures
            )
        }
    }

    /// A part of the traffic.
    struct Stratum: Hashable, Sendable {
        /// `answers`, `team`.
        var dimension: String
        var value: String
    }

    private let canary: VersionID
    private let teams: [KeyID: String]
    private(set) var kinds: [Kind: (canary: Int64, baseline: Int64)] = [:]
    private(set) var whole = Sums()
    private(set) var strata: [Stratum: Sums] = [:]
    /// Requests and failures of each production version.
    private(set) var production: [VersionID: (requests: Int64, failures: Int64)] = [:]
    private(set) var example: LedgerRow?

    init(canary: VersionID, keys: [CallerKey]) {
        self.canary = canary
        teams = Dictionary(
            keys.compactMap { key in key.team.map { (key.id, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Counts one entry of the ledger.
    mutating func count(_ row: LedgerRow) {
        let attempt = row.attempt
        guard attempt.number == 1, attempt.purpose.isForCaller, row.ending != .interrupted else { return }
        let isCanary = attempt.version == canary
        var failed = false
        if let errorClass = attempt.errorClass {
            switch errorClass {
            case .superseded, .callerGone, .contentFilter, .refused: return
            case .quota, .credential: break
            default: failed = true
            }
            let kind = Kind(errorClass: errorClass, status: attempt.status, provider: attempt.provider)
            kinds[kind, default: (0, 0)].canary += isCanary ? 1 : 0
            kinds[kind, default: (0, 0)].baseline += isCanary ? 0 : 1
            if isCanary { example = row }
            guard failed else { return }
        }
        add(isCanary, failed, to: &whole)
        if !isCanary {
            production[attempt.version, default: (0, 0)].requests += 1
            if failed { production[attempt.version, default: (0, 0)].failures += 1 }
        }
        var parts = [Stratum(dimension: "answers", value: row.isStream ? "streamed" : "whole")]
        parts.append(Stratum(dimension: "endpoint", value: row.endpoint.rawValue))
        if let team = row.key.flatMap({ teams[$0] }) { parts.append(Stratum(dimension: "team", value: team)) }
        for part in parts { add(isCanary, failed, to: &strata[part, default: Sums()]) }
    }

    private func add(_ isCanary: Bool, _ failed: Bool, to sums: inout Sums) {
        if isCanary {
            sums.canary += 1
            if failed { sums.canaryFailures += 1 }
        } else {
            sums.baseline += 1
            if failed { sums.baselineFailures += 1 }
        }
    }

    /// The parts of the traffic in which the canary is shown to fail more often while elsewhere it is not.
    var standingOut: [(stratum: Stratum, sums: Sums, leastOdds: Double)] {
        let tested = strata.filter { $0.value.canary > 0 && $0.value.baseline > 0 }
        let level = 0.05 / Double(max(1, tested.count))
        func least(_ sums: Sums) -> Double? {
            guard let counts = sums.counts else { return nil }
            var interval = OddsInterval(alpha: level)
            interval.absorb(counts)
            return interval.lower.flatMap { $0 > 1 ? $0 : nil }
        }
        var found: [(stratum: Stratum, sums: Sums, leastOdds: Double)] = []
        for (dimension, parts) in Dictionary(grouping: tested, by: { $0.key.dimension }) where parts.count > 1 {
            let worse = parts.compactMap { part in least(part.value).map { (part.key, part.value, $0) } }
            guard !worse.isEmpty, worse.count < parts.count, !dimension.isEmpty else { continue }
            found += worse.map { (stratum: $0.0, sums: $0.1, leastOdds: $0.2) }
        }
        return found.sorted { ($1.leastOdds, $0.stratum.value) < ($0.leastOdds, $1.stratum.value) }
    }
}

// MARK: - Words

extension FaultReport {
    private static let most = 8

    /// Lines for people; none where nothing failed.
    var lines: [String] {
        let all = whole
        guard !kinds.isEmpty else { return [] }
        var lines = kinds.sorted { left, right in
            let (a, b) = (left.value, right.value)
            return (b.canary, b.baseline, words(left.key)) < (a.canary, a.baseline, words(right.key))
        }
        .prefix(FaultReport.most).map { kind, counts in
            "- \(words(kind)): canary \(share(counts.canary, all.canary)), baseline"
                + " \(share(counts.baseline, all.baseline))"
        }
        if let example { lines.append(words(example)) }
        if production.count > 1 {
            let parts = production.sorted { $0.key.rawValue < $1.key.rawValue }.map { version, sums in
                "\(version) \(share(sums.failures, sums.requests))"
            }
            lines.append(
                "Failed by version: \(canary) \(share(all.canaryFailures, all.canary)); production:"
                    + " \(parts.joined(separator: ", "))."
            )
        }
        for part in standingOut.prefix(FaultReport.most) {
            lines.append(
                "Stands out: \(part.stratum.dimension) \(part.stratum.value): canary"
                    + " \(share(part.sums.canaryFailures, part.sums.canary)) against baseline"
                    + " \(share(part.sums.baselineFailures, part.sums.baseline)), at least"
                    + " \(Figures.number(part.leastOdds)) times the odds; elsewhere that is not shown."
            )
        }
        return lines
    }

    private func words(_ kind: Kind) -> String {
        let status = kind.status.map { "status \($0), " } ?? ""
        return "\(status)\(kind.errorClass.rawValue) from \(kind.provider)"
    }

    private func words(_ row: LedgerRow) -> String {
        let attempt = row.attempt
        let kind = attempt.errorClass.map {
            words(Kind(errorClass: $0, status: attempt.status, provider: attempt.provider))
        }
        return "For instance request \(row.request) at \(row.requestStartedAt): \(kind ?? "failed") after"
            + " \(Figures.milliseconds((Double(attempt.duration) / 1_000_000).rounded()))"
            + (row.isStream ? ", streamed." : ".")
    }

    private func share(_ events: Int64, _ requests: Int64) -> String {
        requests > 0 && events <= requests
            ? "\(events) of \(requests) (\(Figures.percent(Double(events) / Double(requests))))" : "\(events)"
    }
}

// MARK: - From the ledger

extension ControlPlane {
    /// Entries read of each version at most.
    private static let ledgerLimit = 20_000
    private static let ledgerPage = 1_000
    private static let longest: Int64 = 3_600

    /// The failures of both arms in the last hour of a rollout, or as much of it as is quickly read.
    func faults(of record: RolloutRecord) async throws(ControlError) -> FaultReport? {
        guard let started = record.state.startedAt else { return nil }
        let end = record.state.isOpen ? now() : record.updatedAt.advanced(bySeconds: 5)
        let production = (record.state.production ?? []).map(\.version)
        let baselines = production.isEmpty ? [record.state.baseline].compactMap { $0 } : production
        let recent = metrics.rate(of: baselines + [record.state.canary], at: now())
        let affordable = recent > 0 ? Int64(Double(ControlPlane.ledgerLimit) / 2 / recent) : ControlPlane.longest
        let from = max(
            end.advanced(bySeconds: -min(ControlPlane.longest, max(60, affordable))),
            Timestamp(nanoseconds: started.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
        )
        var report = FaultReport(canary: record.state.canary, keys: catalogue.keys)
        for version in [record.state.canary] + baselines {
            try await readLedger(LedgerFilter(from: from, until: end, version: version)) { report.count($0) }
        }
        return report
    }

    /// The recorded requests of a route's production of the last hour, to be split into two arms that are the same.
    package func selfTest(_ question: SelfTest.Question) async throws(ControlError) -> SelfTest {
        guard catalogue.route(named: question.route.rawValue) != nil else {
            throw ControlError(
                .notFound,
                "There is no route \"\(question.route)\".",
                hint: "GET /v1/admin/routes lists them all."
            )
        }
        let from = now().advanced(bySeconds: -ControlPlane.longest)
        var requests: [SelfTest.Request] = []
        for version in catalogue.production(of: question.route) where version.release.weight > .none {
            try await readLedger(LedgerFilter(from: from, version: version.id)) { row in
                if let request = SelfTest.Request(row) { requests.append(request) }
            }
        }
        return try SelfTest(question, requests)
    }

    private func readLedger(_ filter: LedgerFilter, _ body: (LedgerRow) -> Void) async throws(ControlError) {
        var after: Int64 = 0
        var left = ControlPlane.ledgerLimit
        while left > 0 {
            let page: [LedgerRow]
            do throws(StoreError) {
                page = try await store.ledger(filter, after: after, limit: ControlPlane.ledgerPage)
            } catch {
                throw ControlError(.unavailable(error.message))
            }
            for row in page { body(row) }
            guard let last = page.last, page.count == ControlPlane.ledgerPage else { return }
            after = last.row
            left -= page.count
        }
    }
}

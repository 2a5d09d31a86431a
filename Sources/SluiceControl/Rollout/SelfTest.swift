// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceJudge
import SluiceRelease

/// How often the judge would have rolled back a canary that is no other than production, on a route's own traffic.
///
/// The recorded requests of production are split into two arms by a salted hash of their units, again and again with other
/// salts, and judged as a rollout is. Both arms are the same version, so every rollback is a false alarm.
package struct SelfTest: Sendable {
    /// What is asked.
    package struct Question: Sendable {
        package var route: RouteID
        /// The pretended canary's share, 0…1 exclusive.
        package var share: Double
        /// How many splits are tried.
        package var salts: Int

        package init(route: RouteID, share: Double = 0.05, salts: Int = 100) {
            self.route = route
            self.share = share
            self.salts = salts
        }
    }

    /// What came out.
    package struct Answer: Sendable {
        package var route: RouteID
        package var share: Double
        /// Splits that were judged: fewer than asked where time was up.
        package var salts: Int
        package var rolledBack: Int
        /// False alarms by the metric that decided.
        package var byMetric: [String: Int]
        package var requests: Int64
        package var failures: Int64
        package var from: Timestamp?
        package var until: Timestamp?
        /// The bound that the judge keeps to.
        package var alpha: Double
        /// The largest evidence of all splits, as a logarithm.
        package var largestLogEvidence: Double
    }

    /// One recorded request.
    struct Request: Sendable {
        var second: Int64
        var unit: UInt64
        var source: MetricSource
    }

    let question: Question
    private let requests: [Request]
    private let judging: JudgeConfiguration
    private let watch: Watch
    /// Where in the requests the splits begin: what comes before only makes the limits.
    private let first: Int

    /// Values needed before a time or a cost has limits.
    private static let leastValues: Int64 = 200
    /// So long it may take.
    package static let patience: Duration = .seconds(20)

    init(_ question: Question, _ recorded: [Request]) throws(ControlError) {
        self.question = question
        requests = recorded.sorted { $0.second < $1.second }
        guard requests.count >= 100 else {
            throw ControlError(
                .invalidState,
                "Route \(question.route) has \(requests.count) recorded requests of production in the last hour, too few to"
                    + " split.",
                hint: "100 are needed at least, some thousands tell something."
            )
        }
        do throws(PlanError) {
            judging = try Plan(validating: ["preset": "careful"]).judging
        } catch {
            throw ControlError(.invalid, "\(error)")
        }
        first = requests.count / 4
        var histograms: [MetricID: ValueHistogram] = [:]
        for request in requests.prefix(first) {
            for metric in Metric.values {
                guard let value = metric.facts.value(request.source) else { continue }
                histograms[metric.id, default: ValueHistogram()].add(value)
            }
        }
        watch = Watch(
            judging,
            quantiles: histograms.filter { $0.value.count >= SelfTest.leastValues }
                .mapValues { PredictableQuantiles(history: $0, leastValues: SelfTest.leastValues).limits }
        )
    }

    /// Tries split after split.
    package func run(within patience: Duration = SelfTest.patience) async -> Answer {
        let end = ContinuousClock.now.advanced(by: patience)
        var answer = Answer(
            route: question.route,
            share: question.share,
            salts: 0,
            rolledBack: 0,
            byMetric: [:],
            requests: Int64(requests.count - first),
            failures: requests.dropFirst(first).reduce(0) {
                $0 + (Metric.error.facts.happened($1.source) == true ? 1 : 0)
            },
            from: requests.dropFirst(first).first.map { Timestamp(milliseconds: $0.second * 1_000) },
            until: requests.last.map { Timestamp(milliseconds: $0.second * 1_000) },
            alpha: judging.alpha,
            largestLogEvidence: 0
        )
        for salt in 0..<max(1, question.salts) {
            let verdict = verdict(salt: UInt64(salt))
            answer.salts += 1
            answer.largestLogEvidence = max(answer.largestLogEvidence, verdict.peakLogEvidence)
            if verdict.decision == .rollback {
                answer.rolledBack += 1
                answer.byMetric[verdict.reasons.first?.metric?.rawValue ?? "all", default: 0] += 1
            }
            if ContinuousClock.now >= end || Task.isCancelled { break }
            await Task.yield()
        }
        return answer
    }

    /// What the judge says at the end of one split.
    func verdict(salt: UInt64) -> Verdict {
        let recorded = requests.dropFirst(first)
        let start = recorded.first?.second ?? 0
        let end = (recorded.last?.second ?? 0) + 1
        var judge = Judge(judging, startedAt: start)
        judge.begin(StepDemand(startedAt: start, seconds: end - start))
        var assembler = BlockAssembler(
            watch: watch,
            start: start,
            share: question.share,
            epoch: 1,
            requestsPerSecond: Double(recorded.count) / Double(max(1, end - start)),
            countsUnits: false
        )
        var cap = UnitCap(series: watch.items.count)
        var second = BlockCounters(start: start, series: watch.items.count)
        for request in recorded {
            if request.second != second.start {
                assembler.add(second)
                for block in assembler.close(through: request.second) { judge.absorb(block) }
                second = BlockCounters(start: request.second, series: watch.items.count)
            }
            let hash = SplitMix64.first(seed: request.unit ^ SplitMix64.first(seed: salt &+ 1))
            let arm: Arm = Double(hash >> 11) / Double(1 << 53) < question.share ? .canary : .baseline
            for (index, item) in watch.items.enumerated() {
                guard let event = happened(item, request, arm) else { continue }
                guard cap.admits(request.unit, series: index, event: event) else { continue }
                second.count(index, arm, event: event)
            }
        }
        assembler.add(second)
        for block in assembler.finish(at: end) { judge.absorb(block) }
        return judge.verdict(at: end)
    }

    private func happened(_ item: Watch.Item, _ request: Request, _ arm: Arm) -> Bool? {
        guard let facts = Metric(item.metric)?.facts else { return nil }
        guard !facts.isEvent else { return facts.happened(request.source) }
        // Both arms are production, so both are held to its own limit: a tolerance would hide false alarms.
        guard let limit = item.limit(.baseline) else { return nil }
        return facts.value(request.source).map { $0 > limit }
    }
}

extension SelfTest.Request {
    /// What an entry of the ledger tells; nothing where it is no first attempt for a caller.
    init?(_ row: LedgerRow) {
        let attempt = row.attempt
        guard attempt.number == 1, attempt.purpose.isForCaller, row.ending != .interrupted else { return nil }
        switch attempt.errorClass {
        case .superseded?, .callerGone?, .contentFilter?, .refused?: return nil
        default: break
        }
        self.init(
            second: row.requestStartedAt.nanoseconds / 1_000_000_000,
            // Units of one bucket always went together; without one each request is its own.
            unit: row.bucket.map { UInt64($0) } ?? (row.request.low | 1 << 63),
            source: MetricSource(attempt)
        )
    }
}

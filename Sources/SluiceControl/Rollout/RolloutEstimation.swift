// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// What a plan says of prices and limits, at the traffic of its route; its steps are not rehearsed.
    func estimate(_ draft: RolloutDraft) async throws(ControlError) -> RolloutEstimate {
        var estimation = try await estimation(of: draft)
        estimation.isRehearsed = false
        return estimation.answer
    }

    /// All that an estimate is made of, as of now.
    func estimation(of draft: RolloutDraft) async throws(ControlError) -> RolloutEstimation {
        let now = now()
        let versions = catalogue.versions(of: draft.canary.route).map(\.id)
        var estimation = RolloutEstimation(
            draft: draft,
            requestsPerSecond: metrics.usualRate(of: versions, at: now) ?? 0,
            baselineErrorRate: errorRate(of: draft.production.map(\.id), at: now),
            prices: catalogue.prices,
            now: now
        )
        if estimation.requestsPerSecond == 0 {
            estimation.requestsPerSecond = try await thinRate(on: draft.canary.route, versions, at: now)
        }
        estimation.secondsOfTraffic = metrics.secondsOfTraffic(of: versions, at: now)
        estimation.mix = try await mix(of: draft.baseline.id, at: now)
        estimation.figures = figures(of: draft.canary.route, without: draft.canary.id)
        return estimation
    }

    /// What the production versions with traffic of a route did in the last hour.
    func figures(of route: RouteID, without canary: VersionID) -> ProductionFigures {
        let serving = catalogue.production(of: route).filter { $0.release.weight > .none && $0.id != canary }
        return metrics.figures(of: serving.map(\.id), at: now())
    }

    /// The share of failed requests among those of some versions in the last hour.
    private func errorRate(of versions: [VersionID], at now: Timestamp) -> Double {
        var whole = Slice(number: 0)
        for version in versions { whole.add(metrics.sum(of: version, window: 3_600, at: now)) }
        return whole.judged > 0 ? Double(whole.errors) / Double(whole.judged) : 0
    }

    /// Requests per second of a route that has too few for an hour to tell: those of the last week, or of the time since its
    /// first version was made.
    private func thinRate(
        on route: RouteID,
        _ versions: [VersionID],
        at now: Timestamp
    ) async throws(ControlError) -> Double {
        let oldest = catalogue.versions(of: route).map(\.createdAt).min() ?? now
        let from = max(oldest, now.advanced(bySeconds: -7 * 86_400))
        let seconds = max(60, Double(now.nanoseconds - from.nanoseconds) / 1e9)
        do throws(StoreError) {
            let sum = try await store.usage(LedgerFilter(from: from, route: route), groupedBy: []).first
            return Double(sum?.requests ?? 0) / seconds
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    /// Entries of the ledger that tell what a version's requests are like.
    private static let mixEntries: Int64 = 200_000

    /// Tokens of a version over the last week, among the newest entries of the ledger; nothing where there were none.
    private func mix(of version: VersionID, at now: Timestamp) async throws(ControlError) -> UsageSum? {
        do throws(StoreError) {
            let filter = LedgerFilter(from: now.advanced(bySeconds: -7 * 86_400), version: version)
            let sum = try await store.usage(filter, amongNewest: ControlPlane.mixEntries)
            return sum.inputTokens + sum.outputTokens > 0 ? sum : nil
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }
}

/// Where plans are rehearsed: one at a time, and never where verdicts and orders are decided.
///
/// A rehearsal computes for up to seconds on values of its own.
package actor RehearsalRoom {
    /// Held while a plan is rehearsed.
    nonisolated let turn = AsyncMutex()

    /// An empty room.
    package init() {}

    func answer(of estimation: RolloutEstimation) async -> RolloutEstimate {
        await turn.lock()
        defer { turn.unlock() }
        var rehearsed: [RolloutEstimate.Step] = []
        for index in estimation.draft.plan.steps.indices {
            rehearsed.append(estimation.step(index))
            // Whoever else needs the thread comes first.
            await Task.yield()
        }
        return estimation.answer(with: rehearsed)
    }

    /// Tries the splits of a self-test.
    package func answer(of test: SelfTest) async -> SelfTest.Answer {
        await turn.lock()
        defer { turn.unlock() }
        return await test.run()
    }
}

/// The arithmetic of an estimate.
struct RolloutEstimation: Sendable {
    var draft: RolloutDraft
    var requestsPerSecond: Double
    var baselineErrorRate: Double
    var prices: PriceBook
    var now: Timestamp
    /// The baseline's tokens of the last week; without them three tokens in for one out.
    var mix: UsageSum?
    /// What production did in the last hour.
    var figures: ProductionFigures?
    /// Of a route too young for its rate to be known: since when it has had traffic.
    var secondsOfTraffic: Int64?
    /// The steps are run in advance.
    var isRehearsed = true

    var answer: RolloutEstimate { answer(with: draft.plan.steps.indices.map { step($0) }) }

    /// The answer with steps that were rehearsed elsewhere.
    func answer(with steps: [RolloutEstimate.Step]) -> RolloutEstimate {
        let ratio = priceRatio
        let limit = priceLimit
        var estimate = RolloutEstimate(
            route: draft.canary.route,
            canary: draft.canary.id,
            baseline: draft.baseline.id,
            production: draft.production.map(\.id),
            requestsPerSecond: requestsPerSecond,
            baselineErrorRate: baselineErrorRate,
            steps: steps,
            priceRatio: ratio,
            priceLimit: limit,
            isTooExpensive: ratio.map { ratio in limit.map { ratio > $0 } ?? false } ?? false,
            warnings: []
        )
        estimate.bursts = BurstText(plan: draft.plan, canary: draft.canary, production: draft.production).sentence
        estimate.limits = figures?.limits(of: draft.plan) ?? []
        for limit in estimate.limits where limit.isBroken {
            estimate.warnings.append(RolloutText.broken(limit).sentence)
        }
        for limit in estimate.limits where limit.isUnclear {
            estimate.warnings.append(RolloutText.unclear(limit).sentence)
        }
        if let seconds = secondsOfTraffic {
            estimate.warnings.append(
                "The route's requests per second are not known yet: its first ones came within the last"
                    + " \(Figures.duration(seconds)). Ask again once it has had traffic for"
                    + " \(Figures.duration(VersionStatistics.settlingSeconds)); until then every time above is a guess."
            )
        }
        if requestsPerSecond <= 0 {
            estimate.warnings.append(
                "Nothing is known of the route's traffic, so no step can be estimated; without traffic a step waits."
            )
        }
        if ratio == nil, draft.plan.judging.metrics.contains(where: { $0.metric == .cost }) {
            estimate.warnings.append(
                "The price of the canary or of the baseline is unknown, so cost is not compared before the start."
            )
        }
        return estimate
    }

    // MARK: Steps

    func step(_ index: Int) -> RolloutEstimate.Step {
        guard case .hold(let hold) = draft.plan.steps[index] else {
            return RolloutEstimate.Step(index: index, seconds: 0, canaryRequests: 0)
        }
        var step = RolloutEstimate.Step(
            index: index,
            weight: hold.weight,
            seconds: hold.seconds,
            canaryRequests: requestsPerSecond * hold.weight.fraction * Double(hold.seconds)
        )
        guard isRehearsed, let estimate = errors(at: draft.plan.weight(of: hold)) else { return step }
        step.secondsToFindErrors = estimate.seconds
        step.leastDetectableErrorRate = estimate.leastDetectable(within: Double(hold.seconds))
        if !hold.certificates.isEmpty { step.secondsToCertificate = estimate.certificateSeconds }
        step.warning = warning(hold, index, estimate)
        return step
    }

    private func errors(at weight: BasisPoints) -> PlanEstimate? {
        guard requestsPerSecond > 0, weight > .none, weight < .all else { return nil }
        let rate = min(max(baselineErrorRate, 0.001), 0.15)
        let rules = draft.plan.judging.metrics.filter { $0.onRegression == .rollback }
        let whole = rules.reduce(0) { $0 + $1.weight }
        let own = rules.first { $0.metric == .error }
        let question = try? PlanEstimate.Question(
            requestsPerSecond: requestsPerSecond,
            share: weight.fraction,
            baselineRate: rate,
            canaryRate: max(0.05, 5 * rate),
            alpha: draft.plan.judging.alpha,
            metricShare: own.map { $0.weight / whole } ?? 1,
            tolerance: max(1, own?.tolerance ?? 1),
            ceiling: own?.ceiling?.share,
            planMinutes: draft.plan.judging.funding.planMinutes,
            burst: draft.plan.judging.burst
        )
        return question.map { PlanEstimate($0) }
    }

    private func warning(_ hold: Plan.Hold, _ index: Int, _ estimate: PlanEstimate) -> String? {
        let isLast = index == draft.plan.steps.count - 1
        if !hold.certificates.isEmpty, estimate.certificateSeconds > Double(hold.seconds) {
            let needed = RolloutEstimation.time(estimate.certificateSeconds)
            return
                "Step \(index + 1) asks for a certificate, which needs \(needed) at this traffic: it will hold."
        }
        guard hold.seconds > 0 || !isLast, !estimate.isFeasible(within: Double(hold.seconds)) else { return nil }
        return "Step \(index + 1) is too short: to find \(Figures.percent(estimate.question.canaryRate)) errors takes"
            + " \(RolloutEstimation.time(estimate.seconds)) at this traffic and weight."
    }

    /// `about 3h 20m`, or that nobody would wait for it.
    private static func time(_ seconds: Double) -> String {
        guard seconds < 3 * 365 * 86_400 else { return "years" }
        return "about \(Figures.duration(Int64(seconds.rounded(.up))))"
    }

    // MARK: Prices

    private var priceLimit: Double? {
        draft.plan.judging.metrics
            .first { $0.metric == .cost && ($0.onRegression == .rollback || $0.onRegression == .hold) }?.tolerance
    }

    private var priceRatio: Double? {
        guard let own = price(of: draft.canary), let theirs = price(of: draft.baseline), theirs > 0 else { return nil }
        return own / theirs
    }

    /// What the baseline's tokens of last week would cost on a version; only good for a ratio.
    private func price(of version: Version) -> Double? {
        let cached = mix?.cachedInputTokens ?? 0
        let usage = Usage(
            freshInput: max(0, (mix?.inputTokens ?? 3_000_000) - cached),
            cachedInput: cached,
            output: mix?.outputTokens ?? 1_000_000
        )
        return prices.cost(of: usage, provider: version.provider, model: version.apiVersion, at: now).known
            .map { Double($0.rawValue) }
    }
}

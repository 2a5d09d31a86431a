// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// What a plan can find out, at the traffic and the prices of its route.
    ///
    /// - Parameter rehearsed: whether its steps are run in advance, which takes up to seconds; a start needs only what stands
    ///   in its way.
    func estimate(_ draft: RolloutDraft, rehearsed: Bool = true) async throws(ControlError) -> RolloutEstimate {
        let now = now()
        let versions = catalogue.versions(of: draft.canary.route).map(\.id)
        var estimation = RolloutEstimation(
            draft: draft,
            requestsPerSecond: metrics.rate(of: versions, at: now),
            baselineErrorRate: metrics.metrics(of: draft.baseline.id, window: 3_600, at: now).errorRate,
            prices: catalogue.prices,
            now: now
        )
        estimation.isRehearsed = rehearsed
        estimation.mix = try await mix(of: draft.baseline.id, at: now)
        estimation.figures = figures(of: draft.canary.route, without: draft.canary.id)
        return estimation.answer
    }

    /// What the production versions with traffic of a route did in the last hour.
    func figures(of route: RouteID, without canary: VersionID) -> ProductionFigures {
        let serving = catalogue.production(of: route).filter { $0.release.weight > .none && $0.id != canary }
        return metrics.figures(of: serving.map(\.id), at: now())
    }

    /// Tokens of a version over the last week; nothing where there were none.
    private func mix(of version: VersionID, at now: Timestamp) async throws(ControlError) -> UsageSum? {
        do throws(StoreError) {
            let filter = LedgerFilter(from: now.advanced(bySeconds: -7 * 86_400), version: version)
            let sum = try await store.usage(filter, groupedBy: []).first
            return sum.flatMap { $0.inputTokens + $0.outputTokens > 0 ? $0 : nil }
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }
}

/// The arithmetic of an estimate.
struct RolloutEstimation {
    var draft: RolloutDraft
    var requestsPerSecond: Double
    var baselineErrorRate: Double
    var prices: PriceBook
    var now: Timestamp
    /// The baseline's tokens of the last week; without them three tokens in for one out.
    var mix: UsageSum?
    /// What production did in the last hour.
    var figures: ProductionFigures?
    /// The steps are run in advance.
    var isRehearsed = true

    var answer: RolloutEstimate {
        let ratio = priceRatio
        let limit = priceLimit
        var estimate = RolloutEstimate(
            route: draft.canary.route,
            canary: draft.canary.id,
            baseline: draft.baseline.id,
            requestsPerSecond: requestsPerSecond,
            baselineErrorRate: baselineErrorRate,
            steps: draft.plan.steps.indices.map { step($0) },
            priceRatio: ratio,
            priceLimit: limit,
            isTooDear: ratio.map { ratio in limit.map { ratio > $0 } ?? false } ?? false,
            warnings: []
        )
        estimate.limits = figures?.limits(of: draft.plan) ?? []
        for limit in estimate.limits where limit.isBroken {
            estimate.warnings.append(RolloutText.broken(limit).sentence)
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

    private func step(_ index: Int) -> RolloutEstimate.Step {
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
        let found = Figures.duration(Int64(min(estimate.seconds.rounded(.up), 1e12)))
        if !hold.certificates.isEmpty, estimate.certificateSeconds > Double(hold.seconds) {
            let needed = Figures.duration(Int64(min(estimate.certificateSeconds.rounded(.up), 1e12)))
            return
                "Step \(index + 1) asks for a certificate, which needs about \(needed) at this traffic: it will hold."
        }
        guard hold.seconds > 0 || !isLast, !estimate.isFeasible(within: Double(hold.seconds)) else { return nil }
        return "Step \(index + 1) is too short: \(Figures.percent(estimate.question.canaryRate)) errors need about"
            + " \(found) at this traffic and weight."
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

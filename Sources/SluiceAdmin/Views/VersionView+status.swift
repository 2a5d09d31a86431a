// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

extension VersionView {
    init(_ status: VersionStatus) {
        let version = status.version
        self.init()
        versionID = version.id.rawValue
        route = version.route.rawValue
        apiVersion = version.apiVersion
        provider = version.provider.rawValue
        weight = version.release.weight.fraction
        state = version.release.state.rawValue
        healthScore = status.healthScore
        errorCount = status.errorCount
        requestCount = status.requestCount
        createdAt = version.createdAt.description
        deployedAt = version.release.deployedAt?.description
        configHash = version.configHash
        avgLatencyMilliseconds = status.averageLatencyMilliseconds
        maxConcurrency = version.settings.maxConcurrency
        costPerMtok = status.outputPrice.map(RatesView.dollars)
        qualityScore = status.qualityScore
        owner = version.owner.rawValue
    }
}

extension VersionDetail {
    init(_ status: VersionStatus) {
        self.init()
        version = VersionView(status)
        config = RawJSON(status.version.config)
        thresholds = ThresholdsView(status.version.release.thresholds)
        message = status.notice
    }
}

extension ThresholdsView {
    init(_ thresholds: Thresholds) {
        self.init()
        errorRate = thresholds.errorRate
        p99LatencyMilliseconds = thresholds.p99LatencyMilliseconds
        p99FirstTokenMilliseconds = thresholds.p99FirstTokenMilliseconds
        costSpikeRatio = thresholds.costSpikeRatio
    }
}

extension RollbackView {
    init(_ answer: RollbackAnswer) {
        let id = answer.version.version.id
        let message =
            answer.target.map { target in
                let serving = answer.distribution.filter { $0.effectiveWeight > 0 }
                guard serving.count > 1 else { return "\(id) is rolled back; \(target) has its traffic." }
                let shares = serving.map { "\($0.version) \(Figures.percent($0.effectiveWeight))" }
                return "\(id) is rolled back; the route's traffic: \(shares.joined(separator: ", "))."
            }
            ?? "\(id) is rolled back; its route has no other production version to give its traffic to."
        self.init()
        detail = VersionDetail(answer.version)
        targetVersion = answer.target?.rawValue
        self.message = [message, answer.warning].compactMap { $0 }.joined(separator: " ")
    }
}

extension ShareView {
    init(_ share: VersionShare) {
        self.init()
        weight = share.weight.fraction
        route = share.route.rawValue
        state = share.state.rawValue
        effectiveWeight = share.effectiveWeight
    }
}

extension MetricsView {
    init(_ metrics: VersionMetrics) {
        self.init(
            errorRate: metrics.errorRate,
            p99LatencyMilliseconds: metrics.p99Latency ?? 0,
            costPer1kTokens: metrics.costPer1kTokens ?? 0,
            totalRequests: metrics.requests,
            priced: metrics.isPriced && (metrics.requests == 0 || metrics.costPer1kTokens != nil) ? nil : false,
            windowSeconds: metrics.window,
            healthScore: metrics.healthScore
        )
        p50LatencyMilliseconds = metrics.p50Latency
        p90LatencyMilliseconds = metrics.p90Latency
        p95LatencyMilliseconds = metrics.p95Latency
        avgLatencyMilliseconds = metrics.meanLatency
        p50FirstTokenMilliseconds = metrics.p50FirstToken
        p99FirstTokenMilliseconds = metrics.p99FirstToken
        tokensPerSecond = metrics.tokensPerSecond
        costPer1mTokens = metrics.costPer1MTokens
        costRatio = metrics.costRatio
        let classes = metrics.errorsByClass.map { ($0.key.rawValue, $0.value) }
        errorsByClass = classes.isEmpty ? nil : Dictionary(classes, uniquingKeysWith: { first, _ in first })
    }
}

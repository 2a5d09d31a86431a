// SPDX-License-Identifier: Apache-2.0

/// A version in lists; what is not known is absent.
package struct VersionView: Sendable, Codable {
    package var versionID: String
    package var route: String
    /// The provider's model id.
    package var apiVersion: String
    package var provider: String
    /// 0.0…1.0.
    package var weight: Double
    /// `staging`, `canary`, `production`, `deprecated` or `rollback`.
    package var state: String
    /// (1 − error rate) × min(1, p99 ceiling / p99) over the last window; 1.0 without traffic.
    package var healthScore: Double
    package var errorCount: Int64
    package var requestCount: Int64
    /// RFC 3339, UTC.
    package var createdAt: String
    /// When it last began to take traffic.
    package var deployedAt: String?
    /// 16 hex digits.
    package var configHash: String
    package var avgLatencyMilliseconds: Double?
    package var maxConcurrency: Int?
    /// The price card's output price in US dollars per million tokens.
    package var costPerMtok: Double?
    /// 0.0…1.0, the team's own judgement of the model.
    package var qualityScore: Double?
    /// `file` (defined in the configuration file) or `api`.
    package var owner: String

    package init(
        versionID: String,
        route: String,
        apiVersion: String,
        provider: String,
        weight: Double,
        state: String,
        healthScore: Double,
        errorCount: Int64,
        requestCount: Int64,
        createdAt: String,
        deployedAt: String? = nil,
        configHash: String,
        avgLatencyMilliseconds: Double? = nil,
        maxConcurrency: Int? = nil,
        costPerMtok: Double? = nil,
        qualityScore: Double? = nil,
        owner: String
    ) {
        self.versionID = versionID
        self.route = route
        self.apiVersion = apiVersion
        self.provider = provider
        self.weight = weight
        self.state = state
        self.healthScore = healthScore
        self.errorCount = errorCount
        self.requestCount = requestCount
        self.createdAt = createdAt
        self.deployedAt = deployedAt
        self.configHash = configHash
        self.avgLatencyMilliseconds = avgLatencyMilliseconds
        self.maxConcurrency = maxConcurrency
        self.costPerMtok = costPerMtok
        self.qualityScore = qualityScore
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case versionID = "version_id"
        case route
        case apiVersion = "api_version"
        case provider, weight, state
        case healthScore = "health_score"
        case errorCount = "error_count"
        case requestCount = "request_count"
        case createdAt = "created_at"
        case deployedAt = "deployed_at"
        case configHash = "config_hash"
        case avgLatencyMilliseconds = "avg_latency_ms"
        case maxConcurrency = "max_concurrency"
        case costPerMtok = "cost_per_mtok"
        case qualityScore = "quality_score"
        case owner
    }
}

// SPDX-License-Identifier: Apache-2.0

/// A version in lists; what is not known is absent.
package struct VersionView: DescribedShape {
    package var versionID = ""
    package var route = ""
    package var apiVersion = ""
    package var provider = ""
    package var weight = 0.0
    package var state = ""
    package var healthScore = 0.0
    package var errorCount: Int64 = 0
    package var requestCount: Int64 = 0
    package var createdAt = ""
    package var deployedAt: String?
    package var configHash = ""
    package var avgLatencyMilliseconds: Double?
    package var maxConcurrency: Int?
    package var costPerMtok: Double?
    package var qualityScore: Double?
    package var owner = ""

    package init() {}

    package static let component = (name: "Version", about: "A version in lists; what is not known is absent.")

    package static let fields: [Field<VersionView>] = [
        .must("version_id", \.versionID, .string),
        .must("route", \.route, .string),
        .must("api_version", \.apiVersion, .string, "The provider's model."),
        .must("provider", \.provider, .string),
        .must("weight", \.weight, .number, "0.0 to 1.0."),
        .must("state", \.state, .state),
        .must(
            "health_score",
            \.healthScore,
            .number,
            "(1 - error rate) x min(1, p99 ceiling / p99) over the last 5 minutes; 1.0 without traffic."
        ),
        .must("error_count", \.errorCount, .integer, "Attempts that speak against the version."),
        .must("request_count", \.requestCount, .integer),
        .must("created_at", \.createdAt, .moment),
        .may("deployed_at", \.deployedAt, .moment, "When it last began to take traffic."),
        .must("config_hash", \.configHash, .string, "16 hex digits."),
        .may("avg_latency_ms", \.avgLatencyMilliseconds, .number, "Over the last hour."),
        .may("max_concurrency", \.maxConcurrency, .integer),
        .may("cost_per_mtok", \.costPerMtok, .number, "The output price in US dollars per million tokens."),
        .may("quality_score", \.qualityScore, .number, "0.0 to 1.0."),
        .must("owner", \.owner, .owner, "Who may change it."),
    ]
}

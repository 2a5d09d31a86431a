// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// Versions as people read them.
enum VersionText {
    static func table(_ versions: [VersionView]) -> String {
        var table = Table(
            .text("version"),
            .text("route"),
            .text("state"),
            .number("weight"),
            .text("model"),
            .text("provider"),
            .number("health"),
            .number("requests"),
            .number("errors"),
            .number("latency"),
            .text("owner")
        )
        for version in versions {
            table.add(
                version.versionID,
                version.route,
                version.state,
                Show.share(version.weight),
                version.apiVersion,
                version.provider,
                Show.decimal(version.healthScore, 3),
                "\(version.requestCount)",
                "\(version.errorCount)",
                Show.milliseconds(version.avgLatencyMilliseconds),
                version.owner
            )
        }
        return table.text(nothing: "There are no versions yet: sluice version register --help")
    }

    static func detail(_ json: JSONValue, from client: AdminClient) throws(CommandFailure) -> String {
        let detail = try AdminClient.shape(VersionDetail.self, of: json, from: client.base)
        let version = detail.version
        let note = detail.message.map { "\n\n\(Terminal.clean(CommandHint.text($0)))" } ?? ""
        return Table.list([
            ("version", version.versionID), ("route", version.route), ("state", version.state),
            ("weight", Show.share(version.weight)), ("model", version.apiVersion), ("provider", version.provider),
            ("config", detail.config.value.jsonText), ("config hash", version.configHash),
            ("thresholds", thresholds(detail.thresholds)), ("health", Show.decimal(version.healthScore, 3)),
            ("requests", "\(version.requestCount)"), ("errors", "\(version.errorCount)"),
            ("latency", Show.milliseconds(version.avgLatencyMilliseconds)),
            ("output price", version.costPerMtok.map { "$\(Show.decimal($0, 4)) per million tokens" }),
            ("quality", version.qualityScore.map { Show.decimal($0, 3) }), ("created", version.createdAt),
            ("deployed", version.deployedAt), ("owner", version.owner),
        ]) + note
    }

    private static func thresholds(_ limits: ThresholdsView) -> String {
        let parts = [
            limits.errorRate.map { "error rate \(Show.share($0))" },
            limits.p99LatencyMilliseconds.map { "p99 \(Show.decimal($0, 1)) ms" },
            limits.p99FirstTokenMilliseconds.map { "p99 to first token \(Show.decimal($0, 1)) ms" },
            limits.costSpikeRatio.map { "cost ratio \(Show.decimal($0, 3))" },
        ].compactMap { $0 }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    static func metrics(_ metrics: MetricsView) -> String {
        let classes = (metrics.errorsByClass ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return Table.list([
            ("window", "\(metrics.windowSeconds) s"), ("requests", "\(metrics.totalRequests)"),
            ("error rate", Show.share(metrics.errorRate)),
            ("errors", classes.isEmpty ? nil : classes.map { "\($0.key) \($0.value)" }.joined(separator: ", ")),
            ("p50 latency", Show.milliseconds(metrics.p50LatencyMilliseconds)),
            ("p90 latency", Show.milliseconds(metrics.p90LatencyMilliseconds)),
            ("p95 latency", Show.milliseconds(metrics.p95LatencyMilliseconds)),
            ("p99 latency", metrics.totalRequests == 0 ? nil : Show.milliseconds(metrics.p99LatencyMilliseconds)),
            ("p50 to first token", Show.milliseconds(metrics.p50FirstTokenMilliseconds)),
            ("p99 to first token", Show.milliseconds(metrics.p99FirstTokenMilliseconds)),
            ("tokens per second", metrics.tokensPerSecond.map { Show.decimal($0, 1) }),
            (
                "cost per 1k tokens",
                metrics.priced == false
                    ? "not known (no price, or no usage stated)" : Show.dollars(metrics.costPer1kTokens)
            ),
            ("cost ratio", metrics.costRatio.map { Show.decimal($0, 3) }),
            ("health", Show.decimal(metrics.healthScore, 3)),
        ])
    }

    static func distribution(_ shares: [String: ShareView]) -> String {
        var table = Table(
            .text("route"),
            .text("version"),
            .text("state"),
            .number("weight"),
            .number("share of traffic")
        )
        for (id, share) in shares.sorted(by: { ($0.value.route, $0.key) < ($1.value.route, $1.key) }) {
            table.add(share.route, id, share.state, Show.share(share.weight), Show.share(share.effectiveWeight))
        }
        return table.text(nothing: "There are no versions yet: sluice version register --help")
    }
}

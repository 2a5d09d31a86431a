// SPDX-License-Identifier: Apache-2.0

/// One version: what the list shows, with its config and its thresholds.
package struct VersionDetail: Sendable, Codable {
    package var version: VersionView
    /// The config as it was registered.
    package var config: RawJSON
    package var thresholds: ThresholdsView
    /// What a change did that its caller may not expect.
    package var message: String?

    package init(version: VersionView, config: RawJSON, thresholds: ThresholdsView, message: String? = nil) {
        self.version = version
        self.config = config
        self.thresholds = thresholds
        self.message = message
    }

    private enum CodingKeys: String, CodingKey { case config, thresholds, message }

    package init(from decoder: any Decoder) throws {
        version = try VersionView(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        config = try container.decode(RawJSON.self, forKey: .config)
        thresholds = try container.decode(ThresholdsView.self, forKey: .thresholds)
        message = try container.decodeIfPresent(String.self, forKey: .message)
    }

    package func encode(to encoder: any Encoder) throws {
        try version.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(config, forKey: .config)
        try container.encode(thresholds, forKey: .thresholds)
        try container.encodeIfPresent(message, forKey: .message)
    }
}

/// The limits set for a version; an absent one does not apply.
package struct ThresholdsView: Sendable, Codable, Equatable {
    /// Share of attempts that fail, 0.0…1.0.
    package var errorRate: Double?
    package var p99LatencyMilliseconds: Double?
    package var p99FirstTokenMilliseconds: Double?
    /// Cost per token against the route's production version.
    package var costSpikeRatio: Double?

    package init(
        errorRate: Double? = nil,
        p99LatencyMilliseconds: Double? = nil,
        p99FirstTokenMilliseconds: Double? = nil,
        costSpikeRatio: Double? = nil
    ) {
        self.errorRate = errorRate
        self.p99LatencyMilliseconds = p99LatencyMilliseconds
        self.p99FirstTokenMilliseconds = p99FirstTokenMilliseconds
        self.costSpikeRatio = costSpikeRatio
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case errorRate = "error_rate"
        case p99LatencyMilliseconds = "p99_latency_ms"
        case p99FirstTokenMilliseconds = "p99_ttft_ms"
        case costSpikeRatio = "cost_spike_ratio"
    }
}

/// A version's answer to a rollback: where it stands now and where its traffic went.
package struct RollbackView: Sendable, Codable {
    package var detail: VersionDetail
    /// The production version that has the traffic now; absent where there was none.
    package var targetVersion: String?
    package var message: String

    package init(detail: VersionDetail, targetVersion: String?, message: String) {
        self.detail = detail
        self.targetVersion = targetVersion
        self.message = message
    }

    private enum CodingKeys: String, CodingKey {
        case targetVersion = "target_version"
        case message
    }

    package init(from decoder: any Decoder) throws {
        detail = try VersionDetail(from: decoder)
        detail.message = nil
        let container = try decoder.container(keyedBy: CodingKeys.self)
        targetVersion = try container.decodeIfPresent(String.self, forKey: .targetVersion)
        message = try container.decode(String.self, forKey: .message)
    }

    package func encode(to encoder: any Encoder) throws {
        try detail.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(targetVersion, forKey: .targetVersion)
        try container.encode(message, forKey: .message)
    }
}

/// What a version has of its route, in `GET /versions/distribution`.
package struct ShareView: Sendable, Codable, Equatable {
    /// As set, 0.0…1.0.
    package var weight: Double
    package var route: String
    package var state: String
    /// The share of the route's traffic it takes, 0.0…1.0.
    package var effectiveWeight: Double

    package init(weight: Double, route: String, state: String, effectiveWeight: Double) {
        self.weight = weight
        self.route = route
        self.state = state
        self.effectiveWeight = effectiveWeight
    }

    private enum CodingKeys: String, CodingKey {
        case weight, route, state
        case effectiveWeight = "effective_weight"
    }
}

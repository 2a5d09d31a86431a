// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// One version: what the list shows, with its config and its thresholds.
package struct VersionDetail: DescribedShape {
    package var version = VersionView()
    package var config = RawJSON(.object([:]))
    package var thresholds = ThresholdsView()
    package var message: String?

    package init() {}

    package static let component = (name: "VersionDetail", about: "A version with config and thresholds.")

    /// What it has in every answer that holds one.
    package static let shared: [Field<VersionDetail>] =
        VersionView.fields.map { $0.within(\VersionDetail.version) } + [
            .must("config", \.config, .object, "As it was registered."),
            .must("thresholds", \.thresholds, .named("Thresholds")),
        ]

    package static let fields: [Field<VersionDetail>] =
        shared + [.may("message", \.message, .string, "What a change did that its caller may not expect.")]
}

/// The limits set for a version; an absent one does not apply.
package struct ThresholdsView: DescribedShape, Equatable {
    package var errorRate: Double?
    package var p99LatencyMilliseconds: Double?
    package var p99FirstTokenMilliseconds: Double?
    package var costSpikeRatio: Double?

    package init() {}

    package static let component = (name: "Thresholds", about: "Limits; an absent one does not apply.")

    package static let fields: [Field<ThresholdsView>] = [
        .may("error_rate", \.errorRate, .share, "Share of attempts that fail, 0.0 to 1.0."),
        .may("p99_latency_ms", \.p99LatencyMilliseconds, .bounded(.number, .above(0)), "Milliseconds."),
        .may(
            "p99_ttft_ms",
            \.p99FirstTokenMilliseconds,
            .bounded(.number, .above(0)),
            "Milliseconds to the first token."
        ),
        .may(
            "cost_spike_ratio",
            \.costSpikeRatio,
            .bounded(.number, .above(0)),
            "Cost per token against the production version."
        ),
    ]

    /// The names of all limits.
    package static let names = fields.map(\.name)
}

/// A version's answer to a rollback: where it stands now and where its traffic went.
package struct RollbackView: DescribedShape {
    package var detail = VersionDetail()
    package var targetVersion: String?
    package var message = ""

    package init() {}

    package static let component = (
        name: "Rollback", about: "The version after its rollback, and where its traffic went."
    )

    package static let fields: [Field<RollbackView>] =
        VersionDetail.shared.map { $0.within(\RollbackView.detail) } + [
            .may(
                "target_version",
                \.targetVersion,
                .string,
                "Who has the traffic now; absent where nobody could take it."
            ),
            .must("message", \.message, .string),
        ]
}

/// What a version has of its route, in `GET /versions/distribution`.
package struct ShareView: DescribedShape, Equatable {
    package var weight = 0.0
    package var route = ""
    package var state = ""
    package var effectiveWeight = 0.0

    package init() {}

    package static let component = (name: "Share", about: "What a version has of its route.")

    package static let fields: [Field<ShareView>] = [
        .must("weight", \.weight, .number),
        .must("route", \.route, .string),
        .must("state", \.state, .state),
        .must("effective_weight", \.effectiveWeight, .number, "The share of the route's traffic it takes."),
    ]
}

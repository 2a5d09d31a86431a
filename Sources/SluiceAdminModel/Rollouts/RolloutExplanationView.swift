// SPDX-License-Identifier: Apache-2.0

/// What happened to a rollout and why.
package struct RolloutExplanationView: DescribedShape {
    package var rolloutID = ""
    package var text = ""
    package var sections: [Section] = []
    package var state: String?
    package var awaited: String?
    package var verdict: RolloutVerdictView?
    package var requests: RolloutRequestsView?
    package var late: Int64?
    package var lostBlocks: Int64?
    package var commands: [String]?

    package init() {}

    package init(rolloutID: String, text: String, sections: [Section]) {
        self.rolloutID = rolloutID
        self.text = text
        self.sections = sections
    }

    package static let component = (
        name: "RolloutExplanation", about: "What happened and why, for someone who was asleep."
    )

    package static let fields: [Field<RolloutExplanationView>] = [
        .must("rollout_id", \.rolloutID, .string),
        .must("text", \.text, .string, "The whole as plain text."),
        .must("sections", \.sections, .array(.named("RolloutExplanationSection"))),
        .may("state", \.state, .string, "The phase in words."),
        .may("awaited", \.awaited, .string, "What is waited for, or how it ended: one sentence."),
        .may("verdict", \.verdict, .named("RolloutVerdict"), "The judge's word, with odds."),
        .may("requests", \.requests, .named("RolloutRequests"), "By the ledger; absent before the start."),
        .may("late", \.late, .integer, "Results that came too late to be counted."),
        .may("lost_blocks", \.lostBlocks, .integer, "Blocks of evidence dropped while the store was away."),
        .may("commands", \.commands, .array(.string), "What could be next, the likeliest first."),
    ]

    package struct Section: DescribedShape {
        package var heading = ""
        package var lines: [String] = []

        package init() {}

        package init(heading: String, lines: [String]) {
            self.heading = heading
            self.lines = lines
        }

        package static let component = (name: "RolloutExplanationSection", about: "A heading and what stands below it.")

        package static let fields: [Field<Section>] = [
            .must("heading", \.heading, .string),
            .must("lines", \.lines, .array(.string)),
        ]
    }
}

/// How the requests of both arms fared, by the ledger: for people, no part of a verdict.
package struct RolloutRequestsView: DescribedShape {
    package var from: String?
    package var until: String?
    package var all = ArmsView()
    package var errors: [ErrorView] = []
    package var production: [VersionView] = []
    package var standsOut: [PartView] = []
    package var values: [ValueView] = []

    package init() {}

    package init(
        from: String?,
        until: String?,
        all: ArmsView,
        errors: [ErrorView],
        production: [VersionView],
        standsOut: [PartView],
        values: [ValueView]
    ) {
        self.from = from
        self.until = until
        self.all = all
        self.errors = errors
        self.production = production
        self.standsOut = standsOut
        self.values = values
    }

    package static let component = (
        name: "RolloutRequests",
        about: "How both arms fared by the ledger in the last hour of the rollout, or less; no part of a verdict."
    )

    package static let fields: [Field<RolloutRequestsView>] = [
        .may("from", \.from, .moment, "The first and the last request that was read; absent where there was none."),
        .may("until", \.until, .moment),
        .must("all", \.all, .named("RolloutArms"), "Events are failures."),
        .must("errors", \.errors, .array(.named("RolloutErrors"))),
        .must("production", \.production, .array(.named("VersionFailures")), "Of each production version."),
        .must(
            "stands_out",
            \.standsOut,
            .array(.named("RolloutPart")),
            "Where the canary is worse and elsewhere is not."
        ),
        .must("values", \.values, .array(.named("RolloutValues")), "Of requests that did not fail."),
    ]

    /// Requests and events of both arms.
    package struct ArmsView: DescribedShape {
        package var canaryRequests: Int64 = 0
        package var canaryEvents: Int64 = 0
        package var baselineRequests: Int64 = 0
        package var baselineEvents: Int64 = 0

        package init() {}

        package init(canary: (requests: Int64, events: Int64), baseline: (requests: Int64, events: Int64)) {
            canaryRequests = canary.requests
            canaryEvents = canary.events
            baselineRequests = baseline.requests
            baselineEvents = baseline.events
        }

        package static let component = (name: "RolloutArms", about: "Requests and events of both arms.")

        package static let fields: [Field<ArmsView>] = [
            .must("canary_requests", \.canaryRequests, .integer),
            .must("canary_events", \.canaryEvents, .integer),
            .must("baseline_requests", \.baselineRequests, .integer),
            .must("baseline_events", \.baselineEvents, .integer),
        ]
    }

    /// One kind of failure.
    package struct ErrorView: DescribedShape {
        package var errorClass = ""
        package var status: Int?
        package var provider = ""
        package var canary: Int64 = 0
        package var baseline: Int64 = 0
        package var example = ExampleView()

        package init() {}

        package init(
            errorClass: String,
            status: Int?,
            provider: String,
            canary: Int64,
            baseline: Int64,
            example: ExampleView
        ) {
            self.errorClass = errorClass
            self.status = status
            self.provider = provider
            self.canary = canary
            self.baseline = baseline
            self.example = example
        }

        package static let component = (name: "RolloutErrors", about: "One kind of failure.")

        package static let fields: [Field<ErrorView>] = [
            .must("error_class", \.errorClass, .string),
            .may("status", \.status, .integer, "The provider's, where there was one."),
            .must("provider", \.provider, .string),
            .must("canary", \.canary, .integer),
            .must("baseline", \.baseline, .integer),
            .must("example", \.example, .named("FailedRequest")),
        ]
    }

    /// A failed request, without content.
    package struct ExampleView: DescribedShape {
        package var requestID = ""
        package var at = ""
        package var versionID = ""
        package var model = ""
        package var milliseconds: Double = 0
        package var stream = false

        package init() {}

        package init(
            requestID: String,
            at: String,
            versionID: String,
            model: String,
            milliseconds: Double,
            stream: Bool
        ) {
            self.requestID = requestID
            self.at = at
            self.versionID = versionID
            self.model = model
            self.milliseconds = milliseconds
            self.stream = stream
        }

        package static let component = (name: "FailedRequest", about: "A failed request, without content.")

        package static let fields: [Field<ExampleView>] = [
            .must("request_id", \.requestID, .string),
            .must("at", \.at, .moment),
            .must("version_id", \.versionID, .string),
            .must("model", \.model, .string),
            .must("duration_ms", \.milliseconds, .number),
            .must("stream", \.stream, .boolean),
        ]
    }

    package struct VersionView: DescribedShape {
        package var versionID = ""
        package var requests: Int64 = 0
        package var failures: Int64 = 0

        package init() {}

        package init(versionID: String, requests: Int64, failures: Int64) {
            self.versionID = versionID
            self.requests = requests
            self.failures = failures
        }

        package static let component = (name: "VersionFailures", about: "Requests of a production version.")

        package static let fields: [Field<VersionView>] = [
            .must("version_id", \.versionID, .string),
            .must("requests", \.requests, .integer),
            .must("failures", \.failures, .integer),
        ]
    }

    /// A part of the traffic.
    package struct PartView: DescribedShape {
        package var event = ""
        package var dimension = ""
        package var value = ""
        package var arms = ArmsView()
        package var leastOdds: Double = 0
        package var limit: Double?

        package init() {}

        package init(
            event: String,
            dimension: String,
            value: String,
            arms: ArmsView,
            leastOdds: Double,
            limit: Double?
        ) {
            self.event = event
            self.dimension = dimension
            self.value = value
            self.arms = arms
            self.leastOdds = leastOdds
            self.limit = limit
        }

        package static let component = (
            name: "RolloutPart", about: "A part of the traffic in which the canary is worse."
        )

        package static let fields: [Field<PartView>] = [
            .must("event", \.event, .oneOf(["failed", "slow", "slow_first_token"])),
            .must("dimension", \.dimension, .oneOf(["answers", "request", "prompt", "endpoint", "model", "team"])),
            .must("value", \.value, .string),
            .must("arms", \.arms, .named("RolloutArms")),
            .must("least_odds", \.leastOdds, .number, "The canary's odds are at least this many times the baseline's."),
            .may("limit_ms", \.limit, .number, "What is called slow: production's p90 of the first quarter."),
        ]
    }

    /// Times or cost of both arms, of requests that did not fail.
    package struct ValueView: DescribedShape {
        package var metric = ""
        package var unit = ""
        package var canary = ArmView()
        package var baseline = ArmView()

        package init() {}

        package init(metric: String, unit: String, canary: ArmView, baseline: ArmView) {
            self.metric = metric
            self.unit = unit
            self.canary = canary
            self.baseline = baseline
        }

        package static let component = (name: "RolloutValues", about: "Times or cost of both arms.")

        package static let fields: [Field<ValueView>] = [
            .must("metric", \.metric, .string),
            .must("unit", \.unit, .string),
            .must("canary", \.canary, .named("ArmValues")),
            .must("baseline", \.baseline, .named("ArmValues")),
        ]
    }

    package struct ArmView: DescribedShape {
        package var requests: Int64 = 0
        package var median: Double?
        package var p99: Double?

        package init() {}

        package init(requests: Int64, median: Double?, p99: Double?) {
            self.requests = requests
            self.median = median
            self.p99 = p99
        }

        package static let component = (name: "ArmValues", about: "The values of one arm.")

        package static let fields: [Field<ArmView>] = [
            .must("requests", \.requests, .integer),
            .may("median", \.median, .number),
            .may("p99", \.p99, .number, "Absent below a hundred requests."),
        ]
    }
}

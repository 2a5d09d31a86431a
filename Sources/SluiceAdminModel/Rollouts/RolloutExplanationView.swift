// SPDX-License-Identifier: Apache-2.0

/// What happened to a rollout and why.
package struct RolloutExplanationView: Sendable, Codable {
    package var rolloutID: String
    /// The whole as plain text.
    package var text: String
    package var sections: [Section]
    /// The phase in words; absent from older servers, as what follows.
    package var state: String?
    /// What is waited for, or how it ended: one sentence.
    package var awaited: String?
    /// The judge's word, with the odds that are not excluded.
    package var verdict: RolloutVerdictView?
    /// What the ledger shows; absent where the rollout has not started.
    package var requests: RolloutRequestsView?
    /// Results that came too late to be counted.
    package var late: Int64?
    /// Blocks of evidence that were dropped because the store could not take them for too long.
    package var lostBlocks: Int64?
    /// Commands that could be next, the likeliest first.
    package var commands: [String]?

    package init(rolloutID: String, text: String, sections: [Section]) {
        self.rolloutID = rolloutID
        self.text = text
        self.sections = sections
    }

    private enum CodingKeys: String, CodingKey {
        case rolloutID = "rollout_id"
        case text, sections, state, awaited, verdict, requests, late, commands
        case lostBlocks = "lost_blocks"
    }

    package struct Section: Sendable, Codable {
        package var heading: String
        package var lines: [String]

        package init(heading: String, lines: [String]) {
            self.heading = heading
            self.lines = lines
        }
    }
}

/// How the requests of both arms fared, by the ledger: for people, no part of a verdict.
package struct RolloutRequestsView: Sendable, Codable {
    /// The first and the last request that was read; absent where there was none.
    package var from: String?
    package var until: String?
    package var all: ArmsView
    package var errors: [ErrorView]
    /// Of each production version.
    package var production: [VersionView]
    /// Parts of the traffic in which the canary is worse, while elsewhere that is not shown.
    package var standsOut: [PartView]
    package var values: [ValueView]

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

    private enum CodingKeys: String, CodingKey {
        case from, until, all, errors, production, values
        case standsOut = "stands_out"
    }

    /// Requests and events of both arms.
    package struct ArmsView: Sendable, Codable {
        package var canaryRequests: Int64
        package var canaryEvents: Int64
        package var baselineRequests: Int64
        package var baselineEvents: Int64

        package init(canary: (requests: Int64, events: Int64), baseline: (requests: Int64, events: Int64)) {
            canaryRequests = canary.requests
            canaryEvents = canary.events
            baselineRequests = baseline.requests
            baselineEvents = baseline.events
        }

        private enum CodingKeys: String, CodingKey {
            case canaryRequests = "canary_requests"
            case canaryEvents = "canary_events"
            case baselineRequests = "baseline_requests"
            case baselineEvents = "baseline_events"
        }
    }

    /// One kind of failure.
    package struct ErrorView: Sendable, Codable {
        package var errorClass: String
        /// The provider's, where there was one.
        package var status: Int?
        package var provider: String
        package var canary: Int64
        package var baseline: Int64
        package var example: ExampleView

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

        private enum CodingKeys: String, CodingKey {
            case errorClass = "error_class"
            case status, provider, canary, baseline, example
        }
    }

    /// A failed request, without content.
    package struct ExampleView: Sendable, Codable {
        package var requestID: String
        package var at: String
        package var versionID: String
        package var model: String
        package var milliseconds: Double
        package var stream: Bool

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

        private enum CodingKeys: String, CodingKey {
            case requestID = "request_id"
            case at
            case versionID = "version_id"
            case model
            case milliseconds = "duration_ms"
            case stream
        }
    }

    package struct VersionView: Sendable, Codable {
        package var versionID: String
        package var requests: Int64
        package var failures: Int64

        package init(versionID: String, requests: Int64, failures: Int64) {
            self.versionID = versionID
            self.requests = requests
            self.failures = failures
        }

        private enum CodingKeys: String, CodingKey {
            case versionID = "version_id"
            case requests, failures
        }
    }

    /// A part of the traffic.
    package struct PartView: Sendable, Codable {
        /// `failed`, `slow` or `slow_first_token`.
        package var event: String
        /// `answers`, `prompt`, `endpoint`, `model` or `team`.
        package var dimension: String
        package var value: String
        package var arms: ArmsView
        /// The canary's odds are at least this many times the baseline's.
        package var leastOdds: Double
        /// Of times: what is called slow, milliseconds.
        package var limit: Double?

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

        private enum CodingKeys: String, CodingKey {
            case event, dimension, value, arms
            case leastOdds = "least_odds"
            case limit = "limit_ms"
        }
    }

    /// Times or cost of both arms, of requests that did not fail.
    package struct ValueView: Sendable, Codable {
        package var metric: String
        /// `ms` or `usd`.
        package var unit: String
        package var canary: ArmView
        package var baseline: ArmView

        package init(metric: String, unit: String, canary: ArmView, baseline: ArmView) {
            self.metric = metric
            self.unit = unit
            self.canary = canary
            self.baseline = baseline
        }
    }

    package struct ArmView: Sendable, Codable {
        package var requests: Int64
        package var median: Double?
        /// Absent below a hundred requests.
        package var p99: Double?

        package init(requests: Int64, median: Double?, p99: Double?) {
            self.requests = requests
            self.median = median
            self.p99 = p99
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceRelease

extension Components {
    private static let weight = Component.Field.may("weight", .number, "0.0 to 1.0; absent for a gate.")

    private static let rolloutFields: [Component.Field] = [
        .must("rollout_id", .string), .must("route", .string), .must("canary", .string),
        .may("baseline", .string, "The production version it is judged against; of several the newest."),
        .may("production", .array(.named("ProductionShare")), "All production versions it is (or was) judged against."),
        .must("phase", .oneOf(["pending", "progressing", "paused", "baking", "completed", "aborted"])),
        .must("state", .string, "The phase in words."),
        .must("awaited", .string, "What is waited for, or how it ended: one sentence."),
        .must("open", .boolean, "Whether it still holds its route."),
        .must("frozen", .boolean, "Whether evidence cannot be stored at the moment: nothing moves."),
        .must("step", .integer, "From 1: the step that runs, or ran last."),
        .must("steps", .array(.named("RolloutStep"))),
        .must("effective_weight", .number, "The canary's share of the route's traffic now."),
        .must("holdback", .number, "Share that stays on the former version at a weight of 100 %."),
        .may("verdict", .named("RolloutVerdict")), .may("canary_metrics", .named("Metrics")),
        .may("baseline_metrics", .named("Metrics")), .may("started_at", .moment), .may("step_started_at", .moment),
        .must("created_at", .moment), .must("created_by", .string), .must("updated_at", .moment),
    ]

    private static let evidenceFields: [Component.Field] = [
        .must("metric", .string), .must("standing", .oneOf(["regressed", "certified", "undecided", "no_data"])),
        .must("log_evidence", .number), .may("p99_log_evidence", .number, "At p99 alone, for values."),
        .may("quantile", .number, "Of values: events are above this quantile of the baseline, times the tolerance."),
        .must("canary_requests", .integer), .must("canary_events", .integer), .must("baseline_requests", .integer),
        .must("baseline_events", .integer),
        .may("evidence", .number, "E: a stake of 1 that has grown to this; no probability."),
        .may("odds", .named("OddsRange"), "In explanations: the canary's odds over the baseline's."),
        .may("versions", .array(.named("VersionEvidence")), "Where several production versions are kept apart."),
    ]

    private static let estimateStepFields: [Component.Field] = [
        .must("step", .integer, "From 1."), weight, .must("seconds", .integer, "It lasts at least so long."),
        .must("canary_requests", .number, "Expected in that time."),
        .may("seconds_to_find_errors", .number, "Until errors of 5 %, or five times the baseline's, are found."),
        .may("least_detectable_error_rate", .number, "Expected to be found within the step."),
        .may("seconds_to_certificate", .number), .may("warning", .string),
    ]

    private static let arms: [Component.Field] = [
        .must("canary_requests", .integer), .must("canary_events", .integer), .must("baseline_requests", .integer),
        .must("baseline_events", .integer),
    ]

    /// How the requests of a rollout fared, for people.
    static let rolloutRequests: [Component] = [
        Component(
            name: "RolloutRequests",
            about: "How both arms fared by the ledger in the last hour of the rollout, or less; no part of a verdict.",
            fields: [
                .may("from", .moment), .may("until", .moment),
                .must("all", .named("RolloutArms"), "Events are failures."),
                .must("errors", .array(.named("RolloutErrors"))),
                .must("production", .array(.named("VersionFailures"))),
                .must("stands_out", .array(.named("RolloutPart")), "Where the canary is worse and elsewhere is not."),
                .must("values", .array(.named("RolloutValues")), "Of requests that did not fail."),
            ]
        ),
        Component(name: "RolloutArms", about: "Requests and events of both arms.", fields: arms),
        Component(
            name: "RolloutErrors",
            about: "One kind of failure.",
            fields: [
                .must("error_class", .string), .may("status", .integer, "The provider's, where there was one."),
                .must("provider", .string), .must("canary", .integer), .must("baseline", .integer),
                .must("example", .named("FailedRequest")),
            ]
        ),
        Component(
            name: "FailedRequest",
            about: "A failed request, without content.",
            fields: [
                .must("request_id", .string), .must("at", .moment), .must("version_id", .string),
                .must("model", .string), .must("duration_ms", .number), .must("stream", .boolean),
            ]
        ),
        Component(
            name: "VersionFailures",
            about: "Requests of a production version.",
            fields: [.must("version_id", .string), .must("requests", .integer), .must("failures", .integer)]
        ),
        Component(
            name: "RolloutPart",
            about: "A part of the traffic in which the canary is worse.",
            fields: [
                .must("event", .oneOf(["failed", "slow", "slow_first_token"])),
                .must("dimension", .oneOf(["answers", "request", "prompt", "endpoint", "model", "team"])),
                .must("value", .string), .must("arms", .named("RolloutArms")),
                .must("least_odds", .number, "The canary's odds are at least this many times the baseline's."),
                .may("limit_ms", .number, "What is called slow: production's p90 of the first quarter."),
            ]
        ),
        Component(
            name: "RolloutValues",
            about: "Times or cost of both arms.",
            fields: [
                .must("metric", .oneOf(Metric.values.map(\.rawValue))),
                .must("unit", .oneOf(MetricFacts.Unit.allCases.map(\.rawValue))),
                .must("canary", .named("ArmValues")), .must("baseline", .named("ArmValues")),
            ]
        ),
        Component(
            name: "ArmValues",
            about: "The values of one arm.",
            fields: [
                .must("requests", .integer), .may("median", .number),
                .may("p99", .number, "Absent below a hundred requests."),
            ]
        ),
    ]

    static let rollouts: [Component] = [
        Component(name: "Rollout", about: "A rollout and what is known of it now.", fields: rolloutFields),
        Component(
            name: "ProductionShare",
            about: "A production version and its weight.",
            fields: [.must("version_id", .string), .must("weight", .number, "0.0 to 1.0.")]
        ),
        Component(
            name: "RolloutStep",
            about: "A weight that is held, or a gate.",
            fields: [
                weight, .may("gate", .oneOf(["manual"])), .may("seconds", .integer), .may("bake", .boolean),
                .may("min_requests", .integer), .may("require", .oneOf(["certificate"])),
            ]
        ),
        Component(
            name: "RolloutVerdict",
            about: "What the judge says, with the evidence for it.",
            fields: [
                .must("decision", .oneOf(["advance", "hold", "rollback", "waiting"])),
                .must("reasons", .array(.named("RolloutReason"))),
                .must("log_evidence", .number, "log E of all metrics that may roll back; the ends are +-1000000."),
                .must("log_threshold", .number, "log(1/alpha): here the canary is rolled back."),
                .may("evidence", .number, "E: a stake of 1 that has grown to this; no probability."),
                .may("threshold", .number, "1/alpha: at this evidence the canary is rolled back."),
                .may("p_value", .number, "Valid whenever it is read; absent as long as it says nothing."),
                .may("top_metric", .string),
                .must("step_requests", .integer, "Canary requests in the step."),
                .must("metrics", .array(.named("MetricEvidence"))),
            ]
        ),
        Component(
            name: "RolloutReason",
            about: "One reason of a verdict.",
            fields: [
                .must("code", .string), .may("metric", .string),
                .may("setting", .string, "What in the plan would have let it pass."), .must("text", .string),
            ]
        ),
        Component(
            name: "OddsRange",
            about: "Odds ratios that are not excluded, however often one looks.",
            fields: [
                .may("lower", .number, "Shown to be above this many times; absent where nothing is shown."),
                .may("upper", .number, "Shown to be below this many times."), .must("level", .number, "Such as .95."),
            ]
        ),
        Component(
            name: "VersionEvidence",
            about: "The evidence against one of several production versions.",
            fields: [
                .must("version_id", .string), .must("log_evidence", .number), .must("canary_requests", .integer),
                .must("canary_events", .integer), .must("baseline_requests", .integer),
                .must("baseline_events", .integer),
            ]
        ),
        Component(name: "MetricEvidence", about: "The evidence of one metric.", fields: evidenceFields),
        Component(
            name: "RolloutRequest",
            about: "A new rollout, or a plan to try.",
            fields: [
                .must("version_id", .id, "The canary."),
                .may(
                    "plan",
                    .either([.object, .string]),
                    "A plan's object, or a preset's name: careful (default), steps, quick."
                ),
                .may("name", .string, "Default: the plan's name, or one made from the canary's id."),
                .may("route", .id, "Checked where given."), .may("baseline", .id, "Checked where given."),
                .may("start", .boolean, "false: make it, and wait for start. Default true."),
                .may(
                    "force",
                    .boolean,
                    "Start although the price cards break the plan, or production a ceiling, then only shown."
                ),
                .may("reason", .reason),
            ]
        ),
        Component(
            name: "PromoteRequest",
            about: "How far.",
            fields: [
                .may("to", .oneOf(["next", "full"]), "Default next."),
                .may(
                    "step",
                    .integer(in: 1...Plan.stepLimit),
                    "The step that is meant, from 1; 409 where another runs by now."
                ),
                .may("reason", .reason),
            ]
        ),
        Component(
            name: "ExtendRequest",
            about: "Further steps behind a gate.",
            fields: [
                .must(
                    "steps",
                    .list(of: .object, 1...Plan.stepLimit),
                    "As in a plan; the first weight is above the present one."
                ),
                .may("reason", .reason),
            ]
        ),
        Component(
            name: "RolloutEstimate",
            about: "What a plan would find out at the route's traffic.",
            fields: [
                .must("route", .string), .must("canary", .string), .may("baseline", .string),
                .must("production", .array(.string), "Every version that the canary would be compared with."),
                .must("requests_per_second", .number, "Of the whole route; 0 where nothing is known."),
                .must("baseline_error_rate", .number, "Of the production versions together."),
                .must("steps", .array(.named("RolloutEstimateStep"))),
                .may("price_ratio", .number, "Canary over baseline by the price cards."),
                .may("price_limit", .number, "Above it the plan refuses."),
                .must("too_dear", .boolean, "Starting is refused unless forced."),
                .must("bursts", .string, "Which rule on bursts holds, and why."),
                .must("limits", .array(.named("PlanLimit")), "Each beside what production did in the last hour."),
                .must("warnings", .array(.string)),
            ]
        ),
        Component(
            name: "PlanLimit",
            about: "A ceiling or a tolerance of a plan beside what production did in the last hour.",
            fields: [
                .must("metric", .string), .must("kind", .oneOf(["ceiling", "tolerance"])),
                .must("unit", .oneOf(PlanLimit.Unit.allCases.map(\.rawValue))),
                .may("quantile", .number, "Of times: what is compared, 0.0 to 1.0."),
                .may("factor", .number, "Of a tolerance: times, or for errors a ratio of odds."),
                .may("limit", .number), .may("production", .number, "Absent where too little was seen."),
                .must("requests", .integer, "Of production, that tell it."),
                .must("broken", .boolean, "Starting is refused unless forced: production is shown to be above it."),
                .may("unclear", .boolean, "Production's figure is above it, of too few requests to tell."),
            ]
        ),
        Component(name: "RolloutEstimateStep", about: "One step of it.", fields: estimateStepFields),
        Component(
            name: "SelfTestRequest",
            about: "Which traffic is split, and how.",
            fields: [
                .must("route", .id),
                .may(
                    "share",
                    .bounded(.number, .fractions(0.001, 0.5)),
                    "Of the pretended canary, 0.001 to 0.5; default 0.05."
                ),
                .may("salts", .integer(in: 1...1_000), "Splits, 1 to 1000; default 100."),
            ]
        ),
        Component(
            name: "SelfTest",
            about: "How often a canary that is production itself would have been rolled back.",
            fields: [
                .must("route", .string), .must("share", .number),
                .must("salts", .integer, "Splits that were judged: fewer than asked where time was up."),
                .must("rolled_back", .integer), .must("false_alarm_rate", .number, "rolled_back over salts."),
                .must("by_metric", .map(.integer)), .must("alpha", .number, "The bound that the judge keeps to."),
                .must("requests", .integer), .must("failures", .integer), .may("from", .moment), .may("until", .moment),
                .must("largest_log_evidence", .number, "Of all splits."),
            ]
        ),
        Component(
            name: "RolloutExplanation",
            about: "What happened and why, for someone who was asleep.",
            fields: [
                .must("rollout_id", .string), .must("text", .string, "The whole as plain text."),
                .must("sections", .array(.named("RolloutExplanationSection"))),
                .may("state", .string, "The phase in words."),
                .may("awaited", .string, "What is waited for, or how it ended: one sentence."),
                .may("verdict", .named("RolloutVerdict"), "The judge's word, with odds."),
                .may("requests", .named("RolloutRequests"), "By the ledger; absent before the start."),
                .may("late", .integer, "Results that came too late to be counted."),
                .may("lost_blocks", .integer, "Blocks of evidence dropped while the store was away."),
                .may("commands", .array(.string), "What could be next, the likeliest first."),
            ]
        ),
        Component(
            name: "RolloutExplanationSection",
            about: "A heading and what stands below it.",
            fields: [.must("heading", .string), .must("lines", .array(.string))]
        ),
        Component(
            name: "RolloutReplay",
            about: "The verdicts, computed again from the log.",
            fields: [
                .must("rollout_id", .string), .must("entries", .integer), .must("blocks", .integer),
                .may("agrees", .boolean, "The log gives the recorded verdict again, bit for bit."),
                .must("turns", .array(.named("RolloutTurn"))), .may("last", .named("RolloutVerdict")),
                .may("recorded", .named("RolloutVerdict"), "The verdict that was acted upon last."),
            ]
        ),
        Component(
            name: "RolloutTurn",
            about: "A verdict that differs from the one before.",
            fields: [
                .must("sequence", .integer, "Of the log's entry, from 1."), .must("at", .moment),
                .must("verdict", .named("RolloutVerdict")),
            ]
        ),
    ]
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import Testing

@Suite("Plan of a rollout")
struct PlanTests {
    private func plan(_ json: String, thresholds: Thresholds = Thresholds()) throws -> Plan {
        try Plan(validating: JSONValue(parsing: json), thresholds: thresholds)
    }

    @Test("reads steps, gates, certificates, bakes and shares in both spellings")
    func reads() throws {
        let plan = try plan(
            """
            {"steps": [{"weight": "5%", "for": "48h", "min_requests": 100}, {"weight": 0.25, "for": "7d", "require": "certificate"},
                       {"gate": "manual"}, {"weight": "100%", "bake": "24h"}], "holdback": "1%", "alpha": 0.005}
            """
        )
        #expect(plan.steps.count == 4)
        #expect(
            plan.steps[0]
                == .hold(Plan.Hold(weight: try #require(BasisPoints(500)), seconds: 172_800, minimumRequests: 100))
        )
        #expect(
            plan.steps[1]
                == .hold(Plan.Hold(weight: try #require(BasisPoints(2_500)), seconds: 604_800, certificates: [.error]))
        )
        #expect(plan.steps[2] == .gate)
        #expect(plan.steps[3] == .hold(Plan.Hold(weight: .all, seconds: 86_400, isBake: true)))
        #expect(plan.holdback.rawValue == 100 && plan.judging.alpha == 0.005)
        #expect(plan.minutes == (172_800 + 604_800 + 86_400 + 86_400) / 60)
        #expect(plan.judging.funding.planMinutes == plan.minutes)
    }

    @Test("presets are the documented ones")
    func presets() throws {
        #expect(try plan(#"{"preset": "careful"}"#).steps.count == 3)
        #expect(try plan(#"{"preset": "steps"}"#).steps.count == 5)
        #expect(try plan(#"{"preset": "quick"}"#).minutes == 60)
    }

    @Test("what a burst may say is read, and can be left out")
    func burst() throws {
        func limit(_ text: String) throws -> BurstLimit? { try plan(#"{"preset": "careful"\#(text)}"#).judging.burst }
        #expect(try limit("") == BurstLimit(cluster: 20, cap: 8.5))
        #expect(try limit(#", "burst": "on""#) == BurstLimit(cluster: 20, cap: 8.5))
        #expect(try limit(#", "metrics": [{"error": {"tolerance_odds": 1}}]"#) == BurstLimit(cluster: 20, cap: 6))
        #expect(try limit(#", "burst": {"cluster": "10s", "cap": 5}"#) == BurstLimit(cluster: 10, cap: 5))
        #expect(try limit(#", "burst": {"cap": 5}"#) == BurstLimit(cluster: 20, cap: 5))
        #expect(try limit(#", "burst": {"cluster": "1m"}"#) == BurstLimit(cluster: 60, cap: 8.5))
        #expect(try limit(#", "burst": "off""#) == nil)
        #expect(try limit(#", "burst": false"#) == nil)
        for text in [#"{"cluster": "2h"}"#, #"{"cap": 1}"#, #"{"clusters": "2s"}"#, #""sometimes""#] {
            let error = #expect(throws: PlanError.self) { try limit(#", "burst": \#(text)"#) }
            #expect(error?.field.hasPrefix("burst") == true)
        }
    }

    @Test("bursts are not limited where both arms have the same targets, unless the plan says so; the plan tells why")
    func oneSource() throws {
        func plan(_ text: String, _ isOneSource: Bool) throws -> Plan {
            let circumstances = BurstCircumstances(isOneSource: isOneSource, learnt: 60)
            return try Plan(validating: JSONValue(parsing: text), burst: circumstances)
        }
        let short = #"{"steps": [{"weight": "5%", "for": "5m"}, {"weight": "100%"}]"#
        let careful = #"{"preset": "careful""#
        for (text, isOneSource, cluster, reason) in [
            (careful + "}", true, nil, Plan.BurstReason.oneSource), (careful + "}", false, 60, .otherSource),
            (careful + #", "burst": "auto"}"#, true, nil, .oneSource),
            (careful + #", "burst": "on"}"#, true, 60, .named),
            (careful + #", "burst": {"cluster": "30s"}}"#, true, 30, .named),
            (careful + #", "burst": "off"}"#, false, nil, .off), (short + "}", true, nil, .oneSource),
            (short + "}", false, nil, .shortStep),
        ] {
            let plan = try plan(text, isOneSource)
            #expect(plan.judging.burst?.cluster == cluster, "\(text)")
            #expect(plan.burstReason == reason, "\(text)")
        }
    }

    @Test("a plan that leaves it open follows production as it is when it starts; one that says so does not")
    func settledBurst() throws {
        var open = try Plan(
            validating: JSONValue(parsing: #"{"preset": "careful"}"#),
            burst: BurstCircumstances(isOneSource: true)
        )
        open.settleBurst(isOneSource: true)
        #expect(open.judging.burst == nil && open.brakeTolerance == Plan.standardBrakeSeconds)
        open.settleBurst(isOneSource: false)
        #expect(open.judging.burst == BurstLimit(cluster: 20, cap: 8.5) && open.burstReason == .otherSource)
        #expect(open.brakeTolerance == 25)
        open.settleBurst(isOneSource: true)
        #expect(open.judging.burst == nil && open.burstReason == .oneSource)
        var named = try plan(#"{"preset": "careful", "burst": "on"}"#)
        let before = named
        named.settleBurst(isOneSource: true)
        #expect(named == before)
    }

    @Test(
        "what the route's history tells of bursts makes clusters longer, never shorter, where the plan leaves it open"
    )
    func learntBurst() throws {
        func cluster(_ text: String, _ learnt: Int?) throws -> Int? {
            let circumstances = BurstCircumstances(learnt: learnt)
            return try Plan(validating: JSONValue(parsing: Array(text.utf8)), burst: circumstances).judging.burst?
                .cluster
        }
        let careful = #"{"preset": "careful"}"#
        #expect(try cluster(careful, nil) == 20)
        #expect(try cluster(careful, 6) == 20)
        #expect(try cluster(careful, 60) == 60)
        #expect(try cluster(#"{"preset": "careful", "burst": {"cap": 4}}"#, 60) == 60)
        #expect(try cluster(#"{"preset": "careful", "burst": {"cluster": "30s"}}"#, 60) == 30)
        #expect(try cluster(#"{"preset": "careful", "burst": "off"}"#, 60) == nil)
        // A cluster is a thirtieth of the shortest step at most.
        let short = #"{"steps": [{"weight": "5%", "for": "20m"}, {"weight": "100%"}]}"#
        #expect(try cluster(short, 120) == 40)
        #expect(try cluster(#"{"steps": [{"weight": "5%", "for": "5m"}, {"weight": "100%"}]}"#, 120) == nil)
    }

    @Test("without metrics the version's thresholds are ceilings, and the defaults stand")
    func defaults() throws {
        let plain = try plan(#"{"preset": "quick"}"#)
        let error = try #require(plain.judging.metrics.first { $0.metric == .error })
        #expect(error.tolerance == 1.5 && error.ceiling?.share == 0.05 && error.onRegression == .rollback)
        let latency = try #require(plain.judging.metrics.first { $0.metric == .latency })
        #expect(latency.ceiling == nil, "what is slow is a matter of the model")
        #expect(plain.judging.metrics.first { $0.metric == .quota }?.onRegression == .hold)
        let own = try plan(
            #"{"preset": "quick"}"#,
            thresholds: Thresholds(errorRate: 0.02, p99LatencyMilliseconds: 900, costSpikeRatio: 1.3)
        )
        #expect(own.judging.metrics.first { $0.metric == .error }?.ceiling?.share == 0.02)
        #expect(own.judging.metrics.first { $0.metric == .latency }?.ceiling?.above == 900)
        #expect(own.judging.metrics.first { $0.metric == .cost }?.tolerance == 1.3)
    }

    @Test("metrics are read with tolerance, ceiling, weight and reaction")
    func metrics() throws {
        let plan = try plan(
            """
            {"preset": "careful", "metrics": [{"error": {"tolerance_odds": 2, "ceiling": "4%", "weight": 0.6}},
              {"latency": {"tolerance": "none", "ceiling": {"p95": "2s"}, "on_regression": "hold"}}]}
            """
        )
        let rules = plan.judging.metrics
        #expect(rules.map(\.metric) == [.error, .latency, .quota, .credential])
        #expect(
            rules[0].tolerance == 2 && rules[0].ceiling == MetricRule.Ceiling(share: 0.04) && rules[0].weight == 0.6
        )
        #expect(rules[1].tolerance == nil && rules[1].ceiling == MetricRule.Ceiling(share: 0.05, above: 2_000))
        #expect(rules[1].onRegression == .hold)
    }

    @Test("with quality, what breaks programs rolls back, what may be taste holds; the rest is judged as ever")
    func quality() throws {
        let plain = try plan(#"{"preset": "careful"}"#).judging.metrics
        let rules = try plan(#"{"preset": "careful", "quality": true}"#).judging.metrics
        #expect(rules.filter { rule in plain.contains { $0.metric == rule.metric } } == plain)
        let added = rules.filter { rule in !plain.contains { $0.metric == rule.metric } }
        let reactions = Dictionary(uniqueKeysWithValues: added.map { ($0.metric.rawValue, $0.onRegression) })
        #expect(
            reactions == [
                "invalid_tool_call": .rollback, "invalid_json": .rollback, "empty_answer": .rollback,
                "finish_length": .hold, "refusal": .hold, "content_filter": .hold, "output_tokens": .hold,
            ]
        )
        let named = try plan(
            #"{"preset": "careful", "quality": true, "metrics": {"error": {}, "refusal": {"on_regression": "rollback"}}}"#
        ).judging.metrics
        #expect(named.first { $0.metric.rawValue == "refusal" }?.onRegression == .rollback)
        #expect(named.contains { $0.metric.rawValue == "invalid_json" } && !named.contains { $0.metric == .latency })
        let single = try plan(#"{"preset": "careful", "metrics": {"invalid_json": {}, "output_tokens": {}}}"#)
        #expect(single.judging.metrics.map(\.onRegression) == [.rollback, .hold, .hold, .hold])
    }

    @Test("what is wrong is told with what could stand there")
    func examples() throws {
        func message(_ text: String) -> String {
            let error = #expect(throws: PlanError.self) { try plan(#"{"preset": "careful", \#(text)}"#) }
            return error?.message ?? ""
        }
        #expect(message(#""burst": "yes""#).contains("auto, on or off"))
        #expect(message(#""brake": "never""#).contains("such as {rollback_after: 60s}"))
        #expect(message(#""metrics": {"latency": {"ceiling": "5%"}}"#).contains("such as {p99: 500ms}"))
        #expect(message(#""warmth": 1"#).hasPrefix("unknown field. Known here:"))
    }

    @Test("a refused credential is believed at once, unless it is to roll back; nothing else is")
    func believed() throws {
        func believed(_ text: String) throws -> [MetricID] {
            try plan(#"{"preset": "careful"\#(text)}"#).judging.metrics.filter { $0.ignoresBurstLimit == true }
                .map(\.metric)
        }
        #expect(try believed("") == [.credential])
        #expect(try believed(#", "metrics": {"error": {}}"#) == [.credential])
        #expect(
            try believed(#", "metrics": {"error": {}, "credential": {"on_regression": "notify"}}"#) == [.credential]
        )
        #expect(try believed(#", "metrics": {"error": {}, "credential": {"on_regression": "rollback"}}"#).isEmpty)
    }

    @Test("the quiet time of a hold is two minutes, or what the plan says")
    func quiet() throws {
        #expect(try plan(#"{"preset": "quick"}"#).quiet == 120)
        #expect(try plan(#"{"preset": "quick", "quiet": "10m"}"#).quiet == 600)
    }

    @Test("a ceiling that is only shown decides nothing; a metric of nothing else is shown as a whole")
    func shown() throws {
        var plan = try plan(
            """
            {"preset": "quick", "metrics": {"error": {"ceiling": "5%"}, "latency": {"ceiling": {"p99": "500ms"}},
              "ttft": {"tolerance": "none", "ceiling": {"p99": "100ms"}}}}
            """
        )
        plan.showOnly(ceilingsOf: [.latency, .ttft])
        let rules = Dictionary(uniqueKeysWithValues: plan.judging.metrics.map { ($0.metric, $0) })
        #expect(rules[.error]?.ceiling != nil)
        #expect(rules[.latency]?.ceiling == nil && rules[.latency]?.tolerance == 1.2)
        #expect(rules[.latency]?.onRegression == .rollback)
        #expect(rules[.ttft]?.ceiling != nil && rules[.ttft]?.onRegression == .display)
        #expect(plan.shownCeilings?.map(\.metric) == [.latency, .ttft])
    }

    @Test(
        "what is wrong is named by step and field",
        arguments: [
            ("[]", ""), ("{}", "steps"), (#"{"steps": []}"#, "steps"), (#"{"preset": "x"}"#, "preset"),
            (#"{"preset": "quick", "steps": [{"weight": 1}]}"#, "preset"),
            (#"{"steps": [{"weight": 1.5}]}"#, "steps[0].weight"), (#"{"steps": [{"weight": 0}]}"#, "steps[0].weight"),
            (#"{"steps": [{"for": "1h"}]}"#, "steps[0].weight"), (#"{"steps": [{"gate": "manual"}]}"#, "steps[0].gate"),
            (#"{"steps": [{"weight": 0.5, "for": "soon"}]}"#, "steps[0].for"),
            (#"{"steps": [{"weight": 0.5}, {"weight": 0.4}]}"#, "steps[1].weight"),
            (#"{"steps": [{"weight": 0.5, "bake": "1h"}]}"#, "steps[0].bake"),
            (#"{"steps": [{"weight": 0.5, "wait": "1h"}]}"#, "steps[0].wait"),
            (#"{"steps": [{"weight": 0.5, "require": "luck"}]}"#, "steps[0].require"),
            (#"{"steps": [{"weight": 0.5, "min_requests": -1}]}"#, "steps[0].min_requests"),
            (#"{"steps": [{"shadow": {}}]}"#, "steps[0].shadow"),
            (#"{"preset": "quick", "holdback": "60%"}"#, "holdback"), (#"{"preset": "quick", "alpha": 2}"#, "alpha"),
            (#"{"preset": "quick", "alpa": 0.1}"#, "alpa"),
            (#"{"preset": "quick", "no_traffic": {"do": "promote"}}"#, "no_traffic.do"),
            (#"{"preset": "quick", "metrics": {"errors": {}}}"#, "metrics.errors"),
            (#"{"preset": "quick", "metrics": {"error": {"ceiling": 7}}}"#, "metrics.error.ceiling"),
            (#"{"preset": "quick", "metrics": {"cost": {"tolerance": "none"}}}"#, "metrics.cost"),
            (#"{"preset": "quick", "metrics": {"error": {"weight": 0}}}"#, "metrics.error.weight"),
            (#"{"preset": "quick", "metrics": {}}"#, "metrics"), (#"{"preset": "quick", "metrics": []}"#, "metrics"),
            (
                #"{"preset": "quick", "metrics": {"latency": {"ceiling": {"p99": "5s", "p50": "1s"}}}}"#,
                "metrics.latency.ceiling"
            ),
            (#"{"steps": [{"weight": "5%", "warm_up": "5s"}, {"weight": 1}]}"#, "steps[0].warm_up"),
            (#"{"steps": [{"weight": "0.001%", "for": "1h"}]}"#, "steps[0].weight"),
            (#"{"preset": "quick", "metrics": [{"error": {}}, {"error": {}}]}"#, "metrics.error"),
            (#"{"preset": "quick", "on_regression": "explode"}"#, "on_regression"),
            (#"{"preset": "quick", "quiet": "1s"}"#, "quiet"), (#"{"preset": "quick", "quiet": 2}"#, "quiet"),
            (#"{"preset": "quick", "burst": {"cap": 1}}"#, "burst.cap"), (#"{"preset": "quick", "burst": 5}"#, "burst"),
            (#"{"preset": "quick", "burst": {"cluster": "2h"}}"#, "burst.cluster"),
        ]
    )
    func refuses(json: String, field: String) throws {
        let error = #expect(throws: PlanError.self) { try plan(json) }
        #expect(error?.field == field, "\(error.map(String.init(describing:)) ?? "")")
    }
}

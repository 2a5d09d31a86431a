// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore
import SluiceNode
import Testing

@testable import sluice

@Suite("Rollout commands")
struct RolloutCommandTests {
    private let now = Timestamp(milliseconds: 1_767_225_605_250)

    private func view(
        _ id: String = "r1",
        phase: String = "progressing",
        open: Bool = true,
        step: Int = 1
    ) -> RolloutView {
        var hold = RolloutStepView()
        hold.weight = 0.05
        hold.seconds = 172_800
        hold.minRequests = 500
        var gate = RolloutStepView()
        gate.gate = "manual"
        var bake = RolloutStepView()
        bake.weight = 1
        bake.seconds = 86_400
        bake.bake = true
        return RolloutView(
            rolloutID: id,
            route: "chat",
            canary: "v2",
            baseline: "v1",
            phase: phase,
            state: phase,
            awaited: "Waits.",
            open: open,
            frozen: false,
            step: step,
            steps: [hold, gate, bake],
            effectiveWeight: 0.05,
            holdback: 0,
            createdAt: "2026-01-01T00:00:00Z",
            createdBy: "me",
            updatedAt: "2026-01-01T00:00:00Z"
        )
    }

    private func judged(_ view: RolloutView) -> RolloutView {
        var view = view
        let metric = RolloutVerdictView.MetricEvidenceView(
            metric: "latency",
            standing: "undecided",
            logEvidence: 1.0986122886681098,
            p99LogEvidence: nil,
            quantile: 0.99,
            canary: (120, 5),
            baseline: (2_000, 21)
        )
        view.verdict = RolloutVerdictView(
            decision: "waiting",
            reasons: [],
            logEvidence: 2.302585092994046,
            logThreshold: 4.605170185988092,
            pValue: 0.1,
            topMetric: "latency",
            stepRequests: 120,
            metrics: [metric]
        )
        return view
    }

    @Test("the plan is one line with the running step in brackets")
    func steps() {
        #expect(RolloutLines.steps(view()) == "[5% 2d 500 requests] > gate > 100% bake 24h")
        #expect(RolloutLines.steps(view(step: 2)) == "5% 2d 500 requests > [gate] > 100% bake 24h")
    }

    @Test("the screen has both arms, the evidence against its limit, and what is awaited")
    func screen() {
        let lines = RolloutScreen(judged(view())).lines
        #expect(lines.contains("awaited   Waits."))
        let latency = lines.first { $0.contains("latency above p99") }?.split(separator: " ").map(String.init) ?? []
        #expect(latency.contains("3") && latency.joined(separator: " ").contains("5 of 120"), "\(latency)")
        let together = "together  10 (rolls back at 100)  [##########----------]"
        #expect(lines.contains(together))
        #expect(lines.contains("verdict   waiting"))
    }

    @Test("a screen is drawn over the one before; a pipe gets a line for each change and now and then one without")
    func paper() throws {
        var screen = RolloutPaper(isScreen: true, writesJSON: false)
        func draw(_ view: RolloutView, _ size: (Int, Int) = (200, 50)) -> String? {
            screen.text(for: view, json: .null, patience: 3, at: now, size: size)
        }
        let drawn = draw(view())
        let first = try #require(drawn)
        #expect(!first.contains("\u{1B}"))
        let count = first.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let second = try #require(draw(judged(view()), (30, 9)))
        #expect(second.hasPrefix("\u{1B}[\(count)A\u{1B}[J"))
        let narrow = second.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(narrow.count == 9 && narrow.dropFirst().allSatisfy { $0.count <= 29 })
        #expect(draw(view())?.hasPrefix("\u{1B}[8A") == true)

        var pipe = RolloutPaper(isScreen: false, writesJSON: false)
        func isTold(_ view: RolloutView) -> Bool {
            pipe.text(for: view, json: .null, patience: 3, at: now, size: (80, 24)) != nil
        }
        let told = [view(), view(), view(), view(), view(step: 2)].map(isTold)
        #expect(told == [true, false, false, true, true])
    }

    @Test("an estimate has every limit beside production's figure, and says which of them production breaks")
    func limits() {
        var broken = RolloutEstimateView.Limit(
            metric: "latency",
            kind: "ceiling",
            unit: "ms",
            requests: 900,
            broken: true
        )
        broken.quantile = 0.99
        broken.limit = 500
        broken.production = 4_000
        var odds = RolloutEstimateView.Limit(
            metric: "error",
            kind: "tolerance",
            unit: "share",
            requests: 9,
            broken: false
        )
        odds.factor = 1.5
        var few = RolloutEstimateView.Limit(
            metric: "error",
            kind: "ceiling",
            unit: "share",
            requests: 56,
            broken: false
        )
        few.limit = 0.05
        few.production = 0.0536
        few.unclear = true
        var view = RolloutEstimateView(
            route: "chat",
            canary: "v2",
            baseline: "v1",
            requestsPerSecond: 1,
            baselineErrorRate: 0.01,
            steps: [],
            priceRatio: nil,
            priceLimit: nil,
            tooDear: false,
            limits: [broken, odds, few],
            warnings: []
        )
        let text = EstimateText.text(view)
        #expect(text.hasPrefix("v2 on route chat, against v1: 1 requests per second, 1% errors of the baseline"))
        view.production = ["v1", "p2", "p3"]
        let several = "v2 on route chat, against v1 and p2 and p3: 1 requests per second, 1% errors of production"
        #expect(EstimateText.text(view).hasPrefix(several), "\(EstimateText.text(view))")
        let line = text.split(separator: "\n").first { $0.contains("latency p99, ceiling") } ?? ""
        #expect(line.contains("4 s") && line.contains("500 ms") && line.contains("BROKEN"), "\(text)")
        let other = text.split(separator: "\n").first { $0.contains("errors, 1.5 times the odds") } ?? ""
        #expect(other.contains("-"), "what is not known is a dash")
        let unclear = text.split(separator: "\n").first { $0.contains("errors, ceiling") } ?? ""
        #expect(unclear.contains("not enough requests yet to compare (56)") && !unclear.contains("BROKEN"), "\(text)")
    }

    @Test("a line for a log has the moment, both arms, the evidence and what is awaited, the canary's figure first")
    func line() {
        var view = judged(view())
        func metrics(_ errors: Double, _ requests: Int64) -> MetricsView {
            MetricsView(
                errorRate: errors,
                p99LatencyMilliseconds: 900,
                costPer1kTokens: 0.01,
                totalRequests: requests,
                windowSeconds: 300,
                healthScore: 1
            )
        }
        view.canaryMetrics = metrics(0.025, 120)
        view.baselineMetrics = metrics(0, 0)
        view.canaryMetrics?.p50FirstTokenMilliseconds = 80
        view.canaryMetrics?.costRatio = 1.5
        let line = RolloutScreen(view).line(at: now)
        let parts = [
            "2026-01-01T00:00:05Z  r1  progressing  step 1/3  weight 5%", "requests 120 vs 0", "errors 2.5% vs -",
            "p99 900 ms vs -", "first token 80 ms vs -", "cost per token 1.5 times", "evidence 10 (rolls back at 100)",
        ]
        for part in parts { #expect(line.contains(part)) }
        #expect(line.hasSuffix("  Waits."))
    }

    @Test("what was made for later says how it is begun")
    func began() {
        var braked = view()
        braked.state = "braked (4 attempts in a row failed on version v2, the last with upstream_error)"
        #expect(RolloutLines.table([braked]).contains("braked (4 attempts in a row failed on v…  "))
        #expect(RolloutLines.began(view()).contains("sluice rollout watch r1"))
        #expect(RolloutLines.began(view(phase: "pending")).contains("sluice rollout start r1"))
    }

    @Test(
        "the server's calls are shown as commands",
        arguments: [
            ("POST /v1/admin/rollouts/r1/approve opens the gate.", "sluice rollout approve r1 opens the gate."),
            (
                "POST /v1/admin/rollouts/r1/pause, /promote or /abort are possible now.",
                "sluice rollout pause r1, `promote` or `abort` are possible now."
            ),
            ("GET /v1/admin/versions lists them all.", "sluice version list lists them all."),
            (
                #"First `sluice version transition v2 canary` (POST /v1/admin/versions/v2/transition {"target_state": "canary"})."#,
                "First `sluice version transition v2 canary`."
            ),
            (
                #"First POST /v1/admin/versions/v2/transition {"target_state": "canary"}, then the weight."#,
                "First sluice version transition v2 canary, then the weight."
            ),
            (
                #"Raise metrics.cost.tolerance, or start with "force": true."#,
                "Raise metrics.cost.tolerance, or start with --force."
            ),
            ("Give it another name.", "Give it another name."),
        ]
    )
    func hints(hint: String, expected: String) {
        #expect(CommandHint.text(hint) == expected)
    }

    @Test("a canary's id means its newest rollout, an open one before others")
    func byCanary() {
        let ended = view("b", phase: "completed", open: false)
        #expect(RolloutChoice.newest(of: "v2", in: [ended, view("a")]) == "a")
        #expect(RolloutChoice.newest(of: "v2", in: [ended, view("c", open: false)]) == "b")
        #expect(RolloutChoice.newest(of: "v3", in: [ended]) == nil)
    }

    @Test("a ramp has arrived at its last gate; holds wait for somebody, silence ends by itself")
    func waiting() {
        var view = judged(view("r", phase: "paused", step: 2))
        #expect(!view.isAtLastGate && view.waitsForSomebody)
        view.steps.removeLast()
        #expect(view.isAtLastGate)
        let quiet = RolloutVerdictView.ReasonView(code: "NoTraffic", metric: nil, setting: nil, text: "silence")
        view.verdict?.reasons = [quiet]
        #expect(!view.waitsForSomebody)
        #expect(!judged(self.view()).waitsForSomebody)
    }

    @Test("without a name the only open rollout is meant, or the newest that ended")
    func choice() throws {
        let open = view("a")
        let ended = view("b", phase: "completed", open: false)
        #expect(try RolloutChoice.pick([ended, open], endedCount: false) == "a")
        #expect(try RolloutChoice.pick([ended, view("c", open: false)], endedCount: true) == "b")
        #expect(throws: CommandFailure.self) { try RolloutChoice.pick([open, view("d")], endedCount: true) }
        #expect(throws: CommandFailure.self) { try RolloutChoice.pick([ended], endedCount: false) }
        #expect(throws: CommandFailure.self) { try RolloutChoice.pick([], endedCount: true) }
    }

    @Test("the exit code for CI follows from the phase")
    func exitCodes() {
        #expect(RolloutEnd(view(phase: "completed", open: false)) == .completed)
        #expect(RolloutEnd(view(phase: "aborted", open: false)) == .rolledBack)
        for phase in ["pending", "progressing", "paused", "baking"] {
            #expect(RolloutEnd(view(phase: phase)) == .undecided)
        }
    }

    @Test("a name that would steer the terminal is shown harmless")
    func harmless() {
        let lines = RolloutScreen(view("\u{1B}[2J")).lines
        #expect(!lines.joined().contains("\u{1B}"))
        #expect(!RolloutScreen(view("\u{1B}[2J")).line(at: now).contains("\u{1B}"))
    }
}

@Suite("Ramps from scripts")
struct RampTests {
    @Test(
        "equal increments, the target last",
        arguments: [
            (0.0, 0.10, 0.02, [200, 400, 600, 800, 1_000]), (0.0, 0.10, 0.04, [400, 800, 1_000]),
            (0.04, 0.10, 0.02, [600, 800, 1_000]), (0.0, 1.0, 0.5, [5_000, 10_000]), (0.0, 0.05, 0.9, [500]),
        ]
    )
    func weights(from: Double, to: Double, by: Double, expected: [Int]) throws {
        #expect(try Ramp(from: from, to: to, by: by, seconds: 1).weights() == expected)
    }

    @Test("below everything the plan ends at a gate; at everything it does not")
    func gate() throws {
        let part = try Ramp(from: 0, to: 0.1, by: 0.05, seconds: 120, minRequests: 10).steps()
        let held: JSONValue = ["weight": .double(0.05), "for": "120s", "min_requests": 10]
        #expect(part.first == held)
        #expect(part.last == ["gate": "manual"])
        let whole = try Ramp(from: 0, to: 1, by: 0.5, seconds: 1).steps()
        #expect(whole == [["weight": .double(0.5), "for": "1s"], ["weight": .double(1)]])
    }

    @Test("thresholds become ceilings of the standard metrics; times have none that nobody gave")
    func thresholds() {
        let plain = RampLimits(errorRate: 0.02).metrics.object
        #expect(plain?["error"]?.object?["ceiling"] == .double(0.02))
        #expect(plain?["latency"]?.object?["ceiling"] == nil && plain?["ttft"]?.object?["ceiling"] == nil)
        let metrics = RampLimits(p99: 450).metrics.object
        #expect(metrics?["latency"]?.object?["ceiling"] == ["p99": .double(450)])
        #expect(metrics?["error"]?.object?["ceiling"] == .double(0.05))
        #expect(metrics?.count == 4)
    }

    @Test(
        "what cannot be a ramp is refused",
        arguments: [(0.1, 0.1, 0.02), (0.2, 0.1, 0.02), (0.0, 0.1, 0.0), (0.0, 1.0, 0.0001)]
    )
    func refused(from: Double, to: Double, by: Double) {
        #expect(throws: CommandFailure.self) { try Ramp(from: from, to: to, by: by, seconds: 1).weights() }
    }

    @Test("plain limits judge a window only with enough requests")
    func limits() {
        let limits = MonitorLimits(errorRate: 0.05, p99: 450, minRequests: 20)
        func metrics(_ errors: Double, _ p99: Double, _ requests: Int64) -> MetricsView {
            MetricsView(
                errorRate: errors,
                p99LatencyMilliseconds: p99,
                costPer1kTokens: 0,
                totalRequests: requests,
                windowSeconds: 60,
                healthScore: 1
            )
        }
        #expect(limits.breaches(of: metrics(0.05, 450, 100)).isEmpty)
        #expect(limits.breaches(of: metrics(0.06, 450, 100)) == ["error rate 6% above 5%"])
        #expect(limits.breaches(of: metrics(0.01, 451, 100)) == ["p99 451 ms above 450 ms"])
        #expect(limits.breaches(of: metrics(1, 9_000, 19)).isEmpty)
    }
}

@Suite("Plans from files")
struct PlanDocumentTests {
    private func read(_ text: String) throws -> JSONValue {
        try PlanFile.read(text: text, file: "plan.yaml", environment: ["LONG": "48h"])
    }

    @Test("YAML and JSON give the same plan; names from the environment are put in")
    func forms() throws {
        let yaml = try read("steps:\n  - {weight: 5%, for: \"${LONG}\"}\n  - {gate: manual}\n")
        let json = try read(#"{"steps": [{"weight": "5%", "for": "48h"}, {"gate": "manual"}]}"#)
        #expect(yaml == json)
    }

    @Test("a word is a preset; what is no file and no word is an error that names the presets")
    func presets() throws {
        let preset = try PlanDocument.read("careful", environment: [:])
        #expect(preset.plan == "careful")
        #expect(throws: CommandFailure.self) { try PlanDocument.read("no/such/plan.yaml", environment: [:]) }
        #expect(throws: CommandFailure.self) { try preset.request(version: nil) }
        #expect(try preset.request(version: "v2").versionID == "v2")
    }

    @Test("what belongs to the rollout is taken out of the plan, below rollout: or not")
    func rolloutMembers() throws {
        for text in [
            "rollout: {canary: v2, stable: v1, route: chat, steps: [{weight: 5%}]}",
            "{canary: v2, stable: v1, route: chat, steps: [{weight: 5%}]}",
        ] {
            let document = PlanDocument.from(try read(text))
            #expect(document.version == "v2")
            #expect(document.baseline == "v1")
            #expect(document.route == "chat")
            #expect(document.plan == ["steps": [["weight": "5%"]]])
            #expect(try document.request(version: "v3").versionID == "v3")
        }
    }
}

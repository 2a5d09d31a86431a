// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore
import SluiceJudge
import SluiceRelease

/// `sluice shift`: a ramp in equal increments, for teams that come from scripts.
struct ShiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shift",
        abstract: "Move a version to a weight in equal increments, judged on the way.",
        discussion: """
              sluice shift --version v2 --target-weight 0.10 --increment 0.02 --check-interval 120
              sluice shift --version v2 --target-weight 1.0 --increment 0.30 --check-interval 10m      later: goes on

            A version in staging becomes a canary by itself. Behind it is a rollout of the server, which goes on (and
            rolls back) without this command; this command prints a line for each step. Below 100 % the rollout ends at
            a gate: the version keeps its weight and is judged on, until a further shift goes on from there, or you
            approve (production) or abort. A target of 1 promotes.

            Thresholds are ceilings: above one and worse than production, the version is rolled back; above one on both,
            it is an outage, and the rollout holds.

            Exit codes: 0 the weight is reached, 1 rolled back, 2 on hold (or a wrong command line), 3 refused, or the
            server was not reached.
            """
    )

    @Option(help: "The version.")
    var version: String

    @Option(help: "Where to, as 0.10 or 10%.")
    var targetWeight: String

    @Option(help: "By how much at a time, as 0.02 or 2%.")
    var increment: String

    @Option(help: ArgumentHelp("How long each weight is held, as 120 (seconds), 2m or 1h.", valueName: "time"))
    var checkInterval: String

    @Option(help: "The canary requests each weight must have had before the next.")
    var minRequests: Int?

    @Option(help: "Share of requests that may fail, as 0.05 or 5%; without it the version's own, or 5%.")
    var errorThreshold: String?

    @Option(help: "Milliseconds the 99th percentile of the latency may have; without it the version's own, if any.")
    var latencyThreshold: Double?

    @Option(help: "How many times production's cost is fine; without it the version's own, or 2.")
    var costThreshold: Double?

    @Flag(help: "Begin although the price cards alone break the limit of cost.")
    var force = false

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            do {
                let id = try await command.begin(with: client)
                try await ShiftReport(client: client, terminal: terminal).follow(id)
            } catch let failure as CommandFailure {
                throw failure.exit == .usage ? failure : failure.asUnknown
            }
        }
    }

    /// Makes the rollout, or goes on with the one that waits at the gate of an earlier shift.
    private func begin(with client: AdminClient) async throws(CommandFailure) -> String {
        let detail = try await client.call(VersionDetail.self, "GET", ["versions", version])
        let ramp = Ramp(
            from: detail.version.state == "canary" ? detail.version.weight : 0,
            to: try Weight.read(targetWeight),
            by: try Weight.read(increment),
            seconds: try Seconds.read(checkInterval),
            minRequests: minRequests
        )
        let why = reason.reason ?? "sluice shift to \(targetWeight)"
        let open = try await client.all(RolloutView.self, ["rollouts"], limit: 1_000)
            .first { $0.open && $0.canary == version && $0.isAtLastGate }
        let limits = try limits(otherwise: detail.thresholds)
        if let open, limits == nil {
            let body = ExtendRequest(steps: RawJSON(.array(try ramp.steps())), reason: why)
            let path = ["rollouts", open.rolloutID, "extend"]
            return try await client.call(RolloutView.self, "POST", path, body: try AdminClient.json(of: body)).rolloutID
        }
        guard open == nil else {
            throw .usage(
                "The rollout of \(version) is judged by the thresholds it began with.",
                hint: "Leave them out to go on, or end it first: sluice rollout abort \(version)"
            )
        }
        var plan: JSONObject = ["steps": .array(try ramp.steps())]
        if let limits { plan["metrics"] = limits.metrics }
        var body = RolloutRequestBody(versionID: version, plan: RawJSON(.object(plan)))
        body.force = force ? true : nil
        body.reason = why
        return try await client.call(RolloutView.self, "POST", ["rollouts"], body: try AdminClient.json(of: body))
            .rolloutID
    }

    /// Those of the command line, and the version's own where one is left out; `nil` where none is given.
    private func limits(otherwise own: ThresholdsView) throws(CommandFailure) -> RampLimits? {
        guard errorThreshold != nil || latencyThreshold != nil || costThreshold != nil else { return nil }
        return RampLimits(
            errorRate: try errorThreshold.map { text throws(CommandFailure) in try Weight.read(text) } ?? own.errorRate,
            p99: latencyThreshold ?? own.p99LatencyMilliseconds,
            firstToken: own.p99FirstTokenMilliseconds,
            costRatio: costThreshold ?? own.costSpikeRatio
        )
    }
}

/// Equal increments as a plan.
struct Ramp {
    var from: Double
    var to: Double
    var by: Double
    var seconds: Int64
    var minRequests: Int?

    /// All weights on the way, the target last.
    func weights() throws(CommandFailure) -> [Int] {
        func points(_ share: Double) -> Int { Int((share * 10_000).rounded()) }
        let (start, end, increment) = (points(from), points(to), points(by))
        guard increment > 0 else { throw .usage("--increment must be above 0.") }
        guard end > start else {
            throw .usage("--target-weight must be above the weight the version has, \(Show.share(from)).")
        }
        let steps = (end - start + increment - 1) / increment
        guard steps < 99 else {
            throw .usage("That would be \(steps) steps; at most 98 are possible.", hint: "Raise --increment.")
        }
        return (1...steps).map { min(end, start + $0 * increment) }
    }

    /// The plan's steps.
    ///
    /// With everything there is no production traffic left to compare with, so nothing is waited for.
    func steps() throws(CommandFailure) -> [JSONValue] {
        var steps: [JSONValue] = try weights().map { weight in
            var step: JSONObject = ["weight": .double(Double(weight) / 10_000)]
            guard weight < 10_000 else { return .object(step) }
            step["for"] = .string("\(seconds)s")
            if let minRequests { step["min_requests"] = .integer("\(minRequests)") }
            return .object(step)
        }
        if to < 1 { steps.append(["gate": "manual"]) }
        return steps
    }
}

/// Thresholds of a script as a plan's metrics.
struct RampLimits {
    var errorRate: Double?
    var p99: Double?
    var firstToken: Double?
    var costRatio: Double?

    /// The standard metrics with these limits; times have none unless one is given.
    var metrics: JSONValue {
        let thresholds = Thresholds(
            errorRate: errorRate,
            p99LatencyMilliseconds: p99,
            p99FirstTokenMilliseconds: firstToken,
            costSpikeRatio: costRatio
        )
        var metrics = JSONObject()
        for metric in Metric.allCases {
            guard case .standard(let weight, let tolerance, let ceiling) = metric.facts.standing else { continue }
            let name = metric.facts.isEvent ? "tolerance_odds" : "tolerance"
            var rule: JSONObject = [name: .double(tolerance(thresholds)), "weight": .double(weight)]
            if let ceiling = ceiling(thresholds) {
                rule["ceiling"] = ceiling.above.map { ["p99": .double($0)] } ?? .double(ceiling.share)
            }
            metrics[metric.rawValue] = .object(rule)
        }
        return .object(metrics)
    }
}

/// A line for each step of a ramp.
struct ShiftReport {
    let client: AdminClient
    let terminal: Terminal

    /// How long a hold may last before this command ends: a hold is often followed by a rollback, once it is clear whose
    /// fault it is.
    private static let patience: Duration = .seconds(15)

    static let head = row("weight", "state", "requests", "errors", "p99", "cost/1k", "evidence that it is worse")

    func follow(_ id: String) async throws {
        if !terminal.writesJSON { Terminal.say("rollout \(Terminal.clean(id))\n\(ShiftReport.head)") }
        var before: RolloutView?
        var heldAt: ContinuousClock.Instant?
        let last = try await RolloutFollower(client: client, terminal: terminal, id: id).look { view, _ in
            if let before, before.step != view.step || before.state != view.state { Terminal.say(line(before)) }
            before = view
            heldAt = view.waitsForSomebody ? heldAt ?? .now : nil
            return view.isAtLastGate || heldAt.map { $0.duration(to: .now) > ShiftReport.patience } == true
        }
        Terminal.say(line(last))
        if !terminal.writesJSON { Terminal.say(RolloutLines.line(last)) }
        if !last.isAtLastGate { try RolloutEnd(last).leave() }
    }

    private func line(_ view: RolloutView) -> String {
        terminal.writesJSON ? ((try? AdminJSON.value(of: view).jsonText) ?? "{}") : ShiftReport.row(view)
    }

    static func row(_ view: RolloutView) -> String {
        let metrics = view.canaryMetrics
        let isServing = (metrics?.totalRequests ?? 0) > 0
        return row(
            Show.share(view.effectiveWeight),
            Terminal.clean(view.state),
            metrics.map { "\($0.totalRequests)" } ?? "-",
            isServing ? metrics.map { Show.share($0.errorRate) } ?? "-" : "-",
            isServing ? metrics.flatMap { Show.milliseconds($0.p99LatencyMilliseconds) } ?? "-" : "-",
            isServing && metrics?.priced != false ? metrics.flatMap { Show.dollars($0.costPer1kTokens) } ?? "-" : "-",
            view.verdict.map { Figures.evidence($0.logEvidence, rollsBackAt: $0.logThreshold) }
                ?? "-"
        )
    }

    private static func row(_ cells: String...) -> String {
        let widths = [8, 24, 9, 8, 9, 11, 0]
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }
        return padded.joined(separator: " ")
    }
}

extension RolloutView {
    /// Whether it waits at the gate that its plan ends with.
    var isAtLastGate: Bool { phase == "paused" && step == steps.count && steps.last?.gate != nil }

    /// Whether it goes on by a person's word only; a hold for want of traffic ends by itself.
    var waitsForSomebody: Bool {
        phase == "paused"
            && verdict.map { !$0.reasons.isEmpty && $0.reasons.allSatisfy { $0.code == "NoTraffic" } } != true
    }
}

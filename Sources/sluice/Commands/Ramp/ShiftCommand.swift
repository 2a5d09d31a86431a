// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice shift`: a ramp in equal increments, for teams that come from scripts.
struct ShiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shift",
        abstract: "Move a version to a weight in equal increments, judged on the way.",
        discussion: """
              sluice shift --version v2 --target-weight 0.10 --increment 0.02 --check-interval 120

            A version in staging becomes a canary by itself. Behind it is a rollout of the server, which goes on (and
            rolls back) without this command; this command prints a line for each step. Below 100 % the rollout ends at
            a gate: the version keeps its weight and is judged on, until you approve (production) or abort.

            Exit codes: 0 the weight is reached, 1 rolled back, 2 wrong command line, 3 server not reached.
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

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let detail = try await client.call(VersionDetail.self, "GET", ["versions", command.version])
            let ramp = Ramp(
                from: detail.version.state == "canary" ? detail.version.weight : 0,
                to: try Weight.read(command.targetWeight),
                by: try Weight.read(command.increment),
                seconds: try Seconds.read(command.checkInterval),
                minRequests: command.minRequests
            )
            var body = RolloutRequestBody(versionID: command.version, plan: RawJSON(try ramp.plan()))
            body.reason = command.reason.reason ?? "sluice shift"
            let view = try await client.call(
                RolloutView.self,
                "POST",
                ["rollouts"],
                body: try AdminClient.json(of: body)
            )
            try await ShiftReport(client: client, writesJSON: terminal.writesJSON).follow(view.rolloutID)
        }
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
        guard steps <= 99 else {
            throw .usage("That would be \(steps) steps; at most 99 are possible.", hint: "Raise --increment.")
        }
        return (1...steps).map { min(end, start + $0 * increment) }
    }

    func plan() throws(CommandFailure) -> JSONValue {
        var steps: [JSONValue] = try weights().map { weight in
            var step: JSONObject = ["weight": .double(Double(weight) / 10_000), "for": .string("\(seconds)s")]
            if let minRequests { step["min_requests"] = .integer("\(minRequests)") }
            return .object(step)
        }
        if to < 1 { steps.append(["gate": "manual"]) }
        return ["steps": .array(steps)]
    }
}

/// A line for each step of a ramp.
struct ShiftReport {
    let client: AdminClient
    let writesJSON: Bool

    static let head = row("weight", "state", "requests", "errors", "p99", "cost/1k", "evidence that it is worse")

    func follow(_ id: String) async throws {
        if !writesJSON { Terminal.say("rollout \(Terminal.clean(id))\n\(ShiftReport.head)") }
        var last: RolloutView?
        while true {
            let view = try await client.call(RolloutView.self, "GET", ["rollouts", id])
            if let before = last, before.step != view.step || before.state != view.state { Terminal.say(line(before)) }
            last = view
            if !view.open || view.phase == "paused" && view.steps.last?.gate != nil && view.step == view.steps.count {
                Terminal.say(line(view))
                return try end(view)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func end(_ view: RolloutView) throws {
        if !writesJSON { Terminal.say(RolloutText.line(view)) }
        if view.phase == "aborted" { throw ExitCode(RolloutEnd.rolledBack.rawValue) }
    }

    private func line(_ view: RolloutView) -> String {
        writesJSON ? ((try? AdminJSON.value(of: view).jsonText) ?? "{}") : ShiftReport.row(view)
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
            view.verdict.map { "\(RolloutText.odds($0.logEvidence)) of \(RolloutText.odds($0.logThreshold))" } ?? "-"
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

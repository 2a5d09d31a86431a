// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice monitor`: watch a version against plain limits for a while, for teams that come from scripts.
struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Watch a version against plain limits for a while.",
        discussion: """
              sluice monitor --version v2 --duration 1800 --error-threshold 0.05 --latency-threshold 450

            Prints a line each --interval, and ends with exit code 1 as soon as a limit is passed by a window that holds
            enough requests; with --rollback the version is rolled back then. A plain limit looked at often is passed by
            chance sooner or later, and blames the canary for an outage of both: a rollout (sluice rollout start)
            compares with production and knows how sure it is.

            Exit codes: 0 within the limits to the end, 1 a limit was passed or the version was rolled back meanwhile,
            2 too few requests in the last window to tell (or a wrong command line), 3 refused, or the server was not
            reached.
            """
    )

    @Option(help: "The version.")
    var version: String

    @Option(help: ArgumentHelp("How long, as 1800 (seconds), 30m or 2h.", valueName: "time"))
    var duration: String

    @Option(help: "Share of requests that may fail, as 0.05 or 5%.")
    var errorThreshold: String?

    @Option(help: "Milliseconds the 99th percentile of the latency may have.")
    var latencyThreshold: Double?

    @Option(help: ArgumentHelp("What is looked at each time: 10s to 1h.", valueName: "time"))
    var window = "60s"

    @Option(help: ArgumentHelp("Between two looks.", valueName: "time"))
    var interval = "10s"

    @Option(help: "A window with fewer requests is not judged.")
    var minRequests: Int64 = 20

    @Flag(help: "Roll the version back where a limit is passed.")
    var rollback = false

    @OptionGroup var connection: Connection

    func validate() throws {
        if errorThreshold == nil, latencyThreshold == nil {
            throw ValidationError("give --error-threshold, --latency-threshold, or both")
        }
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            do {
                try await command.watch(client, terminal)
            } catch let failure as CommandFailure {
                throw failure.exit == .usage ? failure : failure.asUnknown
            }
        }
    }

    private func watch(_ client: AdminClient, _ terminal: Terminal) async throws {
        let limits = MonitorLimits(
            errorRate: try errorThreshold.map { text throws(CommandFailure) in try Weight.read(text) },
            p99: latencyThreshold,
            minRequests: minRequests
        )
        let length = try Seconds.read(duration)
        let seconds = try Seconds.read(window)
        let pause = max(1, try Seconds.read(interval))
        let end = ContinuousClock.now.advanced(by: .seconds(length))
        while true {
            let answer = try await client.call(
                "GET",
                ["versions", version, "metrics"],
                query: [("window", "\(seconds)")]
            )
            let metrics = try AdminClient.shape(MetricsView.self, of: answer, from: client.base)
            let detail = try await client.call(VersionDetail.self, "GET", ["versions", version])
            let breaches = limits.breaches(of: metrics)
            Terminal.say(terminal.writesJSON ? answer.jsonText : limits.line(metrics, breaches))
            if !breaches.isEmpty {
                try await act(on: breaches, client)
                throw RolloutEnd.rolledBack.code
            }
            if ["rollback", "deprecated"].contains(detail.version.state) {
                Terminal.error(
                    "\(Terminal.clean(version)) takes no traffic any more: its state is \(detail.version.state)."
                )
                throw RolloutEnd.rolledBack.code
            }
            guard ContinuousClock.now < end else {
                if metrics.totalRequests < limits.minRequests { throw RolloutEnd.undecided.code }
                return
            }
            try await Task.sleep(for: min(.seconds(pause), end - .now))
        }
    }

    private func act(on breaches: [String], _ client: AdminClient) async throws(CommandFailure) {
        guard rollback else { return }
        let why = "sluice monitor: " + breaches.joined(separator: ", ")
        let body = RollbackRequest(reason: String(why.prefix(500)), targetVersion: nil)
        _ = try await client.call(
            "POST",
            ["versions", version, "rollback"],
            body: try AdminClient.json(of: body)
        )
        Terminal.error("rolled back \(Terminal.clean(version))")
    }
}

/// Plain limits.
struct MonitorLimits {
    var errorRate: Double?
    var p99: Double?
    var minRequests: Int64

    /// The limits that are passed, in words; none where too few requests were made.
    func breaches(of metrics: MetricsView) -> [String] {
        guard metrics.totalRequests >= minRequests else { return [] }
        var breaches: [String] = []
        if let errorRate, metrics.errorRate > errorRate {
            breaches.append("error rate \(Show.share(metrics.errorRate)) above \(Show.share(errorRate))")
        }
        if let p99, metrics.p99LatencyMilliseconds > p99 {
            breaches.append(
                "p99 \(Show.decimal(metrics.p99LatencyMilliseconds, 0)) ms above \(Show.decimal(p99, 0)) ms"
            )
        }
        return breaches
    }

    func line(_ metrics: MetricsView, _ breaches: [String]) -> String {
        let isServing = metrics.totalRequests > 0
        let state =
            !breaches.isEmpty
            ? "PASSED: " + breaches.joined(separator: ", ")
            : metrics.totalRequests < minRequests ? "too few requests to judge" : "within the limits"
        return "requests \(metrics.totalRequests)  error rate \(isServing ? Show.share(metrics.errorRate) : "-")"
            + "  p99 \(isServing ? Show.milliseconds(metrics.p99LatencyMilliseconds) ?? "-" : "-")  \(state)"
    }
}

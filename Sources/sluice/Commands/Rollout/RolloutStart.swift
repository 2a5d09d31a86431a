// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore
import SluiceNode

struct RolloutStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Begin a rollout of a version.",
        discussion: """
              sluice rollout start v2                                 the preset careful: 5% 48h, 25% 7d, 100%
              sluice rollout start v2 --plan plan.yaml --watch
              sluice rollout start v2 --plan quick --name spring --later
              sluice rollout start spring                             begins one that was made with --later

            With --watch the exit code is that of `sluice rollout watch`: 0 promoted, 1 rolled back, 2 undecided after
            --timeout, 3 not begun or not reached.
            """
    )

    @Argument(help: "The version; not needed where the plan's file names its canary. Or a rollout made with --later.")
    var version: String?

    @Option(
        help: ArgumentHelp("careful (without it), steps, quick, a YAML or JSON file, or -.", valueName: "preset|file|-")
    )
    var plan: String?

    @Option(help: "The rollout's name; without it, the version's with a number.")
    var name: String?

    @Flag(help: "Make it, and let it wait for its start.")
    var later = false

    @Option(help: ArgumentHelp("Begin this one, which was made with --later.", valueName: "name"))
    var rollout: String?

    @Flag(
        help: "Begin although the price cards alone break the plan, or production a ceiling, which is only shown then."
    )
    var force = false

    @Flag(help: "Follow it until it has ended.")
    var watch = false

    @Option(help: ArgumentHelp("With --watch: follow it so long at most.", valueName: "time"))
    var timeout: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    func validate() throws {
        if rollout != nil, version != nil || name != nil || later || force {
            throw ValidationError(
                "--rollout begins what has been made; it takes no version, --name, --later or --force"
            )
        }
        if later, watch { throw ValidationError("--later and --watch: there would be nothing to watch") }
    }

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let deadline = try command.timeout.map { text throws(CommandFailure) in
                ContinuousClock.now.advanced(by: .seconds(try Seconds.read(text)))
            }
            let answer: JSONValue
            do throws(CommandFailure) {
                answer = try await command.begin(with: client)
            } catch {
                throw command.watch ? error.asUnknown : error
            }
            let view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
            guard command.watch else {
                try terminal.show(answer) { RolloutLines.began(view) }
                return
            }
            let follower = RolloutFollower(client: client, terminal: terminal, id: view.rolloutID, deadline: deadline)
            try await follower.follow()
        }
    }

    private func begin(with client: AdminClient) async throws(CommandFailure) -> JSONValue {
        if let rollout { return try await client.order("start", of: rollout, because: reason.reason) }
        if let version, plan == nil, name == nil, !later, !force, try await isPending(version, client) {
            return try await client.order("start", of: version, because: reason.reason)
        }
        return try await create(with: client)
    }

    private func isPending(_ name: String, _ client: AdminClient) async throws(CommandFailure) -> Bool {
        do throws(CommandFailure) {
            return try await client.call(RolloutView.self, "GET", ["rollouts", name]).phase == "pending"
        } catch {
            guard error.body.error == "not_found" else { throw error }
            return false
        }
    }

    private func create(with client: AdminClient) async throws(CommandFailure) -> JSONValue {
        let document = try PlanDocument.read(plan ?? "careful", environment: NodeEnvironment.all)
        var body = try document.request(version: version)
        body.name = name
        body.start = !later
        body.force = force
        body.reason = reason.reason
        return try await client.call("POST", ["rollouts"], body: try AdminClient.json(of: body))
    }
}

struct RolloutPlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say before the start what each step of a plan can find out, and what the price cards say.",
        discussion: """
              sluice rollout plan plan.yaml --version v2
              sluice rollout plan careful --version v2 --strict

            The figures follow from the route's traffic of the last minutes and the baseline's error rate. Every ceiling
            and tolerance stands beside what production did in the last hour. Exit code 1 where the start would be
            refused: the price cards alone break the plan, or production a ceiling; with --strict also where anything
            is warned of.
            """
    )

    @Argument(help: ArgumentHelp("careful, steps, quick, a YAML or JSON file, or -.", valueName: "preset|file|-"))
    var plan: String

    @Option(help: "The version; not needed where the plan's file names its canary.")
    var version: String?

    @Flag(help: "Warnings end with exit code 1.")
    var strict = false

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let document = try PlanDocument.read(command.plan, environment: NodeEnvironment.all)
            let body = try document.request(version: command.version)
            let answer = try await client.call("POST", ["rollouts", "plan"], body: try AdminClient.json(of: body))
            let estimate = try AdminClient.shape(RolloutEstimateView.self, of: answer, from: client.base)
            try terminal.show(answer) { EstimateText.text(estimate) }
            let isWarned = !estimate.warnings.isEmpty || estimate.steps.contains { $0.warning != nil }
            let isRefused = estimate.tooDear || estimate.limits?.contains(where: \.broken) == true
            if isRefused || command.strict && isWarned { throw ExitCode(CommandFailure.Exit.refused.rawValue) }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel

/// `sluice rollout`: begin a rollout that leads itself, follow it, lead it by hand, ask why.
struct RolloutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Begin a rollout that leads itself, follow it, lead it by hand, ask why it decided.",
        discussion: """
            The server moves the canary along the plan's steps, judges it against production while traffic flows, and
            promotes it or rolls it back; whoever started it may go home.

              sluice rollout plan plan.yaml --version v2      what each step can find out, before the start
              sluice rollout start v2 --plan plan.yaml
              sluice rollout watch                            live; ends with the rollout
              sluice rollout explain                          what happened, and why

            Where only one rollout is open (or, to look back, where one ended last), its name may be left out; the
            canary's id does as well.

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            Those of `watch`, `status` and `start --watch`: 0 promoted, 1 rolled back or aborted, 2 undecided, 3 unknown.
            """,
        subcommands: [
            RolloutPlan.self, RolloutStart.self, RolloutList.self, RolloutShow.self, RolloutWatchCommand.self,
            RolloutStatusCommand.self, RolloutPromote.self, RolloutPause.self, RolloutResume.self, RolloutApprove.self,
            RolloutAbort.self, RolloutRetry.self, RolloutUndo.self, RolloutExplain.self, RolloutReplayCommand.self,
            RolloutSelfTest.self,
        ]
    )
}

/// Which rollout is meant.
struct RolloutChoice: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The rollout's name, or its canary's id; not needed where only one can be meant.",
            valueName: "rollout"
        )
    )
    var name: String?

    /// The rollout's name: the one given, the newest of the canary given, the only open one, else the newest where ended
    /// ones count.
    func resolve(_ client: AdminClient, endedCount: Bool = true) async throws(CommandFailure) -> String {
        if let name {
            do throws(CommandFailure) {
                return try await client.call(RolloutView.self, "GET", ["rollouts", name]).rolloutID
            } catch {
                guard error.body.error == "not_found" else { throw error }
                let rollouts = try await client.all(RolloutView.self, ["rollouts"], limit: 1_000)
                guard let id = RolloutChoice.newest(of: name, in: rollouts) else { throw error }
                return id
            }
        }
        let rollouts = try await client.all(RolloutView.self, ["rollouts"], limit: 1_000)
        return try RolloutChoice.pick(rollouts, endedCount: endedCount)
    }

    /// As ``resolve(_:endedCount:)``, where 1 and 2 say how a rollout ended.
    func known(_ client: AdminClient) async throws(CommandFailure) -> String {
        do throws(CommandFailure) {
            return try await resolve(client)
        } catch {
            throw error.asUnknown
        }
    }

    /// The newest rollout of a canary, an open one before others.
    static func newest(of canary: String, in rollouts: [RolloutView]) -> String? {
        let own = rollouts.filter { $0.canary == canary }
        return (own.first(where: \.open) ?? own.first)?.rolloutID
    }

    static func pick(_ rollouts: [RolloutView], endedCount: Bool) throws(CommandFailure) -> String {
        let open = rollouts.filter(\.open)
        if open.count == 1, let only = open.first { return only.rolloutID }
        guard open.isEmpty else {
            let names = open.map(\.rolloutID).joined(separator: ", ")
            throw .usage("Several rollouts are open: \(names).", hint: "Name one of them.")
        }
        if endedCount, let newest = rollouts.first { return newest.rolloutID }
        throw .usage(
            rollouts.isEmpty ? "There is no rollout yet." : "No rollout is open.",
            hint: "Begin one: sluice rollout start VERSION --plan careful"
        )
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore
import SluiceMock
import SluiceNode

/// The scenes of the demo, one after the other.
struct DemoShow {
    let stage: DemoStage
    let terminal: Terminal

    /// A scene that has not ended by then counts as undecided.
    private static let patience: Duration = .seconds(45)

    /// Plays the scenes.
    ///
    /// - Returns: whether each ended as it was announced.
    func play(_ scenes: [DemoScene]) async throws -> Bool {
        Terminal.say(
            """
            A node at \(stage.addresses.baseURL), its admin API at \(stage.addresses.adminURL), a simulated provider,
            and callers who send requests all the time. v1 serves route '\(DemoStage.route)'.
            """
        )
        // What the judge expects of latency and cost it takes from the baseline's last values.
        try await Task.sleep(for: .seconds(3))
        var isWhole = true
        for (number, scene) in scenes.enumerated() {
            Terminal.say("\n== \(number + 1) of \(scenes.count): \(title(scene))\n")
            let isAsTold = scene == .outage ? try await outage() : try await rollout(scene)
            if !isAsTold { Terminal.say("This did not end as announced.") }
            isWhole = isWhole && isAsTold
        }
        let counts = stage.traffic.soFar
        Terminal.say(
            "\n\(counts.sent) requests were sent; \(counts.failed) failed, most of them in the outage if it was shown."
        )
        Terminal.say("Do it with your own traffic: sluice serve, then docs/rollouts.md.")
        return isWhole
    }

    private func title(_ scene: DemoScene) -> String {
        switch scene {
        case .good: "v2, a cheaper model that is as good, is promoted by itself"
        case .errors: "v3 fails one request in four, and is rolled back"
        case .slow: "v4 is as fast as ever at the median, but slow at the tail, and is rolled back"
        case .expensive: "v5 has the same price list, but talks four times as much, and is rolled back"
        case .outage: "the provider fails for everybody while v6 is released: a hold, and no rollback"
        }
    }

    // MARK: Scenes

    private func rollout(_ scene: DemoScene) async throws -> Bool {
        let (version, model) = parts(scene)
        let id = try await begin(version, model)
        let end = try await follow(id)
        try await tell(id, whole: scene == .slow)
        return end.phase == (scene == .good ? "completed" : "aborted")
    }

    private func outage() async throws -> Bool {
        let (version, model) = parts(.outage)
        let id = try await begin(version, model)
        try await Task.sleep(for: .seconds(2))
        Terminal.say("-- the provider fails one request in four, whatever the version")
        stage.provider.settings = DemoProvider.outage
        let held = try await follow(id) { $0.phase == "paused" }
        stage.provider.settings = DemoProvider.settings
        guard held.phase == "paused" else { return false }
        Terminal.say("-- held, and nothing rolled back: \(Terminal.clean(held.awaited))")
        Terminal.say("-- the provider is back; an operator says: sluice rollout resume \(id)\n")
        try await Task.sleep(for: .seconds(2))
        _ = try await stage.admin.order("resume", of: id, because: "the provider is back")
        let end = try await follow(id)
        try await tell(id, whole: false)
        return end.phase == "completed"
    }

    private func parts(_ scene: DemoScene) -> (version: String, model: String) {
        switch scene {
        case .good: ("v2", "model-2")
        case .errors: ("v3", "model-3")
        case .slow: ("v4", "model-4")
        case .expensive: ("v5", "model-5")
        case .outage: ("v6", "model-6")
        }
    }

    // MARK: Calls

    private func begin(_ version: String, _ model: String) async throws -> String {
        var register = RegisterRequest(versionID: version, apiVersion: model, config: RawJSON([:]))
        register.route = DemoStage.route
        _ = try await stage.admin.call(
            "POST",
            ["versions", "register"],
            body: try AdminClient.json(of: register)
        )
        let steps: JSONValue = [
            ["weight": "20%", "for": "6s"], ["weight": "50%", "for": "6s"], ["weight": "100%"],
        ]
        var body = RolloutRequestBody(versionID: version, plan: RawJSON(["steps": steps]))
        body.reason = "demo"
        let view = try await stage.admin.call(
            RolloutView.self,
            "POST",
            ["rollouts"],
            body: try AdminClient.json(of: body)
        )
        return view.rolloutID
    }

    private func follow(
        _ id: String,
        until isEnough: @escaping (RolloutView) -> Bool = { _ in false }
    ) async throws -> RolloutView {
        let follower = RolloutFollower(
            client: stage.admin,
            terminal: terminal,
            id: id,
            pace: .milliseconds(500),
            patience: 10,
            deadline: .now.advanced(by: DemoShow.patience)
        )
        return try await follower.watch(until: isEnough)
    }

    private func tell(_ id: String, whole: Bool) async throws {
        let view = try await stage.admin.call(RolloutExplanationView.self, "GET", ["rollouts", id, "explain"])
        let sections = whole ? view.sections : Array(view.sections.prefix(1))
        Terminal.say("\n$ sluice rollout explain \(id)")
        for section in sections {
            Terminal.say("\(Terminal.clean(section.heading))")
            for line in section.lines { Terminal.say("  \(Terminal.clean(line))") }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceNode

@Suite("A whole node that alerts", .serialized)
struct AlertingNodeTests {
    private static let secret = "hook-Zk83hQpLw2-secret"

    /// A local receiver, and whether it takes what it gets.
    private final class Hook: Sendable {
        private let answers = Mutex(true)
        private let server = Mutex<ScriptedUpstream?>(nil)

        init(isUp: Bool = true) throws {
            answers.withLock { $0 = isUp }
            let started = try ScriptedUpstream { [weak self] _, connection in
                let isUp = self?.answers.withLock { $0 } == true
                connection.send("HTTP/1.1 \(isUp ? "200 OK" : "503 Busy")\r\ncontent-length: 0\r\n\r\n")
                return true
            }
            server.withLock { $0 = started }
        }

        var port: Int { server.withLock { $0?.port ?? 0 } }
        var requests: [RawRequest] { server.withLock { $0?.requests ?? [] } }
        func heal() { answers.withLock { $0 = true } }
        func stop() { server.withLock { $0 }?.stop() }

        func bodies(_ kinds: String...) throws -> [JSONObject] {
            try requests.compactMap { try JSONValue(parsing: $0.body).object }
                .filter { body in kinds.contains { body["kind"]?.string == $0 } }
        }
    }

    private static func configuration(_ port: Int) -> String {
        RunningNode.configuration(
            """
            alerts:
              channels:
                - {name: hook, type: webhook, url: "http://127.0.0.1:\(port)/hook", secret: \(secret), on: all}
            providers:
              sim: {dialect: simulated, settings: {output_tokens: 12}}
              bad: {dialect: simulated, settings: {error_rate: 1.0}}
            routes:
              chat:
                versions:
                  - {version_id: v1, provider: sim, api_version: one, state: production}
                  - {version_id: v2, provider: bad, api_version: two}
            prices:
              - {provider: sim, model: one, input: 2.0, output: 8.0}
              - {provider: bad, model: two, input: 1.0, output: 4.0}
            """
        )
    }

    /// Lets a canary that always fails meet traffic until the node takes it out, and ends its rollout.
    private func rollBack(_ node: RunningNode, _ isTold: () throws -> Bool) async throws {
        let start = #"{"version_id":"v2","name":"r1","plan":{"steps":[{"weight":0.5,"for":"1h"},{"weight":1}]}}"#
        let made = try await node.admin("POST", "/rollouts", start)
        #expect(made.status == 201, "\(made.body)")
        var unit = 0
        _ = try await node.eventually("the canary is taken out") { () async throws -> String? in
            unit += 1
            _ = try await node.chat(unit: "u\(unit)")
            let state = try await node.admin("GET", "/rollouts/r1").json["phase"]?.string
            return state == "aborted" || state == "paused" ? state : nil
        }
        // The judge was faster than the brake, or a person ends what the brake stopped.
        _ = try await node.admin("POST", "/rollouts/r1/abort", #"{"reason":"over"}"#)
        #expect(try await node.admin("GET", "/versions/v2").json["state"]?.string == "rollback")
        _ = try await node.eventually("the channel is told") { try isTold() ? true : nil }
    }

    @Test("a canary that fails outright is taken out, and the webhook hears of it, signed", .timeLimit(.minutes(2)))
    func rollback() async throws {
        let hook = try Hook()
        defer { hook.stop() }
        try await Folder.with { folder in
            try folder.write(AlertingNodeTests.configuration(hook.port))
            try await RunningNode.with(folder) { node in
                let test = try await node.admin("POST", "/alerts/test", #"{"channel":"hook"}"#)
                #expect(try test.json["delivered"]?.bool == true, "\(test.body)")
                try await rollBack(node) { try !hook.bodies("rollout.rolled_back", "rollout.aborted").isEmpty }
                let end = try #require(try hook.bodies("rollout.rolled_back", "rollout.aborted").first)
                #expect(end["rollout"]?.object?["rollout_id"]?.string == "r1")
                #expect(end["rollout"]?.object?["route"]?.string == "chat")
                let list = try await node.admin("GET", "/alerts").json["items"]?.array?.first?.object
                #expect(list?["channel"]?.string == "hook" && list?["type"]?.string == "webhook")
                #expect(list?["last_delivered_at"] != nil && list?["failing_since"] == nil)
                let now = WallClock.now().nanoseconds / 1_000_000_000
                for request in hook.requests {
                    let time = try #require(WebhookCheck.time(of: request, key: AlertingNodeTests.secret))
                    #expect(abs(now - time) < 300)
                }
                let ids = hook.requests.compactMap { $0["x-sluice-delivery"] }
                #expect(Set(ids).count == ids.count, "each message once")
            }
        }
    }

    @Test("what a receiver did not take before the node ended, it gets after the next start", .timeLimit(.minutes(2)))
    func restart() async throws {
        let hook = try Hook(isUp: false)
        defer { hook.stop() }
        try await Folder.with { folder in
            try folder.write(AlertingNodeTests.configuration(hook.port))
            try await RunningNode.with(folder) { node in
                let start = #"{"version_id":"v2","name":"r1","plan":"careful"}"#
                #expect(try await node.admin("POST", "/rollouts", start).status == 201)
                _ = try await node.eventually("one try") { hook.requests.isEmpty ? nil : true }
                let state = try await node.eventually("the failure is seen") { () async throws -> JSONObject? in
                    let state = try await node.admin("GET", "/alerts").json["items"]?.array?.first?.object
                    return state?["failing_since"] == nil ? nil : state
                }
                #expect(state["last_error"]?.string == "status 503")
            }
            let first = try #require(hook.requests.first?["x-sluice-delivery"])
            hook.heal()
            let before = hook.requests.count
            try await RunningNode.with(folder) { node in
                _ = try await node.eventually("all of it") {
                    try hook.bodies("rollout.restarted").isEmpty ? nil : true
                }
                let delivered = hook.requests.dropFirst(before)
                #expect(delivered.first?["x-sluice-delivery"] == first, "the same message, known by its id")
                let kinds = try delivered.compactMap { try JSONValue(parsing: $0.body).object?["kind"]?.string }
                #expect(kinds == ["rollout.started", "rollout.stepped", "rollout.restarted"])
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("A whole node under traffic", .serialized)
struct TrafficTests {
    @Test("a chat goes to the simulated provider and back, and says where it was")
    func chat() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let answer = try await node.chat()
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer.headers["x-sluice-version"] == "v1")
                #expect(answer.headers["x-sluice-route"] == "chat")
                #expect(answer.headers["x-request-id"] != nil)
                #expect(try answer.json["object"]?.string == "chat.completion")
                let byAlias = try await node.chat(model: "gpt-4.1")
                #expect(byAlias.headers["x-sluice-route"] == "chat")
            }
        }
    }

    @Test("what a chat cost stands in the ledger soon after")
    func ledger() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                for _ in 0..<3 { _ = try await node.chat() }
                let metrics = try await node.eventually("three requests in the metrics") {
                    let metrics = try await node.admin("GET", "/versions/v1/metrics").json
                    return metrics["total_requests"]?.int == 3 ? metrics : nil
                }
                #expect(metrics["error_rate"]?.jsonText == "0.0")
                let usage = try await node.eventually("three requests in the ledger") {
                    let usage = try await node.admin("GET", "/usage?group_by=version")
                    return usage.body.contains("\"v1\"") ? usage : nil
                }
                #expect(usage.status == 200)
            }
        }
    }

    @Test("a weight moves its share of the units, and a unit stays where it is")
    func split() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let moved = try await node.admin(
                    "POST",
                    "/versions/v2/transition",
                    #"{"target_state":"canary","reason":"test"}"#
                )
                #expect(moved.status == 200, "\(moved.body)")
                #expect(try await node.admin("PATCH", "/versions/v2/weight", #"{"weight":0.5}"#).status == 200)
                var counts: [String: Int] = [:]
                for unit in 0..<60 {
                    let first = try await node.chat(unit: "u\(unit)").headers["x-sluice-version"]
                    let second = try await node.chat(unit: "u\(unit)").headers["x-sluice-version"]
                    #expect(first == second)
                    counts[first ?? "none", default: 0] += 1
                }
                #expect((15...45).contains(counts["v2"] ?? 0), "\(counts)")
                #expect(counts["v1", default: 0] + counts["v2", default: 0] == 60)
                let back = try await node.admin("POST", "/versions/v2/rollback", #"{"reason":"test"}"#)
                #expect(back.status == 200, "\(back.body)")
                for unit in 0..<10 {
                    #expect(try await node.chat(unit: "u\(unit)").headers["x-sluice-version"] == "v1")
                }
            }
        }
    }

    @Test("keys of one plane open nothing on the other, and a wrong key is 401")
    func planes() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let nobody = try await node.chat(key: nil)
                #expect(nobody.status == 401)
                #expect(try await node.chat(key: RunningNode.adminToken).status == 401)
                #expect(try await node.admin("GET", "/versions", token: nil).status == 401)
                #expect(try await node.admin("GET", "/versions", token: RunningNode.key).status == 401)
                #expect(try await node.admin("GET", "/versions").status == 200)
            }
        }
    }

    @Test("a key made by the API works at once, and is refused at once when it is revoked")
    func keys() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let made = try await node.admin("POST", "/keys", #"{"name":"fresh"}"#).json
                let text = try #require(made["key"]?.string)
                let id = try #require(made["id"]?.string ?? made["key_id"]?.string)
                #expect(text.hasPrefix("sl_"))
                #expect(try await node.chat(key: text).status == 200)
                #expect(try await node.admin("POST", "/keys/\(id)/revoke", "{}").status == 200)
                #expect(try await node.chat(key: text).status == 401)
            }
        }
    }

    @Test("probes and metrics answer on the admin port without a token")
    func probes() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                for path in ["/healthz", "/readyz", "/health/liveliness", "/health/readiness"] {
                    #expect(try await node.call("GET", node.addresses.adminURL + path).status == 200)
                }
                _ = try await node.chat()
                let text = try await node.eventually("the request in the metrics") {
                    let text = try await node.call("GET", node.addresses.adminURL + "/metrics").body
                    return text.contains("version=\"v1\"") ? text : nil
                }
                #expect(text.contains("sluice_store_up 1"))
                #expect(text.contains("sluice_build_info{version=\"\(NodeVersion.text)\"} 1"))
            }
        }
    }
}

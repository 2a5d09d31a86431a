// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Moving versions")
struct VersionChangeTests {
    private let base = "/v1/admin/versions/"

    @Test("a canary's weight goes up in increments, and the answer is the version")
    func weights() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2")
        for weight in [0.01, 0.05, 0.25, 0.5, 1.0] {
            let answer = try await admin.call("PATCH", base + "v2/weight", ["weight": .double(weight)])
            #expect(answer.status == 200)
            #expect(answer["version_id"] == "v2")
            #expect(answer["weight"] == .double(weight))
            #expect(try await admin.call("GET", base + "v2/metrics")["total_requests"] == .integer("0"))
        }
    }

    @Test("an integer is a weight as well")
    func wholeWeight() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2")
        #expect(try await admin.call("PATCH", base + "v2/weight", ["weight": 1])["weight"] == .double(1))
        #expect(try await admin.call("PATCH", base + "v2/weight", ["weight": 0])["weight"] == .double(0))
    }

    @Test("a staging version has no weight to change: 409 with the call to make")
    func stagingWeight() async throws {
        let admin = try await AdminHarness()
        let body: JSONValue = ["version_id": "v2", "api_version": "gpt-4.1", "config": [:]]
        _ = try await admin.call("POST", base + "register", body)
        let answer = try await admin.call("PATCH", base + "v2/weight", ["weight": .double(0.1)])
        #expect(answer.status == 409)
        #expect(answer["error"] == "invalid_state")
        #expect(answer["hint"]?.string?.contains("/v1/admin/versions/v2/transition") == true)
        #expect(answer["hint"]?.string?.contains("canary") == true)
    }

    @Test("with auto_transition the first weight moves a staging version to canary")
    func autoTransition() async throws {
        let admin = try await AdminHarness(autoTransition: true)
        let body: JSONValue = ["version_id": "v2", "api_version": "gpt-4.1", "config": [:]]
        _ = try await admin.call("POST", base + "register", body)
        let answer = try await admin.call("PATCH", base + "v2/weight", ["weight": .double(0.1)])
        #expect(answer.status == 200)
        #expect(answer["state"] == "canary")
    }

    @Test("canaries of a route that would hold more than everything are a conflict")
    func tooMuch() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2", weight: 0.7)
        try await admin.makeCanary("v3")
        let answer = try await admin.call("PATCH", base + "v3/weight", ["weight": .double(0.31)])
        #expect(answer.status == 409)
        #expect(try await admin.call("PATCH", base + "v3/weight", ["weight": .double(0.3)]).status == 200)
    }

    @Test(
        "weights outside 0 to 1 and what is no number are 422",
        arguments: ["1.01", "-0.1", "1e400", "null", "\"1\""]
    )
    func wrongWeights(text: String) async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2")
        let body = Array("{\"weight\": \(text)}".utf8)
        let headers = ["authorization": "Bearer \(AdminHarness.token)"]
        #expect(try await admin.send("PATCH", base + "v2/weight", body, headers: headers).status == 422)
    }

    @Test("an illegal move is 409 and lists the legal ones; a state that is none is 422")
    func transitions() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2")
        let answer = try await admin.call("POST", base + "v2/transition", ["target_state": "staging"])
        #expect(answer.status == 409)
        #expect(answer["error"] == "invalid_state")
        #expect(answer["details"]?.object?["legal"] == ["production", "rollback"])
        let unknown = try await admin.call("POST", base + "v2/transition", ["target_state": "live", "reason": "x"])
        #expect(unknown.status == 422)
        let missing = try await admin.call("POST", base + "nobody/transition", ["target_state": "canary"])
        #expect(missing.status == 404)
    }

    @Test("promotion, then deprecation of the former one")
    func promotion() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2", weight: 0.5)
        let body: JSONValue = ["target_state": "production", "reason": "better"]
        #expect(try await admin.call("POST", base + "v2/transition", body)["state"] == "production")
        #expect(try await admin.call("GET", base + "v1")["weight"] == .double(0))
        #expect(try await admin.call("POST", base + "v1/deprecate")["state"] == "deprecated")
    }

    @Test("thresholds change in part; null takes one away; a misspelt one is refused")
    func thresholds() async throws {
        let admin = try await AdminHarness()
        let path = base + "v1/thresholds"
        let set = try await admin.call(
            "PATCH",
            path,
            ["error_rate": .double(0.05), "p99_latency_ms": 500, "cost_spike_ratio": .double(2), "reason": "slo"]
        )
        #expect(
            set["thresholds"]
                == .object([
                    "error_rate": .double(0.05), "p99_latency_ms": .double(500), "cost_spike_ratio": .double(2),
                ])
        )
        let cleared = try await admin.call("PATCH", path, ["p99_latency_ms": nil])
        #expect(
            cleared["thresholds"] == .object(["error_rate": .double(0.05), "cost_spike_ratio": .double(2)])
        )
        let wrong = try await admin.call("PATCH", path, ["eror_rate": .double(0.1)])
        #expect(wrong.status == 422)
        #expect(wrong["message"]?.string?.contains("eror_rate") == true)
        #expect(wrong["message"]?.string?.contains("Did you mean 'error_rate'?") == true)
        #expect(try await admin.call("PATCH", path, ["error_rate": .double(1.5)]).status == 422)
    }

    @Test("a rollback gives the traffic to the newest other production version and says so")
    func rollback() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2", weight: 0.4)
        let answer = try await admin.call("POST", base + "v2/rollback", ["reason": "wrong answers"])
        #expect(answer.status == 200)
        #expect(answer["version_id"] == "v2")
        #expect(answer["state"] == "rollback")
        #expect(answer["weight"] == .double(0))
        #expect(answer["target_version"] == "v1")
        #expect(answer["message"]?.string?.contains("v1") == true)
        let again = try await admin.call("POST", base + "v2/rollback", ["reason": "again"])
        #expect(again.status == 409)
    }

    @Test("a rollback without another production version still happens, and the answer says what it means")
    func lastRollback() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("POST", base + "v1/rollback")
        #expect(answer.status == 200)
        #expect(answer["target_version"] == nil)
        #expect(answer["message"]?.string?.contains("503") == true)
    }

    @Test("ids with slashes and percent codes are reached when they are encoded")
    func strangeIds() async throws {
        let admin = try await AdminHarness()
        let body: JSONValue = ["version_id": "team/v2:a@1+b", "api_version": "gpt-4.1", "config": [:]]
        #expect(try await admin.call("POST", base + "register", body).status == 201)
        let answer = try await admin.call("GET", base + "team%2Fv2%3Aa%401+b")
        #expect(answer["version_id"] == "team/v2:a@1+b")
    }

    @Test("a reason is kept in the audit with who gave it, and one that is too long is refused")
    func reasons() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2")
        let body = Array("{\"weight\": 0.1, \"reason\": \"two days healthy\"}".utf8)
        let headers = ["x-api-key": "operator-token-0123456789", "x-sluice-actor": "  ada\u{1}\n "]
        #expect(try await admin.send("PATCH", base + "v2/weight", body, headers: headers).status == 200)
        let audit = try await admin.call("GET", "/v1/admin/audit")
        let last = try #require(audit["items"]?.array?.last?.object)
        #expect(last["actor"] == "mover:ada")
        #expect(last["action"] == "version.weight")
        #expect(last["subject"] == "version:v2")
        #expect(last["reason"] == "two days healthy")
        #expect(last["before"]?.string?.contains("\"weight\"") == true)
        let long: JSONValue = ["weight": .double(0.2), "reason": .string(String(repeating: "é", count: 1_001))]
        let refused = try await admin.call("PATCH", base + "v2/weight", long)
        #expect(refused.status == 422)
        #expect(refused["details"]?.object?["field"] == "reason")
    }
}

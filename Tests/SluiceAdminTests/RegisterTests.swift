// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Registering a version")
struct RegisterTests {
    private static let path = "/v1/admin/versions/register"

    @Test("a new version is 201, the same again 200, another config under its id 409")
    func idempotent() async throws {
        let admin = try await AdminHarness()
        let body: JSONValue = [
            "version_id": "v2", "api_version": "gpt-4.1", "weight": .double(0.1), "state": "staging",
            "config": ["temperature": .double(0.2)],
        ]
        let first = try await admin.call("POST", RegisterTests.path, body)
        #expect(first.status == 201)
        #expect(first["state"] == "staging")
        #expect(first["route"] == "chat")
        #expect(first["provider"] == "main")
        #expect(first["owner"] == "api")
        #expect(first["config_hash"] == .string(ConfigHash.of(["temperature": .double(0.2)])))
        let again = try await admin.call("POST", RegisterTests.path, body)
        #expect(again.status == 200)
        #expect(again["created_at"] == first["created_at"])
        let other = try await admin.call(
            "POST",
            RegisterTests.path,
            ["version_id": "v2", "api_version": "gpt-4.1", "config": ["temperature": .double(0.3)]]
        )
        #expect(other.status == 409)
        #expect(other["error"] == "conflict")
    }

    @Test("a hash that does not match is 422 and both are shown; the right one passes")
    func hashes() async throws {
        let admin = try await AdminHarness()
        var body: JSONObject = ["version_id": "v2", "api_version": "gpt-4.1", "config": ["a": .integer("1")]]
        body["config_hash"] = "0000000000000000"
        let answer = try await admin.call("POST", RegisterTests.path, .object(body))
        #expect(answer.status == 422)
        #expect(answer["error"] == "config_hash_mismatch")
        let right = ConfigHash.of(["a": .integer("1")])
        #expect(answer.text.contains("0000000000000000"))
        #expect(answer.text.contains(right))
        let shown = try #require(answer["details"]?.object).members.compactMap(\.value.string)
        #expect(Set(shown) == ["0000000000000000", right])
        body["config_hash"] = .string(right)
        #expect(try await admin.call("POST", RegisterTests.path, .object(body)).status == 201)
    }

    @Test("big integers, floats and characters of a config come back as they went in")
    func survives() async throws {
        let admin = try await AdminHarness()
        let config =
            "{\"seed\":123456789012345678901234567890,\"temperature\":1.0,\"tiny\":1e-05,\"big\":1e+16,"
            + "\"metadata\":{\"ключ\":\"e\\u0301é🎈\",\"list\":[],\"none\":null,\"yes\":true}}"
        let body = "{\"version_id\":\"v2\",\"api_version\":\"gpt-4.1\",\"config\":\(config)}"
        let headers = ["authorization": "Bearer \(AdminHarness.token)"]
        let made = try await admin.send("POST", RegisterTests.path, Array(body.utf8), headers: headers)
        #expect(made.status == 201)
        let shown = try await admin.call("GET", "/v1/admin/versions/v2")
        #expect(shown["config"] == (try JSONValue(parsing: config)))
        #expect(shown.text.contains("123456789012345678901234567890"))
        #expect(shown.text.contains("\"temperature\":1.0"))
        #expect(shown["config_hash"] == .string(ConfigHash.of(try JSONValue(parsing: config))))
    }

    @Test("a route that cannot be told is 422 with the list of routes")
    func unclearRoute() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call(
            "POST",
            RegisterTests.path,
            ["version_id": "v2", "api_version": "another-model", "config": [:]]
        )
        #expect(answer.status == 422)
        #expect(answer["details"]?.object?["routes"] == ["chat", "search"])
    }

    @Test(
        "a body that does not fit is 422 and says which member",
        arguments: [
            ("{}", "version_id"), (#"{"version_id":1}"#, "version_id"),
            (#"{"version_id":"a","api_version":"m"}"#, "config"),
            (#"{"version_id":"a","api_version":"m","config":{},"weight":"much"}"#, "weight"),
            (#"{"version_id":"a","api_version":"gpt-4.1","config":{},"weight":2}"#, "weight"),
            (#"{"version_id":"a","api_version":"m","config":{},"state":"live"}"#, "state"),
            (#"{"version_id":"a","api_version":"m","config":{},"thresholds":{"error":1}}"#, "error"),
            (#"{"version_id":"a","api_version":"m","config":{},"reason":[]}"#, "reason"),
            (#"{"version_id":"a b","api_version":"m","config":{},"route":"chat"}"#, "a b"), ("[]", "object"),
            ("3", "object"),
        ]
    )
    func misfits(body: String, names: String) async throws {
        let admin = try await AdminHarness()
        let headers = ["authorization": "Bearer \(AdminHarness.token)"]
        let answer = try await admin.send("POST", RegisterTests.path, Array(body.utf8), headers: headers)
        #expect(answer.status == 422)
        #expect(answer["message"]?.string?.contains(names) == true, "\(answer.text)")
    }
}

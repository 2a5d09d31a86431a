// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("The fixed shapes of versions")
struct VersionShapeTests {
    @Test("the list is a bare array; a version without traffic has exactly the members that are known")
    func list() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/versions")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/json")
        let versions = try #require(answer.json?.array)
        #expect(versions.count == 2)
        let first = try #require(versions.first?.object)
        let names: Set = [
            "version_id", "route", "api_version", "provider", "weight", "state", "health_score", "error_count",
            "request_count", "created_at", "config_hash", "cost_per_mtok", "quality_score", "owner",
        ]
        #expect(Set(first.members.map(\.name)).subtracting(["deployed_at"]) == names)
        #expect(first["version_id"] == "v1")
        #expect(first["route"] == "chat")
        #expect(first["api_version"] == "gpt-4.1")
        #expect(first["provider"] == "main")
        #expect(first["weight"] == .double(1))
        #expect(first["state"] == "production")
        #expect(first["health_score"] == .double(1))
        #expect(first["error_count"] == .integer("0"))
        #expect(first["request_count"] == .integer("0"))
        #expect(first["created_at"] == "2026-11-20T00:00:00.000Z")
        #expect(first["config_hash"] == .string(ConfigHash.of(.object(["temperature": .double(0.7)]))))
        #expect(first["cost_per_mtok"] == .double(8))
        #expect(first["quality_score"] == .double(0.9))
        #expect(!answer.text.contains("null"))
    }

    @Test("the list is filtered by state; a state that is none is 422")
    func byState() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2", weight: 0.05)
        func ids(_ state: String) async throws -> [String] {
            let answer = try await admin.call("GET", "/v1/admin/versions?route=chat&state=\(state)")
            return (answer.json?.array ?? []).compactMap { $0.object?["version_id"]?.string }
        }
        #expect(try await ids("production") == ["v1"])
        #expect(Set(try await ids("production,canary")) == ["v1", "v2"])
        #expect(try await ids("rollback") == [])
        #expect(try await admin.call("GET", "/v1/admin/versions?state=live").status == 422)
    }

    @Test("a cost that nobody knows is 0 with priced: false beside it, not a price of nothing")
    func unknownCost() async throws {
        let admin = try await AdminHarness()
        func outcome(_ number: UInt64, usage: Usage?, cost: Cost) throws -> Outcome {
            var outcome = Outcome(
                request: RequestID(high: 1, low: number),
                startedAt: AdminHarness.now.advanced(bySeconds: -5),
                endpoint: .chatCompletions,
                epoch: 1
            )
            outcome.version = try #require(VersionID("v1"))
            outcome.ending = .complete
            var attempt = Attempt(
                number: 1,
                purpose: .primary,
                provider: try #require(ProviderID("main")),
                model: "gpt-4.1",
                version: try #require(VersionID("v1")),
                startedAfter: 0
            )
            attempt.duration = 1_000_000
            attempt.usage = usage
            attempt.cost = cost
            outcome.attempts = [attempt]
            return outcome
        }
        let path = "/v1/admin/versions/v1/metrics"
        #expect(try await admin.call("GET", path)["priced"] == nil, "without traffic")
        admin.metrics.observe([try outcome(1, usage: nil, cost: .unknown)])
        let unknown = try await admin.call("GET", path)
        #expect(unknown["cost_per_1k_tokens"] == .double(0) && unknown["priced"] == .bool(false))
        let usage = Usage(freshInput: 500, output: 500)
        admin.metrics.observe([try outcome(2, usage: usage, cost: .known(NanoUSD(2_000_000)))])
        let known = try await admin.call("GET", path)
        #expect(known["cost_per_1k_tokens"] == .double(0.002) && known["priced"] == nil)
    }

    @Test("numbers are spelled as numbers: a whole weight as 1.0, a share to the basis point")
    func spelling() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2", weight: 0.05)
        let text = try await admin.call("GET", "/v1/admin/versions").text
        #expect(text.contains("\"weight\":1.0,"))
        #expect(text.contains("\"weight\":0.05,"))
    }

    @Test("one version has its config and its thresholds as well")
    func show() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/versions/v1")
        #expect(answer["config"] == .object(["temperature": .double(0.7)]))
        #expect(answer["thresholds"] == .object([:]))
        let missing = try await admin.call("GET", "/v1/admin/versions/v9")
        #expect(missing.status == 404)
        #expect(missing["error"] == "not_found")
        #expect(missing["message"]?.string?.contains("v9") == true)
    }

    @Test("the distribution is an object by version id with four members each")
    func distribution() async throws {
        let admin = try await AdminHarness()
        try await admin.makeCanary("v2", weight: 0.25)
        let answer = try await admin.call("GET", "/v1/admin/versions/distribution")
        #expect(answer.json?.object?.members.map(\.name) == ["s1", "v1", "v2"])
        #expect(
            answer["v2"]
                == .object([
                    "weight": .double(0.25), "route": "chat", "state": "canary", "effective_weight": .double(0.25),
                ])
        )
        #expect(answer["v1"]?.object?["effective_weight"] == .double(0.75))
        #expect(answer["v1"]?.object?["weight"] == .double(1))
    }

    @Test("without traffic the four metrics are numbers, 0, and the rest of what is not known is absent")
    func metricsWithoutTraffic() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/versions/v1/metrics")
        #expect(
            answer.json
                == .object([
                    "error_rate": .double(0), "p99_latency_ms": .double(0), "cost_per_1k_tokens": .double(0),
                    "total_requests": .integer("0"), "window_seconds": .integer("300"), "health_score": .double(1),
                ])
        )
    }

    @Test("with traffic the metrics tell rates, quantiles, costs and classes of errors")
    func metricsWithTraffic() async throws {
        let admin = try await AdminHarness()
        admin.metrics.observe(try (0..<20).map { try outcome($0, fails: $0 < 5) })
        let answer = try await admin.call("GET", "/v1/admin/versions/v1/metrics?window=60")
        #expect(answer["error_rate"] == .double(0.25))
        #expect(answer["total_requests"] == .integer("20"))
        #expect(answer["errors_by_class"] == .object(["upstream_error": .integer("5")]))
        #expect(answer["window_seconds"] == .integer("60"))
        let cost = try #require(answer["cost_per_1k_tokens"]?.number)
        #expect(abs(cost - 0.005) < 1e-12)
        #expect(abs(try #require(answer["cost_per_1m_tokens"]?.number) - 5) < 1e-9)
        #expect(answer["cost_ratio"] == .double(1))
        for name in [
            "p50_latency_ms", "p90_latency_ms", "p95_latency_ms", "p99_latency_ms", "avg_latency_ms", "p50_ttft_ms",
            "p99_ttft_ms", "tokens_per_second",
        ] {
            #expect(try #require(answer[name]?.number, "\(name)") > 0)
        }
        #expect(answer["priced"] == nil)
        let listed = try await admin.call("GET", "/v1/admin/versions?route=chat")
        let version = try #require(listed.json?.array?.first?.object)
        #expect(version["request_count"] == .integer("20"))
        #expect(version["error_count"] == .integer("5"))
        #expect(version["avg_latency_ms"] != nil)
        #expect(version["health_score"] == .double(0.75))
    }

    @Test("a model without a price says so")
    func unpriced() async throws {
        let admin = try await AdminHarness()
        let body: JSONValue = ["version_id": "free", "api_version": "unheard-of", "config": [:], "route": "chat"]
        #expect(try await admin.call("POST", "/v1/admin/versions/register", body).status == 201)
        let answer = try await admin.call("GET", "/v1/admin/versions/free/metrics")
        #expect(answer["priced"] == .bool(false))
        #expect(answer["cost_per_1k_tokens"] == .double(0))
        #expect(try await admin.call("GET", "/v1/admin/versions/free")["cost_per_mtok"] == nil)
    }

    @Test("a window outside 10 to 3600 seconds is refused", arguments: ["9", "3601", "-1", "x", "1e3", ""])
    func window(text: String) async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/versions/v1/metrics?window=\(text)")
        #expect(answer.status == 422)
        #expect(answer["details"]?.object?["field"] == "window")
    }

    private func outcome(_ number: Int, fails: Bool) throws -> Outcome {
        let request = RequestID(milliseconds: 1_795_132_800_000, sequence: 0, random: UInt64(number))
        let version = try #require(VersionID("v1"))
        var outcome = Outcome(
            request: request,
            startedAt: AdminHarness.now.advanced(bySeconds: -2),
            endpoint: .chatCompletions,
            epoch: 1
        )
        outcome.version = version
        outcome.duration = 1_000_000_000
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: try #require(ProviderID("main")),
            model: "gpt-4.1",
            version: version,
            startedAfter: 0
        )
        attempt.duration = 800_000_000
        if fails {
            attempt.errorClass = .upstreamError
        } else {
            attempt.firstToken = 200_000_000
            attempt.usage = Usage(freshInput: 100, output: 100)
            attempt.cost = .known(NanoUSD(1_000_000))
        }
        outcome.attempts = [attempt]
        outcome.ending = .complete
        return outcome
    }
}

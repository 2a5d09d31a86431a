// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceAdmin

@Suite("Usage and audit")
struct RecordTests {
    @Test("sums are exact, grouped as asked, and the total is over all")
    func usage() async throws {
        let admin = try await AdminHarness()
        try await ingest(3, version: "v1", into: admin)
        try await ingest(2, version: "v2", from: 3, into: admin)
        let answer = try await admin.call("GET", "/v1/admin/usage?group_by=version,day")
        #expect(answer["group_by"] == ["version", "day"])
        let rows = (answer["groups"]?.array ?? []).compactMap { $0.object }
        #expect(rows.count == 2)
        let first = try #require(rows.first { $0["version"] == "v1" })
        #expect(first["day"] == "2026-11-20")
        #expect(first["requests"] == 3)
        #expect(first["input_tokens"] == 300)
        #expect(first["cost_nano_usd"] == 3_000_003)
        #expect(first["cost_usd"] == .double(0.003000003))
        #expect(first["cost_state"] == "known")
        #expect(answer["since"]?.string?.hasPrefix("2026-11-20T") == true)
        #expect(answer["total"]?.object?["requests"] == 5)
        #expect(answer["total"]?.object?["cost_nano_usd"] == 5_000_005)
    }

    @Test("without any use the total is zeros, and filters that cannot be are refused")
    func emptyUsage() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/usage")
        #expect(answer["groups"] == [])
        #expect(answer["total"]?.object?["attempts"] == 0)
        for query in [
            "group_by=colour", "from=yesterday", "from=2026-01-02&until=2026-01-01", "route=a%20b", "key=nobody",
            "group_by=key,team",
        ] {
            #expect(try await admin.call("GET", "/v1/admin/usage?\(query)").status == 422, "\(query)")
        }
    }

    @Test("the export has a line for each attempt, as JSON and as CSV, over page borders")
    func export() async throws {
        let admin = try await AdminHarness()
        try await ingest(2_500, version: "v1", into: admin)
        let lines = try await admin.call("GET", "/v1/admin/usage/export").text.split(separator: "\n")
        #expect(lines.count == 2_500)
        let ids = try lines.compactMap { try JSONValue(parsing: String($0)).object?["request_id"]?.string }
        #expect(Set(ids).count == 2_500)
        let first = try JSONValue(parsing: String(lines[0]))
        #expect(first.object?["version"] == "v1")
        #expect(first.object?["input_tokens"] == 100)
        let csv = try await admin.call("GET", "/v1/admin/usage/export?format=csv")
        #expect(csv.headers["content-type"]?.hasPrefix("text/csv") == true)
        let rows = csv.text.split(separator: "\r\n")
        #expect(rows.count == 2_501)
        #expect(rows.first?.hasPrefix("timestamp,request_id,") == true)
        #expect(try await admin.call("GET", "/v1/admin/usage/export?version=v9").text.isEmpty)
        #expect(try await admin.call("GET", "/v1/admin/usage/export?format=xml").status == 422)
    }

    @Test("the audit comes in pages, its chain is verified there and can be verified here")
    func audit() async throws {
        let admin = try await AdminHarness()
        for number in 0..<5 { try await admin.makeCanary("c\(number)") }
        var entries: [AuditView] = []
        var cursor = "0"
        repeat {
            let page = try await admin.call("GET", "/v1/admin/audit?limit=4&cursor=\(cursor)")
            let shape = try AdminJSON.decode(Page<AuditView>.self, from: try #require(page.json))
            entries += shape.items
            cursor = shape.nextCursor ?? ""
        } while !cursor.isEmpty
        #expect(entries.map(\.sequence) == Array(1...Int64(entries.count)))
        #expect(entries.count >= 10)
        let verdict = try await admin.call("GET", "/v1/admin/audit/verify")
        #expect(verdict["intact"] == .bool(true))
        #expect(verdict["entries"]?.int == Int64(entries.count))
        #expect(verdict["head"]?.string == entries.last?.hash)
        #expect(AuditVerdictView(AuditChain.verify(entries.map(\.entry))).intact)
        var altered = entries
        altered[3].reason = "something else"
        #expect(AuditVerdictView(AuditChain.verify(altered.map(\.entry))).firstBad == 4)
        let kept = "\(entries.count + 1):\(String(repeating: "a", count: 64))"
        let broken = try await admin.call("GET", "/v1/admin/audit/verify?known_head=\(kept)")
        #expect(broken["intact"] == .bool(false))
        #expect(try await admin.call("GET", "/v1/admin/audit/verify?known_head=1:xyz").status == 422)
    }

    @Test("with the store gone, reads of the catalogue go on and the rest is 503 without a change")
    func storeGone() async throws {
        let admin = try await AdminHarness()
        await admin.store.fail(with: StoreError(.unavailable, "disk full"))
        #expect(try await admin.call("GET", "/v1/admin/versions").status == 200)
        let body: JSONValue = ["version_id": "v2", "api_version": "gpt-4.1", "config": [:]]
        let answer = try await admin.call("POST", "/v1/admin/versions/register", body)
        #expect(answer.status == 503)
        #expect(answer["error"] == "store_unavailable")
        for path in ["audit", "usage", "usage/export", "audit/verify"] {
            #expect(try await admin.call("GET", "/v1/admin/\(path)").status == 503, "\(path)")
        }
        await admin.store.fail(with: nil)
        #expect(try await admin.call("POST", "/v1/admin/versions/register", body).status == 201)
    }

    private func ingest(_ count: Int, version: String, from start: Int = 0, into admin: AdminHarness) async throws {
        let id = try #require(VersionID(version))
        var records: [JournalRecord] = []
        for number in start..<(start + count) {
            var outcome = Outcome(
                request: RequestID(milliseconds: 1_795_132_800_000, sequence: 0, random: UInt64(number)),
                startedAt: AdminHarness.now,
                endpoint: .chatCompletions,
                epoch: 1
            )
            outcome.route = RouteID("chat")
            outcome.version = id
            outcome.status = 200
            outcome.ending = .complete
            var attempt = Attempt(
                number: 1,
                purpose: .primary,
                provider: try #require(ProviderID("main")),
                model: "gpt-4.1",
                version: id,
                startedAfter: 0
            )
            attempt.usage = Usage(freshInput: 100, output: 10)
            attempt.cost = .known(NanoUSD(1_000_001))
            outcome.attempts = [attempt]
            records.append(.settled(outcome))
        }
        try await admin.store.ingest(records, node: "n1", position: JournalPosition())
    }
}

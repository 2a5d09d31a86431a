// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Rollouts over the API")
struct RolloutTests {
    private let base = "/v1/admin/rollouts"

    private func started(_ admin: AdminHarness, name: String = "r1") async throws {
        try await register("v2", admin)
        let made = try await admin.call("POST", base, wish("quick", name: name))
        #expect(made.status == 201)
    }

    private func register(_ id: String, _ admin: AdminHarness) async throws {
        let body: JSONValue = [
            "version_id": .string(id), "api_version": "gpt-4.1", "route": "chat", "config": ["seed": 7],
        ]
        #expect(try await admin.call("POST", "/v1/admin/versions/register", body).status == 201)
    }

    private func wish(_ preset: String, name: String) -> JSONValue {
        ["version_id": "v2", "plan": .string(preset), "name": .string(name)]
    }

    @Test("a rollout by preset begins at once: the canary has the first step's weight")
    func create() async throws {
        let admin = try await AdminHarness()
        try await register("v2", admin)
        let made = try await admin.call("POST", base, wish("quick", name: "r1"))
        #expect(made.status == 201)
        #expect(made["rollout_id"] == "r1")
        #expect(made["phase"] == "progressing")
        #expect(made["baseline"] == "v1")
        #expect(made["steps"]?.array?.count == 3)
        #expect(made["effective_weight"] == .double(0.1))
        let version = try await admin.call("GET", "/v1/admin/versions/v2")
        #expect(version["state"] == "canary")
        #expect(version["weight"] == .double(0.1))
    }

    @Test("with start: false it waits for start, and no traffic moves")
    func pending() async throws {
        let admin = try await AdminHarness()
        try await register("v2", admin)
        let plan: JSONValue = ["steps": [["weight": "5%", "for": "1h", "min_requests": 200], ["gate": "manual"]]]
        let body: JSONValue = ["version_id": "v2", "plan": plan, "start": false]
        let made = try await admin.call("POST", base, body)
        #expect(made.status == 201)
        #expect(made["phase"] == "pending")
        #expect(made["steps"]?.array?.last?.object?["gate"] == "manual")
        #expect(try await admin.call("GET", "/v1/admin/versions/v2")["state"] == "staging")
        let id = try #require(made["rollout_id"]?.string)
        let started = try await admin.call("POST", "\(base)/\(id)/start", ["reason": "now"])
        #expect(started.status == 200)
        #expect(started["phase"] == "progressing")
    }

    @Test("a promotion names the step it means; one for a step that has passed is 409")
    func promoteStep() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let first = try await admin.call("POST", "\(base)/r1/promote", ["step": 1])
        #expect(first.status == 200 && first["step"] == .integer("2"))
        let stale = try await admin.call("POST", "\(base)/r1/promote", ["step": 1])
        #expect(stale.status == 409 && stale["message"]?.string?.contains("step 2") == true)
        #expect(try await admin.call("POST", "\(base)/r1/promote", ["reason": "me"]).status == 409)
        #expect(try await admin.call("POST", "\(base)/r1/promote", ["step": 0]).status == 422)
        #expect(try await admin.call("POST", "\(base)/r1/promote", ["step": 2]).status == 200)
    }

    @Test("a plan that does not fit names its step and field")
    func badPlan() async throws {
        let admin = try await AdminHarness()
        try await register("v2", admin)
        let plan: JSONValue = ["steps": [["weight": "5%", "for": "1h"], ["weight": "2%", "for": "1h"]]]
        for path in [base, base + "/plan"] {
            let answer = try await admin.call("POST", path, ["version_id": "v2", "plan": plan])
            #expect(answer.status == 422)
            #expect(answer["details"]?.object?["field"] == "steps[1].weight")
        }
    }

    @Test("a route has one rollout at a time; the refusal names it")
    func oneARoute() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let second = try await admin.call("POST", base, wish("quick", name: "r2"))
        #expect(second.status == 409)
        #expect(second["details"]?.object?["rollout"] == "r1")
    }

    @Test("a route or baseline that is not the one it would have is refused")
    func expectations() async throws {
        let admin = try await AdminHarness()
        try await register("v2", admin)
        let right: JSONValue = ["version_id": "v2", "route": "chat", "baseline": "v1", "start": false, "plan": "quick"]
        let wrongRoute: JSONValue = ["version_id": "v2", "route": "search"]
        let wrongBaseline: JSONValue = ["version_id": "v2", "baseline": "s1"]
        let refused = try await admin.call("POST", base, wrongRoute)
        #expect(refused.status == 422)
        #expect(refused["details"]?.object?["field"] == "route")
        #expect(try await admin.call("POST", base, wrongBaseline)["details"]?.object?["field"] == "baseline")
        #expect(try await admin.call("POST", base, right).status == 201)
    }

    @Test("a dry run tells what each step finds, and makes nothing")
    func dryRun() async throws {
        let admin = try await AdminHarness()
        try await register("v2", admin)
        let answer = try await admin.call("POST", base + "/plan", ["version_id": "v2", "plan": "careful"])
        #expect(answer.status == 200)
        #expect(answer["steps"]?.array?.count == 3)
        #expect(answer["warnings"]?.array?.isEmpty == false)
        #expect(try await admin.call("GET", base)["items"]?.array?.isEmpty == true)
    }

    @Test("lists are pages, the newest first, by route and by whether they are open")
    func list() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        #expect(try await admin.call("POST", base + "/r1/abort", ["reason": "no"]).status == 200)
        #expect(try await admin.call("POST", base, wish("quick", name: "r2")).status == 201)
        func ids(_ query: String) async throws -> [JSONValue?] {
            let list = try await admin.call("GET", base + query)
            return try #require(list["items"]?.array).map { $0.object?["rollout_id"] }
        }
        #expect(try await ids("?limit=1") == ["r2"])
        #expect(try await ids("") == ["r2", "r1"])
        #expect(try await ids("?open=true") == ["r2"])
        #expect(try await ids("?open=false") == ["r1"])
        #expect(try await admin.call("GET", base + "?route=search")["items"]?.array?.isEmpty == true)
        #expect(try await admin.call("GET", base + "?open=perhaps").status == 422)
    }

    @Test("a person leads it: pause, resume, to the next step, to the end, and back again")
    func orders() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        #expect(try await admin.call("POST", base + "/r1/pause", ["reason": "lunch"])["phase"] == "paused")
        #expect(try await admin.call("POST", base + "/r1/resume")["phase"] == "progressing")
        let next = try await admin.call("POST", base + "/r1/promote")
        #expect(next["step"] == .integer("2"))
        #expect(next["effective_weight"] == .double(0.5))
        #expect(try await admin.call("POST", base + "/r1/promote", ["to": "everywhere"]).status == 422)
        let full = try await admin.call("POST", base + "/r1/promote", ["to": "full"])
        #expect(full["phase"] == "completed")
        #expect(full["open"] == .bool(false))
        #expect(try await admin.call("GET", "/v1/admin/versions/v2")["state"] == "production")
        #expect(try await admin.call("POST", base + "/r1/pause").status == 409)
        #expect(try await admin.call("POST", base + "/r1/undo", ["reason": "wrong tone"]).status == 200)
        let shares = try await admin.call("GET", "/v1/admin/versions/distribution")
        #expect(shares["v1"]?.object?["effective_weight"] == .double(1))
    }

    @Test("at a gate a plan can be extended: the gate opens, and the new steps follow")
    func extend() async throws {
        let admin = try await AdminHarness()
        try await register("v2", admin)
        let plan: JSONValue = ["steps": [["weight": "10%", "for": "1h"], ["gate": "manual"]]]
        let made = try await admin.call("POST", base, ["version_id": "v2", "plan": plan, "name": "r1"])
        #expect(made.status == 201)
        let more: JSONValue = [
            "steps": [["weight": "30%", "for": "1h"], ["gate": "manual"]], "reason": "so far so good",
        ]
        #expect(try await admin.call("POST", base + "/r1/extend", more).status == 409)
        #expect(try await admin.call("POST", base + "/r1/promote")["phase"] == "paused")
        let less: JSONValue = ["steps": [["weight": "10%"]]]
        #expect(try await admin.call("POST", base + "/r1/extend", less).status == 409)
        let wrong: JSONValue = ["steps": [["weigth": "30%"]]]
        let refused = try await admin.call("POST", base + "/r1/extend", wrong)
        #expect(refused.status == 422)
        #expect(refused["details"]?.object?["field"] == "steps[0].weigth")
        let extended = try await admin.call("POST", base + "/r1/extend", more)
        #expect(extended.status == 200)
        #expect(extended["phase"] == "progressing")
        #expect(extended["effective_weight"] == .double(0.3))
        #expect(extended["step"] == .integer("3"))
        #expect(extended["steps"]?.array?.count == 4)
    }

    @Test("abort takes the canary out at once; explain says so, and nobody judged")
    func abort() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let ended = try await admin.call("POST", base + "/r1/abort", ["reason": "bad words"])
        #expect(ended["phase"] == "aborted")
        #expect(try await admin.call("GET", "/v1/admin/versions/v2")["weight"] == .double(0))
        let text = try await admin.call("GET", base + "/r1/explain")["text"]?.string ?? ""
        #expect(text.contains("bad words"))
        #expect(try await admin.call("GET", base + "/r1/replay")["turns"]?.array?.isEmpty == true)
        let evidence = try await admin.call("GET", base + "/r1/evidence")
        #expect(evidence.headers["content-type"] == "application/x-ndjson")
        // The log says what it was to be judged by, in the commit that started it, and holds no block.
        #expect(evidence.text.split(separator: "\n").map { $0.prefix(8) } == ["{\"start\"", "{\"step\":"])
    }

    @Test("an unknown rollout is 404 wherever it is named")
    func missing() async throws {
        let admin = try await AdminHarness()
        let paths = ["", "/events", "/explain", "/evidence", "/replay"].map { ("GET", $0) }
        let orders = ["start", "pause", "resume", "approve", "abort", "retry", "undo", "promote"]
        for (method, path) in paths + orders.map({ ("POST", "/" + $0) }) {
            let answer = try await admin.call(method, base + "/nobody" + path)
            #expect(answer.status == 404, "\(method) \(path)")
            #expect(answer["error"] == "not_found")
        }
    }

    @Test("viewers look and plan, but lead nothing")
    func roles() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let token = "viewer-token-0123456789"
        #expect(try await admin.call("GET", base + "/r1", token: token).status == 200)
        #expect(try await admin.call("POST", base + "/r1/abort", token: token).status == 403)
        #expect(try await admin.call("POST", base, wish("quick", name: "x"), token: token).status == 403)
    }

    @Test("events begin with the state, then tell what happens, and end when the server stops")
    func events() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let answer = try await RolloutEvents.answer(of: "r1", admin.control, now: { AdminHarness.now })
        guard case .stream(let parts, let stop) = answer.body else {
            Issue.record("not a stream")
            return
        }
        #expect(answer.mediaType == "text/event-stream")
        var reader = parts.makeAsyncIterator()
        let first = String(decoding: try #require(await reader.next()), as: UTF8.self)
        #expect(first.hasPrefix("event: rollout.state\ndata: {"))
        #expect(first.contains("\"rollout_id\":\"r1\""))
        _ = try await admin.call("POST", base + "/r1/pause", ["reason": "lunch"])
        let second = String(decoding: try #require(await reader.next()), as: UTF8.self)
        #expect(second.hasPrefix("event: rollout.paused\ndata: {"))
        #expect(second.hasSuffix("}\n\n"))
        stop()
        #expect(await reader.next() == nil)
    }

    @Test("events end with the token that asked for them, at the next one or the next beat", arguments: [true, false])
    func revoked(happens: Bool) async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let pass = try await admin.control.createPass(for: "ada", role: .viewer, Change(by: "test"))
        let text = pass.text.exposed
        let answer = try await RolloutEvents.answer(
            of: "r1",
            admin.control,
            beat: happens ? .seconds(3_600) : .milliseconds(1),
            isAllowed: { [control = admin.control] in await control.pass(showing: text) != nil },
            now: { AdminHarness.now }
        )
        guard case .stream(let parts, _) = answer.body else {
            Issue.record("not a stream")
            return
        }
        _ = try await admin.control.revokePass("ada", Change(by: "test"))
        if happens { _ = try await admin.call("POST", base + "/r1/pause") }
        var seen: [String] = []
        for await part in parts { seen.append(String(decoding: part, as: UTF8.self)) }
        #expect(seen.filter { $0 != ": \n\n" }.count == 1)
    }

    @Test("a silent stream beats, so that proxies keep it")
    func beat() async throws {
        let admin = try await AdminHarness()
        try await started(admin)
        let answer = try await RolloutEvents.answer(
            of: "r1",
            admin.control,
            beat: .milliseconds(1),
            now: { AdminHarness.now }
        )
        guard case .stream(let parts, _) = answer.body else {
            Issue.record("not a stream")
            return
        }
        var reader = parts.makeAsyncIterator()
        _ = await reader.next()
        #expect(await reader.next().map { String(decoding: $0, as: UTF8.self) } == ": \n\n")
    }
}

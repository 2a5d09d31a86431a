// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceAdmin

@Suite("Teams, users and admin tokens over the admin API")
struct AccessTests {
    private func token(_ admin: AdminHarness, _ body: JSONValue) async throws -> String {
        let made = try await admin.call("POST", "/v1/admin/tokens", body)
        #expect(made.status == 201, "\(made.text)")
        return try #require(made["token"]?.string)
    }

    @Test("a person's token opens what its role opens, once made, and its person stands in the audit")
    func tokens() async throws {
        let admin = try await AdminHarness()
        let ada = try await token(admin, ["person": "ada", "role": "key-admin"])
        #expect(ada.hasPrefix("sla_"))
        let made = try await admin.send(
            "POST",
            "/v1/admin/keys",
            JSONValue.object(["name": "crawler"]).json,
            headers: ["authorization": "Bearer \(ada)", "x-sluice-actor": "somebody"]
        )
        #expect(made.status == 201)
        #expect(try await admin.call("POST", "/v1/admin/versions/v1/rollback", [:], token: ada).status == 403)
        let owner: JSONValue = ["person": "b", "role": "owner"]
        #expect(try await admin.call("POST", "/v1/admin/tokens", owner, token: ada).status == 403)
        let audit = try await admin.call("GET", "/v1/admin/audit")
        let actors = audit["items"]?.array?.compactMap { $0.object?["actor"]?.string }
        #expect(actors?.filter { $0 != "file" } == ["admin", "ada"])
        let list = try await admin.call("GET", "/v1/admin/tokens")
        #expect(!list.text.contains(ada) && !list.text.contains("hash"))
        let item = try #require(list["items"]?.array?.first?.object)
        #expect(item["state"] == "active" && item["created_by"] == "admin")
        let cut = String(ada.dropLast()) + (ada.hasSuffix("0") ? "1" : "0")
        #expect(try await admin.call("GET", "/v1/admin/keys", token: cut).status == 401)
        #expect(try await admin.call("POST", "/v1/admin/tokens/ada/revoke").status == 200)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 401)
        #expect(try await admin.call("POST", "/v1/admin/tokens/nobody/revoke").status == 404)
    }

    @Test("a token ends when it was to end, and when its user is blocked")
    func ends() async throws {
        let admin = try await AdminHarness()
        #expect(try await admin.call("POST", "/v1/admin/users", ["user": "ada", "role": "viewer"]).status == 201)
        let ada = try await token(admin, ["person": "ada"])
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 200)
        #expect(try await admin.call("POST", "/v1/admin/users/ada/block").status == 200)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 401)
        #expect(try await admin.call("POST", "/v1/admin/tokens", ["person": "ada"]).status == 409)
        #expect(try await admin.call("POST", "/v1/admin/users/ada/unblock").status == 200)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 200)
        #expect(try await admin.call("DELETE", "/v1/admin/users/ada").status == 200)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 401)
        #expect(try await admin.call("POST", "/v1/admin/tokens", ["person": "ada"]).status == 422)
    }

    @Test("the last owner stays: revoked, blocked and deleted are refused until there is another")
    func lastOwner() async throws {
        let admin = try await AdminHarness()
        #expect(try await admin.call("POST", "/v1/admin/users", ["user": "ada"]).status == 201)
        _ = try await token(admin, ["person": "ada", "role": "owner"])
        for (method, path) in [("POST", "tokens/ada/revoke"), ("POST", "users/ada/block"), ("DELETE", "users/ada")] {
            let refused = try await admin.call(method, "/v1/admin/\(path)")
            #expect(refused.status == 409 && refused.text.contains("last owner"), "\(path)")
        }
        _ = try await token(admin, ["person": "bob", "role": "owner"])
        #expect(try await admin.call("DELETE", "/v1/admin/users/ada").status == 200)
        #expect(try await admin.call("POST", "/v1/admin/tokens/bob/revoke").status == 409)
    }

    @Test(
        "a token that cannot be is refused",
        arguments: [
            ["person": "admin", "role": "owner"], ["person": "a:b", "role": "owner"],
            ["person": "a b", "role": "viewer"],
            ["person": "a", "role": "operator", "team": "search"], ["person": "a", "role": "owner", "team": "search"],
            ["person": "a"], ["person": "a", "role": "god"],
            ["person": "a", "role": "viewer", "expires_in_seconds": 0],
            ["person": "", "role": "viewer"],
        ] as [JSONValue]
    )
    func wrongTokens(body: JSONValue) async throws {
        #expect(try await AdminHarness().call("POST", "/v1/admin/tokens", body).status == 422)
    }

    @Test("a token of a team sees the team's keys, and others are not there")
    func teamTokens() async throws {
        let admin = try await AdminHarness()
        let own = try await admin.call("POST", "/v1/admin/keys", ["name": "own", "team": "search"])
        let foreign = try await admin.call("POST", "/v1/admin/keys", ["name": "foreign", "team": "ads"])
        let ownID = try #require(own["id"]?.string)
        let foreignID = try #require(foreign["id"]?.string)
        let bob = try await token(admin, ["person": "bob", "role": "key-admin", "team": "search"])
        let keys = try await admin.call("GET", "/v1/admin/keys", token: bob)
        #expect(keys["items"]?.array?.compactMap { $0.object?["name"]?.string } == ["own"])
        #expect(try await admin.call("GET", "/v1/admin/keys/\(ownID)", token: bob).status == 200)
        let calls: [(String, String, JSONValue?)] = [
            ("GET", "", nil), ("PATCH", "", ["name": "x"]), ("POST", "/rotate", nil), ("POST", "/revoke", nil),
            ("POST", "/block", nil), ("POST", "/unblock", nil), ("DELETE", "", nil),
        ]
        for (method, path, body) in calls {
            let answer = try await admin.call(method, "/v1/admin/keys/\(foreignID)\(path)", body, token: bob)
            #expect(answer.status == 404 && !answer.text.contains("ads"), "\(method) \(path)")
            let byName = try await admin.call(method, "/v1/admin/keys/foreign\(path)", body, token: bob)
            #expect(byName.status == 404, "\(method) \(path)")
        }
        let made = try await admin.call("POST", "/v1/admin/keys", ["name": "new"], token: bob)
        #expect(made["team"] == "search")
        let path = "/v1/admin/keys"
        #expect(try await admin.call("POST", path, ["name": "n", "team": "ads"], token: bob).status == 404)
        #expect(try await admin.call("PATCH", "\(path)/\(ownID)", ["team": "ads"], token: bob).status == 404)
        #expect(try await admin.call("PATCH", "\(path)/\(ownID)", ["team": .null], token: bob).status == 404)
        let teams = try await admin.call("GET", "/v1/admin/teams", token: bob)
        #expect(teams["items"]?.array?.compactMap { $0.object?["team"]?.string } == ["search"])
        #expect(try await admin.call("GET", "/v1/admin/teams/ads", token: bob).status == 404)
        #expect(try await admin.call("GET", "/v1/admin/usage?key=foreign", token: bob).status == 404)
        #expect(try await admin.call("GET", "/v1/admin/usage?group_by=key", token: bob).status == 200)
        for path in ["versions", "audit", "users", "tokens", "status", "prices"] {
            #expect(try await admin.call("GET", "/v1/admin/\(path)", token: bob).status == 403, "\(path)")
        }
    }

    @Test("a team is made, changed, blocked and deleted; one that only keys name is there all the same")
    func teams() async throws {
        let admin = try await AdminHarness()
        let body: JSONValue = ["team": "search", "title": "Search", "routes": ["chat"], "metadata": ["cc": 42]]
        let made = try await admin.call("POST", "/v1/admin/teams", body)
        #expect(made.status == 201 && made["metadata"] == ["cc": 42] && made["state"] == "active")
        #expect(try await admin.call("POST", "/v1/admin/teams", body).status == 409)
        _ = try await admin.call("POST", "/v1/admin/keys", ["name": "k", "team": "ads"])
        let list = try await admin.call("GET", "/v1/admin/teams")
        #expect(list["items"]?.array?.compactMap { $0.object?["team"]?.string } == ["search", "ads"])
        let changed = try await admin.call(
            "PATCH",
            "/v1/admin/teams/search",
            ["title": .null, "operations": ["chat"], "routes": []]
        )
        #expect(changed["title"] == nil && changed["routes"] == nil && changed["operations"] == ["chat"])
        let wrong = try await admin.call("PATCH", "/v1/admin/teams/search", ["operations": ["chatt"]])
        #expect(wrong.status == 422)
        let blocked = try await admin.call("POST", "/v1/admin/teams/ads/block")
        #expect(blocked["state"] == "blocked")
        #expect(await admin.control.snapshot.gates.count == 1)
        #expect(try await admin.call("DELETE", "/v1/admin/teams/ads").status == 409)
        #expect(try await admin.call("DELETE", "/v1/admin/teams/ads", ["revoke_keys": true]).status == 200)
        #expect(try await admin.call("GET", "/v1/admin/teams/ads").status == 404)
        let keys = try await admin.call("GET", "/v1/admin/keys/k")
        #expect(keys.status == 404)
    }

    @Test("a key has scopes, tags, an end and a user, which a change takes away again")
    func keys() async throws {
        let admin = try await AdminHarness()
        let unknown = try await admin.call("POST", "/v1/admin/keys", ["name": "k", "user": "ada"])
        #expect(unknown.status == 404)
        #expect(try await admin.call("POST", "/v1/admin/users", ["user": "ada", "teams": ["search"]]).status == 201)
        let made = try await admin.call(
            "POST",
            "/v1/admin/keys",
            [
                "name": "k", "user": "ada", "routes": ["chat", "gpt-*"], "operations": ["chat", "responses"],
                "tags": ["prod"], "expires_in_seconds": 3_600, "metadata": ["a": [1]],
            ]
        )
        #expect(made.status == 201, "\(made.text)")
        #expect(made["routes"] == ["chat", "gpt-*"] && made["operations"] == ["chat", "responses"])
        #expect(made["valid_until"] == "2026-11-20T01:00:00.000Z" && made["state"] == "active")
        #expect(made["metadata"] == ["a": [1]] && made["user"] == "ada" && made["tags"] == ["prod"])
        #expect(await admin.control.snapshot.gates.count == 1)
        let rotated = try await admin.call("POST", "/v1/admin/keys/k/rotate", ["grace_seconds": 0])
        #expect(rotated["routes"] == made["routes"] && rotated["user"] == "ada")
        #expect(rotated["valid_until"] == made["valid_until"])
        let id = try #require(rotated["id"]?.string)
        let cleared = try await admin.call(
            "PATCH",
            "/v1/admin/keys/\(id)",
            ["user": .null, "routes": .null, "operations": [], "tags": .null, "metadata": .null]
        )
        #expect(cleared.status == 200, "\(cleared.text)")
        for name in ["user", "routes", "operations", "tags", "metadata"] { #expect(cleared[name] == nil, "\(name)") }
        let blocked = try await admin.call("POST", "/v1/admin/keys/\(id)/block")
        #expect(blocked["state"] == "blocked")
        #expect(await admin.control.snapshot.gates.values.contains { $0.closed != nil })
        #expect(try await admin.call("POST", "/v1/admin/keys/\(id)/unblock").status == 200)
        #expect(try await admin.call("POST", "/v1/admin/keys/filekey1/block").status == 409)
        _ = try await admin.call("POST", "/v1/admin/keys/\(id)/revoke")
        #expect(try await admin.call("PATCH", "/v1/admin/keys/\(id)", ["name": "x"]).status == 409)
    }

    @Test("the same Idempotency-Key gets the same key, of which the store alone tells nothing")
    func idempotency() async throws {
        let admin = try await AdminHarness()
        func create(_ name: String, _ words: String, token: String = AdminHarness.token) async throws -> Answer {
            try await admin.send(
                "POST",
                "/v1/admin/keys",
                JSONValue.object(["name": .string(name)]).json,
                headers: ["authorization": "Bearer \(token)", "idempotency-key": words]
            )
        }
        let first = try await create("app2", "once")
        let again = try await create("app2", "once")
        #expect(first.status == 201 && again.status == 201)
        #expect(first["key"] == again["key"] && first["id"] == again["id"])
        #expect(try await create("other", "once").status == 422)
        let other = try await create("app2", "twice")
        #expect(other.status == 201 && other["key"] != first["key"])
        let locksmith = try await create("app2", "once", token: "keyadmin-token-0123456789")
        #expect(locksmith.status == 201 && locksmith["key"] != first["key"])
        #expect(try await create("app2", String(repeating: "x", count: 256)).status == 422)
        #expect(try await admin.store.state().keys.count == 3)
        let text = try #require(first["key"]?.string)
        let stored = try #require(try await admin.store.state().keys.first)
        #expect(!"\(stored)".contains(text))
        #expect(stored.hash == KeyText.hash(text.utf8, pepper: Secret([1, 2, 3])))
    }
}

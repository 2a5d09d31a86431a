// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Keys over the admin API")
struct KeyTests {
    @Test("a key is shown once, with its prefix; the list never shows it")
    func create() async throws {
        let admin = try await AdminHarness()
        let made = try await admin.call("POST", "/v1/admin/keys", ["name": "crawler", "team": "search"])
        #expect(made.status == 201)
        let key = try #require(made["key"]?.string)
        #expect(key.hasPrefix("sl_"))
        #expect(made["state"] == "active")
        #expect(made["team"] == "search")
        let list = try await admin.call("GET", "/v1/admin/keys")
        #expect(!list.text.contains(key))
        let names = list["items"]?.array?.compactMap { $0.object?["name"]?.string }
        #expect(names == ["app", "crawler"])
    }

    @Test("a key may have a limit of requests in flight of its own")
    func ownLimit() async throws {
        let admin = try await AdminHarness()
        let made = try await admin.call("POST", "/v1/admin/keys", ["name": "crawler", "max_concurrency": 8])
        #expect(made.status == 201 && made["max_concurrency"] == 8)
        let list = try await admin.call("GET", "/v1/admin/keys")
        let views = list["items"]?.array?.compactMap(\.object)
        #expect(views?.map { $0["max_concurrency"] } == [nil, 8])
        let wrong = try await admin.call("POST", "/v1/admin/keys", ["name": "none", "max_concurrency": 0])
        #expect(wrong.status == 422 && wrong.text.contains("max_concurrency"))
    }

    @Test("rotation makes a new key and lets the old one live for its grace")
    func rotate() async throws {
        let admin = try await AdminHarness()
        let made = try await admin.call("POST", "/v1/admin/keys", ["name": "crawler"])
        let id = try #require(made["id"]?.string)
        let rotated = try await admin.call("POST", "/v1/admin/keys/\(id)/rotate", ["grace_seconds": 60])
        #expect(rotated.status == 201)
        #expect(rotated["replaces"] == .string(id))
        #expect(rotated["old_key_valid_until"] == "2026-11-20T00:01:00.000Z")
        let list = try await admin.call("GET", "/v1/admin/keys")
        let old = list["items"]?.array?.compactMap(\.object).first { $0["id"] == .string(id) }
        #expect(old?["state"] == "expiring")
        #expect(old?["replaced_by"] == rotated["id"])
        #expect(try await admin.call("POST", "/v1/admin/keys/\(id)/rotate").status == 409)
        let wrong = try await admin.call("POST", "/v1/admin/keys/\(id)/rotate", ["grace_seconds": -1])
        #expect(wrong.status == 422)
    }

    @Test("without a body the grace is a day")
    func standardGrace() async throws {
        let admin = try await AdminHarness()
        _ = try await admin.call("POST", "/v1/admin/keys", ["name": "crawler"])
        let rotated = try await admin.call("POST", "/v1/admin/keys/crawler/rotate")
        #expect(rotated["old_key_valid_until"] == "2026-11-21T00:00:00.000Z")
    }

    @Test("revoked by POST or by DELETE, and again without harm", arguments: ["POST /revoke", "DELETE "])
    func revoke(call: String) async throws {
        let admin = try await AdminHarness()
        let made = try await admin.call("POST", "/v1/admin/keys", ["name": "crawler"])
        let id = try #require(made["id"]?.string)
        let parts = call.split(separator: " ", omittingEmptySubsequences: false)
        for _ in 0..<2 {
            let answer = try await admin.call(String(parts[0]), "/v1/admin/keys/\(id)\(parts[1])")
            #expect(answer.status == 200)
            #expect(answer["state"] == "revoked")
            #expect(answer["revoked_at"] == "2026-11-20T00:00:00.000Z")
        }
        #expect(
            await admin.control.snapshot.keys.first { $0.id.rawValue == id }?.isValid(at: AdminHarness.now) == false
        )
    }

    @Test("a key of the file is read-only, and one that is not there is 404")
    func notHere() async throws {
        let admin = try await AdminHarness()
        let file = try await admin.call("DELETE", "/v1/admin/keys/filekey1")
        #expect(file.status == 409)
        #expect(file["error"] == "read_only")
        #expect(try await admin.call("DELETE", "/v1/admin/keys/nobody").status == 404)
        #expect(try await admin.call("POST", "/v1/admin/keys", ["name": ""]).status == 422)
    }

    @Test("lists come in pages that join without loss")
    func pages() async throws {
        let admin = try await AdminHarness()
        for number in 0..<7 { _ = try await admin.call("POST", "/v1/admin/keys", ["name": .string("k\(number)")]) }
        var names: [String] = []
        var cursor = ""
        var pages = 0
        repeat {
            let page = try await admin.call(
                "GET",
                "/v1/admin/keys?limit=3" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")
            )
            names += page["items"]?.array?.compactMap { $0.object?["name"]?.string } ?? []
            cursor = page["next_cursor"]?.string ?? ""
            pages += 1
        } while !cursor.isEmpty && pages < 10
        #expect(pages == 3)
        #expect(names == ["app"] + (0..<7).map { "k\($0)" })
        for limit in ["0", "1001", "x"] {
            #expect(try await admin.call("GET", "/v1/admin/keys?limit=\(limit)").status == 422)
        }
        #expect(try await admin.call("GET", "/v1/admin/keys?cursor=999")["items"] == [])
        for cursor in ["00000000000000000000", "%2B3", "-1", ""] {
            #expect(try await admin.call("GET", "/v1/admin/keys?cursor=\(cursor)").status == 422, "\(cursor)")
        }
    }
}

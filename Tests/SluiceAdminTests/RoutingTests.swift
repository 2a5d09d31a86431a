// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Finding the call")
struct RoutingTests {
    @Test("an unknown path is 404 in JSON and names the nearest")
    func unknown() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/version")
        #expect(answer.status == 404)
        #expect(answer["error"] == "unknown_url")
        #expect(answer["hint"]?.string?.contains("/v1/admin/versions") == true)
        #expect(try await admin.call("GET", "/", token: nil).status == 404)
        #expect(try await admin.call("GET", "/v1/admin/versions/v1/metrics/more").status == 404)
    }

    @Test("a method that is not taken is 405 with what is")
    func methods() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("PUT", "/v1/admin/versions")
        #expect(answer.status == 405)
        #expect(answer["error"] == "method_not_allowed")
        #expect(answer.headers["allow"] == "GET, HEAD")
        #expect(try await admin.call("GET", "/v1/admin/versions/v1/weight").headers["allow"] == "PATCH")
        #expect(try await admin.call("DELETE", "/v1/admin/versions/register").headers["allow"] == "POST")
        #expect(try await admin.call("OPTIONS", "/v1/admin/keys").status == 405)
        #expect(try await admin.call("BREW", "/healthz", token: nil).status == 405)
    }

    @Test("HEAD is GET without the body; a slash at the end changes nothing")
    func head() async throws {
        let admin = try await AdminHarness()
        let head = try await admin.call("HEAD", "/v1/admin/versions")
        #expect(head.status == 200)
        #expect(head.text.isEmpty)
        #expect(try await admin.call("GET", "/v1/admin/versions/").json?.array?.count == 2)
    }

    @Test("a version that is called like a call does not hide it")
    func shadows() async throws {
        let admin = try await AdminHarness()
        let body: JSONValue = ["version_id": "distribution", "api_version": "gpt-4.1", "config": [:]]
        #expect(try await admin.call("POST", "/v1/admin/versions/register", body).status == 201)
        #expect(try await admin.call("GET", "/v1/admin/versions/distribution")["v1"] != nil)
        #expect(try await admin.call("GET", "/v1/admin/versions/register").status == 404)
    }

    @Test("a misspelt filter is refused with the ones there are")
    func parameters() async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", "/v1/admin/usage?vresion=v1")
        #expect(answer.status == 422)
        #expect(answer["hint"]?.string?.contains("version") == true)
    }

    @Test("broken percent codes are 400", arguments: ["/v1/%", "/v1/%4", "/v1/%zz", "/v1/%ff", "/v1?a=%e2%28"])
    func percent(path: String) async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.call("GET", path)
        #expect(answer.status == 400)
        #expect(answer["error"] == "invalid_url")
    }

    @Test("a target is taken apart and decoded")
    func targets() {
        let target = AdminTarget("/a%2Fb/c+d?x=1&y=a+b%26&z&x=2")
        #expect(target?.segments == ["a/b", "c+d"])
        #expect(target?.query == ["x": "2", "y": "a b&", "z": ""])
        #expect(AdminTarget("/")?.segments == [])
        #expect(AdminTarget("")?.segments ?? [] == [])
    }
}

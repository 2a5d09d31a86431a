// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Who may come in")
struct AuthTests {
    private static let tokens: [(String, AdminRole)] = [
        ("viewer-token-0123456789", .viewer), ("operator-token-0123456789", .operator),
        ("keyadmin-token-0123456789", .keyAdmin), (AdminHarness.token, .owner),
    ]

    @Test("every call is open to the roles it names and closed to all others")
    func matrix() async throws {
        let admin = try await AdminHarness()
        for endpoint in admin.endpoints {
            guard case .role(let needed) = endpoint.access else { continue }
            let path = endpoint.path.replacing("{version_id}", with: "nobody").replacing("{key}", with: "nobody")
                .replacing("{team}", with: "nobody").replacing("{user}", with: "nobody")
                .replacing("{token}", with: "nobody").replacing("{budget}", with: "nobody")
            #expect(try await admin.call(endpoint.method, path, token: nil).status == 401, "\(endpoint.id)")
            for (token, role) in AuthTests.tokens {
                let answer = try await admin.call(endpoint.method, path, token: token)
                let mayPass = role == needed || role == .owner || needed == .viewer
                #expect((answer.status == 403) == !mayPass, "\(role) on \(endpoint.id): \(answer.status)")
                #expect(answer.status != 401)
            }
        }
    }

    @Test("reading needs the viewer, moving and rollouts and alerts the operator, keys the key-admin, prices the owner")
    func table() async throws {
        let admin = try await AdminHarness()
        // Whoever signs in has no token yet.
        let open = admin.endpoints.filter { $0.path.hasPrefix("/v1/admin") && $0.access == .open }
        #expect(open.map(\.id) == ["signIn", "finishSignIn", "beginDeviceSignIn", "finishDeviceSignIn"])
        for endpoint in admin.endpoints where endpoint.path.hasPrefix("/v1/admin") && endpoint.access != .open {
            let expected: AdminRole =
                switch (endpoint.method, endpoint.tag) {
                case ("GET", _), (_, "sign-in"): .viewer
                case (_, "keys"), (_, "teams"), (_, "budgets"): .keyAdmin
                case (_, "rollouts") where endpoint.id == "planRollout": .viewer
                case (_, "versions"), (_, "rollouts"), (_, "alerts"): .operator
                default: .owner
                }
            #expect(endpoint.access == .role(expected), "\(endpoint.id)")
        }
    }

    @Test("the documentation has a row for each call, and no other")
    func documentation() async throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/admin-api.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex(of: AccessTable.heading), "docs/admin-api.md lacks the table")
        let shown = lines[(start + 2)...].prefix { $0.hasPrefix("| `") }
        let rows = AccessTable.rows(try await AdminHarness().endpoints)
        for row in rows { #expect(shown.contains(row), "docs/admin-api.md lacks: \(row)") }
        for row in shown { #expect(rows.contains(row), "docs/admin-api.md has a row too many: \(row)") }
    }

    @Test(
        "a wrong or missing token is 401 invalid_api_key in the flat form",
        arguments: [
            [:], ["authorization": "Bearer wrong"], ["authorization": "Bearer "], ["authorization": "Bearer"],
            ["authorization": "Basic b3duZXI6eA=="], ["authorization": AdminHarness.token],
            ["authorization": "Bearer \(AdminHarness.token)x"],
            ["authorization": "Bearer \(AdminHarness.token.dropLast())"], ["x-api-key": ""], ["x-api-key": "no"],
            ["api-key": AdminHarness.token], ["cookie": "token=\(AdminHarness.token)"],
        ]
    )
    func refused(headers: [String: String]) async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.send("GET", "/v1/admin/versions", nil, headers: headers)
        #expect(answer.status == 401)
        #expect(answer["error"] == "invalid_api_key")
        #expect(answer["message"]?.string?.isEmpty == false)
        #expect(answer.headers["www-authenticate"] == "Bearer")
    }

    @Test(
        "the token is taken from Authorization in any case of the scheme, or from x-api-key",
        arguments: [
            ["authorization": "Bearer \(AdminHarness.token)"], ["authorization": "bearer   \(AdminHarness.token) "],
            ["x-api-key": AdminHarness.token], ["x-api-key": AdminHarness.token, "authorization": "Basic eA=="],
        ]
    )
    func accepted(headers: [String: String]) async throws {
        let admin = try await AdminHarness()
        #expect(try await admin.send("GET", "/v1/admin/versions", nil, headers: headers).status == 200)
    }

    @Test("a caller's key does not open the admin plane")
    func callersKey() async throws {
        let admin = try await AdminHarness()
        let made = try await admin.call("POST", "/v1/admin/keys", ["name": "app2"])
        let key = try #require(made["key"]?.string)
        #expect(try await admin.call("GET", "/v1/admin/versions", token: key).status == 401)
    }

    @Test("an empty token in the configuration opens nothing")
    func emptyToken() {
        let auth = AdminAuth([AdminToken(secret: Secret(""))])
        #expect(auth.token(matching: "") == nil)
    }

    @Test("strangers are not told which paths there are")
    func strangers() async throws {
        let admin = try await AdminHarness()
        #expect(try await admin.call("GET", "/v1/admin/nothing", token: nil).status == 401)
        #expect(try await admin.call("GET", "/v1/admin/nothing").status == 404)
    }

    @Test("no answer holds the admin token, a provider's credential or a key's hash")
    func secrets() async throws {
        let admin = try await AdminHarness()
        for endpoint in admin.endpoints where endpoint.method == "GET" {
            let path = endpoint.path.replacing("{version_id}", with: "v1")
            let text = try await admin.call("GET", path).text
            #expect(!text.contains("sk-very-secret"))
            #expect(!text.contains(AdminHarness.token))
            #expect(!text.contains("\"hash\":[") && !text.contains("pepper"))
        }
    }
}

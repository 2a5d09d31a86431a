// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceAdminModel
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Members of a shape, described once")
struct FieldTests {
    private var key: KeyView {
        var view = KeyView()
        view.id = "a1"
        view.name = "app"
        view.state = "active"
        view.createdAt = "2026-11-30T09:00:00Z"
        view.owner = "api"
        view.maxConcurrency = 3
        return view
    }

    @Test("a shape reads what it writes, in the order of its members; absent ones are left out")
    func json() throws {
        let json = try AdminJSON.value(of: key)
        #expect(json.object?.names == ["id", "name", "state", "created_at", "max_concurrency", "owner"])
        let again = try AdminJSON.decode(KeyView.self, from: json)
        #expect(again.id == "a1" && again.maxConcurrency == 3 && again.team == nil)
        #expect(try AdminJSON.value(of: again) == json)
        var made = NewKeyView()
        made.view = key
        made.key = "slk_x"
        let both = try AdminJSON.value(of: made)
        #expect(both.object?.names == (json.object?.names ?? []) + ["key"])
        #expect(try AdminJSON.decode(NewKeyView.self, from: both).view.name == "app")
        #expect(both.object?["max_concurrency"] == .integer("3"))
    }

    @Test("a missing member is named, one of another type too; null says the same as nothing does")
    func misfits() throws {
        func refusal(_ json: JSONValue) -> ShapeError? {
            do throws(ShapeError) {
                _ = try AdminJSON.decode(CreateKeyRequest.self, from: json)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(["team": "search"])?.description.contains("name") == true)
        #expect(refusal(["name": "app", "max_concurrency": "many"])?.path == ["max_concurrency"])
        #expect(refusal(["name": "app", "team": .null]) == nil)
    }

    @Test("a table shows a member as its description says, and nothing where there is none")
    func columns() {
        var route = RouteView()
        route.route = "chat"
        route.unit = ["header:x-sluice-unit", "key"]
        route.owner = "file"
        let texts = RouteView.fields.filter { $0.column != nil }.map { $0.text(route) }
        #expect(texts == ["chat", nil, "header:x-sluice-unit, key", nil, "file"])
        var provider = ProviderView()
        provider.hasCredential = true
        provider.priceFactor = 0.85
        let shown = ProviderView.fields.filter { $0.column != nil }.map { $0.text(provider) }
        #expect(shown[3] == "set" && shown[4] == "0.85")
    }

    @Test("an answer has the members of the shape within it, and a version rolled back one message")
    func within() throws {
        var answer = RollbackView()
        answer.detail.version.versionID = "v2"
        answer.detail.thresholds.errorRate = 0.05
        answer.message = "v2 is rolled back"
        let json = try AdminJSON.value(of: answer)
        #expect(json.object?["thresholds"] == ["error_rate": 0.05])
        #expect(json.object?.names.count { $0 == "message" } == 1)
        let again = try AdminJSON.decode(RollbackView.self, from: json)
        #expect(again.detail.version.versionID == "v2" && again.message == answer.message)
        #expect(again.detail.message == nil)
    }

    @Test("the OpenAPI document has each member with what it says")
    func document() async throws {
        let document = try await AdminHarness().call("GET", "/v1/admin/openapi.json")
        let schemas = try #require(document["components"]?.object?["schemas"]?.object)
        let properties = try #require(schemas["Key"]?.object?["properties"]?.object)
        #expect(properties.names == KeyView.fields.map(\.name))
        #expect(properties["valid_until"]?.object?["description"] == "From here on it is refused.")
        let needed = KeyView.fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        #expect(schemas["Key"]?.object?["required"] == .array(needed))
    }

    @Test("the documentation lists the members")
    func documentation() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/admin-api.md"), encoding: .utf8)
        let signatures = [
            KeyView.signature, CreateKeyRequest.signature, RotateKeyRequest.signature, RegisterRequest.signature,
            StatusView.signature, UpdateKeyRequest.signature, TeamView.signature, CreateTeamRequest.signature,
            UpdateTeamRequest.signature, UserView.signature, CreateUserRequest.signature, UpdateUserRequest.signature,
            TokenView.signature, CreateTokenRequest.signature,
        ]
        for signature in signatures {
            #expect(text.contains("`{\(signature)}`"), "docs/admin-api.md lacks {\(signature)}")
        }
    }
}

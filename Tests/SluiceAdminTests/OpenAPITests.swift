// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("The OpenAPI document")
struct OpenAPITests {
    @Test("every call that is served is described, and nothing else")
    func coverage() async throws {
        let admin = try await AdminHarness()
        let document = try await admin.call("GET", "/v1/admin/openapi.json")
        #expect(document["openapi"] == "3.1.0")
        var described: Set<String> = []
        for (path, operations) in try #require(document["paths"]?.object).members {
            for (method, _) in try #require(operations.object).members {
                described.insert("\(method.uppercased()) \(path)")
            }
        }
        #expect(described == Set(admin.endpoints.map { "\($0.method) \($0.path)" }))
        #expect(described.count == admin.endpoints.count)
    }

    @Test("what is described answers something other than 404 unknown_url or 405")
    func served() async throws {
        let admin = try await AdminHarness()
        let document = try await admin.call("GET", "/v1/admin/openapi.json")
        for (path, operations) in try #require(document["paths"]?.object).members {
            for (method, _) in try #require(operations.object).members {
                let filled = path.replacing("{version_id}", with: "v1").replacing("{key}", with: "k")
                    .replacing("{rollout_id}", with: "r")
                let answer = try await admin.call(method.uppercased(), filled)
                #expect(answer["error"] != "unknown_url" && answer.status != 405, "\(method) \(path)")
            }
        }
    }

    @Test("ids are unique, references lead somewhere, and no component is left over")
    func references() async throws {
        let admin = try await AdminHarness()
        #expect(Set(admin.endpoints.map(\.id)).count == admin.endpoints.count)
        let document = try await admin.call("GET", "/v1/admin/openapi.json")
        let names = Set(try #require(document["components"]?.object?["schemas"]?.object).members.map(\.name))
        var used: Set<String> = ["Error"]
        collect(try #require(document.json), into: &used)
        #expect(used == names)
    }

    @Test("every variable of a path is a parameter, and every secured call says which role it needs")
    func parameters() async throws {
        let admin = try await AdminHarness()
        let document = try await admin.call("GET", "/v1/admin/openapi.json")
        for endpoint in admin.endpoints {
            let operation = try #require(
                document["paths"]?.object?[endpoint.path]?.object?[endpoint.method.lowercased()]?.object
            )
            let variables = endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }
            let inPath = (operation["parameters"]?.array ?? []).filter { $0.object?["in"] == "path" }
            #expect(inPath.count == variables.count)
            #expect((operation["x-sluice-role"] == nil) == (endpoint.access == .open))
            #expect(operation["responses"]?.object?.isEmpty == false)
        }
    }

    @Test("in bodies null stands for nothing, as it is read; in answers it does not come")
    func nulls() async throws {
        let admin = try await AdminHarness()
        let document = try await admin.call("GET", "/v1/admin/openapi.json")
        let schemas = try #require(document["components"]?.object?["schemas"]?.object)
        func reason(_ name: String, _ member: String) -> [JSONValue]? {
            schemas[name]?.object?["properties"]?.object?[member]?.object?["anyOf"]?.array
        }
        #expect(reason("RollbackRequest", "target_version")?.last?.object?["type"] == "null")
        #expect(reason("RegisterRequest", "version_id") == nil && reason("Key", "team") == nil)
        let body: JSONValue = ["reason": .null, "target_version": .null]
        #expect(try await admin.call("POST", "/v1/admin/versions/v1/rollback", body).status == 200)
    }

    private func collect(_ value: JSONValue, into used: inout Set<String>) {
        switch value {
        case .array(let elements): for element in elements { collect(element, into: &used) }
        case .object(let object):
            for (name, member) in object.members {
                if name == "$ref", let target = member.string {
                    used.insert(String(target.split(separator: "/").last ?? ""))
                }
                collect(member, into: &used)
            }
        default: break
        }
    }
}

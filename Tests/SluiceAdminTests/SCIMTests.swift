// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("SCIM")
struct SCIMTests {
    private static let path = "/scim/v2/Users"

    private func object(_ text: String) throws -> JSONObject {
        try #require(JSONValue(parsing: Array(text.utf8)).object)
    }

    @Test(
        "filters as IdPs write them",
        arguments: [
            (#"userName eq "Ada@Example.com""#, true), (#"USERNAME Eq "ada@example.com""#, true),
            (#"userName eq "bob""#, false), (#"externalId eq "00u1" and active eq true"#, true),
            (#"active eq "True""#, true), (#"emails[type eq "work" and value co "ada"]"#, true),
            (#"emails[type eq "home"]"#, false), (#"emails.value sw "ada@""#, true), (#"emails sw "ada@""#, true),
            (#"not (userName pr)"#, false), (#"title pr or name.familyName eq "lovelace""#, true),
            (#"urn:ietf:params:scim:schemas:core:2.0:User:userName ew ".com""#, true),
            (#"userName ne "bob" and (nickName eq "x" or externalId sw "00")"#, true),
            (#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "R""#, true),
            (#"userName eq "a\"b""#, false),
        ]
    )
    func filters(text: String, matches: Bool) throws {
        let user = try object(
            #"""
            {"userName":"ada@example.com","externalId":"00u1","active":true,"name":{"familyName":"Lovelace"},
             "emails":[{"value":"ada@example.com","type":"work"}],
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R"}}
            """#
        )
        #expect(try #require(SCIMFilter(text)).matches(user) == matches, "\(text)")
    }

    @Test(
        "what is no filter is not read",
        arguments: [
            "", "userName", "userName eq", "userName xx \"a\"", "(userName pr", "userName pr)", "userName eq \"a",
            "and", "not userName pr",
            String(repeating: "(", count: 50) + "a pr" + String(repeating: ")", count: 50), "a..b pr", "[", "emails[",
            "emails[]",
        ]
    )
    func noFilters(text: String) { #expect(SCIMFilter(text) == nil) }

    @Test("users as Entra and Okta make, change and deactivate them")
    func users() async throws {
        let admin = try await AdminHarness()
        let made = try await admin.call(
            "POST",
            SCIMTests.path,
            [
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com",
                "active": true,
                "externalId": "e1", "displayName": "Ada",
                "emails": [["value": "ada@x.com", "type": "work", "primary": true]],
            ]
        )
        #expect(made.status == 201, "\(made.text)")
        #expect(made.headers["content-type"] == "application/scim+json")
        #expect(made["id"] == "ada@example.com" && made["active"] == true && made["externalId"] == "e1")
        let twice = try await admin.call("POST", SCIMTests.path, ["userName": "ADA@example.com"])
        #expect(twice.status == 409 && twice["scimType"] == "uniqueness" && twice["status"] == "409")
        let one = SCIMTests.path + "/ada@example.com"
        let token = try await admin.call("POST", "/v1/admin/tokens", ["person": "ada@example.com", "role": "viewer"])
        let ada = try #require(token["token"]?.string)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 200)
        let off = try await admin.call(
            "PATCH",
            one,
            ["Operations": [["op": "Replace", "path": "active", "value": "False"]]]
        )
        #expect(off.status == 200 && off["active"] == false)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 401)
        let on = try await admin.call("PATCH", one, ["Operations": [["op": "replace", "value": ["active": true]]]])
        #expect(on["active"] == true)
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 200)
        let edited = try await admin.call(
            "PATCH",
            one,
            [
                "Operations": [
                    ["op": "Replace", "path": #"emails[type eq "work"].value"#, "value": "new@x.com"],
                    ["op": "Add", "path": "name.givenName", "value": "Ada"],
                    ["op": "Add", "path": #"phoneNumbers[type eq "mobile"].value"#, "value": "1"],
                    [
                        "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                        "value": "R",
                    ],
                    ["op": "Remove", "path": "displayName"],
                    ["op": "replace", "path": "userName", "value": "ada@new.com"],
                ]
            ]
        )
        #expect(edited.status == 200, "\(edited.text)")
        #expect(
            edited["id"] == "ada@example.com" && edited["userName"] == "ada@new.com" && edited["displayName"] == nil
        )
        #expect(edited["name"] == ["givenName": "Ada"])
        #expect(edited["phoneNumbers"] == [["type": "mobile", "value": "1"]])
        let user = try await admin.call("GET", "/v1/admin/users/ada@example.com")
        #expect(user["email"] == "new@x.com" && user["external_id"] == "e1" && user["name"] == nil)
        let found = try await admin.call("GET", SCIMTests.path + "?filter=userName%20eq%20%22ada@new.com%22")
        #expect(found["totalResults"] == 1)
        let page = try await admin.call("GET", SCIMTests.path + "?startIndex=2&count=5&attributes=userName")
        #expect(page["totalResults"] == 1 && page["itemsPerPage"] == 0 && page["startIndex"] == 2)
        #expect(try await admin.call("GET", SCIMTests.path + "?filter=x").status == 400)
        for operation in [
            ["op": "replace", "path": "id", "value": "x"], ["op": "remove"], ["op": "go"], ["op": "add", "path": "["],
        ]
            as [JSONValue]
        {
            let answer = try await admin.call("PATCH", one, ["Operations": [operation]])
            #expect(answer.status == 400 && answer["scimType"] != nil, "\(answer.text)")
        }
        #expect(try await admin.call("DELETE", one).status == 204)
        let gone = try await admin.call("GET", one)
        #expect(gone.status == 404 && gone["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
        #expect(try await admin.call("GET", "/v1/admin/keys", token: ada).status == 401)
    }

    @Test("groups are teams; members come and go one by one and all at once")
    func groups() async throws {
        let admin = try await AdminHarness()
        for name in ["ada", "bob", "eve"] {
            _ = try await admin.call("POST", SCIMTests.path, ["userName": .string(name)])
        }
        let made = try await admin.call(
            "POST",
            "/scim/v2/Groups",
            ["displayName": "search", "members": [["value": "ada"]], "externalId": "g1"]
        )
        #expect(made.status == 201 && made["externalId"] == "g1", "\(made.text)")
        #expect(try await admin.call("POST", "/scim/v2/Groups", ["displayName": "search"]).status == 409)
        func change(_ operation: JSONValue) async throws -> [String] {
            let answer = try await admin.call("PATCH", "/scim/v2/Groups/search", ["Operations": [operation]])
            #expect(answer.status == 200, "\(answer.text)")
            return answer["members"]?.array?.compactMap { $0.object?["value"]?.string } ?? []
        }
        #expect(
            try await change(["op": "Add", "path": "members", "value": [["value": "bob"], ["value": "ada"]]]) == [
                "ada", "bob",
            ]
        )
        #expect(try await change(["op": "remove", "path": #"members[value eq "ada"]"#]) == ["bob"])
        #expect(try await change(["op": "Remove", "path": "members", "value": [["value": "bob"]]]) == [])
        #expect(try await change(["op": "replace", "path": "members", "value": [["value": "eve"]]]) == ["eve"])
        #expect(try await change(["op": "replace", "value": ["displayName": "Search!"]]) == ["eve"])
        let unknown = try await admin.call(
            "PATCH",
            "/scim/v2/Groups/search",
            ["Operations": [["op": "add", "path": "members", "value": [["value": "nobody"]]]]]
        )
        #expect(unknown.status == 400 && unknown["scimType"] == "invalidValue")
        let user = try await admin.call("GET", SCIMTests.path + "/eve")
        #expect(user["groups"]?.array?.first?.object?["value"] == "search")
        let team = try await admin.call("GET", "/v1/admin/teams/search")
        #expect(team["title"] == "Search!" && team["members"] == ["eve"])
        _ = try await admin.call("POST", "/v1/admin/keys", ["name": "k", "team": "search"])
        #expect(try await admin.call("DELETE", "/scim/v2/Groups/search").status == 409)
        _ = try await admin.call("POST", "/v1/admin/keys/k/revoke")
        #expect(try await admin.call("DELETE", "/scim/v2/Groups/search").status == 204)
    }
}

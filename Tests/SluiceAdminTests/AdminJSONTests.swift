// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore
import Testing

@Suite("Shapes and JSON")
struct AdminJSONTests {
    private struct Inner: Codable, Equatable {
        var name: String
        var count: UInt8?
    }

    private struct Shape: Codable, Equatable {
        var flag: Bool
        var number: Double
        var list: [Inner]
        var table: [String: Int]
        var lists: [[Int64]]
        var maybe: String?
        var kind: Kind
    }

    private enum Kind: String, Codable { case one, two }

    @Test("a shape becomes JSON and comes back; absent stays absent, dictionaries are sorted")
    func roundTrip() throws {
        let shape = Shape(
            flag: true,
            number: 1,
            list: [Inner(name: "é", count: 255), Inner(name: "", count: nil)],
            table: ["b": 2, "a": -1],
            lists: [[], [.max, .min]],
            maybe: nil,
            kind: .two
        )
        let json = try AdminJSON.value(of: shape)
        #expect(
            json.jsonText == #"{"flag":true,"number":1.0,"list":[{"name":"é","count":255},{"name":""}],"#
                + #""table":{"a":-1,"b":2},"lists":[[],[9223372036854775807,-9223372036854775808]],"kind":"two"}"#
        )
        #expect(try AdminJSON.decode(Shape.self, from: json) == shape)
    }

    @Test("raw JSON passes through with every digit")
    func raw() throws {
        let config = try JSONValue(parsing: #"{"z":123456789012345678901234567890,"a":[1e-05,null]}"#)
        let request = RegisterRequest(versionID: "v", apiVersion: "m", config: RawJSON(config))
        let json = try AdminJSON.value(of: request)
        #expect(json.object?["config"] == config)
        #expect(try AdminJSON.decode(RegisterRequest.self, from: json).config.value == config)
    }

    @Test(
        "what does not fit says where and what",
        arguments: [
            (#"{"name":1}"#, "name: expected a string, found an integer"),
            (#"{"count":1}"#, "the member 'name' is missing"),
            (#"{"name":"x","count":256}"#, "count: the integer 256 is out of range"),
            (#"{"name":"x","count":1.5}"#, "count: expected an integer, found a number"),
            (#"[]"#, "expected an object, found an array"), (#"null"#, "expected an object, found null"),
        ]
    )
    func misfits(text: String, message: String) throws {
        let json = try JSONValue(parsing: text)
        let error = #expect(throws: ShapeError.self) { try AdminJSON.decode(Inner.self, from: json) }
        #expect(error?.description == message)
    }

    @Test("a number without a fraction is an integer, however it is spelled", arguments: ["7", "7.0", "0.7e1"])
    func wholeNumbers(text: String) throws {
        let json = try JSONValue(parsing: #"{"name":"x","count":\#(text)}"#)
        #expect(try AdminJSON.decode(Inner.self, from: json).count == 7)
    }

    @Test("an optional that is null is absent")
    func nulls() throws {
        let json = try JSONValue(parsing: #"{"name":"x","count":null}"#)
        #expect(try AdminJSON.decode(Inner.self, from: json) == Inner(name: "x", count: nil))
    }

    @Test("places in lists are told by their number")
    func places() throws {
        let json = try JSONValue(parsing: #"[{"name":"a"},{"name":false}]"#)
        let error = #expect(throws: ShapeError.self) { try AdminJSON.decode([Inner].self, from: json) }
        #expect(error?.path == ["1", "name"])
    }
}

// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOEmbedded
import SluiceAdminModel
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceAdmin

@Suite("Bodies that are wrong")
struct BodyTests {
    private static let headers = ["authorization": "Bearer \(AdminHarness.token)"]
    private static let path = "/v1/admin/versions/register"

    @Test("a body at the limit is read; one byte more is 413, announced or not")
    func limit() async throws {
        let admin = try await AdminHarness(bodyLimit: 1_000)
        let full = Array(String(repeating: " ", count: 998).utf8) + Array("{}".utf8)
        #expect(try await admin.send("POST", BodyTests.path, full, headers: BodyTests.headers).status == 422)
        let answer = try await admin.send("POST", BodyTests.path, full + [0x20], headers: BodyTests.headers)
        #expect(answer.status == 413)
        #expect(answer["error"] == "request_too_large")
        #expect(answer["message"]?.string?.contains("1000") == true)
        var lying = BodyTests.headers
        lying["content-length"] = "99999999"
        #expect(try await admin.send("POST", BodyTests.path, nil, headers: lying).status == 413)
    }

    @Test(
        "a member that is not known is 422 with the nearest name, at any depth",
        arguments: [
            ("POST", "/v1/admin/keys/filekey1/rotate", #"{"grace": 0}"#, "grace", "grace_seconds"),
            ("PATCH", "/v1/admin/versions/v1/weight", #"{"weight": 1, "reasons": "x"}"#, "reasons", "reason"),
            ("POST", "/v1/admin/versions/v1/rollback", #"{"target": "v0"}"#, "target", "target_version"),
            (
                "POST", "/v1/admin/versions/register",
                #"{"version_id": "v9", "api_version": "m", "config": {"x": 1}, "thresholds": {"p99_latency": 3}}"#,
                "thresholds.p99_latency", "p99_latency_ms"
            ),
            ("POST", "/v1/admin/rollouts", #"{"version_id": "v2", "forced": true}"#, "forced", "force"),
            ("PATCH", "/v1/admin/versions/v1/thresholds", #"{"error_rates": 0.1}"#, "error_rates", "error_rate"),
        ]
    )
    func strangers(method: String, path: String, body: String, field: String, near: String) async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.send(method, path, Array(body.utf8), headers: BodyTests.headers)
        #expect(answer.status == 422)
        #expect(answer["details"]?.object?["field"] == .string(field))
        #expect(answer["message"]?.string?.contains("'\(near)'") == true, "\(answer.text)")
    }

    @Test("a version that is sent back as it was read is registered: its other members are passed over")
    func sentBack() async throws {
        let admin = try await AdminHarness()
        var object = try #require(try await admin.call("GET", "/v1/admin/versions/v1").json?.object)
        object["version_id"] = "v7"
        object["state"] = "staging"
        object["config_hash"] = nil
        let answer = try await admin.call("POST", BodyTests.path, .object(object))
        #expect(answer.status == 201, "\(answer.text)")
    }

    @Test("over a real connection a megabyte too much is 413, and the next request on a new one is fine")
    func overTheWire() async throws {
        let admin = try await AdminHarness()
        let fields: HTTPFields = [.authorization: "Bearer \(AdminHarness.token)"]
        try await admin.server.application.test(.live) { client in
            let body = ByteBuffer(bytes: [UInt8](repeating: 0x20, count: (2 << 20) + 1))
            let status = try await client.execute(uri: BodyTests.path, method: .post, headers: fields, body: body) {
                $0.status.code
            }
            #expect(status == 413)
        }
        try await admin.server.application.test(.live) { client in
            let status = try await client.execute(uri: "/v1/admin/versions", method: .get, headers: fields) {
                $0.status.code
            }
            #expect(status == 200)
        }
    }

    @Test("a body that never ends is 408 at its deadline")
    func slow() async throws {
        let admin = try await AdminHarness(bodyDeadline: .milliseconds(20))
        let (body, source) = RequestBody.makeStream()
        await source.yield(ByteBuffer(string: "{"))
        let request = Request(
            head: HTTPRequest(
                method: .post,
                scheme: "http",
                authority: "localhost",
                path: BodyTests.path,
                headerFields: [.authorization: "Bearer \(AdminHarness.token)"]
            ),
            body: body
        )
        let context = AdminContext(
            source: ApplicationRequestContextSource(
                channel: NIOAsyncTestingChannel(),
                logger: admin.server.application.logger
            )
        )
        let response = try await admin.server.application.responder.respond(to: request, context: context)
        #expect(response.status.code == 408)
        source.finish()
    }

    @Test("a compressed body is 415")
    func compressed() async throws {
        let admin = try await AdminHarness()
        var headers = BodyTests.headers
        headers["content-encoding"] = "gzip"
        #expect(try await admin.send("POST", BodyTests.path, [1, 2], headers: headers).status == 415)
    }

    @Test(
        "what is not JSON is 400 with its place",
        arguments: [
            ("{\"a\":}", 1, 6), ("{\n  \"version_id\": \"x\",\n}", 3, 1), ("{\"a\": 01}", 1, 8), ("nul", 1, 1),
            ("{\"a\": \"\u{1}\"}", 1, 8), ("{} {}", 1, 4),
        ]
    )
    func malformed(text: String, line: Int64, column: Int64) async throws {
        let admin = try await AdminHarness()
        let answer = try await admin.send("POST", BodyTests.path, Array(text.utf8), headers: BodyTests.headers)
        #expect(answer.status == 400)
        #expect(answer["error"] == "invalid_json")
        #expect(answer["details"]?.object?["line"]?.int == line, "\(answer.text)")
        #expect(answer["details"]?.object?["column"]?.int ?? 0 > 0)
        _ = column
    }

    @Test("an empty body where one is needed is 400; bytes that are no UTF-8 and depth beyond 64 are 400")
    func others() async throws {
        let admin = try await AdminHarness()
        let deep = Array((String(repeating: "[", count: 65) + String(repeating: "]", count: 65)).utf8)
        for body in [nil, [0xFF, 0xFE], deep] as [[UInt8]?] {
            let answer = try await admin.send("POST", BodyTests.path, body, headers: BodyTests.headers)
            #expect(answer.status == 400)
            #expect(answer["error"] == "invalid_json")
        }
    }

    @Test("two thousand damaged bodies give a 4xx with a reason each, and nothing is changed by them")
    func fuzz() async throws {
        let admin = try await AdminHarness()
        let good = Array(
            #"{"version_id":"v2","api_version":"gpt-4.1","weight":0.1,"config":{"a":[1,2.5,"x",null,true]}}"#.utf8
        )
        var generator = SeededGenerator(seed: 20_261_120)
        var accepted = 0
        for _ in 0..<2_000 {
            var body = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) where body.count > 1 {
                let place = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: body[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: body.remove(at: place)
                case 2: body.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: place)
                default: body = Array(body.prefix(max(1, place)))
                }
            }
            let answer = try await admin.send("POST", BodyTests.path, body, headers: BodyTests.headers)
            if answer.status == 200 || answer.status == 201 {
                accepted += 1
            } else {
                #expect((400..<500).contains(answer.status), "\(String(decoding: body, as: UTF8.self))")
                #expect(answer["message"]?.string?.isEmpty == false)
            }
        }
        #expect(accepted < 1_000)
        #expect(try await admin.call("GET", "/v1/admin/versions/v1")["state"] == "production")
    }
}

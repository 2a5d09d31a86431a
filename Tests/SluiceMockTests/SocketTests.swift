// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Simulated provider on a socket", .serialized)
struct SocketTests {
    @Test("an answer arrives, and the log knows its tokens and the caller's request id")
    func answer() async throws {
        try await withProvider { provider, url in
            let response = try await post(url + "/v1/chat/completions", chat("Hello"), id: "r-1")
            #expect(response.status == 200)
            let tokens = try JSONValue(parsing: response.body)["usage"]?["completion_tokens"]?.int
            let entry = try #require(provider.log.first)
            #expect(entry.requestID == "r-1")
            #expect(entry.usage.map { Int64($0.completion) } == tokens)
        }
    }

    @Test("a stream arrives whole and the connection is used again")
    func stream() async throws {
        try await withProvider { _, url in
            for _ in 0..<3 {
                let response = try await post(url + "/v1/chat/completions", chat("Hello", "\"stream\":true"))
                #expect(response.body.hasSuffix("data: [DONE]\n\n"))
            }
        }
    }

    @Test("settings change while it runs; a reset brings the first ones back and empties the log")
    func control() async throws {
        try await withProvider { provider, url in
            let change = "{\"models\":{\"gpt-4.1\":{\"error_rate\":1,\"errors\":[\"error-418\"]}}}"
            let statuses = [
                try await post(url + "/mock/settings", change, method: .PUT).status,
                try await post(url + "/v1/chat/completions", chat("Hi")).status,
                try await post(url + "/mock/settings", "{\"x\":1}", method: .PUT).status,
                try await post(url + "/mock/reset", "").status,
                try await post(url + "/v1/chat/completions", chat("Hi")).status,
            ]
            #expect(statuses == [200, 418, 400, 200, 200])
            #expect(provider.log.count == 1)
        }
    }

    @Test("a flaky model fails as often as its name says, then answers")
    func flaky() async throws {
        try await withProvider { _, url in
            var statuses: [UInt] = []
            for _ in 0..<4 {
                statuses.append(try await post(url + "/v1/chat/completions", chat("Hi", model: "mock-flaky-2")).status)
            }
            #expect(statuses == [503, 503, 200, 200])
        }
    }

    @Test("a broken answer is an error at the caller", arguments: ["mock-reset", "mock-close", "mock-cut-2"])
    func broken(model: String) async throws {
        try await withProvider { provider, url in
            await #expect(throws: (any Error).self) {
                _ = try await post(url + "/v1/chat/completions", chat("Hi", model: model, "\"stream\":true"))
            }
            #expect(provider.log.first?.ending == .cut)
        }
    }

    @Test("the log file has the request's line when its answer has arrived")
    func logFile() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/sluice-mock-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let provider = try MockProvider(seed: 1, logFile: path)
        let port = try await provider.start()
        for number in 1...20 {
            let more = number % 2 == 0 ? "\"stream\":true" : ""
            _ = try await post("http://127.0.0.1:\(port)/v1/chat/completions", chat("Hello", more))
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == number)
            #expect(try lines.last.map { try JSONValue(parsing: String($0)) }?["seq"]?.int == Int64(number))
        }
        await provider.stop()
    }

    private struct Response {
        var status: UInt
        var body: String
    }

    private func post(
        _ url: String,
        _ body: String,
        method: HTTPMethod = .POST,
        id: String? = nil
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "content-type", value: "application/json")
        if let id { request.headers.add(name: "x-request-id", value: id) }
        request.body = .bytes(ByteBuffer(string: body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Response(status: response.status.code, body: String(buffer: bytes))
    }

    private func withProvider(_ body: (MockProvider, String) async throws -> Void) async throws {
        let provider = try MockProvider(seed: 1)
        let port = try await provider.start()
        do {
            try await body(provider, "http://127.0.0.1:\(port)")
        } catch {
            await provider.stop()
            throw error
        }
        await provider.stop()
    }
}

// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import SluiceCore
import Testing

@testable import SluiceNode

/// A folder of a test's own, gone at the end.
struct Folder {
    let path: String

    static func with<Answer>(_ body: (Folder) async throws -> Answer) async throws -> Answer {
        let url = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let folder = Folder(path: url.path)
        do {
            let answer = try await body(folder)
            try? FileManager.default.removeItem(at: url)
            return answer
        } catch {
            try? FileManager.default.removeItem(at: url)
            throw error
        }
    }

    var file: String { "\(path)/sluice.yaml" }

    func write(_ text: String, to file: String? = nil) throws {
        try Data(text.utf8).write(to: URL(filePath: file ?? self.file))
    }
}

/// A whole node on ports of its own, and how a test speaks to it.
struct RunningNode {
    static let adminToken = "node-tests-admin-7Qm2xLw9"
    static let key = "node-tests-caller-4Vn8sKt1"

    let node: Node
    let addresses: NodeAddresses
    let http: HTTPClient

    /// A configuration with free ports, a token and a key; `rest` holds providers, routes and prices.
    static func configuration(_ rest: String = standard) -> String {
        """
        listen: 127.0.0.1:0
        admin: {listen: "127.0.0.1:0", token: \(adminToken)}
        loops: 1
        drain: {timeout: 20s}
        keys: [{name: app, key: \(key)}]
        \(rest)
        """
    }

    /// One route with a version in production and one in staging, of the node's own simulated provider.
    static let standard = """
        providers:
          sim: {dialect: simulated, settings: {output_tokens: 12}}
        routes:
          chat:
            aliases: [gpt-4.1]
            versions:
              - {version_id: v1, provider: sim, api_version: one, state: production}
              - {version_id: v2, provider: sim, api_version: two, config: {temperature: 0.2}}
        prices:
          - {provider: sim, model: one, input: 2.0, output: 8.0}
          - {provider: sim, model: two, input: 1.0, output: 4.0}
        """

    /// Starts a node on a folder's file, and drains it at the end.
    static func with<Answer>(
        _ folder: Folder,
        _ body: (RunningNode) async throws -> Answer
    ) async throws -> Answer {
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let node = try await Node.start(file: folder.file, environment: [:], log: log)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await node.run(trappingSignals: false) }
            guard let addresses = await node.addresses() else {
                try await group.waitForAll()
                throw NodeError("the node ended before it served")
            }
            let http = HTTPClient(eventLoopGroupProvider: .singleton)
            let running = RunningNode(node: node, addresses: addresses, http: http)
            let result: Result<Answer, any Error>
            do { result = .success(try await body(running)) } catch { result = .failure(error) }
            try await http.shutdown()
            await node.shutDown()
            try await group.waitForAll()
            return try result.get()
        }
    }

    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: String

        var json: JSONObject {
            get throws { try #require(try JSONValue(parsing: body).object) }
        }
    }

    func chat(
        _ content: String = "Hello",
        model: String = "chat",
        unit: String? = nil,
        key: String? = RunningNode.key
    ) async throws -> Answer {
        try await call(
            "POST",
            "\(addresses.baseURL)/chat/completions",
            token: key,
            body: #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(content)"}]}"#,
            headers: unit.map { ["x-sluice-unit": $0] } ?? [:]
        )
    }

    func admin(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        token: String? = RunningNode.adminToken
    ) async throws -> Answer {
        try await call(method, "\(addresses.adminURL)/v1/admin\(path)", token: token, body: body)
    }

    func call(
        _ method: String,
        _ url: String,
        token: String? = nil,
        body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let response = try await send(method, url, token: token, body: body, headers: headers)
        let bytes = try await response.body.collect(upTo: 16 << 20)
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(response.status.code),
            headers: Dictionary(pairs, uniquingKeysWith: { first, _ in first }),
            body: String(buffer: bytes)
        )
    }

    func send(
        _ method: String,
        _ url: String,
        token: String? = nil,
        body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(Array(body.utf8))
        }
        return try await http.execute(request, timeout: .seconds(30))
    }

    /// Asks again until the answer is there; fails at the deadline.
    func eventually<Value>(
        within limit: Duration = .seconds(20),
        _ what: String,
        _ ask: () async throws -> Value?
    ) async throws -> Value {
        let end = ContinuousClock.now.advanced(by: limit)
        while ContinuousClock.now < end {
            if let value = try await ask() { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NodeError("not within \(limit): \(what)")
    }
}

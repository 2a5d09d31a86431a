// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceAdminModel
import SluiceCore

/// Speaks to a node's admin API.
struct AdminClient {
    let base: String
    let token: String
    let actor: String?
    private let http: HTTPClient

    /// The largest answer that is read into memory: 64 MiB.
    private static let answerLimit = 64 << 20

    /// Does something with a client, whose connections end with it.
    static func with<Answer>(
        base: String,
        token: String,
        actor: String?,
        _ work: (AdminClient) async throws -> Answer
    ) async throws -> Answer {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(60))
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let answer = try await work(AdminClient(base: base, token: token, actor: actor, http: http))
            try await http.shutdown()
            return answer
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private init(base: String, token: String, actor: String?, http: HTTPClient) {
        self.base = base
        self.token = token
        self.actor = actor
        self.http = http
    }

    /// The same client with another token.
    func showing(_ token: String) -> AdminClient { AdminClient(base: base, token: token, actor: actor, http: http) }

    /// Makes a call and reads its JSON answer.
    ///
    /// - Parameter path: Segments behind `/v1/admin`, which may hold any character.
    func call(
        _ method: String,
        _ path: [String],
        query: [(String, String?)] = [],
        body: JSONValue? = nil
    ) async throws(CommandFailure) -> JSONValue {
        let response = try await send(method, path, query, body)
        var bytes: [UInt8] = []
        do {
            let buffer = try await response.body.collect(upTo: AdminClient.answerLimit)
            bytes = Array(buffer.readableBytesView)
        } catch {
            throw .unreachable("The answer of \(base) broke off: \(error)", hint: nil)
        }
        let json = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 128, members: 5_000_000))
        guard (200..<300).contains(response.status.code) else {
            throw CommandFailure(status: Int(response.status.code), answer: json, base: base)
        }
        guard let json else { throw .strangeAnswer(base) }
        return json
    }

    /// Makes a call whose JSON answer is a shape.
    func call<Shape: Decodable>(
        _ type: Shape.Type,
        _ method: String,
        _ path: [String],
        query: [(String, String?)] = [],
        body: JSONValue? = nil
    ) async throws(CommandFailure) -> Shape {
        try AdminClient.shape(type, of: await call(method, path, query: query, body: body), from: base)
    }

    /// All items of a paged list.
    func all<Item: Codable & Sendable>(
        _ type: Item.Type,
        _ path: [String],
        limit: Int = .max
    ) async throws(CommandFailure) -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let size = min(1_000, limit - items.count)
            let page = try await call(
                Page<Item>.self,
                "GET",
                path,
                query: [("limit", "\(size)"), ("cursor", cursor)]
            )
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil && items.count < limit
        return items
    }

    /// Makes a call and hands its answer on, part by part.
    func stream(
        _ path: [String],
        query: [(String, String?)],
        _ take: (ByteBuffer) throws -> Void
    ) async throws {
        let response = try await send("GET", path, query, nil)
        guard (200..<300).contains(response.status.code) else {
            let buffer = try? await response.body.collect(upTo: 1 << 20)
            let json = buffer.flatMap { try? JSONValue(parsing: Array($0.readableBytesView)) }
            throw CommandFailure(status: Int(response.status.code), answer: json, base: base)
        }
        do {
            for try await part in response.body { try take(part) }
        } catch let error as CommandFailure {
            throw error
        } catch let error as ExitCode {
            throw error
        } catch {
            throw CommandFailure.unreachable(
                "The answer of \(base) broke off: \(error)",
                hint: "What came is not whole."
            )
        }
    }

    static func shape<Shape: Decodable>(
        _ type: Shape.Type,
        of json: JSONValue,
        from base: String
    ) throws(CommandFailure) -> Shape {
        do throws(ShapeError) {
            return try AdminJSON.decode(type, from: json)
        } catch {
            throw .strangeAnswer(base)
        }
    }

    private func send(
        _ method: String,
        _ path: [String],
        _ query: [(String, String?)],
        _ body: JSONValue?
    ) async throws(CommandFailure) -> HTTPClientResponse {
        var url = base + "/v1/admin" + path.map { "/" + AdminClient.escaped($0) }.joined()
        let pairs = query.compactMap { name, value in value.map { "\(name)=\(AdminClient.escaped($0))" } }
        if !pairs.isEmpty { url += "?" + pairs.joined(separator: "&") }
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if !token.isEmpty { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.headers.add(name: "user-agent", value: "sluice-cli")
        if let actor { request.headers.add(name: "x-sluice-actor", value: actor) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body.json)
        }
        do {
            return try await http.execute(request, timeout: .seconds(120))
        } catch {
            throw .unreachable(
                "The admin API at \(base) cannot be reached: \(AdminClient.reason(error)).",
                hint: "Is 'sluice serve' running? Say where with --admin-url or SLUICE_ADMIN_URL."
            )
        }
    }

    /// Why a connection failed, in words.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            if error == .connectTimeout || error == .deadlineExceeded || error == .readTimeout {
                return "no answer in time"
            }
        }
        let text = String(describing: error)
        return text.contains("onnection refused") ? "connection refused" : text
    }

    /// Percent-encodes all but unreserved characters.
    static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if byte.isASCIIAlphanumeric || "-._~".utf8.contains(byte) {
                result.append(Character(UnicodeScalar(byte)))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}

// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceTestKit
import Synchronization

/// A gateway on loopback with a scripted provider, one key and one route, for one test.
final class Rig: Sendable {
    static let key = "a-key-of-the-tests-0123456789"
    static let pepper = Secret<[UInt8]>([1, 2, 3])

    let gateway: Gateway
    let sink: RecordingSink
    let upstream: ScriptedUpstream
    let port: Int

    private init(_ gateway: Gateway, _ sink: RecordingSink, _ upstream: ScriptedUpstream, port: Int) {
        self.gateway = gateway
        self.sink = sink
        self.upstream = upstream
        self.port = port
    }

    /// Runs a gateway before a scripted provider, and frees both.
    static func with(
        _ settings: VersionSettings = VersionSettings(retry: RetryPolicy(maxRetries: 0)),
        change: (inout Snapshot) -> Void = { _ in },
        configure: (inout Gateway.Configuration) -> Void = { _ in },
        isReady: @escaping @Sendable () -> Bool = { true },
        wallClock: @escaping @Sendable () -> Timestamp = { Records.start },
        script: @escaping ScriptedUpstream.Script,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream(script)
        let sink = RecordingSink()
        var configuration = Gateway.Configuration(loops: 1)
        configure(&configuration)
        let gateway = Gateway(
            configuration: configuration,
            sink: sink,
            wallClock: wallClock,
            isReady: isReady,
            seed: 1,
            logger: Logger(label: "test")
        )
        var snapshot = try snapshot(upstream: upstream.port, settings)
        change(&snapshot)
        await gateway.publish(snapshot)
        let bound = try await gateway.start()
        let result: Result<Void, any Error>
        do {
            try await body(Rig(gateway, sink, upstream, port: bound.port))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await gateway.stop()
        upstream.stop()
        try result.get()
    }

    static func snapshot(upstream port: Int, _ settings: VersionSettings) throws -> Snapshot {
        let provider = Provider(
            id: Records.id("main"),
            dialect: .openai,
            address: try ProviderAddress(validating: "http://127.0.0.1:\(port)/base/v1"),
            apiKey: Secret("provider-secret")
        )
        let price = PriceCard(
            provider: provider.id,
            model: "gpt-upstream",
            effectiveFrom: Timestamp(nanoseconds: 0),
            rates: PriceCard.Rates(input: 2_000_000, cachedInput: 500_000, output: 8_000_000)
        )
        return Snapshot(
            epoch: 7,
            providers: [provider],
            routes: [Route(id: Records.id("chat"), aliases: ["gpt-4o", "gpt-4.1"])],
            versions: [version("v1", settings)],
            prices: [price],
            models: [],
            keys: [callerKey(key, id: "app")],
            pepper: pepper
        )
    }

    static func version(
        _ id: String,
        _ settings: VersionSettings = VersionSettings(),
        state: VersionState = .production,
        weight: BasisPoints = .all
    ) -> Version {
        Version(
            id: Records.id(id),
            route: Records.id("chat"),
            provider: Records.id("main"),
            apiVersion: "gpt-upstream",
            config: .object(JSONObject()),
            configHash: "",
            settings: settings,
            createdAt: Records.start,
            owner: .file,
            release: Release(state: state, weight: weight, changedAt: Records.start)
        )
    }

    static func callerKey(
        _ text: String,
        id: String,
        validUntil: Timestamp? = nil,
        maxConcurrency: Int? = nil
    ) -> CallerKey {
        CallerKey(
            id: Records.id(id),
            name: id,
            hash: KeyText.hash(text.utf8, pepper: pepper),
            createdAt: Records.start,
            validUntil: validUntil,
            owner: .file,
            maxConcurrency: maxConcurrency
        )
    }

    /// Sends raw bytes on a connection of its own and takes one answer.
    func exchange(_ text: String) async throws -> RawAnswer {
        let port = self.port
        return try await offload {
            let socket = try RawSocket.connect(port: port)
            defer { socket.close() }
            socket.send(text)
            return socket.receiveAnswer()
        }
    }

    /// Sends a request and takes everything up to the end of the connection.
    func exchangeToEnd(_ text: String) async throws -> RawAnswer {
        let port = self.port
        return try await offload {
            let socket = try RawSocket.connect(port: port)
            defer { socket.close() }
            socket.send(text)
            return RawAnswer(socket.receiveAll())
        }
    }

    func chat(_ body: String = Wire.chat, _ headers: String = "") async throws -> RawAnswer {
        try await exchange(Wire.request(body, headers))
    }

    func stream(_ body: String = Wire.streamingChat, _ headers: String = "") async throws -> RawAnswer {
        try await exchangeToEnd(Wire.request(body, headers + "Connection: close\r\n"))
    }
}

/// What tests put on the wire.
enum Wire {
    static let chat = #"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"#
    static let streamingChat = #"{"model":"chat","stream":true,"messages":[{"role":"user","content":"hi"}]}"#
    static let completion =
        #"{"id":"c1","object":"chat.completion","model":"gpt-upstream-2026","choices":[{"index":0,"message":"#
        + #"{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"#
        + #""completion_tokens":5,"total_tokens":15}}"#

    static let events = [
        #"data: {"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        #"data: {"id":"c1","choices":[{"index":0,"delta":{"content":"h\u00e9 😀"},"finish_reason":null}]}"#,
        #"data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ]
    static let usageEvent =
        #"data: {"id":"c1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"#
    static let done = "data: [DONE]\n\n"

    static func request(
        _ body: String,
        _ headers: String = "",
        path: String = "/v1/chat/completions",
        key: String = "Authorization: Bearer \(Rig.key)\r\n"
    ) -> String {
        "POST \(path) HTTP/1.1\r\nHost: relay\r\n\(key)Content-Type: application/json\r\n\(headers)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static func get(_ path: String, key: String = "Authorization: Bearer \(Rig.key)\r\n") -> String {
        "GET \(path) HTTP/1.1\r\nHost: relay\r\n\(key)\r\n"
    }

    static func answer(_ body: String, status: String = "200 OK", _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static let streamHead =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }

    /// A whole stream with usage, one event to a chunk.
    static let stream =
        streamHead + (events + [usageEvent]).map { chunk($0 + "\n\n") }.joined() + chunk(done) + "0\r\n\r\n"

    /// What of it the caller gets.
    static let passed = events.map { $0 + "\n\n" }.joined() + done
}

/// Keeps what the data plane hands up.
final class RecordingSink: OutcomeSink {
    private let state = Mutex<[JournalRecord]>([])

    func append(_ record: JournalRecord, loop: Int) { state.withLock { $0.append(record) } }

    var records: [JournalRecord] { state.withLock { $0 } }
    var outcomes: [Outcome] {
        records.compactMap { if case .settled(let outcome) = $0 { outcome } else { nil } }
    }
    var opened: [OpenedAttempt] {
        records.compactMap { if case .opened(let attempt) = $0 { attempt } else { nil } }
    }
}

/// Counts calls of a script.
final class Counter: Sendable {
    private let count = Mutex(0)

    /// The number of calls so far.
    var value: Int { count.withLock { $0 } }

    /// The number of calls before this one.
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count - 1
        }
    }
}

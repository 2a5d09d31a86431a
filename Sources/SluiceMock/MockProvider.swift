// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import SluiceCore
import Synchronization

/// A simulated provider that speaks the OpenAI dialect over a real socket, deterministic from a seed.
///
/// What it says follows from the seed and the request alone; when it says it, and what goes wrong, from the seed and
/// the order of arrival.
package final class MockProvider: Sendable {
    private let seed: UInt64
    private let loops: Int
    private let first: MockSettings
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>
    private let server = Mutex<MockServer?>(nil)

    private struct State: ~Copyable {
        var settings: MockSettings
        var sequence = 0
        /// Requests so far for the models whose name makes them fail at first.
        var earlier: [String: Int] = [:]
        var log = RequestLog()
        var lastBody: [UInt8] = []
        let file: LogFile?
    }

    /// A provider that does not listen yet.
    ///
    /// - Parameters:
    ///   - loops: event loops, one thread each.
    ///   - logFile: a path that one line of JSON is appended to per request, before the answer's last byte leaves.
    ///   - now: the wall clock of the answers' `created` and of the log.
    package init(
        settings: MockSettings = MockSettings(),
        seed: UInt64 = 1,
        loops: Int = 1,
        logFile: String? = nil,
        now: @escaping @Sendable () -> Timestamp = MockProvider.wallClock
    ) throws(LogFileError) {
        self.seed = seed
        self.loops = max(1, loops)
        self.now = now
        first = settings
        if let logFile {
            state = Mutex(State(settings: settings, file: try LogFile(path: logFile)))
        } else {
            state = Mutex(State(settings: settings, file: nil))
        }
    }

    /// Listens and gives back the port; 0 takes a free one.
    package func start(host: String = "127.0.0.1", port: Int = 0) async throws -> Int {
        let started = try await MockServer(
            host: host,
            port: port,
            loops: loops,
            answer: { self.reply(to: $0) },
            record: { self.record($0) }
        )
        server.withLock { $0 = started }
        return started.port
    }

    /// Closes the socket and every connection.
    package func stop() async {
        let running = server.withLock { server in
            defer { server = nil }
            return server
        }
        await running?.stop()
    }

    /// Returns when the provider has been stopped, at once where it never listened.
    package func waitUntilStopped() async { await server.withLock { $0 }?.closed() }

    /// What holds from the next request on.
    package var settings: MockSettings {
        get { state.withLock { $0.settings } }
        set { state.withLock { $0.settings = newValue } }
    }

    /// The requests served, the newest 150 000 at least.
    package var log: [LogEntry] { state.withLock { $0.log.all } }

    /// The system's wall clock.
    package static func wallClock() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }

    func reply(to request: MockRequest) -> Reply {
        guard !request.path.hasPrefix("/mock/") else { return control(request) }
        let (settings, sequence) = state.withLock { state in
            state.sequence += 1
            if state.settings.capture { state.lastBody = request.body }
            return (state.settings, state.sequence)
        }
        let planner = Planner(settings: settings, seed: seed, sequence: sequence, now: now(), earlier: countUp)
        return planner.reply(to: request)
    }

    private func record(_ entry: LogEntry) {
        state.withLock { state in
            state.file?.append(entry.json)
            state.log.append(entry)
        }
    }

    private func countUp(_ model: String) -> Int {
        state.withLock { state in
            let count = state.earlier[model, default: 0]
            // Names are the callers': the table is bounded.
            if count > 0 || state.earlier.count < 10_000 { state.earlier[model] = count + 1 }
            return count
        }
    }
}

extension MockProvider {
    /// The control endpoints, which ask for no key: `/mock/settings`, `/mock/log`, `/mock/last-body`, `/mock/reset`.
    private func control(_ request: MockRequest) -> Reply {
        switch (request.method, request.path) {
        case ("GET", "/mock/settings"): return plain(settings.json)
        case ("PUT", "/mock/settings"), ("PATCH", "/mock/settings"): return change(request)
        case ("GET", "/mock/log"):
            let lines = state.withLock { $0.log.lines(after: request.number("after") ?? 0) }
            return plain(lines, type: "application/x-ndjson")
        case ("GET", "/mock/last-body"):
            var reply = plain("", type: "application/octet-stream")
            let bytes = state.withLock { $0.lastBody }
            reply.length = bytes.count
            reply.steps = [.write(bytes), .end]
            return reply
        case ("POST", "/mock/reset"):
            state.withLock { state in
                state.settings = first
                state.sequence = 0
                state.earlier = [:]
                state.log.clear()
                state.lastBody = []
            }
            return plain(settings.json)
        default:
            let message =
                "The control endpoints are GET and PUT /mock/settings, GET /mock/log, GET /mock/last-body "
                + "and POST /mock/reset."
            return plain(MockFailure(status: 404, message: message).json, status: 404)
        }
    }

    private func change(_ request: MockRequest) -> Reply {
        do {
            guard let changes = try JSONValue(parsing: request.body).object else {
                throw SettingsError(field: "the body", expected: "a JSON object of settings")
            }
            let merged = try settings.merging(changes)
            settings = merged
            return plain(merged.json)
        } catch {
            return plain(MockFailure.badRequest("\(error)").json, status: 400)
        }
    }

    private func plain(_ body: String, status: Int = 200, type: String = "application/json") -> Reply {
        var reply = Reply(
            status: status,
            type: type,
            body: body,
            entry: LogEntry(sequence: 0, time: Timestamp(nanoseconds: 0), requestID: nil, path: "")
        )
        reply.steps.removeAll { if case .record = $0 { true } else { false } }
        return reply
    }
}

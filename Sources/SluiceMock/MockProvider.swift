// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import SluiceCore
import Synchronization

/// A simulated provider that speaks the dialects of the relay's providers over a real socket, deterministic from a seed.
///
/// What it says follows from the seed and the request alone; when it says it, and what goes wrong, from the seed and
/// the order of arrival.
package final class MockProvider: Sendable {
    private let seed: UInt64
    private let loops: Int
    private let first: MockSettings
    private let firstPlan: FaultPlan
    private let now: @Sendable () -> Timestamp
    private let state: Mutex<State>
    private let server = Mutex<MockServer?>(nil)

    private struct State: ~Copyable {
        var settings: MockSettings
        var sequence = 0
        /// Requests so far for the models whose name makes them fail at first.
        var earlier: [String: Int] = [:]
        var log = RequestLog()
        var kept = KeptThings()
        var lastBody: [UInt8] = []
        var plan = FaultPlan()
        var planStart = ContinuousClock.now
        /// Requests so far per rule of the plan.
        var planCounts: [Int] = []
        let file: LogFile?
    }

    /// A provider that does not listen yet.
    ///
    /// - Parameters:
    ///   - faults: what goes wrong when, from the start on.
    ///   - loops: event loops, one thread each.
    ///   - logFile: a path that one line of JSON is appended to per request, before the answer's last byte leaves.
    ///   - now: the wall clock of the answers' `created` and of the log.
    package init(
        settings: MockSettings = MockSettings(),
        faults: FaultPlan = FaultPlan(),
        seed: UInt64 = 1,
        loops: Int = 1,
        logFile: String? = nil,
        now: @escaping @Sendable () -> Timestamp = MockProvider.wallClock
    ) throws(LogFileError) {
        self.seed = seed
        self.loops = max(1, loops)
        self.now = now
        first = settings
        firstPlan = faults
        if let logFile {
            state = Mutex(State(settings: settings, file: try LogFile(path: logFile)))
        } else {
            state = Mutex(State(settings: settings, file: nil))
        }
        follow(faults)
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
        follow(state.withLock { $0.plan })
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

    /// Begins a plan of faults in the place of the former one: its clock and its counts start now.
    package func follow(_ plan: FaultPlan) {
        state.withLock { state in
            state.plan = plan
            state.planStart = .now
            state.planCounts = Array(repeating: 0, count: plan.rules.count)
        }
        server.withLock { $0 }?.follow(plan)
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
        let azure = AzureCall(request)
        let bedrock = BedrockCall(request)
        let vertex = VertexCall(request)
        let plain = azure?.request ?? bedrock?.request ?? vertex?.request ?? request
        if let refusal = azure?.refusal {
            let entry = LogEntry(sequence: sequence, time: now(), requestID: request.requestID, path: request.path)
            return Reply(refusal, entry: entry)
        }
        let planner = Planner(
            settings: settings,
            seed: seed,
            sequence: sequence,
            now: now(),
            earlier: countUp,
            kept: { id in self.state.withLock { $0.kept.find(id) } },
            keptIDs: { self.state.withLock { $0.kept.ids } }
        )
        let reply = faulty(plain, sequence) ?? planner.reply(to: plain)
        if !reply.changes.isEmpty { state.withLock { state in reply.changes.forEach { state.kept.apply($0) } } }
        return azure?.dressed(reply) ?? bedrock?.dressed(reply) ?? vertex?.dressed(reply) ?? reply
    }

    /// The answer with what the model's name or the plan wants wrong with it.
    private func faulty(_ request: MockRequest, _ sequence: Int) -> Reply? {
        guard request.method == "POST", let dialect = WireDialect(path: request.path) else { return nil }
        let body = (try? JSONValue(parsing: request.body))?.object
        guard let model = WireDialect.modelInPath(request.path) ?? request.deployment ?? body?["model"]?.string
        else { return nil }
        var dice = Dice(seed: seed, "plan", "\(sequence)")
        let planned = state.withLock { state in
            let elapsed = ContinuousClock.now - state.planStart
            return state.plan.fault(model: model, elapsed: elapsed, counts: &state.planCounts, dice: &dice)
        }
        guard let fault = WireFault(model: model) ?? planned else { return nil }
        // A rule that says none lets the usual answer come.
        if fault == .none, WireFault(model: model) == nil { return nil }
        var entry = LogEntry(sequence: sequence, time: now(), requestID: request.requestID, path: request.path)
        entry.requestBytes = request.body.count
        let isStream =
            dialect == .gemini ? request.path.hasSuffix(":streamGenerateContent") : body?["stream"]?.bool == true
        return FaultReply(
            fault: fault,
            dialect: dialect,
            model: model,
            isStream: isStream,
            includesUsage: body?["stream_options"]?.object?["include_usage"]?.bool == true,
            now: entry.time
        ).reply(entry)
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
    /// The control endpoints, which ask for no key: `/mock/settings`, `/mock/faults`, `/mock/log`, `/mock/last-body`, `/mock/reset`.
    private func control(_ request: MockRequest) -> Reply {
        switch (request.method, request.path) {
        case ("GET", "/mock/settings"): return plain(settings.json)
        case ("PUT", "/mock/settings"), ("PATCH", "/mock/settings"): return change(request)
        case ("PUT", "/mock/faults"): return plan(request)
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
                state.kept = KeptThings()
                state.log.clear()
                state.lastBody = []
            }
            follow(firstPlan)
            return plain(settings.json)
        default:
            let message =
                "The control endpoints are GET and PUT /mock/settings, PUT /mock/faults, GET /mock/log, "
                + "GET /mock/last-body and POST /mock/reset."
            return plain(MockFailure(status: 404, message: message).json, status: 404)
        }
    }

    private func plan(_ request: MockRequest) -> Reply {
        do {
            let plan = try FaultPlan(JSONValue(parsing: request.body))
            follow(plan)
            return plain("{\"rules\":\(plan.rules.count)}")
        } catch {
            return plain(MockFailure.badRequest("\(error)").json, status: 400)
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

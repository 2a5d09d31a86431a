// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceGateway
import SluiceJudge
import SluiceRelease
import SluiceTestKit
import Synchronization

/// A gateway before two scripted providers, one of production (v1) and one of a watched canary (v2), for one test.
final class EvidenceRig: Sendable {
    /// Buckets below 5 000 are the canary's: `user-1` is in 569.
    static let onCanary = "X-Sluice-Unit: user-1\r\n"
    /// Different units of the canary.
    static let canaryUnits = (1...200).map { "user-\($0)" }.filter { digest($0).bucket < 5_000 }
    static let onBaseline = "X-Sluice-Unit: \(baselineUnit)\r\n"
    static let baselineUnit =
        (1...100).lazy.map { "user-\($0)" }.first { digest($0).bucket >= 5_000 } ?? "user-0"

    let gateway: Gateway
    let sink: RecordingSink
    let evidence: EvidenceLog
    let port: Int
    let snapshot: Snapshot

    private init(_ gateway: Gateway, _ sink: RecordingSink, _ evidence: EvidenceLog, _ port: Int, _ snapshot: Snapshot)
    {
        self.gateway = gateway
        self.sink = sink
        self.evidence = evidence
        self.port = port
        self.snapshot = snapshot
    }

    /// Runs all three, and frees them.
    static func with(
        _ settings: VersionSettings = VersionSettings(retry: RetryPolicy(maxRetries: 0)),
        limits: WatchLimits = WatchLimits(),
        isWatched: Bool = true,
        change: (inout Snapshot) -> Void = { _ in },
        configure: (inout Gateway.Configuration) -> Void = { _ in },
        canary script: @escaping ScriptedUpstream.Script,
        _ body: (EvidenceRig) async throws -> Void
    ) async throws {
        let production = try ScriptedUpstream { _, socket in socket.send(Wire.answer(Wire.completion)) }
        let canary = try ScriptedUpstream(script)
        let sink = RecordingSink()
        let evidence = EvidenceLog()
        var configuration = Gateway.Configuration(loops: 1)
        configure(&configuration)
        let gateway = Gateway(
            configuration: configuration,
            sink: sink,
            evidence: evidence,
            wallClock: { Records.start },
            seed: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var snapshot = try snapshot(production.port, canary: canary.port, settings)
        change(&snapshot)
        await gateway.publish(snapshot, watches: isWatched ? [try limits.watch(serial: 1)] : [])
        let bound = try await gateway.start()
        let result: Result<Void, any Error>
        do {
            try await body(EvidenceRig(gateway, sink, evidence, bound.port, snapshot))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await gateway.stop()
        production.stop()
        canary.stop()
        try result.get()
    }

    private static func snapshot(_ port: Int, canary other: Int, _ settings: VersionSettings) throws -> Snapshot {
        var snapshot = try Rig.snapshot(upstream: port, settings)
        let provider = Provider(
            id: Records.id("next"),
            dialect: .openai,
            address: try ProviderAddress(validating: "http://127.0.0.1:\(other)")
        )
        snapshot.providers.append(provider)
        var price = snapshot.prices[0]
        price.provider = provider.id
        snapshot.prices.append(price)
        var canary = Rig.version("v2", settings, state: .canary, weight: BasisPoints(5_000) ?? .none)
        canary.provider = provider.id
        canary.release.buckets = BucketRanges([0..<5_000])
        snapshot.versions.append(canary)
        return snapshot
    }

    static func digest(_ unit: String) -> UnitDigest { UnitDigest(salt: Array("chat".utf8), team: nil, unit: unit) }

    /// Sends a request on a connection of its own and takes its answer.
    func send(_ headers: String = onCanary, _ body: String = Wire.chat) async throws -> RawAnswer {
        let socket = try await open(headers, body)
        return try await offload {
            defer { socket.close() }
            return body == Wire.chat ? socket.receiveAnswer() : RawAnswer(socket.receiveAll())
        }
    }

    /// Sends a request of one of the canary's units.
    func send(as unit: Int) async throws -> RawAnswer {
        try await send("X-Sluice-Unit: \(EvidenceRig.canaryUnits[unit % EvidenceRig.canaryUnits.count])\r\n")
    }

    /// Sends a request and leaves its answer to the test.
    func open(_ headers: String = onCanary, _ body: String = Wire.chat) async throws -> RawSocket {
        let port = self.port
        return try await offload {
            let socket = try RawSocket.connect(port: port)
            socket.send(Wire.request(body, headers + (body == Wire.chat ? "" : "Connection: close\r\n")))
            return socket
        }
    }
}

/// The limits of a test's watch, the same for both arms; a minute is never reached.
struct WatchLimits {
    var firstToken = 60_000.0
    var latency = 60_000.0
    /// Nano-dollars.
    var cost = 1e12

    static let error: UInt64 = 1
    static let firstToken: UInt64 = 2
    static let latency: UInt64 = 4
    static let cost: UInt64 = 8
    static let perToken: UInt64 = 16
    static let quota: UInt64 = 32
    static let credential: UInt64 = 64

    func watch(serial: Int64) throws -> RolloutWatch {
        func value(_ metric: MetricID, _ limit: Double) -> MetricRule {
            MetricRule(metric, form: .value, ceiling: .init(share: 0.01, above: limit))
        }
        let configuration = try JudgeConfiguration(
            metrics: [
                MetricRule(.error, form: .event, tolerance: 1.5),
                value(.ttft, firstToken), value(.latency, latency), value(.cost, cost), value(.tpot, 60_000),
                MetricRule(.quota, form: .event, tolerance: 1.5, onRegression: .hold),
                MetricRule(.credential, form: .event, tolerance: 1.5, onRegression: .hold),
            ],
            funding: Funding(planMinutes: 60)
        )
        return RolloutWatch(
            rollout: Records.id("r1"),
            route: Records.id("chat"),
            canary: Records.id("v2"),
            serial: serial,
            watch: Watch(configuration)
        )
    }
}

/// Keeps the evidence that the data plane hands up.
final class EvidenceLog: EvidenceSink {
    private struct State {
        var records: [EvidenceRecord] = []
        var ticks = 0
        var openSince: Int64 = 0
        var brakes: [String] = []
        var failedTrials = 0
        var releases = 0
        var rescues: [Bool] = []
        var acceptances: [Bool] = []
    }

    private let state = Mutex(State())

    func append(_ records: [EvidenceRecord], loop: Int, openSince: Int64, reportedThrough: Int64) {
        state.withLock { state in
            state.records += records
            state.ticks += 1
            state.openSince = openSince
        }
    }

    func brake(_ rollout: RolloutID, _ move: BrakeMove) {
        state.withLock { state in
            switch move {
            case .on(_, _, let reason): state.brakes.append("\(rollout): \(reason)")
            case .stays: state.failedTrials += 1
            case .rescued(let isServed): state.rescues.append(isServed)
            case .accepted(let isAccepted): state.acceptances.append(isAccepted)
            case .off: state.releases += 1
            }
        }
    }

    var records: [EvidenceRecord] { state.withLock { $0.records } }
    var ends: [EvidenceRecord] { records.filter(\.isEnd) }
    var assignments: [EvidenceRecord] { records.filter(\.isAssignment) }
    var ticks: Int { state.withLock { $0.ticks } }
    var openSince: Int64 { state.withLock { $0.openSince } }
    var brakes: [String] { state.withLock { $0.brakes } }
    var failedTrials: Int { state.withLock { $0.failedTrials } }
    /// Whether production served the trials that failed.
    var rescues: [Bool] { state.withLock { $0.rescues } }
    /// Whether trials of a diverted canary were taken.
    var acceptances: [Bool] { state.withLock { $0.acceptances } }
    /// How often the brake was taken off.
    var releases: Int { state.withLock { $0.releases } }

    /// Waits for the last records of so many requests.
    func ends(_ count: Int) async throws -> [EvidenceRecord] {
        _ = try await eventually { self.ends.count >= count }
        return ends
    }

    /// Waits until all that has happened before has been handed up.
    func settle() async throws {
        let before = ticks
        _ = try await eventually { self.ticks >= before + 2 }
    }
}

// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore
import SluiceMock
import SluiceNode

/// A whole node, a simulated provider and callers, in a folder that is removed afterwards.
struct DemoStage {
    let provider: MockProvider
    let admin: AdminClient
    let traffic: DemoTraffic
    let addresses: NodeAddresses

    static let route = "assistant"
    private static let callerKey = "sl-demo-0123456789abcdefghij"

    /// Builds it, does something with it, and takes it down; a signal takes it down as well.
    static func with<Answer: Sendable>(
        rate: Int,
        _ work: @escaping @Sendable (DemoStage) async throws -> Answer
    ) async throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-demo-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let provider = try MockProvider(settings: DemoProvider.settings, seed: 1)
        let port = try await provider.start()
        do {
            let answer = try await with(folder, provider, port, rate, work)
            await provider.stop()
            return answer
        } catch {
            await provider.stop()
            throw error
        }
    }

    private static func with<Answer: Sendable>(
        _ folder: String,
        _ provider: MockProvider,
        _ port: Int,
        _ rate: Int,
        _ work: @escaping @Sendable (DemoStage) async throws -> Answer
    ) async throws -> Answer {
        let token = "demo-\(UUID().uuidString)"
        let file = folder + "/sluice.yaml"
        try Data(configuration(port: port, token: token).utf8).write(to: URL(filePath: file))
        let node = try await Node.start(file: file, environment: [:])
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask {
                try await node.run(trappingSignals: true)
                return nil
            }
            group.addTask {
                guard let addresses = await node.addresses() else { throw CancellationError() }
                return try await AdminClient.with(base: addresses.adminURL, token: token, actor: "demo") { admin in
                    let stage = DemoStage(
                        provider: provider,
                        admin: admin,
                        traffic: DemoTraffic(url: addresses.baseURL, key: callerKey, route: route, rate: rate),
                        addresses: addresses
                    )
                    return try await stage.underTraffic(work)
                }
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else { throw CancellationError() }
            await node.shutDown()
            _ = try await group.next()
            return answer
        }
    }

    private func underTraffic<Answer: Sendable>(
        _ work: @escaping @Sendable (DemoStage) async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask {
                try await traffic.run()
                return nil
            }
            group.addTask { try await work(self) }
            defer { group.cancelAll() }
            while let answer = try await group.next() {
                if let answer { return answer }
            }
            throw CancellationError()
        }
    }

    private static func configuration(port: Int, token: String) -> String {
        """
        listen: 127.0.0.1:0
        admin: {listen: "127.0.0.1:0", token: "\(token)"}
        providers:
          north: {dialect: openai, base_url: "http://127.0.0.1:\(port)/v1", api_key: sk-demo-provider}
        routes:
          \(route):
            versions:
              - {version_id: v1, provider: north, api_version: model-1, state: production, weight: 1.0}
        prices:
          - {provider: north, model: model-1, input: 2.0, output: 8.0}
          - {provider: north, model: model-2, input: 0.4, output: 1.6}
          - {provider: north, model: model-3, input: 0.4, output: 1.6}
          - {provider: north, model: model-4, input: 0.4, output: 1.6}
          - {provider: north, model: model-5, input: 0.4, output: 1.6}
          - {provider: north, model: model-6, input: 0.4, output: 1.6}
        keys:
          - {name: demo, key: \(callerKey)}
        log: {level: error}

        """
    }
}

/// How the simulated provider's models behave.
enum DemoProvider {
    /// Quick and almost always right; two models that are not.
    static var settings: MockSettings {
        var base = Profile()
        base.latency = .logNormal(p50: 30, p99: 90)
        base.interval = .fixed(2)
        base.chunks = 6
        base.outputTokens = .uniform(20, 60)
        base.errorRate = 0.003
        var failing = Profile()
        failing.errorRate = 0.25
        var slow = Profile()
        slow.latency = .logNormal(p50: 32, p99: 1_500)
        var talkative = Profile()
        talkative.outputTokens = .uniform(120, 260)
        return MockSettings(base: base, models: ["model-3": failing, "model-4": slow, "model-5": talkative])
    }

    /// Every model fails one request in four: bad enough to break the ceiling, and not every request in a row.
    static var outage: MockSettings {
        var settings = settings
        settings.base.errorRate = 0.25
        return settings
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit

extension Rig {
    /// Runs a gateway whose version is served at two places, `main` and `second`.
    static func withTwo(
        _ settings: VersionSettings = VersionSettings(retry: RetryPolicy(maxRetries: 0)),
        change: @escaping (inout Snapshot) -> Void = { _ in },
        configure: (inout Gateway.Configuration) -> Void = { _ in },
        first: @escaping ScriptedUpstream.Script,
        second: @escaping ScriptedUpstream.Script,
        _ body: (Rig, ScriptedUpstream) async throws -> Void
    ) async throws {
        let other = try ScriptedUpstream(second)
        defer { other.stop() }
        var settings = settings
        if settings.targets.isEmpty { settings.targets = [TargetSetting(provider: Records.id("second"))] }
        let address = try ProviderAddress(validating: "http://127.0.0.1:\(other.port)/v1")
        try await Rig.with(
            settings,
            change: { snapshot in
                snapshot.providers.append(
                    Provider(
                        id: Records.id("second"),
                        dialect: .openai,
                        address: address,
                        apiKey: Secret("second-secret")
                    )
                )
                change(&snapshot)
            },
            configure: configure,
            script: first
        ) { (rig: Rig) async throws -> Void in
            try await body(rig, other)
        }
    }
}

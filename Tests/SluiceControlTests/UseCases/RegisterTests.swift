// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Registering a version")
struct RegisterTests {
    @Test("a new version is in staging, takes no traffic, and is published before the call returns")
    func staging() async throws {
        let bench = try await Bench.started()
        let (status, isNew) = try await bench.plane.register(
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", weight: 0.1, config: .of(#"{"temperature": 0.2}"#)),
            bench.change
        )
        #expect(isNew)
        #expect(status.version.release.state == .staging)
        #expect(status.version.release.weight.rawValue == 1_000)
        #expect(status.effectiveWeight == 0)
        #expect(status.version.route == .of("chat"))
        #expect(status.version.provider == .of("main"))
        #expect(bench.published.last?.versions.contains { $0.id == .of("v2") } == true)
    }

    @Test("the same id with the same config is answered again and writes nothing")
    func idempotent() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2")
        let epoch = await bench.plane.epoch
        let (_, isNew) = try await bench.plane.register(
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1"),
            bench.change
        )
        #expect(!isNew)
        #expect(await bench.plane.epoch == epoch)
    }

    @Test("the same id with another config is a conflict that shows both hashes")
    func conflict() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2")
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(
                RegisterVersion(id: "v2", apiVersion: "gpt-4.1", config: .of(#"{"a": 1}"#)),
                bench.change
            )
        }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains(ConfigHash.of(.of("{}"))) == true)
        #expect(error?.message.contains(ConfigHash.of(.of(#"{"a": 1}"#))) == true)
    }

    @Test("a hash that is not the config's is refused and both are shown")
    func hashMismatch() async throws {
        let bench = try await Bench.started()
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(
                RegisterVersion(id: "v2", apiVersion: "gpt-4.1", configHash: "0123456789abcdef"),
                bench.change
            )
        }
        #expect(error?.code == .hashMismatch)
        #expect(error?.code.status == 422)
        #expect(error?.message.contains("0123456789abcdef") == true)
        #expect(error?.message.contains(ConfigHash.of(.of("{}"))) == true)
    }

    @Test("a route that cannot be told is refused with the list")
    func unclearRoute() async throws {
        let bench = try await Bench.started()
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(RegisterVersion(id: "v2", apiVersion: "llama"), bench.change)
        }
        #expect(error?.code == .invalid)
        let shown = error.map { "\($0.details.map { JSONValue.object($0).jsonText } ?? "")" } ?? ""
        #expect(shown.contains("chat") && shown.contains("other"))
    }

    @Test("the only route is taken where the model names none")
    func onlyRoute() async throws {
        var definitions = Definitions.sample
        definitions.routes.removeLast()
        let bench = try await Bench.started(definitions)
        let (status, _) = try await bench.plane.register(
            RegisterVersion(id: "v2", apiVersion: "llama"),
            bench.change
        )
        #expect(status.version.route == .of("chat"))
    }

    @Test("a route without production asks for the provider")
    func unclearProvider() async throws {
        let bench = try await Bench.started()
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(
                RegisterVersion(id: "v2", apiVersion: "llama", route: "other"),
                bench.change
            )
        }
        #expect(error?.code == .invalid)
        #expect(error?.hint?.contains("main, second") == true)
    }

    @Test("canaries of a route never hold more than everything")
    func crowded() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.7)
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(
                RegisterVersion(id: "v3", apiVersion: "gpt-4.1", weight: 0.4, state: .canary),
                bench.change
            )
        }
        #expect(error?.code == .conflict)
        try await bench.register("v3", state: .canary, weight: 0.3)
        #expect(await bench.effective() == ["v1": 0, "v2": 0.7, "v3": 0.3])
    }

    @Test(
        "what cannot be is refused",
        arguments: [
            RegisterVersion(id: "", apiVersion: "gpt-4.1"),
            RegisterVersion(id: "a b", apiVersion: "gpt-4.1"),
            RegisterVersion(id: "v2", apiVersion: ""),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", weight: 1.5),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", weight: .nan),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", state: .deprecated),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", config: .of("[]")),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", route: "nowhere"),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", provider: "nobody"),
            RegisterVersion(id: "v2", apiVersion: "gpt-4.1", thresholds: ThresholdsPatch(errorRate: 1.5)),
        ]
    )
    func invalid(wish: RegisterVersion) async throws {
        let bench = try await Bench.started()
        let epoch = await bench.plane.epoch
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(wish, bench.change)
        }
        #expect(error?.code == .invalid)
        #expect(await bench.plane.epoch == epoch)
    }

    @Test("the audit names who, why and the whole version")
    func audit() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2")
        let entry = try await bench.plane.audit().last
        #expect(entry?.action == "version.register")
        #expect(entry?.subject == "version:v2")
        #expect(entry?.actor == "admin")
        #expect(entry?.reason == "because")
        #expect(entry?.before == nil)
        #expect(entry?.after?.contains("\"config_hash\"") == true)
    }

    @Test("a store that is down changes nothing and says so")
    func storeDown() async throws {
        let bench = try await Bench.started()
        await bench.store.fail(with: StoreError(.unavailable, "database is locked"))
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(RegisterVersion(id: "v2", apiVersion: "gpt-4.1"), bench.change)
        }
        #expect(error?.code == .unavailable)
        #expect(await bench.plane.versions().count == 1)
        await bench.store.fail(with: nil)
        try await bench.register("v2")
        #expect(await bench.plane.versions().count == 2)
    }
}

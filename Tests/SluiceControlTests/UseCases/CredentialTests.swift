// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore
import SluiceStore
import Testing

@Suite("Credentials in the store")
struct CredentialTests {
    private static func definitions(_ keys: String?, base: String = "https://api.example.com/v1") throws -> Definitions
    {
        var definitions = Definitions.sample
        definitions.masterKeys = keys.flatMap { MasterKeys(parsing: $0) }
        for index in definitions.providers.indices {
            definitions.providers[index].keepsCredentialInStore = true
            definitions.providers[index].apiKey = nil
            definitions.providers[index].address = try ProviderAddress(validating: base)
        }
        return definitions
    }

    private static let key = "k1:" + String(repeating: "0f", count: 32)
    private static let newer = "k2:" + String(repeating: "a5", count: 32)

    private func started(_ definitions: Definitions) async throws -> Bench {
        let bench = Bench(definitions)
        _ = try await bench.plane.start()
        return bench
    }

    @Test("a provider is not served before its credential is set, and is at once afterwards")
    func set() async throws {
        let bench = try await started(try CredentialTests.definitions(CredentialTests.key))
        let id = try #require(Definitions.sample.providers.first?.id)
        #expect(bench.published.last?.providers.contains { $0.id == id } == false)
        #expect(
            bench.plane.credentialFaults.problems.contains { $0.contains("provider \(id)") && $0.contains("never set") }
        )
        let versions = bench.published.last?.versions.count
        _ = try await bench.plane.setCredential(of: id.rawValue, to: Secret("sk-one"), bench.change)
        #expect(bench.published.last?.providers.first { $0.id == id }?.apiKey == Secret("sk-one"))
        // Its versions were there all the time: nobody's traffic went elsewhere.
        #expect(bench.published.last?.versions.count == versions)
        let state = try await bench.plane.setCredential(of: id.rawValue, to: Secret("sk-two"), bench.change)
        #expect(state.secret?.version == 2)
        #expect(bench.published.last?.providers.first { $0.id == id }?.apiKey == Secret("sk-two"))
        for entry in try await bench.plane.audit() {
            #expect(!"\(entry)".contains("sk-one") && !"\(entry)".contains("sk-two"))
        }
        #expect(!"\(try await bench.store.state().secrets)".contains("sk-two"))
        _ = try await bench.plane.removeCredential(of: id.rawValue, bench.change)
        #expect(bench.published.last?.providers.contains { $0.id == id } == false)
    }

    @Test("without a master key nothing is sealed, and what is sealed is said not to open")
    func noMasterKey() async throws {
        let bench = try await started(try CredentialTests.definitions(nil))
        let id = try #require(Definitions.sample.providers.first?.id)
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.setCredential(of: id.rawValue, to: Secret("sk"), bench.change)
        }
        #expect(error?.code == .invalidState && error?.hint?.contains("openssl rand") == true)
        let unknown = await refusal { () async throws(ControlError) in
            try await bench.plane.setCredential(of: "nobody", to: Secret("sk"), bench.change)
        }
        #expect(unknown?.code == .notFound)
    }

    @Test("another origin in the file does not get the credential; a new master key wraps it anew")
    func originAndRewrap() async throws {
        let bench = try await started(try CredentialTests.definitions(CredentialTests.key))
        let id = try #require(Definitions.sample.providers.first?.id)
        _ = try await bench.plane.setCredential(of: id.rawValue, to: Secret("sk"), bench.change)
        let moved = try CredentialTests.definitions(CredentialTests.key, base: "https://evil.example/v1")
        _ = try await bench.plane.apply(moved)
        #expect(bench.published.last?.providers.contains { $0.id == id } == false)
        let both = try CredentialTests.definitions(CredentialTests.newer + "\n" + CredentialTests.key)
        _ = try await bench.plane.apply(both)
        #expect(bench.published.last?.providers.first { $0.id == id }?.apiKey == Secret("sk"))
        let done = try await bench.plane.rewrapCredentials(bench.change)
        #expect(done.all == 1 && done.rewrapped == 1)
        let alone = try CredentialTests.definitions(CredentialTests.newer)
        _ = try await bench.plane.apply(alone)
        #expect(bench.published.last?.providers.first { $0.id == id }?.apiKey == Secret("sk"))
    }

    @Test("a provider whose credential the file has is left to the file")
    func ofFile() async throws {
        let bench = try await Bench.started()
        let id = try #require(Definitions.sample.providers.first?.id)
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.setCredential(of: id.rawValue, to: Secret("sk"), bench.change)
        }
        #expect(error?.code == .readOnly)
    }
}

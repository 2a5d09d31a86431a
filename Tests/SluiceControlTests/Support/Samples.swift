// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

extension Identifier {
    /// An id in a test, where a wrong one is a mistake of the test.
    static func of(_ text: String) -> Self {
        guard let id = Self(text) else { preconditionFailure("\(text) is no id") }
        return id
    }
}

extension Definitions {
    /// Route `chat` (alias `gpt-4.1`) with `v1` in production, route `other` without versions, two providers.
    static var sample: Definitions {
        Definitions(
            providers: [.sample("main"), .sample("second")],
            routes: [Route(id: .of("chat"), aliases: ["gpt-4.1"]), Route(id: .of("other"))],
            versions: [.sample("v1")],
            prices: [
                PriceCard(
                    provider: .of("main"),
                    model: "gpt-4.1",
                    effectiveFrom: Timestamp(nanoseconds: 0),
                    rates: .init(input: 2_000_000, cachedInput: 500_000, output: 8_000_000)
                )
            ],
            models: [ModelCard(provider: .of("main"), model: "gpt-4.1", qualityScore: 0.9)],
            keys: [
                CallerKey(
                    id: .of("filekey1"),
                    name: "app",
                    hash: [1, 2, 3],
                    createdAt: Timestamp(nanoseconds: 0),
                    owner: .file
                )
            ]
        )
    }
}

extension Provider {
    static func sample(_ id: String, dialect: Dialect = .openai) -> Provider {
        guard let address = try? ProviderAddress(validating: "https://\(id).example/v1") else {
            preconditionFailure("\(id) is no host")
        }
        return Provider(id: .of(id), dialect: dialect, address: address, apiKey: Secret("sk-\(id)"))
    }
}

extension Version {
    static func sample(
        _ id: String,
        route: String = "chat",
        provider: String = "main",
        config: JSONValue = .object(JSONObject()),
        state: VersionState = .production,
        weight: BasisPoints = .all
    ) -> Version {
        Version(
            id: .of(id),
            route: .of(route),
            provider: .of(provider),
            apiVersion: "gpt-4.1",
            config: config,
            configHash: ConfigHash.of(config),
            settings: VersionSettings(),
            createdAt: Timestamp(nanoseconds: 0),
            owner: .file,
            release: Release(state: state, weight: weight, changedAt: Timestamp(nanoseconds: 0))
        )
    }
}

extension JSONValue {
    /// Reads JSON in a test.
    static func of(_ text: String) -> JSONValue {
        guard let value = try? JSONValue(parsing: text) else { preconditionFailure("\(text) is no JSON") }
        return value
    }
}

extension Outcome {
    /// A request that ended after a second with one attempt on `v1`.
    static func sample(
        _ number: UInt64,
        at start: Timestamp,
        version: String = "v1",
        milliseconds: Int64 = 1_000,
        errorClass: ErrorClass? = nil,
        usage: Usage? = Usage(freshInput: 100, output: 50),
        cost: Cost = .known(NanoUSD(600_000))
    ) -> Outcome {
        var outcome = Outcome(
            request: RequestID(high: 1, low: number),
            startedAt: start,
            endpoint: .chatCompletions,
            epoch: 1
        )
        outcome.duration = milliseconds * 1_000_000
        outcome.overhead = 50_000
        outcome.route = .of("chat")
        outcome.version = .of(version)
        outcome.status = errorClass == nil ? 200 : 502
        outcome.ending = errorClass == .callerGone ? .callerGone : .complete
        outcome.errorClass = errorClass
        outcome.bucket = 42
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: .of("main"),
            model: "gpt-4.1",
            version: .of(version),
            startedAfter: 10_000
        )
        attempt.duration = outcome.duration
        attempt.firstToken = errorClass == nil ? outcome.duration / 4 : nil
        attempt.status = errorClass == nil ? 200 : 502
        attempt.errorClass = errorClass
        attempt.usage = usage
        attempt.cost = cost
        outcome.attempts = [attempt]
        return outcome
    }

    /// The records a data plane writes for it.
    var records: [JournalRecord] {
        attempts.map { attempt in
            .opened(
                OpenedAttempt(
                    request: request,
                    requestStartedAt: startedAt,
                    number: attempt.number,
                    purpose: attempt.purpose,
                    provider: attempt.provider,
                    model: attempt.model,
                    version: attempt.version,
                    route: route ?? .of("chat"),
                    key: key
                )
            )
        } + [.settled(self)]
    }
}

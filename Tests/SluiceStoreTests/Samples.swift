// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore

/// Values the tests of the store share.
enum Sample {
    static func version(_ id: VersionID) throws -> Version {
        let config = try JSONValue(parsing: #"{"temperature":0.7,"seed":123456789012345678901234567890,"né":[1,null]}"#)
        return Version(
            id: id,
            route: .sample("chat"),
            provider: .sample("main"),
            apiVersion: "gpt-4.1",
            config: config,
            configHash: "0123456789abcdef",
            settings: try VersionSettings(validating: config),
            createdAt: Timestamp(nanoseconds: 1_700_000_000_000_000_001),
            owner: .api,
            release: release(weight: 0)
        )
    }

    static func release(_ state: VersionState = .staging, weight: Int) -> Release {
        Release(
            state: state,
            weight: BasisPoints(weight) ?? .none,
            thresholds: Thresholds(errorRate: 0.05, costSpikeRatio: 2),
            deployedAt: nil,
            changedAt: Timestamp(nanoseconds: 42)
        )
    }

    static func key(_ id: KeyID, name: String = "app") -> CallerKey {
        CallerKey(
            id: id,
            name: name,
            hash: Array(repeating: 7, count: 32),
            createdAt: Timestamp(nanoseconds: 9),
            owner: .api
        )
    }

    static func draft(_ reason: String, before: String? = nil) -> AuditDraft {
        AuditDraft(
            at: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
            actor: "admin",
            action: "version.weight",
            subject: "version:v2",
            reason: reason,
            before: before,
            after: #"{"weight":0.25}"#
        )
    }

    static func request(_ number: UInt64) -> RequestID { RequestID(high: 0x0190 << 48 | number, low: 1 << 63 | number) }

    static func opened(_ number: UInt64, attempt: Int = 1, at moment: Int64 = 1_000) -> JournalRecord {
        .opened(
            OpenedAttempt(
                request: request(number),
                requestStartedAt: Timestamp(nanoseconds: moment),
                number: attempt,
                purpose: .primary,
                provider: .sample("main"),
                model: "gpt-4.1",
                version: .sample("v1"),
                route: .sample("chat"),
                key: .sample("a1B2c3D4")
            )
        )
    }

    static func outcome(_ number: UInt64, at moment: Int64 = 1_000, attempts: [Attempt]? = nil) -> Outcome {
        var outcome = Outcome(
            request: request(number),
            startedAt: Timestamp(nanoseconds: moment),
            endpoint: .chatCompletions,
            epoch: 3
        )
        outcome.duration = 812_000_000
        outcome.isStream = true
        outcome.requestBytes = 4_321
        outcome.key = .sample("a1B2c3D4")
        outcome.route = .sample("chat")
        outcome.version = .sample("v1")
        outcome.bucket = 9_999
        outcome.unitSource = "header:x-sluice-unit"
        outcome.status = 200
        outcome.ending = .complete
        outcome.attempts = attempts ?? [attempt(1)]
        return outcome
    }

    static func settled(_ number: UInt64, at moment: Int64 = 1_000, attempts: [Attempt]? = nil) -> JournalRecord {
        .settled(outcome(number, at: moment, attempts: attempts))
    }

    static func attempt(
        _ number: Int,
        version: VersionID = .sample("v1"),
        usage: Usage? = Usage(freshInput: 10, cachedInput: 4, output: 20, reasoning: 5),
        cost: Cost = .known(NanoUSD(1_234))
    ) -> Attempt {
        var attempt = Attempt(
            number: number,
            purpose: number == 1 ? .primary : .retry,
            provider: .sample("main"),
            model: "gpt-4.1",
            version: version,
            startedAfter: 5
        )
        attempt.duration = 800_000_000
        attempt.firstToken = 90_000_000
        attempt.status = 200
        attempt.usage = usage
        attempt.cost = cost
        return attempt
    }
}

extension Identifier {
    /// An id known to be well formed; a wrong one shows as `invalid`.
    static func sample(_ text: String) -> Identifier {
        guard let id = Identifier(text) ?? Identifier("invalid") else { preconditionFailure("no id: \(text)") }
        return id
    }
}

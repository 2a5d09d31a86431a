// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore

/// Records the tests of the journal share.
enum Sample {
    static func id<Subject>(_ text: String) -> Identifier<Subject> {
        guard let id = Identifier<Subject>(text) ?? Identifier<Subject>("invalid") else {
            preconditionFailure("no id: \(text)")
        }
        return id
    }

    static func request(_ number: UInt64) -> RequestID { RequestID(high: 0x0190 << 48 | number, low: 1 << 63 | number) }

    static func opened(_ number: UInt64) -> JournalRecord {
        .opened(
            OpenedAttempt(
                request: request(number),
                requestStartedAt: Timestamp(nanoseconds: 1_763_683_744_125_000_000),
                number: 1,
                purpose: .primary,
                provider: id("main"),
                model: "gpt-4.1",
                version: id("v2-canary"),
                route: id("chat"),
                key: id("a1B2c3D4")
            )
        )
    }

    /// A usual outcome of one attempt.
    static func outcome(_ number: UInt64) -> Outcome {
        var outcome = Outcome(
            request: request(number),
            startedAt: Timestamp(nanoseconds: 1_763_683_744_125_000_000),
            endpoint: .chatCompletions,
            epoch: 42
        )
        outcome.duration = 1_812_345_678
        outcome.overhead = 41_000
        outcome.firstToken = 312_000_000
        outcome.isStream = true
        outcome.key = id("a1B2c3D4")
        outcome.route = id("chat")
        outcome.version = id("v2-canary")
        outcome.bucket = 4_711
        outcome.unitSource = "header:x-sluice-unit"
        outcome.unitHash = 0xFEED_FACE_CAFE_BEEF
        outcome.status = 200
        outcome.ending = .complete
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: id("main"),
            model: "gpt-4.1",
            version: id("v2-canary"),
            startedAfter: 38_000
        )
        attempt.duration = 1_811_000_000
        attempt.firstToken = 311_000_000
        attempt.status = 200
        attempt.usage = Usage(freshInput: 812, cachedInput: 1_024, output: 377)
        attempt.cost = .known(NanoUSD(5_152_000))
        outcome.attempts = [attempt]
        return outcome
    }

    static func settled(_ number: UInt64) -> JournalRecord { .settled(outcome(number)) }

    static func pinned(_ number: UInt64, isOwed: Bool = false) -> JournalRecord {
        .pinned(
            Pin(
                digest: Pin.Digest(high: number, low: ~number),
                version: id("v2-canary"),
                provider: id("main"),
                account: 0xFEED_FACE_CAFE_BEEF,
                madeAt: Timestamp(nanoseconds: 1_763_683_744_125_000_000),
                isOwed: isOwed
            )
        )
    }

    static var charged: [JournalRecord] {
        let scope = Charge.Scope(
            key: id("a1B2c3D4"),
            route: id("chat"),
            version: id("v2-canary"),
            model: "m",
            tags: "a, b",
            endUser: "日本語"
        )
        return [Charge.Scope(), scope].map {
            .charged(
                Charge(
                    request: RequestID(high: 1, low: .max),
                    at: Timestamp(nanoseconds: .min),
                    amount: NanoUSD(.max),
                    isSettled: $0.key == nil,
                    scope: $0
                )
            )
        }
    }

    /// Records with every optional absent, every number at its ends, every word, and texts of all kinds.
    static var extremes: [JournalRecord] {
        var records: [JournalRecord] = [opened(0), settled(0), pinned(.max), pinned(0, isOwed: true)] + charged
        var bare = Outcome(
            request: RequestID(high: 0, low: .max),
            startedAt: Timestamp(nanoseconds: .min),
            endpoint: .other,
            epoch: .min
        )
        bare.duration = .max
        bare.status = .min
        records.append(.settled(bare))
        for ending in Outcome.Ending.allCases {
            for endpoint in Outcome.Endpoint.allCases {
                var outcome = outcome(1)
                outcome.endpoint = endpoint
                outcome.ending = ending
                records.append(.settled(outcome))
            }
        }
        for bytes in [nil, 7] as [Int64?] {
            for details in 0..<32 {
                var outcome = outcome(3)
                outcome.requestBytes = bytes
                outcome.endUser = details & 1 == 0 ? nil : "bob"
                var attempt = outcome.attempts[0]
                attempt.pricing =
                    details & 1 == 0 ? nil : Attempt.Pricing(card: .min, pricedAs: details & 2 == 0 ? nil : "gpt-4o")
                attempt.usage?.countedTwice = details & 2 == 0 ? 0 : .max
                if details & 4 != 0 { for part in BilledPart.allCases { attempt.usage?.parts[part] = .max } }
                attempt.usage?.servedAs = details & 8 == 0 ? [] : ["flex", "us"]
                attempt.usage?.providerCost = details & 16 == 0 ? nil : NanoUSD(.max)
                outcome.attempts = [outcome.attempts[0], attempt]
                records.append(.settled(outcome))
            }
        }
        var full = outcome(2)
        full.bucket = .max
        full.unitHash = .max
        full.tags = "日本語 🧑🏽‍🚀 \u{0} e\u{301} \n"
        full.endUser = "日本語"
        full.unitSource = ""
        full.requestBytes = .max
        full.attempts = []
        for purpose in Attempt.Purpose.allCases {
            for errorClass in ErrorClass.allCases {
                var attempt = Attempt(
                    number: .max,
                    purpose: purpose,
                    provider: id("p"),
                    model: "",
                    version: id("v"),
                    startedAfter: .min
                )
                attempt.errorClass = errorClass
                attempt.cost =
                    [.known(NanoUSD(.min)), .known(NanoUSD(.max)), .unpriced, .unknown][full.attempts.count % 4]
                attempt.usage = Usage(
                    freshInput: .max,
                    cachedInput: .min,
                    cacheWrite5m: -1,
                    cacheWrite1h: 0,
                    output: 1,
                    reasoning: .max,
                    isInconsistent: true,
                    isEstimated: full.attempts.count % 2 == 0
                )
                full.attempts.append(attempt)
            }
        }
        records.append(.settled(full))
        return records
    }
}

/// A directory of the test's own, gone afterwards.
func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}

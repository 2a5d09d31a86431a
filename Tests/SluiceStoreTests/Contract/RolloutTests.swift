// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@Suite("Rollouts of a store", .tags(.contract))
struct RolloutTests {
    private func record(_ id: String, route: String = "chat", phase: RolloutState.Phase = .progressing) throws
        -> RolloutRecord
    {
        var state = RolloutState(
            id: try #require(RolloutID(id)),
            route: .sample(route),
            canary: .sample("v2"),
            baseline: .sample("v1"),
            plan: try Plan(validating: JSONValue(parsing: #"{"preset": "careful", "alpha": 0.003}"#))
        )
        state.phase = phase
        state.acknowledged = [.sharedOutage]
        return RolloutRecord(state: state, createdAt: Timestamp(nanoseconds: 7), createdBy: "ädmin")
    }

    private func message(_ kind: String, at moment: Int64 = 5) -> OutboxMessage {
        OutboxMessage(channel: "ops", kind: kind, payload: "{}", createdAt: Timestamp(nanoseconds: moment))
    }

    @Test("a release keeps the buckets its canary holds", arguments: Engine.allCases)
    func buckets(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var release = Sample.release(.canary, weight: 600)
            release.buckets = try #require(BucketRanges("0-499,1200-1299"))
            try await store.commit(
                [.setRelease(.sample("v1"), release, owner: .file)],
                audit: [Sample.draft("x")],
                expecting: 0
            )
            #expect(try await store.state().fileReleases[.sample("v1")] == release)
        }
    }

    @Test("a rollout comes back as it was put, the newest last", arguments: Engine.allCases)
    func roundTrip(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var first = try record("r1")
            try await store.commit([.putRollout(first)], audit: [Sample.draft("start")], expecting: 0)
            first.verdict = Judge(first.state.plan.judging, startedAt: 3).verdict(at: 4)
            first.state.phase = .paused(.held([Reason(.noTraffic, .error, setting: "x")]))
            let second = try record("r2", route: "other")
            try await store.commit(
                [.putRollout(first), .putRollout(second)],
                audit: [Sample.draft("hold")],
                expecting: 1
            )
            #expect(try await store.state().rollouts == [first, second])
        }
    }

    @Test("open rollouts stay in sight however many closed ones there are", arguments: Engine.allCases)
    func sight(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await store.commit([.putRollout(record("open"))], audit: [], expecting: 0)
            let closed = try (0..<StoredState.closedRollouts + 5).map { try record("c\($0)", phase: .completed) }
            try await store.commit(closed.map { .putRollout($0) }, audit: [], expecting: 1)
            let ids = try await store.state().rollouts.map(\.state.id.rawValue)
            #expect(ids == ["open"] + (5..<StoredState.closedRollouts + 5).map { "c\($0)" })
        }
    }

    @Test("the evidence of a rollout is read in order, by pages, bit for bit", arguments: Engine.allCases)
    func evidence(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let id = try #require(RolloutID("r1"))
            let configuration = try JudgeConfiguration.standard(planMinutes: 61, alpha: 0.1 + 0.2)
            let units = AssignedUnits(canary: 1, baseline: 9, share: 1.0 / 3)
            let block = Block(start: 1_700_000_000, seconds: 2, entries: [], assigned: units)
            let events: [ReplayEvent] = [
                .start(configuration: configuration, at: 1_700_000_000),
                .step(StepDemand(startedAt: 1_700_000_000, seconds: 60)), .block(block), .acknowledge(.quota),
            ]
            try await store.append(Array(events.prefix(3)), to: id, expecting: 0, under: nil)
            try await store.append(Array(events.suffix(1)), to: id, expecting: 3, under: nil)
            try await store.append([.block(block)], to: try #require(RolloutID("r2")), expecting: 0, under: nil)
            #expect(try await store.lastEvidence(of: id) == 4)
            let first = try await store.evidence(of: id, after: 0, limit: 3)
            let rest = try await store.evidence(of: id, after: first.last?.sequence ?? 0, limit: 10)
            #expect((first + rest).map(\.event) == events)
            #expect((first + rest).map(\.sequence) == [1, 2, 3, 4])
            #expect(try await store.state().revision == 0)
        }
    }

    @Test("the outbox keeps what is not delivered, in order per channel", arguments: Engine.allCases)
    func outbox(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.commit([.enqueue(message("never"))], audit: [], expecting: 3)
            }
            #expect(error?.code == .conflict)
            var other = message("c", at: 99)
            other.channel = "chat"
            try await store.commit(
                [.enqueue(message("a")), .enqueue(other), .enqueue(message("b"))],
                audit: [],
                expecting: 0
            )
            #expect(try await store.outboxCounts() == ["ops": 2, "chat": 1])
            let waiting = try await store.outbox(of: "ops", limit: 10)
            #expect(waiting.map(\.kind) == ["a", "b"])
            #expect(try await store.outbox(of: nil, limit: 10).map(\.kind) == ["a", "c", "b"])
            #expect(try await store.outbox(of: nil, limit: 1).map(\.kind) == ["a"])
            #expect(try await store.outbox(of: "nobody", limit: 10).isEmpty)
            try await store.settle(waiting[0].sequence, .delivered, by: "n")
            let later = Timestamp(nanoseconds: 50)
            try await store.settle(waiting[1].sequence, .retry(at: later, error: "503"), by: "n")
            let again = try await store.outbox(of: "ops", limit: 10)
            #expect(again.map(\.kind) == ["b"])
            #expect(again[0].attempts == 1 && again[0].lastError == "503" && again[0].nextAttemptAt == later)
            try await store.settle(again[0].sequence, .givenUp(error: "gone"), by: "n")
            #expect(try await store.outboxCounts() == ["chat": 1])
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Synchronization
import Testing

@Suite("Several nodes on one store", .tags(.contract))
struct SeveralNodesTests {
    /// A store's clock that moves when it is told.
    private final class Clock: Sendable {
        private let held = Mutex(Timestamp(nanoseconds: 1_700_000_000_000_000_000))
        var now: Timestamp { held.withLock { $0 } }
        func advance(_ seconds: Int64) { held.withLock { $0 = $0.advanced(bySeconds: seconds) } }
    }

    private let clock = Clock()

    private func withStore(_ engine: Engine, _ body: (any Store) async throws -> Void) async throws {
        try await engine.withStore(now: { [clock] in clock.now }, body)
    }

    private func code(_ body: () async throws -> some Any) async -> StoreError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }

    private static let block = ReplayEvent.block(Block(start: 1_700_000_000, seconds: 1, entries: []))

    // MARK: Attempts

    @Test("a node sees what it opened itself, and settles nothing of another one", arguments: Engine.allCases)
    func attempts(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.ingest([Sample.opened(1), Sample.opened(2)], node: "a", position: JournalPosition())
            try await store.ingest([Sample.opened(3), Sample.opened(1)], node: "b", position: JournalPosition())
            let end = Timestamp(nanoseconds: .max)
            func open(_ node: String?) async throws -> [RequestID] {
                try await store.openAttempts(of: node, startedBefore: end, limit: 10).map(\.request)
            }
            #expect(try await open("a") == [Sample.request(1), Sample.request(2)], "who opened it first has it")
            #expect(try await open("b") == [Sample.request(3)])
            #expect(try await open("c").isEmpty)
            #expect(try await open(nil).count == 3)
            #expect(try await store.ingestedNodes() == ["a", "b"])
            try await store.ingest([Sample.settled(3)], node: "b", position: JournalPosition())
            #expect(try await open("b").isEmpty)
            #expect(try await open("a").count == 2)
        }
    }

    // MARK: State

    @Test("a node follows the others by what is newer than it knows", arguments: Engine.allCases)
    func following(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            #expect(try await store.changes(after: 0) == nil)
            try await store.commit([.setSetting("a", "1")], audit: [], expecting: 0)
            try await store.commit([.setSetting("a", "2")], audit: [], expecting: 1)
            let newer = try #require(try await store.changes(after: 0))
            #expect(newer.revision == 2 && newer.settings == ["a": "2"])
            #expect(try await store.changes(after: 1)?.revision == 2)
            #expect(try await store.changes(after: 2) == nil)
        }
    }

    // MARK: Leading

    @Test("one node at a time has a lease; the next one has a higher epoch", arguments: Engine.allCases)
    func leases(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            let name = "rollout/r1"
            let first = try #require(try await store.acquire(name, for: "a", lasting: .seconds(15)))
            #expect(first.epoch == 1 && first.holder == "a" && first.expiresAt == clock.now.advanced(bySeconds: 15))
            #expect(try await store.acquire(name, for: "b", lasting: .seconds(15)) == nil)
            #expect(try await store.acquire("rollout/r2", for: "b", lasting: .seconds(15))?.epoch == 1)
            clock.advance(14)
            let renewed = try #require(
                try await store.acquire(name, for: "a", lasting: .seconds(15), renewing: first)
            )
            #expect(renewed.epoch == 1, "renewing keeps the epoch")
            clock.advance(14)
            #expect(try await store.acquire(name, for: "b", lasting: .seconds(15)) == nil)
            clock.advance(1)
            let second = try #require(try await store.acquire(name, for: "b", lasting: .seconds(15)))
            #expect(second.epoch == 2 && second.holder == "b")
            #expect(try await store.acquire(name, for: "a", lasting: .seconds(15), renewing: renewed) == nil)
            try await store.release(renewed)
            let early = try await store.acquire(name, for: "a", lasting: .seconds(15))
            #expect(early == nil, "it was lost already")
            try await store.release(second)
            #expect(try await store.acquire(name, for: "a", lasting: .seconds(15))?.epoch == 3)
            let again = try #require(try await store.acquire(name, for: "a", lasting: .seconds(15)))
            #expect(again.epoch == 4, "a new process of the same node")
        }
    }

    @Test("a lease that ended a day ago is forgotten when a new one is made", arguments: Engine.allCases)
    func forgotten(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            let id = try #require(RolloutID("r1"))
            func epoch(_ name: String, _ node: String) async throws -> Int64? {
                try await store.acquire(name, for: node, lasting: .seconds(15))?.epoch
            }
            let old = try #require(try await store.acquire("rollout/r1", for: "a", lasting: .seconds(15)))
            clock.advance(86_400)
            #expect(try await epoch("rollout/r2", "a") == 1)
            #expect(try await epoch("rollout/r1", "b") == 2, "remembered for a day")
            clock.advance(86_415)
            #expect(try await epoch("rollout/r3", "a") == 1)
            let late = await code {
                try await store.append([SeveralNodesTests.block], to: id, expecting: 0, under: old)
            }
            #expect(late == .leaseLost)
            #expect(try await epoch("rollout/r2", "b") == 1, "forgotten")
        }
    }

    @Test("what a node writes under a lease that another one took is refused, whole", arguments: Engine.allCases)
    func fencing(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            let id = try #require(RolloutID("r1"))
            let old = try #require(try await store.acquire("rollout/r1", for: "a", lasting: .seconds(15)))
            try await store.append([SeveralNodesTests.block], to: id, expecting: 0, under: old)
            try await store.commit([.setSetting("led", "a")], audit: [Sample.draft("a")], expecting: 0, under: old)
            clock.advance(60)
            // Nobody else came: nothing can have been done twice.
            try await store.append([SeveralNodesTests.block], to: id, expecting: 1, under: old)
            let new = try #require(try await store.acquire("rollout/r1", for: "b", lasting: .seconds(15)))
            let append = await code {
                try await store.append([SeveralNodesTests.block], to: id, expecting: 2, under: old)
            }
            let commit = await code {
                try await store.commit([.setSetting("a", "2")], audit: [Sample.draft("a2")], expecting: 1, under: old)
            }
            #expect(append == .leaseLost && commit == .leaseLost)
            #expect(try await store.lastEvidence(of: id) == 2)
            #expect(try await store.state().revision == 1)
            #expect(try await store.auditEntries(after: 0, limit: 10).count == 1)
            try await store.commit([.setSetting("led", "b")], audit: [], expecting: 1, under: new)
            try await store.append([SeveralNodesTests.block], to: id, expecting: 2, under: new)
            #expect(try await store.state().settings == ["led": "b"])
        }
    }

    @Test("evidence is added only by who knows the end of the log, alone or in a commit", arguments: Engine.allCases)
    func evidence(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            let id = try #require(RolloutID("r1"))
            let block = SeveralNodesTests.block
            try await store.append([block, .canaryUnits(3)], to: id, expecting: 0, under: nil)
            #expect(await code { try await store.append([block], to: id, expecting: 0, under: nil) } == .logMoved)
            #expect(await code { try await store.append([block], to: id, expecting: 3, under: nil) } == .logMoved)
            let stale: [StoreChange] = [
                .setSetting("acted", "on old evidence"), .appendEvidence([block], to: id, expecting: 1),
            ]
            #expect(await code { try await store.commit(stale, audit: [Sample.draft("x")], expecting: 0) } == .logMoved)
            let untouched = try await store.state()
            #expect(untouched.settings.isEmpty && untouched.revision == 0)
            #expect(try await store.auditEntries(after: 0, limit: 10).isEmpty)
            let known: [StoreChange] = [
                .setSetting("acted", "yes"), .appendEvidence([block], to: id, expecting: 2),
                .appendEvidence([.canaryUnits(4)], to: id, expecting: nil),
            ]
            try await store.commit(known, audit: [], expecting: 0)
            let log = try await store.evidence(of: id, after: 0, limit: 10)
            #expect(log.map(\.event) == [block, .canaryUnits(3), block, .canaryUnits(4)])
            #expect(log.map(\.sequence) == [1, 2, 3, 4])
            #expect(try await store.state().settings == ["acted": "yes"])
        }
    }

    // MARK: Alerts

    @Test("messages of a channel are one node's to send, until it is silent for too long", arguments: Engine.allCases)
    func claims(_ engine: Engine) async throws {
        try await withStore(engine) { store in
            func message(_ kind: String, to channel: String = "ops") -> StoreChange {
                .enqueue(OutboxMessage(channel: channel, kind: kind, payload: "{}", createdAt: clock.now))
            }
            try await store.commit(
                [message("1"), message("2"), message("3"), message("x", to: "chat")],
                audit: [],
                expecting: 0
            )
            func claim(_ node: String, _ channel: String = "ops", limit: Int = 2) async throws -> [OutboxMessage] {
                try await store.claim(channel, for: node, lasting: .seconds(60), limit: limit)
            }
            let own = try await claim("a")
            #expect(own.map(\.kind) == ["1", "2"])
            #expect(try await claim("b").isEmpty, "neither the claimed ones nor what would overtake them")
            #expect(try await claim("b", "chat").map(\.kind) == ["x"], "another channel is another matter")
            #expect(try await store.settle(own[0].sequence, .delivered, by: "a"))
            #expect(try await claim("b").isEmpty)
            // b must not give up or put off what a is sending.
            #expect(try await !store.settle(own[1].sequence, .givenUp(error: "x"), by: "b"))
            #expect(try await !store.settle(own[1].sequence, .retry(at: clock.now, error: "x"), by: "b"))
            #expect(try await store.outboxCounts() == ["ops": 2, "chat": 1])
            #expect(try await store.settle(own[1].sequence, .retry(at: clock.now, error: "503"), by: "a"))
            #expect(try await claim("b", limit: 1).map(\.attempts) == [1], "put off, it is anybody's")
            clock.advance(59)
            #expect(try await claim("a").isEmpty)
            #expect(try await claim("b", limit: 1).count == 1, "asking again makes it last longer")
            clock.advance(59)
            #expect(try await claim("a").isEmpty)
            clock.advance(2)
            let taken = try await claim("a", limit: 10)
            #expect(taken.map(\.kind) == ["2", "3"])
            #expect(try await !store.settle(taken[0].sequence, .givenUp(error: "late"), by: "b"))
            #expect(try await store.settle(taken[0].sequence, .delivered, by: "b"), "it is not sent again")
            #expect(try await !store.settle(taken[0].sequence, .delivered, by: "a"))
            #expect(try await store.outboxCounts() == ["ops": 1, "chat": 1])
        }
    }
}

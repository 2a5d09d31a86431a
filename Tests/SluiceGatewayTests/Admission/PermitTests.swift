// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("What an admitted request holds")
struct PermitTests {
    /// Two hundred kilobytes, twice in memory.
    private static let body = 200_000

    private func with(
        _ configure: (inout Gateway.Configuration) -> Void = { _ in },
        _ body: (LoopRig) throws -> Void
    ) async throws {
        let rig = LoopRig(configure: configure)
        rig.bodies.limit(to: 1_000_000)
        let result = Result { try body(rig) }
        await rig.stop()
        try result.get()
    }

    @Test("its end gives back the slots of its key and its loop, and the memory of its body, once")
    func end() async throws {
        try await with { rig in
            let caller = rig.caller()
            var permit = try Permit(for: caller, on: rig.loop)
            #expect(caller.key.live.inFlight == 1 && rig.loop.inFlight == 1)
            let isReserved = permit.reserve(Self.body, copies: 2)
            #expect(isReserved && rig.bodies.inUse == 2 * Self.body)
            permit.end()
            permit.end()
            #expect(caller.key.live.inFlight == 0 && rig.loop.inFlight == 0 && rig.bodies.inUse == 0)
        }
    }

    @Test("one that was never ended gives back what is left when it goes")
    func forgotten() async throws {
        try await with { rig in
            let caller = rig.caller()
            func hold() throws(Refusal) {
                var permit = try Permit(for: caller, on: rig.loop)
                _ = permit.reserve(Self.body, copies: 2)
                permit.releaseOriginal(copies: 2)
                #expect(rig.bodies.inUse == Self.body)
            }
            try hold()
            #expect(caller.key.live.inFlight == 0 && rig.loop.inFlight == 0 && rig.bodies.inUse == 0)
        }
    }

    @Test("a request that is refused holds nothing, neither of its key nor of its loop")
    func refused() async throws {
        try await with { rig in
            let caller = rig.caller(maxConcurrency: 1)
            var permit = try Permit(for: caller, on: rig.loop)
            do throws(Refusal) {
                _ = try Permit(for: caller, on: rig.loop)
                Issue.record("a second request was admitted")
            } catch {
                #expect(error.kind == .rateLimited)
            }
            #expect(caller.key.live.inFlight == 1 && rig.loop.inFlight == 1)
            permit.end()
        }
    }

    @Test("memory is asked for as a body grows, and a body for which there is none takes none")
    func memory() async throws {
        try await with { rig in
            var permit = try Permit(for: rig.caller(), on: rig.loop)
            for (bytes, isThere, inUse) in [
                (100_000, true, 200_000), (150_000, true, 300_000), (120_000, true, 300_000),
                (600_000, false, 300_000), (Int.max, false, 300_000),
            ] {
                let isReserved = permit.reserve(bytes, copies: 2)
                #expect(isReserved == isThere && rig.bodies.inUse == inUse, "\(bytes)")
            }
            permit.releaseBody()
            #expect(rig.bodies.inUse == 0)
            permit.end()
        }
    }

    @Test("where another version's target takes nothing more, the slot of the version at hand stays taken")
    func failedMove() async throws {
        var snapshot = try Rig.snapshot(upstream: 1, VersionSettings(maxConcurrency: 1))
        let settings = VersionSettings(maxConcurrency: 2, adaptsConcurrency: true)
        let weight = try #require(BasisPoints(100))
        snapshot.versions.append(Rig.version("v2", settings, state: .canary, weight: weight))
        let rig = LoopRig()
        let compiled = await rig.publish(snapshot)
        let name = Array("chat".utf8)
        let versions = compiled.routes.find(name.span.bytes).map { $0.versions.compactMap { $0 } } ?? []
        #expect(versions.count == 2)
        func move() throws {
            let (first, second) = (try #require(versions.first), try #require(versions.last))
            let target = try #require(second.targets.first)
            let index = try #require(target.limit)
            var slots = TargetSlots(on: rig.loop)
            let isIn = slots.enter(first)
            #expect(isIn && first.limit?.live.inFlight == 1)
            // Without an answer a while ago nothing would be known of the target, and all let in.
            rig.loop.noteWait(index, began: rig.loop.http.now - 1_000_000, target)
            var taken = 0
            while taken <= AdaptiveLimit.most, rig.loop.enterTarget(index) { taken += 1 }
            let hasMovedToLimited = slots.move(to: second, target)
            #expect(!hasMovedToLimited && first.limit?.live.inFlight == 1 && second.limit?.live.inFlight == 0)
            for _ in 0..<taken { rig.loop.leaveTarget(index) }
            // The version is full, and its target is not.
            for _ in 0..<2 { #expect(second.limit?.live.enter(limit: 2) == true) }
            let hasMovedToFull = slots.move(to: second, target)
            #expect(!hasMovedToFull)
            for _ in 0..<2 { second.limit?.live.leave() }
            #expect(first.limit?.live.inFlight == 1)
            let hasMoved = slots.move(to: second, target)
            #expect(hasMoved && first.limit?.live.inFlight == 0 && second.limit?.live.inFlight == 1)
            slots.leave()
            #expect(second.limit?.live.inFlight == 0)
        }
        let result = Result { try move() }
        await rig.stop()
        try result.get()
    }

    @Test("a second attempt beside the first holds no slot of the key")
    func second() async throws {
        try await with { rig in
            let caller = rig.caller()
            var permit = try Permit(for: caller, on: rig.loop)
            func hold() { _ = TargetSlots(on: rig.loop) }
            hold()
            #expect(caller.key.live.inFlight == 1 && rig.loop.inFlight == 1)
            permit.end()
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Moving a version")
struct ReleaseTests {
    @Test("a staging version's weight is refused with the exact next call")
    func stagingWeight() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2")
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.setWeight("v2", to: 0.1, bench.change)
        }
        #expect(error?.code == .invalidState)
        #expect(error?.hint?.contains("POST /v1/admin/versions/v2/transition {\"target_state\": \"canary\"}") == true)
    }

    @Test("with auto_transition a first weight moves a staging version to canary, and the audit says so")
    func autoTransition() async throws {
        var definitions = Definitions.sample
        definitions.autoTransition = true
        let bench = try await Bench.started(definitions)
        try await bench.register("v2")
        let status = try await bench.plane.setWeight("v2", to: 0.1, bench.change)
        #expect(status.version.release.state == .canary)
        #expect(status.effectiveWeight == 0.1)
        #expect(try await bench.plane.audit().last?.action == "version.auto_transition")
    }

    @Test("raising a canary keeps the buckets it has")
    func monotone() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.05)
        let before = try await bench.release(of: "v2").buckets
        try await bench.plane.setWeight("v2", to: 0.25, bench.change)
        let after = try await bench.release(of: "v2").buckets
        #expect(before.count == 500)
        #expect(after.count == 2_500)
        #expect(before.ranges.allSatisfy { range in range.allSatisfy(after.contains) })
        #expect(await bench.effective() == ["v1": 0.75, "v2": 0.25])
    }

    @Test("audit entries of a weight hold what was and what is")
    func audit() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.05)
        try await bench.plane.setWeight("v2", to: 0.25, bench.change)
        let entry = try #require(try await bench.plane.audit().last)
        #expect(entry.action == "version.weight")
        #expect(entry.before?.contains("\"weight\":0.05") == true)
        #expect(entry.after?.contains("\"weight\":0.25") == true)
    }

    @Test("the same weight again writes nothing")
    func sameWeight() async throws {
        let bench = try await Bench.started()
        let epoch = await bench.plane.epoch
        try await bench.plane.setWeight("v1", to: 1, bench.change)
        #expect(await bench.plane.epoch == epoch)
    }

    @Test("the only serving version cannot be set to 0 or deprecated")
    func lastOne() async throws {
        let bench = try await Bench.started()
        let weight = await refusal { () async throws(ControlError) in
            try await bench.plane.setWeight("v1", to: 0, bench.change)
        }
        let state = await refusal { () async throws(ControlError) in try await bench.plane.deprecate("v1", bench.change)
        }
        #expect(weight?.code == .conflict)
        #expect(state?.code == .conflict)
        #expect(await bench.effective() == ["v1": 1])
    }

    @Test("promotion gives everything to the new version and keeps the former one warm")
    func promotion() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.25)
        bench.time.advance(seconds: 60)
        let status = try await bench.plane.transition("v2", to: .production, bench.change)
        #expect(status.effectiveWeight == 1)
        let former = try await bench.release(of: "v1")
        #expect(former.state == .production)
        #expect(former.weight == .none)
        let actions = try await bench.plane.audit(after: 0, limit: 100).suffix(2).map(\.action)
        #expect(actions == ["version.transition", "version.weight"])
    }

    @Test("illegal moves are refused with the legal ones", arguments: VersionState.allCases)
    func illegal(target: VersionState) async throws {
        let bench = try await Bench.started()
        try await bench.register("v2")
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.transition("v2", to: target, bench.change)
        }
        if VersionState.staging.allows(target) {
            #expect(error == nil)
        } else {
            #expect(error?.code == .invalidState)
            #expect(error?.hint?.contains("canary") == true)
        }
    }

    @Test("rolling a canary back gives its traffic to production in one revision")
    func rollbackCanary() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.4)
        let epoch = await bench.plane.epoch
        let answer = try await bench.plane.rollback("v2", bench.change)
        #expect(await bench.plane.epoch == epoch + 1)
        #expect(answer.target == .of("v1"))
        #expect(answer.warning == nil)
        #expect(answer.version.version.release.state == .rollback)
        #expect(await bench.effective() == ["v1": 1, "v2": 0])
    }

    @Test("rolling production back wakes the newest other production version")
    func rollbackProduction() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.4)
        bench.time.advance(seconds: 60)
        try await bench.plane.transition("v2", to: .production, bench.change)
        bench.time.advance(seconds: 60)
        try await bench.register("v3", state: .canary, weight: 0.4)
        bench.time.advance(seconds: 60)
        try await bench.plane.transition("v3", to: .production, bench.change)
        let answer = try await bench.plane.rollback("v3", bench.change)
        #expect(answer.target == .of("v2"))
        #expect(await bench.effective() == ["v1": 0, "v2": 1, "v3": 0])
    }

    @Test("a rollback may name its target")
    func rollbackTarget() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.4)
        try await bench.plane.transition("v2", to: .production, bench.change)
        try await bench.register("v3", state: .canary, weight: 0.4)
        try await bench.plane.transition("v3", to: .production, bench.change)
        let answer = try await bench.plane.rollback("v3", to: "v1", bench.change)
        #expect(answer.target == .of("v1"))
        #expect(await bench.effective() == ["v1": 1, "v2": 0, "v3": 0])
        try await bench.register("v4")
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.rollback("v1", to: "v4", bench.change)
        }
        #expect(error?.code == .invalidState)
    }

    @Test("a rollback with nobody to go to takes the weight away and warns")
    func rollbackAlone() async throws {
        let bench = try await Bench.started()
        let answer = try await bench.plane.rollback("v1", bench.change)
        #expect(answer.target == nil)
        #expect(answer.warning?.contains("503") == true)
        #expect(answer.version.version.release.weight == .none)
        #expect(await bench.effective() == ["v1": 0])
    }

    @Test("a transition to rollback is a rollback")
    func transitionToRollback() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.4)
        try await bench.plane.transition("v2", to: .production, bench.change)
        try await bench.plane.transition("v2", to: .rollback, bench.change)
        #expect(await bench.effective() == ["v1": 1, "v2": 0])
    }

    @Test("thresholds change one by one and can be taken away")
    func thresholds() async throws {
        let bench = try await Bench.started()
        try await bench.plane.setThresholds(
            "v1",
            ThresholdsPatch(errorRate: 0.05, p99LatencyMilliseconds: 500),
            bench.change
        )
        try await bench.plane.setThresholds("v1", ThresholdsPatch(costSpikeRatio: 2), bench.change)
        #expect(
            try await bench.release(of: "v1").thresholds
                == Thresholds(errorRate: 0.05, p99LatencyMilliseconds: 500, costSpikeRatio: 2)
        )
        try await bench.plane.setThresholds("v1", ThresholdsPatch(errorRate: .some(nil)), bench.change)
        #expect(try await bench.release(of: "v1").thresholds.errorRate == nil)
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.setThresholds("v1", ThresholdsPatch(p99LatencyMilliseconds: -1), bench.change)
        }
        #expect(error?.code == .invalid)
    }

    @Test("an unknown version is told with where to look")
    func unknown() async throws {
        let bench = try await Bench.started()
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.setWeight("v9", to: 0.1, bench.change)
        }
        #expect(error?.code == .notFound)
        #expect(error?.hint?.contains("GET /v1/admin/versions") == true)
    }

    @Test("changes made at once all happen, each with its own revision, published in order")
    func concurrent() async throws {
        let bench = try await Bench.started()
        let first = await bench.plane.epoch
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask { try await bench.register("n\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(await bench.plane.versions().count == 41)
        #expect(await bench.plane.epoch == first + 40)
        let epochs = bench.published.all.map(\.epoch)
        #expect(epochs == epochs.sorted())
    }

    @Test("a change decided on an old state is decided again")
    func conflict() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.6)
        // Another node raises the canary; this one has not heard of it.
        var release = try await bench.release(of: "v2")
        release.weight = .all
        release.buckets = BucketRanges([0..<10_000])
        try await bench.store.commit(
            [.setRelease(.of("v2"), release, owner: .api)],
            audit: [],
            expecting: await bench.plane.epoch
        )
        let error = await refusal { () async throws(ControlError) in
            try await bench.plane.register(
                RegisterVersion(id: "v3", apiVersion: "gpt-4.1", weight: 0.2, state: .canary),
                bench.change
            )
        }
        #expect(error?.code == .conflict)
        #expect(await bench.effective()["v2"] == 1)
    }
}

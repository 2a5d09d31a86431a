// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Definitions coming into force")
struct ReloadTests {
    @Test("at the first start the file's versions get their first values, written by the file")
    func firstSeen() async throws {
        let bench = Bench()
        let report = try await bench.plane.start()
        #expect(report.firstSeen == [.of("v1")])
        #expect(report.drift.isEmpty)
        let entry = try #require(try await bench.plane.audit().first)
        #expect(entry.actor == "file")
        #expect(entry.action == "version.first_seen")
        #expect(try await bench.release(of: "v1").deployedAt == bench.time.now)
        #expect(bench.published.all.count == 1)
        #expect(bench.published.last?.epoch == report.epoch)
    }

    @Test("a second start with the same file writes nothing and publishes the same revision")
    func secondStart() async throws {
        let bench = try await Bench.started()
        let epoch = await bench.plane.epoch
        let report = try await bench.plane.start()
        #expect(report.epoch == epoch)
        #expect(report.firstSeen.isEmpty)
    }

    @Test("the store's release wins over the file, and the drift is told")
    func drift() async throws {
        var definitions = Definitions.sample
        definitions.versions.append(.sample("v2", config: .of(#"{"a": 1}"#), state: .canary, weight: .none))
        let bench = try await Bench.started(definitions)
        try await bench.plane.setWeight("v2", to: 0.2, bench.change)
        let report = try await bench.plane.apply(definitions)
        #expect(try await bench.release(of: "v2").weight.rawValue == 2_000)
        #expect(report.drift == [Drift(version: .of("v2"), field: "weight", file: "0.0", inForce: "0.2")])
        #expect(report.changes.isEmpty)
    }

    @Test("canaries of the file get buckets that do not meet")
    func fileCanaries() async throws {
        var definitions = Definitions.sample
        guard let tenth = BasisPoints(1_000) else { return }
        definitions.versions += [
            .sample("v2", state: .canary, weight: tenth), .sample("v3", state: .canary, weight: tenth),
        ]
        let bench = try await Bench.started(definitions)
        let (second, third) = (try await bench.release(of: "v2"), try await bench.release(of: "v3"))
        #expect(second.buckets.count == 1_000)
        #expect(third.buckets.count == 1_000)
        #expect(!second.buckets.ranges.contains { $0.contains(where: third.buckets.contains) })
    }

    @Test("a reload tells what was added, removed and changed")
    func changes() async throws {
        let bench = try await Bench.started()
        var definitions = Definitions.sample
        definitions.routes[0].aliases.append("gpt-4o")
        definitions.routes.append(Route(id: .of("third")))
        definitions.keys = []
        definitions.autoTransition = true
        let report = try await bench.plane.apply(definitions)
        #expect(report.changes.added == ["route:third"])
        #expect(report.changes.removed == ["key:app"])
        #expect(report.changes.changed == ["route:chat", "release.auto_transition"])
        #expect(bench.published.last?.routes.count == 3)
        #expect(try await bench.plane.audit().last?.action == "config.apply")
    }

    @Test("a credential that changed is a new revision, and neither audit nor store learns it")
    func credential() async throws {
        let bench = try await Bench.started()
        let epoch = await bench.plane.epoch
        var definitions = Definitions.sample
        definitions.providers[0].apiKey = Secret("sk-brand-new")
        try await bench.plane.apply(definitions)
        #expect(await bench.plane.epoch == epoch + 1)
        let entry = try #require(try await bench.plane.audit().last)
        #expect(!"\(entry)".contains("sk-brand-new"))
        let settings = try await bench.store.state().settings
        #expect(!settings.values.contains { $0.contains("sk-") })
    }

    @Test("a version that takes traffic cannot vanish from the file")
    func vanished() async throws {
        let bench = try await Bench.started()
        var definitions = Definitions.sample
        definitions.versions = []
        let wanted = definitions
        let error = await refusal { () async throws(ControlError) in try await bench.plane.apply(wanted) }
        #expect(error?.code == .refusedDefinitions)
        #expect(error?.message.contains("v1") == true)
        #expect(await bench.effective() == ["v1": 1])
        #expect(bench.published.all.count == 1)
        #expect(await bench.plane.check(wanted).count == 1)
    }

    @Test("a version that takes no traffic may go, and its release is there when it comes back")
    func goesAndComesBack() async throws {
        var definitions = Definitions.sample
        definitions.versions.append(.sample("v2", config: .of(#"{"a": 1}"#), state: .canary, weight: .none))
        let bench = try await Bench.started(definitions)
        try await bench.plane.rollback("v2", bench.change)
        try await bench.plane.apply(.sample)
        #expect(await bench.plane.versions().map(\.version.id) == [.of("v1")])
        try await bench.plane.apply(definitions)
        #expect(try await bench.release(of: "v2").state == .rollback)
    }

    @Test("a serving version's definition cannot change under its id")
    func redefined() async throws {
        let bench = try await Bench.started()
        var definitions = Definitions.sample
        definitions.versions = [.sample("v1", config: .of(#"{"temperature": 1}"#))]
        let wanted = definitions
        let error = await refusal { () async throws(ControlError) in try await bench.plane.apply(wanted) }
        #expect(error?.code == .refusedDefinitions)
        #expect(error?.message.contains("another version_id") == true)
    }

    @Test("a staging version of the file may be redefined, and the audit keeps what it was")
    func redefinedInStaging() async throws {
        var definitions = Definitions.sample
        definitions.versions.append(.sample("v2", config: .of(#"{"a": 1}"#), state: .staging, weight: .none))
        let bench = try await Bench.started(definitions)
        definitions.versions[1] = .sample("v2", config: .of(#"{"a": 2}"#), state: .staging, weight: .none)
        try await bench.plane.apply(definitions)
        let entries = try await bench.plane.audit()
        let entry = try #require(entries.first { $0.action == "version.redefine" })
        #expect(entry.before?.contains(ConfigHash.of(.of(#"{"a": 1}"#))) == true)
        #expect(entry.after?.contains(ConfigHash.of(.of(#"{"a": 2}"#))) == true)
    }

    @Test("a route or provider that a serving version of the API needs cannot go")
    func dangling() async throws {
        let bench = try await Bench.started()
        try await bench.plane.register(
            RegisterVersion(
                id: "v2",
                apiVersion: "x",
                weight: 0.1,
                state: .canary,
                route: "chat",
                provider: "second"
            ),
            bench.change
        )
        var definitions = Definitions.sample
        definitions.providers.removeLast()
        let wanted = definitions
        let error = await refusal { () async throws(ControlError) in try await bench.plane.apply(wanted) }
        #expect(error?.code == .refusedDefinitions)
        #expect(error?.message.contains("second") == true)
        _ = try await bench.plane.rollback("v2", bench.change)
        try await bench.plane.apply(wanted)
        #expect(bench.published.last?.versions.map(\.id) == [.of("v1")])
        #expect(await bench.plane.versions().count == 2)
    }

    @Test("an id that the API gave to another config cannot be the file's")
    func clash() async throws {
        let bench = try await Bench.started()
        try await bench.register("v2")
        var definitions = Definitions.sample
        definitions.versions.append(.sample("v2", config: .of(#"{"a": 1}"#), state: .staging))
        let wanted = definitions
        let error = await refusal { () async throws(ControlError) in try await bench.plane.apply(wanted) }
        #expect(error?.code == .refusedDefinitions)
    }

    @Test("at a start a serving version may leave the file where another one serves its route")
    func replacedAtStart() async throws {
        let bench = try await Bench.started()
        var definitions = Definitions.sample
        definitions.versions = [.sample("v2", config: .of(#"{"a": 1}"#))]
        let wanted = definitions
        let reload = await refusal { () async throws(ControlError) in try await bench.plane.apply(wanted) }
        #expect(reload?.code == .refusedDefinitions)
        let next = Bench(definitions, store: bench.store)
        try await next.plane.start()
        #expect(await next.effective() == ["v2": 1])
        let removed = try #require(try await next.plane.audit().first { $0.action == "version.removed" })
        #expect(removed.subject == "version:v1")
        #expect(removed.before?.contains("production") == true)
        #expect(removed.after?.contains("deprecated") == true)
    }

    @Test("at a start too nobody takes away the only version that serves a route")
    func removedAtStart() async throws {
        let bench = try await Bench.started()
        var definitions = Definitions.sample
        definitions.versions = [.sample("v2", config: .of(#"{"a": 1}"#), state: .staging)]
        let next = Bench(definitions, store: bench.store)
        let error = await refusal { () async throws(ControlError) in try await next.plane.start() }
        #expect(error?.code == .refusedDefinitions)
        #expect(error?.message.contains("no other version would serve route chat") == true)
        #expect(next.published.all.isEmpty)
    }
}

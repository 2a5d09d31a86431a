// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore
import SluiceStore
import Testing

@Suite("Two persons")
struct ApprovalTests {
    private func bench(twoPersons: Bool = true) async throws -> Bench {
        var definitions = Definitions.sample
        for index in definitions.routes.indices { definitions.routes[index].needsTwoPersons = twoPersons }
        let bench = Bench(definitions)
        _ = try await bench.plane.start()
        return bench
    }

    private let ada = Change(by: "ada")
    private let bob = Change(by: "bob")

    /// A staging version of the first route.
    private func version(_ bench: Bench) async throws -> String {
        let route = try #require(Definitions.sample.routes.first?.id.rawValue)
        let wish = RegisterVersion(id: "new", apiVersion: "gpt-4.1", route: route)
        _ = try await bench.plane.register(wish, ada)
        _ = try await bench.plane.transition("new", to: .canary, ada)
        return "new"
    }

    @Test("one person's wish waits, the same person's again too, and another person's is done")
    func promote() async throws {
        let bench = try await bench()
        let id = try await version(bench)
        let first = await refusal { () async throws(ControlError) in
            try await bench.plane.transition(id, to: .production, ada)
        }
        #expect(first?.code == .approvalNeeded && first?.message.contains("another person") == true)
        let again = await refusal { () async throws(ControlError) in
            // A header that names somebody else makes no other person.
            try await bench.plane.transition(id, to: .production, Change(by: "ada:bob"))
        }
        #expect(again?.code == .approvalNeeded)
        #expect(try await bench.plane.version(id).version.release.state == .canary)
        _ = try await bench.plane.transition(id, to: .production, bob)
        #expect(try await bench.plane.version(id).version.release.state == .production)
        let actions = try await bench.plane.audit().map(\.action)
        #expect(actions.contains("approval.ask") && actions.contains("approval.give"))
        #expect(try await bench.store.state().settings.keys.allSatisfy { !$0.hasPrefix("approval/") })
    }

    @Test("another wish takes the place of the one that waits: who asks for another weight approves nothing")
    func anotherWish() async throws {
        let bench = try await bench()
        let id = try await version(bench)
        for (weight, who) in [(0.1, ada), (0.2, bob), (0.1, ada)] {
            let error = await refusal { () async throws(ControlError) in
                try await bench.plane.setWeight(id, to: weight, who)
            }
            #expect(error?.code == .approvalNeeded, "\(weight)")
        }
        _ = try await bench.plane.setWeight(id, to: 0.1, bob)
        #expect(try await bench.plane.version(id).version.release.weight.fraction == 0.1)
        // Less needs nobody else.
        _ = try await bench.plane.setWeight(id, to: 0.05, ada)
        _ = try await bench.plane.rollback(id, ada)
    }

    @Test("a version that would take traffic at once is not registered by one person")
    func register() async throws {
        let bench = try await bench()
        let route = try #require(Definitions.sample.routes.first?.id.rawValue)
        let wish = RegisterVersion(id: "hot", apiVersion: "gpt-4.1", weight: 0.1, state: .canary, route: route)
        let error = await refusal { () async throws(ControlError) in try await bench.plane.register(wish, ada) }
        #expect(error?.code == .approvalNeeded)
        _ = try await bench.plane.register(wish, bob)
    }

    @Test("a route that does not say so takes one person")
    func onePerson() async throws {
        let bench = try await bench(twoPersons: false)
        let id = try await version(bench)
        _ = try await bench.plane.transition(id, to: .production, ada)
        #expect(try await bench.plane.version(id).version.release.state == .production)
    }
}

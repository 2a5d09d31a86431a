// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Names of keys")
struct KeyNamesTests {
    private static func key(
        _ id: String,
        _ name: String,
        team: String? = nil,
        at second: Int64 = 0,
        owner: Owner = .api,
        next: String? = nil
    ) throws -> CallerKey {
        CallerKey(
            id: try #require(KeyID(id)),
            name: name,
            team: team,
            hash: [],
            createdAt: Timestamp(nanoseconds: second),
            replacedBy: next.flatMap { KeyID($0) },
            owner: owner
        )
    }

    private static func ids(_ names: KeyNames, _ text: String) -> [String] { names.keys(text).map(\.rawValue).sorted() }

    @Test("a name means the keys of whoever had one of it first, and the full name says whose")
    func collisions() throws {
        let keys = [
            try Self.key("k2", "app", team: "ads", at: 20), try Self.key("k1", "app", team: "search", at: 10),
            try Self.key("k3", "app", team: "search", at: 30), try Self.key("k4", "other", at: 5),
        ]
        let names = KeyNames(keys)
        #expect(Self.ids(names, "app") == ["k1", "k3"])
        #expect(Self.ids(names, "search/app") == ["k1", "k3"])
        #expect(Self.ids(names, "ads/app") == ["k2"])
        #expect(Self.ids(names, "other") == ["k4"] && Self.ids(names, "k2") == ["k2"])
        #expect(Self.ids(names, "nobody").isEmpty && Self.ids(names, "ads/").isEmpty && Self.ids(names, "").isEmpty)
        #expect(names.fullNames("app") == ["search/app", "ads/app"])
        // Whoever comes later changes nothing, whatever they call their keys.
        let later = KeyNames(
            keys + [
                try Self.key("k5", "app", at: 40), try Self.key("k6", "search/app", at: 41),
                try Self.key("k7", "k1", team: "evil", at: 42), try Self.key("k8", "app", team: "k1", at: 43),
            ]
        )
        for text in ["app", "search/app", "ads/app", "other", "k1", "k2"] {
            #expect(Self.ids(later, text) == Self.ids(names, text), "\(text)")
        }
    }

    @Test("the file's keys come before all others, whenever they were made")
    func files() throws {
        let keys = [
            try Self.key("k1", "app", team: "search", at: 1), try Self.key("app", "app", at: 100, owner: .file),
        ]
        #expect(Self.ids(KeyNames(keys), "app") == ["app"])
        #expect(Self.ids(KeyNames(keys), "search/app") == ["k1"])
    }

    @Test("those that took a key's place are meant with it, however they are called")
    func rotations() throws {
        let keys = [
            try Self.key("k1", "app", next: "k2"), try Self.key("k2", "renamed", at: 1, next: "k1"),
            try Self.key("k3", "app", at: 2),
        ]
        #expect(Self.ids(KeyNames(keys), "app") == ["k1", "k2", "k3"])
        #expect(Self.ids(KeyNames(keys), "k1") == ["k1", "k2"])
    }

    @Test("budgets of names that an id cannot hold have ids of their own")
    func budgetIDs() {
        let names = [
            "Zoë", "Zoë2", "Zo\u{308}", "顧客一", "顧客二", String(repeating: "a", count: 97),
            String(repeating: "a", count: 98),
        ]
        let ids = names.compactMap { Budget.standardID(SpendingEntity(.endUser, $0), .daily)?.rawValue }
        #expect(Set(ids).count == names.count, "\(ids)")
        #expect(ids.allSatisfy { $0.hasPrefix("end_user.") && $0.hasSuffix(".daily") })
        #expect(Budget.standardID(SpendingEntity(.key, "app"), .monthly)?.rawValue == "key.app.monthly")
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Sums over the ledger")
struct UsageTests {
    private let start = Timestamp(milliseconds: 1_760_000_000_000)

    private var definitions: Definitions {
        var definitions = Definitions.sample
        definitions.keys = [
            ("k1", "app", "search"), ("k2", "app", "search"), ("k3", "batch", "search"), ("k4", "solo", nil),
        ]
        .map { id, name, team in
            CallerKey(id: .of(id), name: name, team: team, hash: [1], createdAt: start, owner: .file)
        }
        return definitions
    }

    private func bench() async throws -> Bench {
        let bench = try await Bench.started(definitions)
        let records = ["k1", "k2", "k3", "k4", "gone", nil].enumerated().map { index, key -> JournalRecord in
            var outcome = Outcome.sample(UInt64(index), at: start.advanced(bySeconds: Int64(index)))
            outcome.key = key.map { .of($0) }
            return .settled(outcome)
        }
        try await bench.store.ingest(records, node: "n", position: JournalPosition())
        return bench
    }

    @Test("keys have their names and teams, and groups add up to the total")
    func keys() async throws {
        let report = try await bench().plane.usage(LedgerFilter(), groupedBy: [.key])
        #expect(report.groups.map(\.group) == [[""], ["gone"], ["k1"], ["k2"], ["k3"], ["k4"]])
        #expect(report.keys[.of("k3")] == UsageReport.KeyName(name: "batch", team: "search"))
        #expect(report.keys[.of("gone")] == nil)
        #expect(report.groups.reduce(UsageSum(emptyOf: [])) { $0.adding($1) } == report.total)
        #expect(report.since == start)
    }

    @Test("teams are those of the keys; what has none stands apart")
    func teams() async throws {
        let report = try await bench().plane.usage(LedgerFilter(), groupedBy: [.version, .team])
        #expect(report.groups.map(\.group) == [["v1", ""], ["v1", "search"]])
        #expect(report.groups.map(\.requests) == [3, 3])
        #expect(report.groups.map(\.cost) == [NanoUSD(1_800_000), NanoUSD(1_800_000)])
        #expect(report.total.requests == 6)
    }

    @Test("a key is found by its id and by its name, and a name may be that of several")
    func named() async throws {
        let plane = try await bench().plane
        #expect(try await plane.keys(named: "k3") == [.of("k3")])
        #expect(try await plane.keys(named: "app") == [.of("k1"), .of("k2")])
        #expect(try await plane.keys(named: "gone") == [.of("gone")])
        let error = await refusal { () async throws(ControlError) in try await plane.keys(named: "ap") }
        #expect(error?.code == .invalid && error?.message.contains("\"ap\"") == true)
        #expect(error?.hint?.contains("app") == true)
    }
}

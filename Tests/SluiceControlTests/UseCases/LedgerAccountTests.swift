// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Accounts of the ledger")
struct LedgerAccountTests {
    private static let request = RequestID(high: 1, low: 1)

    /// A ledger of one attempt, which was corrected twice.
    private static func corrected() async throws -> Bench {
        let bench = try await Bench.started()
        let outcome = Outcome.sample(1, at: bench.time.now)
        try await bench.store.ingest([.settled(outcome)], node: "n", position: JournalPosition())
        for cost in [NanoUSD(5), NanoUSD(0)] {
            bench.time.advance(seconds: 1)
            _ = try await bench.plane.correctLedger(request, attempt: 1, to: cost, bench.change)
        }
        bench.time.advance(seconds: 1_000)
        return bench
    }

    private static func draft(_ bench: Bench, _ amount: Int64) -> AuditDraft {
        AuditDraft(
            at: bench.time.now,
            actor: "admin",
            action: "ledger.correct",
            subject: "attempt:\(request)/1",
            reason: "because",
            after: #"{"correction_nano_usd":\#(amount)}"#
        )
    }

    @Test("corrections that the audit has are sound")
    func sound() async throws {
        let report = try await Self.corrected().plane.verifyLedger()
        #expect(report.findings == [] && report.corrections == 2 && report.cost == NanoUSD(0))
    }

    @Test("a correction that is not what the audit has of it is found")
    func changed() async throws {
        let bench = try await Self.corrected()
        let amount = LedgerCorrection(
            request: Self.request,
            attempt: 1,
            at: bench.time.now,
            amount: NanoUSD(700),
            actor: "admin",
            reason: "because"
        )
        #expect(try await bench.store.correct(amount, audit: Self.draft(bench, 7)))
        bench.time.advance(seconds: 1_000)
        #expect(try await bench.plane.verifyLedger().findings == [.correctionNotAudited(Self.request, attempt: 1)])
    }

    @Test("a correction that only the audit has is found, whatever time is asked for")
    func gone() async throws {
        let bench = try await Self.corrected()
        let revision = try await bench.store.state().revision
        try await bench.store.commit([], audit: [Self.draft(bench, 7)], expecting: revision, under: nil)
        // It may be on its way.
        #expect(try await bench.plane.verifyLedger().findings == [])
        bench.time.advance(seconds: 10)
        let found = try await bench.plane.verifyLedger(from: bench.time.now).findings
        #expect(found == [.correctionGone(subject: "attempt:\(Self.request)/1")])
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
package import SluiceJudge
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// What happened to a rollout, which evidence decided, how sure that is, and what to do next.
    ///
    /// Reads and computes outside the control plane's turn: verdicts and orders go on meanwhile.
    package nonisolated func explain(_ id: String) async throws(ControlError) -> RolloutExplanation {
        let status = try await rollout(id)
        let catalogue = await current
        let faults = try await LedgerReading(store: store)
            .faults(of: status.record, keys: catalogue.keys, now: now())
        return RolloutExplainer(
            status: status,
            faults: faults,
            odds: try await odds(of: status),
            catalogue: catalogue,
            audit: try await entries(of: "rollout:\(id)"),
            gap: readings.gap(of: status.id),
            production: await lastMinutes(ofProductionBeside: status.state)
        ).explanation
    }

    /// Entries of a log that are read again for the intervals of a rollout whose judge has gone.
    private static let mostEntries: Int64 = 20_000

    /// The odds ratios that are not excluded: from the judge that runs, from its last word, or from the log.
    private nonisolated func odds(of status: RolloutStatus) async throws(ControlError) -> [MetricID: OddsRange] {
        func ranges(_ verdict: Verdict?) -> [MetricID: OddsRange] {
            Dictionary(
                (verdict?.metrics ?? []).compactMap { report in report.odds.map { (report.metric, $0) } },
                uniquingKeysWith: { first, _ in first }
            )
        }
        var replay = status.state.isJudged ? await readings.judge(of: status.id) : nil
        if replay?.judge == nil {
            let known = ranges(status.record.verdict)
            guard known.isEmpty, status.state.startedAt != nil else { return known }
            var again = Replay()
            var isWhole = true
            try await readLog(status.id) { sequence, event in
                if sequence > ControlPlane.mostEntries { isWhole = false } else { again.apply(event) }
                return isWhole
            }
            guard isWhole else { return [:] }
            replay = again
        }
        guard let replay, let judge = replay.judge else { return [:] }
        return ranges(judge.verdict(at: replay.now, odds: RolloutExplainer.oddsAlpha))
    }

    /// Computes a rollout's verdicts again from its stored log.
    package nonisolated func replay(_ id: String) async throws(ControlError) -> RolloutReplay {
        let record = try await current.rollout(id)
        var replay = Replay()
        var answer = RolloutReplay(id: record.state.id, entries: 0, blocks: 0, turns: [], recorded: record.verdict)
        var agrees = false
        var before: Verdict?
        try await readLog(record.state.id) { sequence, event in
            answer.entries = sequence
            if case .start = event { before = nil }
            guard let verdict = replay.apply(event) else { return true }
            answer.blocks += 1
            answer.last = verdict
            if let judge = replay.judge, record.isVerdict(verdict, of: judge, at: replay.now) { agrees = true }
            if verdict.decision != before?.decision || verdict.reasons != before?.reasons {
                answer.turns.append(.init(sequence: sequence, second: replay.now, verdict: verdict))
            }
            before = verdict
            return true
        }
        if record.verdict != nil { answer.agrees = agrees }
        return answer
    }

    /// A page of a rollout's log.
    ///
    /// - Parameter limit: 1…10 000.
    package func rolloutLog(
        _ id: String,
        after sequence: Int64 = 0,
        limit: Int = 1_000
    ) async throws(ControlError) -> [(sequence: Int64, event: ReplayEvent)] {
        guard (1...10_000).contains(limit) else { throw ControlError(.invalid, "limit must be from 1 to 10000.") }
        let record = try catalogue.rollout(id)
        do throws(StoreError) {
            return try await store.evidence(of: record.state.id, after: max(0, sequence), limit: limit)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    private nonisolated func readLog(
        _ id: RolloutID,
        _ body: (Int64, ReplayEvent) -> Bool
    ) async throws(ControlError) {
        do throws(StoreError) {
            try await RolloutLog(store: store, rollout: id).read(body)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    private nonisolated func entries(of subject: String) async throws(ControlError) -> [AuditEntry] {
        var found: [AuditEntry] = []
        var after: Int64 = 0
        do throws(StoreError) {
            while true {
                let page = try await store.auditEntries(after: after, limit: 1_000)
                found += page.filter { $0.subject == subject }
                guard let last = page.last, page.count == 1_000 else { return found }
                after = last.sequence
            }
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }
}

extension RolloutRecord {
    /// Whether the recorded verdict is this one, or this one without reasons that somebody had let pass.
    fileprivate func isVerdict(_ again: Verdict, of judge: Judge, at now: Int64) -> Bool {
        guard let verdict = verdict?.withoutOdds, verdict.logEvidence == again.logEvidence else { return false }
        if verdict == again || verdict == judge.verdict(at: now, in: state) { return true }
        return [state.acknowledged, Set(again.reasons.map(\.code))].contains { passed in
            !passed.isEmpty && verdict == judge.verdict(at: now, acknowledged: passed)
        }
    }
}

extension Verdict {
    /// As it decided: intervals are for readers, and are made only for the last word.
    fileprivate var withoutOdds: Verdict {
        var verdict = self
        for index in verdict.metrics.indices { verdict.metrics[index].odds = nil }
        return verdict
    }
}

/// A rollout's stored log, read in pages.
struct RolloutLog {
    var store: any EvidenceLog
    var rollout: RolloutID

    private static let page = 2_000

    /// - Parameter body: whether to go on.
    func read(after sequence: Int64 = 0, _ body: (Int64, ReplayEvent) -> Bool) async throws(StoreError) {
        var after = sequence
        while true {
            let entries = try await store.evidence(of: rollout, after: after, limit: RolloutLog.page)
            for entry in entries where !body(entry.sequence, entry.event) { return }
            guard let last = entries.last, entries.count == RolloutLog.page else { return }
            after = last.sequence
        }
    }
}

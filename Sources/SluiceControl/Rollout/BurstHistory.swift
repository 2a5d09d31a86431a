// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// A wish for a rollout, read with what the ledger tells of the route's bursts.
    func learntDraft(_ request: RolloutRequest) async throws(ControlError) -> (draft: RolloutDraft, burst: Int?) {
        let draft = try RolloutDraft(request, in: catalogue)
        guard draft.plan.judging.burst != nil else { return (draft, nil) }
        let now = now()
        let failures: [FailureCount]
        do throws(StoreError) {
            let from = now.advanced(bySeconds: -BurstHistory.seconds)
            failures = try await store.failures(of: draft.baseline.id, from: from, limit: BurstHistory.most)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        guard let burst = BurstHistory(failures: failures, until: now).cluster else { return (draft, nil) }
        return (try RolloutDraft(request, in: catalogue, burst: burst), burst)
    }
}

/// What the ledger tells of how long production's errors hang together.
struct BurstHistory {
    /// So far back it is read: two days.
    static let seconds: Int64 = 2 * 86_400
    /// Entries that are read at most.
    static let most = 100_000

    var failures: [FailureCount]
    var until: Timestamp

    /// Seconds of a cluster; nothing where production has had too few errors to tell.
    var cluster: Int? {
        var errors: [Int64: Int64] = [:]
        for failure in failures where failure.errorClass.countsAgainstVersion {
            errors[failure.second] = (errors[failure.second] ?? 0).saturatingSum(failure.count)
        }
        guard let first = errors.keys.min() else { return nil }
        // Where there were more entries than are read, the last second is the end of what is known.
        let last = failures.count < BurstHistory.most ? until.nanoseconds / 1_000_000_000 : errors.keys.max() ?? first
        guard last > first else { return nil }
        return BurstEstimate.cluster(errors: errors, over: first..<last)
    }
}

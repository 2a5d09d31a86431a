// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceJudge
import SluiceRelease

/// How a request is judged, from its assignment on.
struct EvidenceRole {
    let watch: EvidenceWatch
    let arm: Arm
    /// Counts in the sample-ratio test; not while the brake takes one arm's units away.
    let isAssignment: Bool
    /// In the loop's evidence book, while its first attempt is open.
    var place: Int?
}

extension Exchange {
    /// The version that serves a unit; production in the place of a canary that the brake holds.
    func assign(_ digest: UnitDigest, on route: CompiledRoute) -> Int? {
        guard let index = route.split.assign(digest) else { return nil }
        guard let watch = route.watch, let arm = watch.arm(of: index) else { return index }
        if arm == .canary, watch.brake.admit(now: now) == .skip,
            let production = route.split.productionIndex(digest.secondary)
        {
            return production
        }
        judged = EvidenceRole(watch: watch, arm: arm, isAssignment: !watch.brake.isOn)
        return index
    }

    /// The assigned version is about to be asked.
    func beginEvidence() {
        guard let judged else { return }
        self.judged?.place = home.evidence.begin(
            judged.watch,
            judged.arm,
            unit: outcome.unitHash,
            isAssignment: judged.isAssignment
        )
        if isCallerGone { leaveEvidence() }
    }

    func noteFirstToken() {
        if let place = judged?.place { home.evidence.firstToken(place) }
    }

    func leaveEvidence() {
        if let place = judged?.place { home.evidence.callerLeft(place) }
    }

    /// The attempt under way has been settled: the first one is the evidence, each one moves the brake.
    func judgeAttempt() {
        guard let judged, let attempt = outcome.attempts.last else { return }
        endEvidence(attempt)
        if judged.arm == .canary { moveBrake(judged.watch, attempt) }
    }

    /// Ends the evidence of a request; without an attempt where none was settled.
    func endEvidence(_ attempt: Attempt?) {
        guard let place = judged?.place else { return }
        judged?.place = nil
        home.evidence.end(place, attempt, isCallerLimit: hasOwnLimit)
    }

    /// The caller asked for less time than the version has: running into that is not the version's slowness.
    private var hasOwnLimit: Bool { version.map { allowance < $0.limits.total } ?? false }

    private func moveBrake(_ watch: EvidenceWatch, _ attempt: Attempt) {
        guard let errorClass = attempt.errorClass else {
            let began = startedAt &+ UInt64(clamping: attempt.startedAfter)
            return watch.brake.countSuccess(began: began)
        }
        // What the caller or the account may be to blame for says nothing; retries of one bad request say it only once.
        guard errorClass.countsAgainstVersion, errorClass != .badRequest,
            attempt.number == 1 || errorClass == .connect, errorClass != .timeout || !hasOwnLimit
        else { return }
        guard watch.brake.countFailure(now: now) else { return }
        let reason =
            "\(Brake.most) attempts in a row failed on version \(watch.canary), the last with \(errorClass.rawValue)"
        home.logger.warning(
            "a canary fails outright; production serves its units",
            metadata: ["sluice.rollout": "\(watch.rollout)", "sluice.version": "\(watch.canary)"]
        )
        home.evidence.brake(watch.rollout, reason: reason)
    }
}

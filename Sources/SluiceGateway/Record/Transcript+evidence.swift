// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP
import SluiceJudge
import SluiceRelease

// What a judged call tells about its version.
extension Transcript {
    /// The assigned version is about to be asked.
    func beginEvidence(isCallerGone: Bool) {
        guard let judged else { return }
        if judged.arm == .canary { self.judged?.number = judged.watch.brake.countBegin() }
        self.judged?.slot = loop.evidence.begin(judged, unit: outcome.unitHash)
        if isCallerGone { leaveEvidence() }
    }

    /// Nothing is learnt about a version that was not asked.
    func dropEvidence() { judged = nil }

    func noteFirstToken() {
        outcome.firstToken = elapsed
        if let slot = judged?.slot { loop.evidence.firstToken(slot) }
        if let attempt = outcome.attempts.last { noteRescue(true, by: attempt) }
    }

    /// The first content of production's answer to a trial that failed, its end, or its failure.
    private func noteRescue(_ isServed: Bool, by attempt: Attempt) {
        guard let judged, judged.awaitsRescue, attempt.version != judged.watch.canary else { return }
        self.judged?.awaitsRescue = false
        loop.evidence.brake(judged.watch.rollout, .rescued(isServed))
    }

    func leaveEvidence() {
        if let slot = judged?.slot { loop.evidence.callerLeft(slot) }
    }

    /// An attempt has been settled: the first one is the evidence, each one moves the brake.
    ///
    /// - Parameter isCallerLimit: the caller asked for less time than the version has.
    func judge(_ number: Int, isCallerLimit: Bool) {
        guard let judged, let attempt = entry(number) else { return }
        // A hedge that was faster than the first attempt stands for the request, with the time its caller waited.
        if attempt.purpose == .hedge, let first = outcome.attempts.first(where: { $0.number == 1 }) {
            endEvidence(attempt.counted(since: first), isCallerLimit: isCallerLimit)
        } else {
            endEvidence(attempt, isCallerLimit: isCallerLimit)
        }
        if judged.arm == .canary { moveBrake(judged, attempt, isCallerLimit: isCallerLimit) }
        if attempt.errorClass == nil || attempt.errorClass?.countsAgainstVersion == true {
            noteRescue(attempt.errorClass == nil, by: attempt)
        }
    }

    /// Ends the evidence of a request; without an attempt where none was settled.
    func endEvidence(_ attempt: Attempt?, isCallerLimit: Bool = false) {
        guard let slot = judged?.slot else { return }
        judged?.slot = nil
        loop.evidence.end(slot, attempt, marks, isCallerLimit: isCallerLimit)
    }

    private func moveBrake(_ judged: EvidenceRole, _ attempt: Attempt, isCallerLimit: Bool) {
        let watch = judged.watch
        // What other versions made of it says nothing about the canary.
        guard attempt.version == watch.canary else { return }
        if watch.isDiverted, judged.rescuer != nil, attempt.number == 1 {
            loop.evidence.brake(watch.rollout, .accepted(attempt.errorClass == nil))
        }
        let began = startedAt &+ UInt64(clamping: attempt.startedAfter)
        guard let errorClass = attempt.errorClass else {
            if watch.brake.countSuccess(began: began) {
                loop.logger.notice("a canary answers again and gets its units back", metadata: metadata(watch))
                loop.evidence.brake(watch.rollout, .off)
            }
            return
        }
        // What the caller or the account may be to blame for says nothing; retries of one bad request say it only once.
        guard errorClass.countsAgainstVersion, errorClass != .badRequest,
            attempt.number == 1 || isFirstJudged(attempt) || errorClass == .connect,
            errorClass != .timeout || !isCallerLimit
        else { return }
        let now = loop.http.now
        if let row = watch.brake.countFailure(of: outcome.unitHash, began: began, number: judged.number, now: now) {
            let reason =
                "\(row.failures) attempts in a row failed on version \(watch.canary), the last with \(errorClass.rawValue)"
            loop.logger.warning("a canary fails outright; production serves its units", metadata: metadata(watch))
            let seconds = Double(row.since) / 1_000_000_000
            loop.evidence.brake(watch.rollout, .on(failures: row.failures, seconds: seconds, reason: reason))
        } else if judged.rescuer != nil, attempt.number == 1 || isFirstJudged(attempt) {
            // One that an earlier brake let through may fail late, as it may go well late: neither counts.
            guard watch.brake.isOfRow(began: began) else { return }
            self.judged?.awaitsRescue = true
            let reason = "version \(watch.canary) was tried again and failed with \(errorClass.rawValue)"
            loop.evidence.brake(watch.rollout, .stays(reason: reason))
        }
    }

    /// The first attempt was refused for what the relay had added to it, and this one stands in its place.
    private func isFirstJudged(_ attempt: Attempt) -> Bool {
        attempt.number == 2 && attempt.purpose == .retry && outcome.attempts.first?.errorClass == .superseded
    }

    private func metadata(_ watch: EvidenceWatch) -> Logger.Metadata {
        ["sluice.rollout": "\(watch.rollout)", "sluice.version": "\(watch.canary)"]
    }
}

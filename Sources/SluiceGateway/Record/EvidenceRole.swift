// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceJudge
import SluiceRelease

/// How a request is judged, from its assignment on.
struct EvidenceRole {
    let watch: EvidenceWatch
    let arm: Arm
    /// Told, but no evidence: the brake takes one arm's units away.
    let isAside: Bool
    /// Served by production, since the brake holds the canary it was assigned to.
    var isMoved = false
    /// Tries a canary again which the brake holds: production's version, which serves its caller where that fails.
    var rescuer: Int?
    /// Whether production answers a trial that has failed is still to be told.
    var awaitsRescue = false
    /// In the loop's evidence book, while its first attempt is open.
    var place: Int?
}

extension Exchange {
    /// The version that serves a unit; production in the place of a canary that the brake holds.
    func assign(_ digest: UnitDigest, on route: CompiledRoute) -> Int? {
        guard let index = route.split.assign(digest) else { return nil }
        guard let watch = route.watch, let arm = watch.arm(of: index) else { return index }
        guard arm == .canary, watch.isAside else {
            judged = EvidenceRole(watch: watch, arm: arm, isAside: watch.isAside)
            return index
        }
        let admission = watch.brake.isOn ? watch.brake.admit(now: now) : watch.brake.admitDiverted(now: now)
        guard let production = route.split.productionIndex(digest.secondary), admission != .free else {
            judged = EvidenceRole(watch: watch, arm: arm, isAside: admission != .free)
            return index
        }
        if admission == .trial {
            judged = EvidenceRole(watch: watch, arm: arm, isAside: true, rescuer: production)
            return index
        }
        if watch.arm(of: production) == .baseline {
            judged = EvidenceRole(watch: watch, arm: .baseline, isAside: true, isMoved: true)
        }
        return production
    }

    /// The version that serves the caller of a trial which fails.
    func rescuer(on route: CompiledRoute?) -> CompiledVersion? {
        guard let route, let place = judged?.rescuer, route.versions.indices.contains(place) else { return nil }
        return route.versions[place]
    }

    /// The assigned version is about to be asked.
    func beginEvidence() {
        guard let judged else { return }
        self.judged?.place = home.evidence.begin(judged, unit: outcome.unitHash)
        if isCallerGone { leaveEvidence() }
    }

    func noteFirstToken() {
        if let place = judged?.place { home.evidence.firstToken(place) }
        noteRescue(true)
    }

    /// The first content of production's answer to a trial that failed, its end, or its failure.
    private func noteRescue(_ isServed: Bool) {
        guard let judged, judged.awaitsRescue, let attempt = outcome.attempts.last,
            attempt.version != judged.watch.canary
        else { return }
        self.judged?.awaitsRescue = false
        home.evidence.brake(judged.watch.rollout, .rescued(isServed))
    }

    func leaveEvidence() {
        if let place = judged?.place { home.evidence.callerLeft(place) }
    }

    /// The attempt under way has been settled: the first one is the evidence, each one moves the brake.
    func judgeAttempt() {
        guard let judged, let attempt = outcome.attempts.last else { return }
        // A hedge that was faster than the first attempt stands for the request, with the time its caller waited.
        if attempt.purpose == .hedge, let first = outcome.attempts.first(where: { $0.number == 1 }) {
            endEvidence(attempt.counted(since: first))
        } else {
            endEvidence(attempt)
        }
        if judged.arm == .canary { moveBrake(judged, attempt) }
        if attempt.errorClass == nil || attempt.errorClass?.countsAgainstVersion == true {
            noteRescue(attempt.errorClass == nil)
        }
    }

    /// Ends the evidence of a request; without an attempt where none was settled.
    func endEvidence(_ attempt: Attempt?) {
        guard let place = judged?.place else { return }
        judged?.place = nil
        home.evidence.end(place, attempt, isCallerLimit: hasOwnLimit)
    }

    /// The caller asked for less time than the version has: running into that is not the version's slowness.
    var hasOwnLimit: Bool { target.map { allowance < $0.limits.total(isStream: outcome.isStream) } ?? false }

    private func moveBrake(_ judged: EvidenceRole, _ attempt: Attempt) {
        let watch = judged.watch
        // What other versions made of it says nothing about the canary.
        guard attempt.version == watch.canary else { return }
        if watch.isDiverted, judged.rescuer != nil, attempt.number == 1 {
            home.evidence.brake(watch.rollout, .accepted(attempt.errorClass == nil))
        }
        guard let errorClass = attempt.errorClass else {
            let began = startedAt &+ UInt64(clamping: attempt.startedAfter)
            if watch.brake.countSuccess(began: began) {
                home.logger.notice("a canary answers again and gets its units back", metadata: metadata(watch))
                home.evidence.brake(watch.rollout, .off)
            }
            return
        }
        // What the caller or the account may be to blame for says nothing; retries of one bad request say it only once.
        guard errorClass.countsAgainstVersion, errorClass != .badRequest,
            attempt.number == 1 || isFirstJudged(attempt) || errorClass == .connect,
            errorClass != .timeout || !hasOwnLimit
        else { return }
        if let row = watch.brake.countFailure(of: outcome.unitHash, now: now) {
            let reason =
                "\(row.failures) attempts in a row failed on version \(watch.canary), the last with \(errorClass.rawValue)"
            home.logger.warning("a canary fails outright; production serves its units", metadata: metadata(watch))
            let seconds = Double(row.since) / 1_000_000_000
            home.evidence.brake(watch.rollout, .on(failures: row.failures, seconds: seconds, reason: reason))
        } else if judged.rescuer != nil, attempt.number == 1 || isFirstJudged(attempt) {
            let reason = "version \(watch.canary) was tried again and failed with \(errorClass.rawValue)"
            home.evidence.brake(watch.rollout, .stays(reason: reason))
            self.judged?.awaitsRescue = true
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

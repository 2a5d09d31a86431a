// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

extension RolloutTally {
    /// Trials in a row that go well before a refused canary gets its units back.
    private static let acceptedTrials = 3

    /// A node's brake has moved: what the conductor is to be told, if anything.
    ///
    /// Where it is put on the block ends, so that what was seen so far is judged at once. People are told only after a
    /// while: as a rule the canary is proven to be at fault by then, or is well again (see ``brakeNews(now:)``).
    mutating func move(_ move: BrakeMove, serial: () -> Int64, now: Int64) -> BrakeNews? {
        switch move {
        case .on(let failures, let seconds, let reason):
            let began = now - Int64(min(max(0, seconds), 3_600).rounded(.up))
            brakeCase = BrakeCase(failures: failures, began: began, second: now, reason: reason, tolerated: tolerated)
            rescues = []
            endBlock(serial: serial, now: now)
            return nil
        case .stays(let reason):
            guard brakeCase != nil else { return nil }
            brakeCase?.countTrial(reason)
            rescues.append(now)
            return verdict(now, isTrial: true)
        case .rescued(let served):
            arms.baseline.note(failed: !served, at: now)
            moved.note(failed: !served, at: now)
            if !rescues.isEmpty { rescues.removeFirst() }
            return verdict(now, isTrial: false)
        case .accepted(let isAccepted):
            guard isDiverted else { return nil }
            accepted = isAccepted ? accepted + 1 : 0
            guard accepted >= RolloutTally.acceptedTrials else { return nil }
            accepted = 0
            return .accepted("\(RolloutTally.acceptedTrials) requests in a row that tried \(canary) were not refused")
        case .off:
            defer { (brakeCase, rescues) = (nil, []) }
            return brakeCase?.isReported == true ? .off : nil
        }
    }

    /// What a brake means that has been on for a while without proof.
    mutating func brakeNews(now: Int64) -> BrakeNews? {
        guard let known = brakeCase, !known.isReported, now - known.second >= known.quiet else { return nil }
        if let proven = verdict(now, isTrial: false) { return proven }
        brakeCase?.isReported = true
        return .on(text(known, now))
    }

    private mutating func verdict(_ now: Int64, isTrial: Bool) -> BrakeNews? {
        guard let known = brakeCase else { return nil }
        let open = unfailed(known, now)
        if let odds = known.proof(of: arms.baseline, moved, open: open, attempts: canaryRequests, at: now) {
            return .proven(
                "\(text(known, now)): were it no worse than production, so long a row of failures would come up in less than"
                    + " \(Figures.seldom(odds)) rollouts"
            )
        }
        return isTrial && known.isReported ? .stays(text(known, now)) : nil
    }

    /// Requests of production since the first of the failures that are open, and older than the canary's attempts became.
    ///
    /// Ages are whole seconds from the start to the moment of the telling, so a second comes on top.
    private func unfailed(_ known: BrakeCase, _ now: Int64) -> (baseline: Int64, moved: Int64) {
        let age = failureAges.reduce(Int64(0)) { $1.second >= known.began ? max($0, $1.age) : $0 }
        let last = now - age - 1
        guard last >= known.began else { return (0, 0) }
        let rescued = Int64(rescues.count { $0 <= last })
        return (
            open.baseline.count(in: known.began...last) + rescued,
            open.moved.count(in: known.began...last) + rescued
        )
    }

    /// Both arms over the same seconds: from the first of the failures on.
    private func text(_ known: BrakeCase, _ now: Int64) -> String {
        let others = arms.baseline.sum(in: known.began...now)
        var text = known.reason
        if known.trials > 0 { text += ", and \(known.trials) that tried again" }
        let waiting = unfailed(known, now).baseline
        let also = waiting > 0 ? " and \(waiting) are under way" : ""
        if others.requests == 0 { return text + ", while no baseline request ended in the same time\(also)" }
        return text
            + ", while \(others.failures) of \(others.requests) baseline requests failed in the same time\(also)"
    }
}

/// What a node's brake means for its rollout.
enum BrakeNews: Sendable, Hashable {
    case on(String)
    /// The canary failed again, and it may be that the baseline fares no better.
    case stays(String)
    /// The canary failed again, and it is its own fault.
    case proven(String)
    /// The canary answers again.
    case off
    /// Its provider takes a refused canary's requests again.
    case accepted(String)
}

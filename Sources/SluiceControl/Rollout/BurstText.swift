// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// Says which rule on bursts a plan is judged by, and why.
struct BurstText {
    var plan: Plan
    var canary: Version
    /// What the canary is compared with now.
    var production: [Version]

    var sentence: String {
        let names = production.map(\.id.rawValue).joined(separator: ", ")
        switch plan.burstReason {
        case .named?, nil: return limited ?? "Bursts are not limited."
        case .off?: return "Bursts are not limited, as the plan says."
        case .shortStep?:
            return
                "Bursts are not limited: a step is shorter than ten minutes, in which next to nothing could be proven otherwise."
        case .oneSource?:
            guard canary.sharesSource(withAll: production) else {
                return
                    "Bursts are not limited, since at the start \(canary.id) had the same targets as production; it has not any"
                    + " more, so a provider's blip may be taken for its fault. To limit them from here on: sluice rollout abort,"
                    + " and start anew."
            }
            return
                "Bursts are not limited: \(canary.id) and \(names) have the same targets and time-outs (\(place(canary))), so a"
                + " provider's blip hits both alike and is nobody's evidence."
        case .otherSource?:
            guard let limited else { return "Bursts are not limited." }
            guard let other = production.first(where: { !canary.sharesSource(with: $0) }) else { return limited }
            let difference =
                place(canary) == place(other)
                ? "has other time-outs, targets or hedges than \(other.id)"
                : "is served by \(place(canary)) and \(other.id) by \(place(other))"
            return "\(limited.dropLast()), since \(canary.id) \(difference): each may have blips of its own."
        }
    }

    private var limited: String? {
        plan.judging.burst.map { burst in
            "Bursts are limited: evidence grows at most \(Figures.number(burst.cap)) times in"
                + " \(Figures.duration(Int64(burst.cluster)))."
        }
    }

    private func place(_ version: Version) -> String {
        version.targets.map { "\($0.provider)/\($0.apiVersion ?? version.apiVersion)" }.joined(separator: ", ")
    }
}

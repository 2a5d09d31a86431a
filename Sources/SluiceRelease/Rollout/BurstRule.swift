// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// What a plan that leaves its limit on bursts open is settled by.
package struct BurstCircumstances: Sendable {
    /// The canary is served by the same targets as every production version it is compared with: a provider's blip hits both arms.
    package var isOneSource: Bool
    /// Seconds for which the route's errors hang together, where its history tells.
    package var learnt: Int?

    package init(isOneSource: Bool = false, learnt: Int? = nil) {
        self.isOneSource = isOneSource
        self.learnt = learnt
    }
}

extension Plan {
    /// Why bursts are limited in a plan, or are not.
    package enum BurstReason: String, Sendable, Hashable, Codable {
        /// The plan says so, and how.
        case named
        /// The plan says that they are not.
        case off
        /// They are not: a step is so short that next to nothing could be proven in it.
        case shortStep = "short_step"
        /// They are not: both arms have the same targets, so that a blip hits both.
        case oneSource = "one_source"
        /// They are: the arms have targets of their own, which may have blips of their own.
        case otherSource = "other_source"
    }

    /// Settles the limit of a plan that leaves it open, where production has changed since it was made.
    package mutating func settleBurst(isOneSource: Bool) {
        switch burstReason {
        case .oneSource where !isOneSource, .otherSource where isOneSource:
            let rule = BurstRule(automaticFor: steps)
            let circumstances = BurstCircumstances(isOneSource: isOneSource)
            judging.burst = rule.limit(judging.metrics, alpha: judging.alpha, circumstances)
            burstReason = rule.reason(circumstances)
        default: break
        }
    }
}

/// How much one stretch of time may say: `auto`, `{cluster: 20s, cap: 8}` or `off`.
struct BurstRule {
    /// Seconds a step lasts at least for the standard limit: in a shorter one it would let next to nothing be proven.
    private static let leastStep: Int64 = 600
    /// A learnt cluster is this part of the shortest timed step at most, for the same reason.
    private static let clustersInStep: Int64 = 30

    private enum Wish {
        case automatic, on, off
    }

    private let wish: Wish
    private let cluster: Int?
    private let cap: Double?
    /// Seconds of the shortest timed step; nothing where no step is timed.
    private let shortestStep: Int64?

    /// Reads what a plan says.
    init(_ plan: PlanFields, _ steps: [Plan.Step]) throws(PlanError) {
        shortestStep = steps.compactMap { BurstRule.time(of: $0) }.min()
        // `off` is false in YAML.
        switch plan["burst"] {
        case nil, .string("auto"): (wish, cluster, cap) = (.automatic, nil, nil)
        case .bool(true), .string("on"): (wish, cluster, cap) = (.on, nil, nil)
        case .bool(false), .string("off"): (wish, cluster, cap) = (.off, nil, nil)
        case let value?:
            let example = "such as {cluster: 20s, cap: 8.5}; or auto, on or off"
            let fields = try PlanFields(value, at: "burst", known: ["cluster", "cap"], example: example)
            let seconds = try fields.seconds("cluster")
            guard seconds.map({ (1...3_600).contains($0) }) ?? true else {
                throw PlanError("burst.cluster", "from 1s to 1h")
            }
            let most = try fields.number("cap")
            guard most.map({ (1.5...1e6).contains($0) }) ?? true else {
                throw PlanError("burst.cap", "from 1.5 to 1e6")
            }
            (wish, cluster, cap) = (.on, seconds.map { Int($0) }, most)
        }
    }

    /// The rule of a plan that leaves it open.
    init(automaticFor steps: [Plan.Step]) {
        shortestStep = steps.compactMap { BurstRule.time(of: $0) }.min()
        (wish, cluster, cap) = (.automatic, nil, nil)
    }

    /// Which rule holds, and why.
    func reason(_ circumstances: BurstCircumstances) -> Plan.BurstReason {
        switch wish {
        case .on: .named
        case .off: .off
        case .automatic where circumstances.isOneSource: .oneSource
        case .automatic: shortestStep.map { $0 < BurstRule.leastStep } ?? false ? .shortStep : .otherSource
        }
    }

    /// The limit of a plan.
    ///
    /// - Parameters:
    ///   - metrics: what is judged; tells the cap where the plan does not.
    ///   - alpha: the bound on false rollbacks.
    ///   - circumstances: whether there is a limit where the plan leaves it open; a history of long bursts makes a longer cluster than
    ///     the standard one, where the plan names none.
    func limit(_ metrics: [MetricRule], alpha: Double, _ circumstances: BurstCircumstances) -> BurstLimit? {
        switch reason(circumstances) {
        case .off, .shortStep, .oneSource: return nil
        case .named, .otherSource: break
        }
        let room = shortestStep.map { Int(clamping: $0 / BurstRule.clustersInStep) } ?? .max
        let known = max(BurstLimit.standardCluster, min(circumstances.learnt ?? 0, room))
        let standard = BurstLimit.standard(for: metrics, alpha: alpha, cluster: cluster ?? known)
        return BurstLimit(cluster: standard.cluster, cap: cap ?? standard.cap)
    }

    private static func time(of step: Plan.Step) -> Int64? {
        guard case .hold(let hold) = step, hold.seconds > 0 else { return nil }
        return hold.seconds
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// How much one stretch of time may say: `{cluster: 20s, cap: 8}`, `off`, or nothing.
struct BurstRule {
    /// Seconds a step lasts at least for the standard limit: in a shorter one it would let next to nothing be proven.
    private static let leastStep: Int64 = 600
    /// A learnt cluster is this part of the shortest timed step at most, for the same reason.
    private static let clustersInStep: Int64 = 30

    private let isOff: Bool
    private let cluster: Int?
    private let cap: Double?
    /// Seconds of the shortest timed step; nothing where no step is timed.
    private let shortestStep: Int64?

    /// Reads what a plan says.
    init(_ plan: PlanFields, _ steps: [Plan.Step]) throws(PlanError) {
        shortestStep = steps.compactMap { BurstRule.time(of: $0) }.min()
        // `off` is false in YAML.
        switch plan["burst"] {
        case nil: (isOff, cluster, cap) = (shortestStep.map { $0 < BurstRule.leastStep } ?? false, nil, nil)
        case .bool(true), .string("on"): (isOff, cluster, cap) = (false, nil, nil)
        case .bool(false), .string("off"): (isOff, cluster, cap) = (true, nil, nil)
        case let value?:
            let fields = try PlanFields(value, at: "burst", known: ["cluster", "cap"])
            let seconds = try fields.seconds("cluster")
            guard seconds.map({ (1...3_600).contains($0) }) ?? true else {
                throw PlanError("burst.cluster", "from 1s to 1h")
            }
            let most = try fields.number("cap")
            guard most.map({ (1.5...1e6).contains($0) }) ?? true else {
                throw PlanError("burst.cap", "from 1.5 to 1e6")
            }
            (isOff, cluster, cap) = (false, seconds.map { Int($0) }, most)
        }
    }

    /// The limit of a plan.
    ///
    /// - Parameters:
    ///   - metrics: what is judged; tells the cap where the plan does not.
    ///   - alpha: the bound on false rollbacks.
    ///   - learnt: seconds for which the route's errors hang together, from its history: a longer cluster than the standard one,
    ///     where the plan names none.
    func limit(_ metrics: [MetricRule], alpha: Double, learnt: Int? = nil) -> BurstLimit? {
        guard !isOff else { return nil }
        let room = shortestStep.map { Int(clamping: $0 / BurstRule.clustersInStep) } ?? .max
        let known = max(BurstLimit.standardCluster, min(learnt ?? 0, room))
        let standard = BurstLimit.standard(for: metrics, alpha: alpha, cluster: cluster ?? known)
        return BurstLimit(cluster: standard.cluster, cap: cap ?? standard.cap)
    }

    private static func time(of step: Plan.Step) -> Int64? {
        guard case .hold(let hold) = step, hold.seconds > 0 else { return nil }
        return hold.seconds
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// Reads how much one stretch of time may say: `{cluster: 20s, cap: 8}`, or `off`.
enum BurstRule {
    /// Seconds a step lasts at least for the standard limit: in a shorter one it would let next to nothing be proven.
    private static let leastStep: Int64 = 600

    /// The limit of a plan; where it says nothing the standard one, or none where a timed step is shorter than ten minutes.
    static func read(_ plan: PlanFields, _ steps: [Plan.Step]) throws(PlanError) -> BurstLimit? {
        // `off` is false in YAML.
        switch plan["burst"] {
        case nil: return steps.contains { isShort($0) } ? nil : .standard
        case .bool(true), .string("on"): return .standard
        case .bool(false), .string("off"): return nil
        case let value?:
            let fields = try PlanFields(value, at: "burst", known: ["cluster", "cap"])
            let cluster = try fields.seconds("cluster") ?? Int64(BurstLimit.standard.cluster)
            guard (1...3_600).contains(cluster) else { throw PlanError("burst.cluster", "from 1s to 1h") }
            let cap = try fields.number("cap") ?? BurstLimit.standard.cap
            guard (1.5...1e6).contains(cap) else { throw PlanError("burst.cap", "from 1.5 to 1e6") }
            return BurstLimit(cluster: Int(cluster), cap: cap)
        }
    }

    private static func isShort(_ step: Plan.Step) -> Bool {
        guard case .hold(let hold) = step else { return false }
        return hold.seconds > 0 && hold.seconds < leastStep
    }
}

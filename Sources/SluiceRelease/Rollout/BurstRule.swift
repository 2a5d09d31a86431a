// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// Reads how much one stretch of time may say: `{cluster: 20s, cap: 8}`, or `off`.
enum BurstRule {
    /// The limit of a plan; the standard one where it says nothing.
    static func read(_ plan: PlanFields) throws(PlanError) -> BurstLimit? {
        // `off` is false in YAML.
        switch plan["burst"] {
        case nil, .bool(true), .string("on"): return .standard
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
}

// SPDX-License-Identifier: Apache-2.0
import RealModule

/// How the capital of an e-process is spent over the time of a rollout.
///
/// Capital at work from the start finds early faults soonest, but is lost in long health; capital paid in later finds late
/// faults. Whatever the split, the sum never pays out more than it took in, so the bound on false alarms is the same.
public struct Funding: Sendable, Hashable, Codable {
    /// Part at work from the start, 0 … 1.
    public let start: Double
    /// Part kept for the time past the plan: half of what is left of it is paid in over each extra day, 0 … 1 − start.
    public let overtime: Double
    /// Planned minutes over which the rest is paid in, at least 60.
    public let planMinutes: Int
    /// Part of the planned payments that thins out with time, 0 … 1; the rest is paid evenly.
    ///
    /// That part follows `ln(1 + t/60 min)`: faults show early more often, and a payment is worth as much after an hour of a long
    /// plan as of a short one.
    public let front: Double

    /// Brings the parts into their ranges.
    ///
    /// - Parameters:
    ///   - start: part at work from the start.
    ///   - overtime: part kept for the time past the plan.
    ///   - planMinutes: all timed steps and bakes; an open gate counts 24 hours.
    ///   - front: part of the planned payments that thins out with time.
    public init(start: Double = 0.72, overtime: Double = 0.04, planMinutes: Int, front: Double = 0.5) {
        let first = start.isNaN ? 1 : min(max(start, 0), 1)
        self.start = first
        self.overtime = overtime.isNaN ? 0 : min(max(overtime, 0), 1 - first)
        self.planMinutes = min(max(planMinutes, 60), 1 << 30)
        self.front = front.isNaN ? 0 : min(max(front, 0), 1)
    }

    /// All capital at work from the start: fastest for early faults, dead after long health.
    public static let plain = Funding(start: 1, overtime: 0, planMinutes: 60)

    /// The part paid in after `minutes` minutes, start included; never falls, never exceeds one.
    public func paid(after minutes: Int) -> Double {
        if start >= 1 { return 1 }
        let planned = 1 - start - overtime
        if minutes <= planMinutes {
            let even = Double(max(0, minutes)) / Double(planMinutes)
            if front == 0 { return start + planned * even }
            let early: Double = .log(onePlus: Double(max(0, minutes)) / 60) / .log(onePlus: Double(planMinutes) / 60)
            return start + planned * ((1 - front) * even + front * early)
        }
        let days = Double(minutes - planMinutes) / 1440
        let whole = days.rounded(.down)
        let left: Double = .exp2(-whole)
        return 1 - overtime * left * (1 - 0.5 * (days - whole))
    }
}

extension Funding {
    private enum CodingKeys: String, CodingKey {
        case start
        case overtime
        case front
        case planMinutes = "plan_minutes"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            start: try box.decodeIfPresent(Double.self, forKey: .start) ?? 0.4,
            overtime: try box.decodeIfPresent(Double.self, forKey: .overtime) ?? 0.06,
            planMinutes: try box.decode(Int.self, forKey: .planMinutes),
            front: try box.decodeIfPresent(Double.self, forKey: .front) ?? 0
        )
    }
}

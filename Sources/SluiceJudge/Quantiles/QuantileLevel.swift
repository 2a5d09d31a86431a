// SPDX-License-Identifier: Apache-2.0

/// One of the six quantile levels at which a value's whole distribution is watched.
public enum QuantileLevel: Double, Sendable, Hashable, Codable, CaseIterable {
    case q50 = 0.5
    case q75 = 0.75
    case q90 = 0.9
    case q95 = 0.95
    case q99 = 0.99
    case q999 = 0.999

    /// Weight of the level in the evidence of its metric; the six sum to one.
    public var weight: Double {
        switch self {
        case .q50: 0.22
        case .q75: 0.17
        case .q90: 0.16
        case .q95: 0.14
        case .q99: 0.18
        case .q999: 0.13
        }
    }

    /// The weight by the rules of a formulation (see ``JudgeConfiguration/formulation``).
    func weight(formulation: Int) -> Double {
        if formulation > 4 { return weight }
        return switch self {
        case .q50, .q99: 0.20
        case .q75, .q90, .q95, .q999: 0.15
        }
    }

    /// The level as it stands in a series name, such as `q0.99`.
    public var name: String {
        switch self {
        case .q50: "q0.5"
        case .q75: "q0.75"
        case .q90: "q0.9"
        case .q95: "q0.95"
        case .q99: "q0.99"
        case .q999: "q0.999"
        }
    }
}

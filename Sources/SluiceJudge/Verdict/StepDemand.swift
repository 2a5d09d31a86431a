// SPDX-License-Identifier: Apache-2.0

/// What a step of a rollout asks for before the canary may advance.
public struct StepDemand: Sendable, Hashable, Codable {
    /// When the step began, on the clock of the blocks.
    public var startedAt: Int64
    /// How long it lasts at least, seconds.
    public var seconds: Int64
    /// Canary requests needed, over the step.
    public var minimumRequests: Int64
    /// Metrics that must be certified as not worse; only event metrics can be.
    public var certificates: [MetricID]
    /// Sticky units on the canary, when known.
    ///
    /// Below ``fewestUnits`` no test of sticky traffic is valid. Told in the course of the step, since nobody knows it before
    /// (see ``ReplayEvent/canaryUnits(_:)``).
    public var canaryUnits: Int64?

    /// The fewest sticky units that can be judged.
    public static let fewestUnits: Int64 = 20

    public init(
        startedAt: Int64,
        seconds: Int64,
        minimumRequests: Int64 = 0,
        certificates: [MetricID] = [],
        canaryUnits: Int64? = nil
    ) {
        self.startedAt = startedAt
        self.seconds = seconds
        self.minimumRequests = minimumRequests
        self.certificates = certificates
        self.canaryUnits = canaryUnits
    }

    private enum CodingKeys: String, CodingKey {
        case seconds, certificates
        case startedAt = "started_at"
        case minimumRequests = "minimum_requests"
        case canaryUnits = "canary_units"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        startedAt = try box.decode(Int64.self, forKey: .startedAt)
        seconds = try box.decode(Int64.self, forKey: .seconds)
        minimumRequests = try box.decodeIfPresent(Int64.self, forKey: .minimumRequests) ?? 0
        certificates = try box.decodeIfPresent([MetricID].self, forKey: .certificates) ?? []
        canaryUnits = try box.decodeIfPresent(Int64.self, forKey: .canaryUnits)
    }
}

// SPDX-License-Identifier: Apache-2.0

/// One entry of a judge's log; the log alone gives the verdicts again.
public enum ReplayEvent: Sendable, Hashable, Codable {
    /// The rollout began with this configuration at this second.
    case start(configuration: JudgeConfiguration, at: Int64)
    /// A step began.
    case step(StepDemand)
    /// A block closed.
    case block(Block)
    /// Someone has looked at a metric that holds or notifies.
    case acknowledge(MetricID)
    /// So many different units were on the canary in the step so far, of requests enough to tell.
    case canaryUnits(Int64)
    /// These units have had their event in these series; no part of a verdict, but what a process needs that goes on with
    /// the rollout (see ``UnitCap``).
    case unitsLeft([UnitCap.Departure])

    private enum CodingKeys: String, CodingKey {
        case start, step, block, acknowledge, configuration, at
        case canaryUnits = "canary_units"
        case unitsLeft = "units_left"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        if box.contains(.start) {
            let inner = try box.nestedContainer(keyedBy: CodingKeys.self, forKey: .start)
            self = .start(
                configuration: try inner.decode(JudgeConfiguration.self, forKey: .configuration),
                at: try inner.decode(Int64.self, forKey: .at)
            )
        } else if let step = try box.decodeIfPresent(StepDemand.self, forKey: .step) {
            self = .step(step)
        } else if let metric = try box.decodeIfPresent(MetricID.self, forKey: .acknowledge) {
            self = .acknowledge(metric)
        } else if let units = try box.decodeIfPresent(Int64.self, forKey: .canaryUnits) {
            self = .canaryUnits(units)
        } else if let numbers = try box.decodeIfPresent([UInt64].self, forKey: .unitsLeft) {
            self = .unitsLeft(ReplayEvent.departures(numbers))
        } else {
            self = .block(try box.decode(Block.self, forKey: .block))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .start(let configuration, let at):
            var inner = box.nestedContainer(keyedBy: CodingKeys.self, forKey: .start)
            try inner.encode(configuration, forKey: .configuration)
            try inner.encode(at, forKey: .at)
        case .step(let step): try box.encode(step, forKey: .step)
        case .block(let block): try box.encode(block, forKey: .block)
        case .acknowledge(let metric): try box.encode(metric, forKey: .acknowledge)
        case .canaryUnits(let units): try box.encode(units, forKey: .canaryUnits)
        case .unitsLeft(let left): try box.encode(ReplayEvent.numbers(left), forKey: .unitsLeft)
        }
    }
}

extension ReplayEvent {
    /// Two numbers a departure: twice the series' index, one more where the unit came back; and the unit.
    private static func numbers(_ departures: [UnitCap.Departure]) -> [UInt64] {
        departures.flatMap { [UInt64(clamping: min($0.series, 1 << 20)) * 2 + ($0.isReturn ? 1 : 0), $0.unit] }
    }

    private static func departures(_ numbers: [UInt64]) -> [UnitCap.Departure] {
        stride(from: 0, to: numbers.count - numbers.count % 2, by: 2).map { index in
            UnitCap.Departure(
                unit: numbers[index + 1],
                series: Int(clamping: numbers[index] / 2),
                isReturn: numbers[index] % 2 == 1
            )
        }
    }
}

/// A judge run from its log.
public struct Replay: Sendable {
    /// The judge, once the log has started.
    public private(set) var judge: Judge?
    /// The end of the last block, or the last start: the time of the next verdict.
    public private(set) var now: Int64 = 0

    public init() {}

    /// Applies one entry.
    ///
    /// - Returns: the verdict after a block; nothing for other entries, or before the log has started.
    @discardableResult
    public mutating func apply(_ event: ReplayEvent) -> Verdict? {
        switch event {
        case .start(let configuration, let at):
            judge = Judge(configuration, startedAt: at)
            now = at
        case .step(let step):
            judge?.begin(step)
            now = max(now, step.startedAt)
        case .block(let block):
            judge?.absorb(block)
            now = max(now, block.end)
            return judge?.verdict(at: now)
        case .acknowledge(let metric):
            judge?.acknowledge(metric)
        case .canaryUnits(let units):
            judge?.note(canaryUnits: units)
        case .unitsLeft: break
        }
        return nil
    }
}

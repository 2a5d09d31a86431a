// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge

/// What the data plane watches for one rollout: handed down beside the snapshot, exchanged whole.
package struct RolloutWatch: Sendable, Hashable {
    package var rollout: RolloutID
    package var route: RouteID
    package var canary: VersionID
    /// Grows with every new watch of the rollout; records carry it, so that none is read by other limits than its own.
    package var serial: Int64
    /// The series and their limits, frozen until the next watch; at most 64 items.
    package var watch: Watch
    /// Production serves the canary's units, but for a trial now and then.
    package var isDiverted = false
    /// The versions that share production's part, at most 255; empty where there is one.
    ///
    /// A record names one by its place.
    package var production: [VersionID] = []

    package init(rollout: RolloutID, route: RouteID, canary: VersionID, serial: Int64, watch: Watch) {
        self.rollout = rollout
        self.route = route
        self.canary = canary
        self.serial = serial
        self.watch = watch
    }
}

/// What one judged request tells, once or more: when a timer fires at a limit, and when its first attempt has ended.
///
/// Plain numbers, a few nanoseconds to make. The control plane caps units and counts; the data plane only tells.
package struct EvidenceRecord: Sendable, Hashable {
    package var serial: Int64
    package var arm: Arm
    /// 64-bit hash of the sticky unit; absent where the request was assigned at random.
    package var unit: UInt64?
    /// The second in which the request started, since 1970.
    package var second: Int64
    /// Bit i: item i of the watch is settled for this request by this record.
    package var settled: UInt64
    /// Bit i: what an earlier record of this request settled for item i is taken back, since the request was refused
    /// (401, 402, 403, 429): it says nothing about times or money.
    package var withdrawn: UInt64
    /// Bit i, with the event: a subset of `settled` and `withdrawn`.
    package var events: UInt64
    /// The request has just been assigned: counts once in the sample-ratio test.
    package var isAssignment: Bool
    /// The request has ended: no more records of it follow.
    package var isEnd: Bool
    /// The unit was moved to the canary by a raised weight, and this is its first request there.
    package var isSwitch: Bool
    /// It was assigned while the node's brake kept units from the canary: tells how an arm fares then, and is no evidence.
    package var isAside: Bool
    /// Served by production in the place of a canary that the brake holds: how the canary's own units fare elsewhere.
    package var isMoved: Bool
    /// Of the baseline: 1 + the place of its version in the watch's ``RolloutWatch/production``; 0 where that has none.
    package var production: UInt8
    /// The first content has come; told once of requests that are aside, so that nobody has to wait for the end of a stream,
    /// and again with the end.
    package var isAnswering: Bool
    /// Milliseconds, where the first token came.
    package var firstToken: Double?
    /// Milliseconds, where the answer ended.
    package var latency: Double?
    /// What is known at the end, where it is.
    package var values: MetricValues
    package var cost: NanoUSD?
    package var tokens: Int64

    package init(serial: Int64, arm: Arm, unit: UInt64?, second: Int64) {
        self.serial = serial
        self.arm = arm
        self.unit = unit
        self.second = second
        settled = 0
        withdrawn = 0
        events = 0
        isAssignment = false
        isEnd = false
        isSwitch = false
        isAside = false
        isMoved = false
        production = 0
        isAnswering = false
        firstToken = nil
        latency = nil
        values = MetricValues()
        cost = nil
        tokens = 0
    }
}

extension EvidenceRecord {
    /// A value in the metric's unit, where this record tells it.
    package func value(of metric: Metric) -> Double? {
        switch metric.facts.clock {
        case .firstToken?: firstToken
        case .end?: latency
        case nil: values[metric]
        }
    }
}

/// Where event loops hand up their evidence, once a tick.
package protocol EvidenceSink: Sendable {
    /// - Parameters:
    ///   - records: in the order they happened on this loop.
    ///   - openSince: the start second of the oldest judged request still open on this loop, or the present second.
    ///   - told: the present second of this loop: all that happened on it before has been handed up.
    func append(_ records: [EvidenceRecord], loop: Int, openSince: Int64, reportedThrough: Int64)

    /// A node's brake of a canary has moved; told at once.
    func brake(_ rollout: RolloutID, _ move: BrakeMove)
}

/// What a node's brake does, which keeps units from a canary that fails outright.
package enum BrakeMove: Sendable, Hashable {
    /// The node stops sending to the canary after so many failures in a row; units that were its are served by production.
    ///
    /// `seconds` have passed since the first of them.
    case on(failures: Int, seconds: Double, reason: String)
    /// A request that tried again has failed too; production is asked next.
    case stays(reason: String)
    /// A request that tried again while the canary's units are diverted went well, or was refused once more.
    case accepted(Bool)
    /// Production has answered a request that had failed on the canary, or has failed it as well.
    case rescued(Bool)
    /// A request went well; the canary gets its units again.
    case off
}

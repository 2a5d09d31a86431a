// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Evidence that units are not split as planned: a Beta(100ρ, 100(1−ρ)) mixture against the planned share ρ.
///
///     log E = ln B(a+k, b+n−k) − ln B(a, b) − k ln ρ − (n−k) ln(1−ρ)
///
/// Each epoch of weights gets half of the capital that is left, so that no number of changes spends more than all of it.
/// Only assignments of first-seen units count, never completions.
public struct SampleRatio: Sendable, Hashable {
    /// `log` of the wealth of all earlier epochs.
    private var closed = -Double.infinity
    private var current: Epoch?
    private var opened = 0

    private struct Epoch: Sendable, Hashable {
        var id: Int64
        var share: Double
        var logCapital: Double
        var canary: Int64 = 0
        var total: Int64 = 0

        var logWealth: Double {
            logCapital + SampleRatio.logEvidence(canary: canary, of: total, share: share)
        }
    }

    public init() {}

    /// `log E` of `canary` among `total` units for the planned `share`.
    public static func logEvidence(canary: Int64, of total: Int64, share: Double) -> Double {
        guard share > 0, share < 1, total > 0 else { return 0 }
        let n = Double(total)
        let k = min(max(0, Double(canary)), n)
        let a = max(100 * share, 1e-3)
        let b = max(100 * (1 - share), 1e-3)
        return logBetaOverPower(a + k, b + n - k, share) - logBetaOverPower(a, b, share)
    }

    /// Takes the first-seen units of a block.
    ///
    /// - Parameters:
    ///   - units: counts per arm and the planned share; ignored unless the share lies strictly between 0 and 1.
    ///   - epoch: the weight epoch; a new one or a new share starts a new test.
    public mutating func absorb(_ units: AssignedUnits, epoch: Int64) {
        guard units.share > 0, units.share < 1, units.canary >= 0, units.baseline >= 0 else { return }
        var now = epochState(epoch, share: units.share)
        now.canary = min(now.canary.addingClamped(units.canary), Counts.limit)
        now.total = min(now.total.addingClamped(units.canary).addingClamped(units.baseline), 2 * Counts.limit)
        current = now
    }

    private mutating func epochState(_ id: Int64, share: Double) -> Epoch {
        if let current, current.id == id, current.share == share { return current }
        if let current { closed = logAddExp(closed, current.logWealth) }
        opened += 1
        return Epoch(id: id, share: share, logCapital: -Double(opened) * .log(2))
    }

    /// `log E` over all epochs and the capital not yet given out.
    public var logEvidence: Double {
        guard let current else { return 0 }
        let reserve = -Double(opened) * .log(2)
        return logSumExp([closed, current.logWealth, reserve])
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

/// A partial change of thresholds: an absent field stays, `.some(nil)` takes the limit away.
package struct ThresholdsPatch: Sendable {
    /// 0…1.
    package var errorRate: Double??
    package var p99LatencyMilliseconds: Double??
    package var p99FirstTokenMilliseconds: Double??
    package var costSpikeRatio: Double??

    package init(
        errorRate: Double?? = nil,
        p99LatencyMilliseconds: Double?? = nil,
        p99FirstTokenMilliseconds: Double?? = nil,
        costSpikeRatio: Double?? = nil
    ) {
        self.errorRate = errorRate
        self.p99LatencyMilliseconds = p99LatencyMilliseconds
        self.p99FirstTokenMilliseconds = p99FirstTokenMilliseconds
        self.costSpikeRatio = costSpikeRatio
    }

    func applied(to thresholds: Thresholds) throws(ControlError) -> Thresholds {
        var result = thresholds
        if let errorRate {
            result.errorRate = try ThresholdsPatch.checked(errorRate, "error_rate", within: 0...1)
        }
        if let p99LatencyMilliseconds {
            result.p99LatencyMilliseconds = try ThresholdsPatch.checked(p99LatencyMilliseconds, "p99_latency_ms")
        }
        if let p99FirstTokenMilliseconds {
            result.p99FirstTokenMilliseconds = try ThresholdsPatch.checked(p99FirstTokenMilliseconds, "p99_ttft_ms")
        }
        if let costSpikeRatio {
            result.costSpikeRatio = try ThresholdsPatch.checked(costSpikeRatio, "cost_spike_ratio")
        }
        return result
    }

    private static func checked(
        _ value: Double?,
        _ name: String,
        within range: ClosedRange<Double>? = nil
    ) throws(ControlError) -> Double? {
        guard let value else { return nil }
        if let range {
            guard range.contains(value) else {
                throw ControlError(
                    .invalid,
                    "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)."
                )
            }
        } else {
            guard value > 0, value.isFinite else { throw ControlError(.invalid, "\(name) must be a number above 0.") }
        }
        return value
    }
}

extension ControlError {
    static func thresholdsAreFrozen(_ version: VersionID, by rollout: RolloutState) -> ControlError {
        ControlError(
            .conflict,
            "Rollout \(rollout.id), which is \(rollout.phaseText), judges \(version) by the thresholds it had when the"
                + " rollout was made; others would have no effect on it.",
            hint: "To judge by others end it, set them, and begin anew: \(AdminHint.rollout("abort", rollout.id)), then"
                + " \(AdminHint.thresholds(version)), then \(AdminHint.startRollout).",
            details: ["rollout": .string(rollout.id.rawValue)]
        )
    }
}

extension ControlPlane {
    /// Changes some of a version's thresholds.
    ///
    /// - Throws: `conflict` while a rollout judges the version by those it had: they would have no effect.
    @discardableResult
    package func setThresholds(
        _ id: String,
        _ patch: ThresholdsPatch,
        _ change: Change
    ) async throws(ControlError) -> VersionStatus {
        let now = now()
        try await self.change { catalogue throws(ControlError) in
            let version = try catalogue.version(id)
            var release = version.release
            release.thresholds = try patch.applied(to: release.thresholds)
            guard release != version.release else { return .nothing(()) }
            if let rollout = catalogue.openRollout(of: version.id) {
                throw .thresholdsAreFrozen(version.id, by: rollout.state)
            }
            let draft = change.draft(
                "version.thresholds",
                "version:\(version.id)",
                at: now,
                before: version.releaseRecord,
                after: version.with(release).releaseRecord
            )
            return Decision([version.setting(release)], audit: [draft], answer: ())
        }
        return try version(id)
    }
}

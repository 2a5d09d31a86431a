// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease
import SluiceStore

extension RolloutRecord {
    /// What the audit and alerts hold of a rollout, with the evidence that decided.
    func summary(in catalogue: Catalogue) -> JSONObject {
        var object: JSONObject = [
            "rollout_id": .string(state.id.rawValue),
            "route": .string(state.route.rawValue),
            "canary": .string(state.canary.rawValue),
            "phase": .string(state.phaseName),
            "state": .string(state.phaseText),
            "step": .integer(String(state.step + 1)),
            "steps": .integer(String(state.plan.steps.count)),
        ]
        if let baseline = state.baseline { object["baseline"] = .string(baseline.rawValue) }
        if let version = catalogue.versions.first(where: { $0.id == state.canary }) {
            object["weight"] = .double(version.release.weight.fraction)
        }
        if let verdict { object["verdict"] = .object(verdict.summary) }
        return object
    }
}

extension RolloutState {
    /// One word for the phase.
    package var phaseName: String {
        switch phase {
        case .pending: "pending"
        case .progressing: "progressing"
        case .paused: "paused"
        case .baking: "baking"
        case .completed: "completed"
        case .aborted: "aborted"
        }
    }
}

extension Verdict {
    /// Decision, reasons and the figures of each metric.
    package var summary: JSONObject {
        [
            "decision": .string(decision.rawValue),
            "reasons": .array(reasons.map { .object($0.summary) }),
            "log_evidence": .double(logEvidence),
            "log_threshold": .double(logThreshold),
            "p_value": .double(pValue),
            "step_requests": .integer(String(stepRequests)),
            "metrics": .array(metrics.map { .object($0.summary) }),
        ]
    }
}

extension Reason {
    package var summary: JSONObject {
        var object: JSONObject = ["code": .string(code.rawValue)]
        if let metric { object["metric"] = .string(metric.rawValue) }
        if let setting { object["setting"] = .string(setting) }
        return object
    }
}

extension MetricReport {
    /// Counts are those of the metric's first series.
    var summary: JSONObject {
        [
            "metric": .string(metric.rawValue),
            "standing": .string(standing.rawValue),
            "log_evidence": .double(logEvidence),
            "canary_requests": .integer(String(counts.canary)),
            "canary_events": .integer(String(counts.canaryEvents)),
            "baseline_requests": .integer(String(counts.baseline)),
            "baseline_events": .integer(String(counts.baselineEvents)),
        ]
    }
}

extension RolloutNews {
    /// How loud the news is: `critical` where traffic was taken back, `warning` where somebody must act.
    package var severity: String {
        switch kind {
        case .rolledBack: "critical"
        case .held, .braked, .gateWaiting, .regressed, .aborted, .undone: "warning"
        case .started, .stepped, .paused, .resumed, .completed, .restarted, .evidence: "info"
        }
    }

    /// What a channel's message is made of: `{kind, severity, text, at, rollout: {…}}`, without any secret.
    package var payload: JSONObject {
        var rollout = record.summary(in: Catalogue(Definitions(), StoredState()))
        if let verdict { rollout["verdict"] = .object(verdict.summary) }
        return [
            "kind": .string(kind.rawValue),
            "severity": .string(severity),
            "text": .string(text),
            "at": .string(at.description),
            "rollout": .object(rollout),
        ]
    }

    func message(to channel: AlertChannel) -> OutboxMessage {
        OutboxMessage(
            channel: channel.name,
            kind: kind.rawValue,
            payload: JSONValue.object(payload).jsonText,
            createdAt: at
        )
    }
}

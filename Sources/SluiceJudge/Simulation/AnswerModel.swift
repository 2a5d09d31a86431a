// SPDX-License-Identifier: Apache-2.0

/// How a version answers: how long it takes, what it costs, and when it fails or refuses.
public struct AnswerModel: Sendable, Hashable {
    /// Milliseconds until the last byte of a good answer.
    public var latency = ValueModel.latency
    /// Part of the latency until the first token.
    public var firstToken = 0.25
    public var errorRate = 0.01
    /// Seconds from the start to the error.
    public var errorAfter = 0.2
    /// Share of requests refused for quota.
    public var refusalRate = 0.0
    /// Milliseconds until a refusal.
    public var refusalAfter = 400.0

    /// The values of good answers in a metric's unit.
    func values(_ metric: MetricID) -> ValueModel {
        switch metric {
        case .ttft: latency.scaled(firstToken)
        case .cost: .cost
        default: latency
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What a crash left open, settled: one outcome per request, its attempts of unknown usage and cost.
enum Interruption {
    /// The outcomes of attempts that were opened and never settled, in the order of their requests.
    static func outcomes(of open: [OpenedAttempt]) -> [Outcome] {
        var order: [RequestID] = []
        var byRequest: [RequestID: [OpenedAttempt]] = [:]
        for attempt in open {
            if byRequest[attempt.request] == nil { order.append(attempt.request) }
            byRequest[attempt.request, default: []].append(attempt)
        }
        return order.compactMap { request in
            let attempts = (byRequest[request] ?? []).sorted { $0.number < $1.number }
            guard let first = attempts.first else { return nil }
            var outcome = Outcome(request: request, startedAt: first.requestStartedAt, endpoint: .other, epoch: 0)
            outcome.key = first.key
            outcome.route = first.route
            outcome.version = first.version
            outcome.ending = .interrupted
            outcome.attempts = attempts.map { opened in
                Attempt(
                    number: opened.number,
                    purpose: opened.purpose,
                    provider: opened.provider,
                    model: opened.model,
                    version: opened.version,
                    startedAfter: 0
                )
            }
            return outcome
        }
    }
}

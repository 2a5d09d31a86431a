// SPDX-License-Identifier: Apache-2.0

/// Written to the journal before an attempt is sent, so that a crash leaves no attempt unaccounted.
package struct OpenedAttempt: Sendable, Equatable {
    package var request: RequestID
    package var requestStartedAt: Timestamp
    package var number: Int
    package var purpose: Attempt.Purpose
    package var provider: ProviderID
    package var model: String
    package var version: VersionID
    package var route: RouteID
    package var key: KeyID?

    package init(
        request: RequestID,
        requestStartedAt: Timestamp,
        number: Int,
        purpose: Attempt.Purpose,
        provider: ProviderID,
        model: String,
        version: VersionID,
        route: RouteID,
        key: KeyID?
    ) {
        self.request = request
        self.requestStartedAt = requestStartedAt
        self.number = number
        self.purpose = purpose
        self.provider = provider
        self.model = model
        self.version = version
        self.route = route
        self.key = key
    }

    /// A request's last attempt; `nil` where it has none, or no route.
    package init?(lastOf outcome: Outcome) {
        guard let attempt = outcome.attempts.last, let route = outcome.route else { return nil }
        self.init(
            request: outcome.request,
            requestStartedAt: outcome.startedAt,
            number: attempt.number,
            purpose: attempt.purpose,
            provider: attempt.provider,
            model: attempt.model,
            version: attempt.version,
            route: route,
            key: outcome.key
        )
    }
}

/// One record of a node's journal.
package enum JournalRecord: Sendable, Equatable {
    case opened(OpenedAttempt)
    case settled(Outcome)
    /// Something was made that a provider keeps; on record before its id leaves.
    case pinned(Pin)
    /// What a request under budgets is charged.
    case charged(Charge)
}

/// Where the data plane hands up what happened: one buffered append each, into the kernel's hands.
///
/// Called on an event loop; implementations neither wait nor allocate without bound. `loop` names the caller's event
/// loop (0…), so that each may own a journal segment.
package protocol OutcomeSink: AnyObject, Sendable {
    func append(_ record: JournalRecord, loop: Int)

    /// Appends that the last attempt of a request, which has a route, is about to be sent.
    ///
    /// This and ``settled(_:loop:)`` spare a sink that only needs the bytes the making of a record. The outcome is lent, not
    /// changed: a copy would count a dozen references.
    func opened(_ outcome: inout Outcome, loop: Int)

    /// Appends that a request is over.
    func settled(_ outcome: inout Outcome, loop: Int)
}

extension OutcomeSink {
    package func opened(_ outcome: inout Outcome, loop: Int) {
        if let attempt = OpenedAttempt(lastOf: outcome) { append(.opened(attempt), loop: loop) }
    }

    package func settled(_ outcome: inout Outcome, loop: Int) { append(.settled(outcome), loop: loop) }
}

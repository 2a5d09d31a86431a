// SPDX-License-Identifier: Apache-2.0

/// What happened to one request, from its head to its last byte: exactly one for every ending.
package struct Outcome: Sendable, Equatable {
    package var request: RequestID
    package var startedAt: Timestamp
    /// Nanoseconds from the request's head to the answer's last byte.
    package var duration: Int64
    /// Nanoseconds of those that the relay itself spent, without waiting for provider or caller.
    package var overhead: Int64
    /// Nanoseconds to the first content byte; absent where none came.
    package var firstToken: Int64?
    package var endpoint: Endpoint
    package var isStream: Bool
    /// Bytes of the request's body; absent where it was not read, or by a release that did not tell.
    package var requestBytes: Int64?
    package var key: KeyID?
    package var route: RouteID?
    package var version: VersionID?
    package var bucket: UInt16?
    package var unitSource: String?
    /// A 64-bit hash of the unit, so that one unit's events can be capped; never the unit itself.
    package var unitHash: UInt64?
    /// Revision of the snapshot that served the request.
    package var epoch: Int64
    /// The status the caller saw, 0 where none was sent.
    package var status: Int
    package var ending: Ending
    package var errorClass: ErrorClass?
    package var attempts: [Attempt]
    /// What its caller says of whom it is for; few do, so that it takes the room of one reference.
    private var labels: Labels?

    package init(request: RequestID, startedAt: Timestamp, endpoint: Endpoint, epoch: Int64) {
        self.request = request
        self.startedAt = startedAt
        self.endpoint = endpoint
        self.epoch = epoch
        duration = 0
        overhead = 0
        isStream = false
        status = 0
        ending = .refused
        attempts = []
    }

    /// One with what it holds by reference: to set that afterwards would count the references once more.
    package init(
        request: RequestID,
        startedAt: Timestamp,
        endpoint: Endpoint,
        epoch: Int64,
        key: KeyID?,
        route: RouteID?,
        version: VersionID?,
        unitSource: String?,
        tags: String?,
        attempts: [Attempt]
    ) {
        self.request = request
        self.startedAt = startedAt
        self.endpoint = endpoint
        self.epoch = epoch
        self.key = key
        self.route = route
        self.version = version
        self.unitSource = unitSource
        if let tags { labels = Labels(tags: tags) }
        self.attempts = attempts
        duration = 0
        overhead = 0
        isStream = false
        status = 0
        ending = .refused
    }

    /// As the caller sent them, with commas between.
    package var tags: String? {
        get { labels?.tags }
        set { labels = Labels(tags: newValue, endUser: labels?.endUser, choice: labels?.choice) }
    }

    /// Whom the caller's request names: `user`, or `metadata.user_id`.
    package var endUser: String? {
        get { labels?.endUser }
        set { labels = Labels(tags: labels?.tags, endUser: newValue, choice: labels?.choice) }
    }

    /// How its version was chosen; absent on routes that do not choose.
    package var choice: VersionChoice? {
        get { labels?.choice }
        set { labels = Labels(tags: labels?.tags, endUser: labels?.endUser, choice: newValue) }
    }

    private final class Labels: Sendable, Equatable {
        let tags: String?
        let endUser: String?
        let choice: VersionChoice?

        init?(tags: String?, endUser: String? = nil, choice: VersionChoice? = nil) {
            if tags == nil, endUser == nil, choice == nil { return nil }
            self.tags = tags
            self.endUser = endUser
            self.choice = choice
        }

        static func == (left: Labels, right: Labels) -> Bool {
            left.tags == right.tags && left.endUser == right.endUser && left.choice == right.choice
        }
    }

    /// In ``unitSource`` where no unit chose the version: the request names what one account keeps.
    package static let pinnedSource = "pinned"

    /// How a request ended, seen from the caller.
    package enum Ending: String, Sendable, Codable, CaseIterable {
        /// The whole answer was delivered, whatever its status.
        case complete
        /// The relay answered itself: a refusal, or no provider answered.
        case refused
        /// The answer broke off after its first byte; the caller got an error event.
        case cut
        case callerGone = "caller_gone"
        /// The process ended in between; found at the next start.
        case interrupted
    }
}

/// One try at one provider for one request: one entry in the ledger.
package struct Attempt: Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var purpose: Purpose
    package var provider: ProviderID
    package var model: String
    package var version: VersionID
    /// Nanoseconds after the request's start.
    package var startedAfter: Int64
    /// Nanoseconds.
    package var duration: Int64
    package var firstToken: Int64?
    /// The provider's status; absent where no head came.
    package var status: Int?
    package var errorClass: ErrorClass?
    package var usage: Usage?
    package var cost: Cost
    /// What its cost was reckoned by; absent where nothing was reckoned, or by a release that did not tell.
    package var pricing: Pricing?

    package init(
        number: Int,
        purpose: Purpose,
        provider: ProviderID,
        model: String,
        version: VersionID,
        startedAfter: Int64
    ) {
        self.number = number
        self.purpose = purpose
        self.provider = provider
        self.model = model
        self.version = version
        self.startedAfter = startedAfter
        duration = 0
        cost = .unknown
    }

    /// By which price card a cost was reckoned.
    package struct Pricing: Sendable, Equatable {
        /// The card's number, by which the store keeps its terms.
        package var card: Int64
        /// The model whose card it is, where it is not the attempt's own: that without its date.
        package var pricedAs: String?

        package init(card: Int64, pricedAs: String? = nil) {
            self.card = card
            self.pricedAs = pricedAs
        }
    }

    package enum Purpose: String, Sendable, Codable, CaseIterable {
        case primary, retry, fallback, hedge, mirror, judge

        /// Made for the caller, who pays for it: no copy of a request, and no look at an answer.
        package var isForCaller: Bool { self != .mirror && self != .judge }
    }
}

extension Attempt {
    /// It came to nothing by itself: not where another attempt was only faster.
    package var hasFailed: Bool { errorClass != nil && errorClass != .superseded }

    /// This attempt as its caller saw it, who has waited since an earlier one began.
    package func counted(since first: Attempt) -> Attempt {
        let (wait, overflow) = startedAfter.subtractingReportingOverflow(first.startedAfter)
        guard !overflow, wait > 0 else { return self }
        var attempt = self
        attempt.startedAfter = first.startedAfter
        attempt.duration = duration.addingHeld(wait)
        attempt.firstToken = firstToken.map { $0.addingHeld(wait) }
        return attempt
    }
}

extension Outcome {
    /// The attempt that stands for the request where its version is judged: the first one, whatever others made of it.
    ///
    /// Where a hedge was faster than it, the hedge, with the time that the caller waited; where it was refused for what the
    /// relay had added to it, the one without that.
    package var judgedAttempt: Attempt? {
        guard let first = attempts.first(where: { $0.number == 1 }) else { return nil }
        guard first.errorClass == .superseded else { return first }
        let next = attempts.first { ($0.purpose == .hedge || $0.purpose == .retry) && $0.errorClass != .superseded }
        return next?.purpose == .hedge ? next?.counted(since: first) : next
    }
}

/// What an attempt cost; unknown is never zero.
///
/// How sure an amount is depends on the usage, too: ``Attempt/costState`` says it.
package enum Cost: Sendable, Equatable {
    case known(NanoUSD)
    /// Usage is known, but no price card was in force, or none for all of it.
    case unpriced
    /// The provider's usage was not seen, or cannot be believed.
    case unknown

    package var known: NanoUSD? {
        if case .known(let amount) = self { amount } else { nil }
    }
}

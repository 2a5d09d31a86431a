// SPDX-License-Identifier: Apache-2.0

/// A version's config, read: what is changed in a request and how it is sent.
package struct VersionSettings: Sendable {
    /// Parameters set where the caller sent none: name and JSON text.
    package var defaults: [(name: String, json: [UInt8])]
    /// Parameters set whatever the caller sent: name and JSON text.
    package var overrides: [(name: String, json: [UInt8])]
    package var systemPrompt: SystemPrompt?
    package var retry: RetryPolicy
    /// What is tried again at the same target first; `nil` is what the route says.
    package var retryFirst: RetryFirst?
    package var timeouts: Timeouts
    /// Where the version is served; empty where only its own provider serves it.
    ///
    /// The version's own provider stands first where the list does not name it.
    package var targets: [TargetSetting]
    package var targetPolicy: TargetPolicy
    /// Requests of this version in flight at the same time, on one node; absent is no limit.
    package var maxConcurrency: Int?
    /// Requests in flight at a target are held down while its time to first token is twice what it normally is.
    package var adaptsConcurrency: Bool
    /// How long a stream's caller hears nothing before comments keep the connection alive; zero is never.
    package var keepaliveAfter: Duration
    package var midstream: Midstream
    /// How long a request waits for its first byte before it is sent a second time, to be answered by whoever is faster;
    /// absent is never.
    package var hedgeAfter: Duration?

    package init(
        defaults: [(name: String, json: [UInt8])] = [],
        overrides: [(name: String, json: [UInt8])] = [],
        systemPrompt: SystemPrompt? = nil,
        retry: RetryPolicy = RetryPolicy(),
        retryFirst: RetryFirst? = nil,
        timeouts: Timeouts = Timeouts(),
        targets: [TargetSetting] = [],
        targetPolicy: TargetPolicy = .order,
        maxConcurrency: Int? = nil,
        adaptsConcurrency: Bool = false,
        keepaliveAfter: Duration = VersionSettings.standardKeepalive,
        midstream: Midstream = .error,
        hedgeAfter: Duration? = nil
    ) {
        self.defaults = defaults
        self.overrides = overrides
        self.systemPrompt = systemPrompt
        self.retry = retry
        self.retryFirst = retryFirst
        self.timeouts = timeouts
        self.targets = targets
        self.targetPolicy = targetPolicy
        self.maxConcurrency = maxConcurrency
        self.adaptsConcurrency = adaptsConcurrency
        self.keepaliveAfter = keepaliveAfter
        self.midstream = midstream
        self.hedgeAfter = hedgeAfter
    }

    package static let standardKeepalive = Duration.seconds(15)
}

/// A system prompt that belongs to the version.
package struct SystemPrompt: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Used where the caller sent no system (or developer) message.
        case `default`
        /// Put before the caller's messages, as a system message of its own.
        case prepend
        /// Put in the place of the caller's system messages.
        case replace
    }

    package var mode: Mode
    package var text: String

    package init(mode: Mode, text: String) {
        self.mode = mode
        self.text = text
    }
}

/// How often and how patiently an attempt is made again before the first byte reached the caller.
package struct RetryPolicy: Sendable, Equatable {
    /// Further attempts after the first, 0…10.
    package var maxRetries: Int
    /// The first pause; it doubles, up to `maxBackoff`, and is drawn at random between zero and that.
    package var backoff: Duration
    package var maxBackoff: Duration

    package init(maxRetries: Int = 2, backoff: Duration = .milliseconds(500), maxBackoff: Duration = .seconds(8)) {
        self.maxRetries = maxRetries
        self.backoff = backoff
        self.maxBackoff = maxBackoff
    }
}

/// What is tried again at the same target before another one is asked, within the retries that a policy allows.
///
/// Nothing where nobody says so: another target that is well answers at once, and costs no wait.
package struct RetryFirst: Sendable, Equatable {
    /// A 429 whose `Retry-After` is no longer than this is waited for, 0…60 s.
    package var waitUpTo: Duration
    /// Tries after a 5xx, 0…10.
    package var serverErrors: Int

    package init(waitUpTo: Duration = .zero, serverErrors: Int = 0) {
        self.waitUpTo = waitUpTo
        self.serverErrors = serverErrors
    }
}

// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How the admin plane listens and whom it believes.
package struct AdminConfiguration: Sendable {
    package var host: String
    /// 0 picks a free one.
    package var port: Int
    package var tokens: [AdminToken]
    /// Whether `/metrics` is answered without a token; default true.
    package var metricsAreOpen: Bool
    /// Bytes of a request's body; default 1 MiB.
    package var bodyLimit: Int
    /// From a request's head to the end of its body; default 30 s.
    package var bodyDeadline: Duration
    /// How long a connection may stay idle; default 60 s.
    package var idleTimeout: Duration

    package init(
        host: String = "127.0.0.1",
        port: Int = 4_001,
        tokens: [AdminToken],
        metricsAreOpen: Bool = true,
        bodyLimit: Int = 1 << 20,
        bodyDeadline: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.tokens = tokens
        self.metricsAreOpen = metricsAreOpen
        self.bodyLimit = bodyLimit
        self.bodyDeadline = bodyDeadline
        self.idleTimeout = idleTimeout
    }
}

/// A secret that opens the admin plane, for someone in a role.
package struct AdminToken: Sendable {
    /// Stands in the audit as the actor.
    package var name: String
    package var role: AdminRole
    package var secret: Secret<String>

    package init(name: String = "admin", role: AdminRole = .owner, secret: Secret<String>) {
        self.name = name
        self.role = role
        self.secret = secret
    }
}

/// What the admin plane asks the node about itself.
package struct NodeProbes: Sendable {
    /// The software's version, as `sluice --version` prints it.
    package var softwareVersion: String
    /// The metrics in Prometheus' text format.
    package var metricsText: @Sendable () async -> String
    package var readiness: @Sendable () async -> Readiness
    /// Wall-clock time.
    package var now: @Sendable () -> Timestamp

    package init(
        softwareVersion: String,
        metricsText: @escaping @Sendable () async -> String,
        readiness: @escaping @Sendable () async -> Readiness,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.softwareVersion = softwareVersion
        self.metricsText = metricsText
        self.readiness = readiness
        self.now = now
    }
}

/// Whether the node should get traffic.
package struct Readiness: Sendable, Equatable {
    package enum State: String, Sendable {
        case ready
        /// Serves traffic, but something is wrong (the store, the journal's disk).
        case degraded
        /// Starting, or draining: no traffic, please.
        case notReady = "not_ready"
    }

    package var state: State
    /// What is wrong, in a sentence each.
    package var problems: [String]

    package init(_ state: State, problems: [String] = []) {
        self.state = state
        self.problems = problems
    }
}

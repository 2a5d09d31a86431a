// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What one node is told by its configuration file, read and checked whole.
package struct NodeConfiguration: Sendable {
    /// The file's path, for messages.
    package var file: String
    /// Where callers come in.
    package var listen: ListenAddress
    package var admin: Admin
    package var store: StoreAddress
    /// Folder of what the node makes by itself: admin token, journal, pepper where the store has no folder.
    package var dataDirectory: String
    package var journal: Journal
    package var providers: [ConfiguredProvider]
    package var routes: [Route]
    /// Their release holds the file's first values.
    package var versions: [Version]
    package var prices: [PriceCard]
    package var models: [ModelCard]
    package var keys: [ConfiguredKey]
    /// `release.auto_transition`.
    package var autoTransition: Bool
    package var keyPrefix: String
    package var keyRotationGrace: Duration
    package var limits: Limits
    package var log: Log
    /// `nil` writes none.
    package var trafficLog: TrafficLog?
    package var drain: Drain
    /// Event loops of the data plane; `nil` takes one per processor.
    package var loops: Int?
    /// What is doubtful but not refused.
    package var warnings: [ConfigProblem]

    package struct Admin: Sendable {
        package var listen: ListenAddress
        package var token: AdminToken
        /// Further tokens, each with a name for the audit and a role.
        package var tokens: [RoleToken]
        /// Whether `/metrics` asks for a token too.
        package var metricsNeedToken: Bool
    }

    /// A token of someone whose role may be smaller than the owner's.
    package struct RoleToken: Sendable {
        package var name: String
        package var role: AdminRole
        package var secret: Secret<String>
    }

    /// What a token may do.
    package enum AdminRole: String, Sendable, CaseIterable {
        /// Reads everything but secrets.
        case viewer
        /// Reads, and moves versions.
        case `operator`
        /// Reads, and makes and revokes keys.
        case keyAdmin = "key-admin"
        /// Everything.
        case owner
    }

    /// Where the admin token comes from.
    package enum AdminToken: Sendable {
        case given(Secret<String>)
        /// A file that holds the token; made with a random one where it does not exist.
        case file(String)
    }

    package struct Journal: Sendable {
        package var directory: String
        package var durability: Durability
    }

    package enum Durability: String, Sendable, CaseIterable {
        /// Survives the end of the process (`kill -9`), not of the machine.
        case process
        /// Survives loss of power too: one flush to disk per record batch.
        case power
    }

    package struct Log: Sendable {
        package var level: LogLevel
        package var format: LogFormat
    }

    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error
    }

    package enum LogFormat: String, Sendable, CaseIterable { case text, json }

    package struct TrafficLog: Sendable, Equatable {
        package var path: String
        /// Bytes after which the file is turned over.
        package var maxSize: Int
        /// Turned-over files kept.
        package var keep: Int
    }

    package struct Drain: Sendable {
        /// How long streams in flight may go on after SIGTERM.
        package var timeout: Duration
        /// How long new requests are still taken after SIGTERM, for load balancers that lag behind.
        package var acceptFor: Duration
    }
}

/// A provider of the file; a simulated one has no address before the node runs.
package struct ConfiguredProvider: Sendable {
    package enum Place: Sendable {
        case upstream(Provider)
        /// Served by the node itself on a loopback port of its own.
        case simulated(Provider)
    }

    package var place: Place

    package var provider: Provider {
        switch place {
        case .upstream(let provider), .simulated(let provider): provider
        }
    }

    package var isSimulated: Bool {
        if case .simulated = place { true } else { false }
    }
}

/// A caller key of the file, before it is hashed.
package struct ConfiguredKey: Sendable {
    package var id: KeyID
    package var team: String?
    package var text: Secret<String>
}

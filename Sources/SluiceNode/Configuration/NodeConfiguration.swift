// SPDX-License-Identifier: Apache-2.0
package import SluiceAdmin
package import SluiceControl
package import SluiceCore
package import SluiceJournal
package import SluiceMock
package import SluiceTelemetry
package import Logging

/// What the configuration file of one node says, read and checked whole.
package struct NodeConfiguration: Sendable {
    /// The file's path, for messages.
    package var file: String
    /// The node's name in journal and store.
    package var nodeName: String
    /// Where callers come in.
    package var listen: ListenAddress
    package var admin: Admin
    package var store: StoreAddress
    /// Folder of what the node makes by itself: admin token, journal, pepper where the store has no folder.
    package var dataDirectory: String
    package var journal: JournalSettings
    package var providers: [ConfiguredProvider]
    package var routes: [Route]
    /// Their release holds the file's first values.
    package var versions: [Version]
    package var prices: [PriceCard]
    package var currencies: [CurrencyRate] = []
    package var models: [ModelCard]
    package var keys: [ConfiguredKey]
    /// What opens the credentials that are sealed in the store.
    package var masterKeys: MasterKeys?
    /// Who may sign in; absent where nobody may.
    package var signIn: SignInRules?
    /// Whose tokens machines may show, and the keys whose rights they have.
    package var machineIssuers: [MachineIssuer] = []
    package var machineCallers: [CallerKey] = []
    package var budgets: [Budget] = []
    /// Of keys and routes, and of what has a list of its own.
    package var rateLimits: [EntityLimits] = []
    /// Where alerts go.
    package var alerts: [ConfiguredChannel]
    /// In millionths: how far providers' own cost may be from the price cards'.
    package var costDrift: Int64 = 50_000
    /// `release.auto_transition`.
    package var autoTransition: Bool
    package var keyPrefix: String
    package var keyRotationGrace: Duration
    package var limits: Limits
    package var log: Log
    /// `nil` writes none.
    package var trafficLog: TrafficLogSettings?
    package var drain: Drain
    /// Pages in browsers that may read answers; `*` is every page.
    package var crossOrigins: [String]
    /// Event loops of the data plane; `nil` takes one per processor.
    package var loops: Int?
    /// What is doubtful but not refused.
    package var warnings: [ConfigProblem]
    /// What the files held that secrets were taken from, by their paths.
    package var secretFiles: [String: Secret<String>] = [:]

    /// The owner's token where the file gives it; `nil` where a file of its own holds it.
    package var givenAdminToken: Secret<String>? {
        if case .given(let token) = admin.token { token } else { nil }
    }

    package struct Admin: Sendable {
        package var listen: ListenAddress
        package var token: TokenSource
        /// Further tokens, each with a name for the audit and a role.
        package var tokens: [AdminToken]
        /// Whether `/metrics` asks for a token too.
        package var metricsNeedToken: Bool
    }

    /// Where the admin token comes from.
    package enum TokenSource: Sendable {
        case given(Secret<String>)
        /// A file that holds the token; made with a random one where it does not exist.
        case file(String)
    }

    package struct JournalSettings: Sendable {
        package var directory: String
        package var durability: Journal.Durability
    }

    package struct Log: Sendable {
        package var level: Logger.Level
        package var format: LogFormat
    }

    package struct TrafficLogSettings: Sendable, Equatable {
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
    package enum Kind: Sendable {
        case upstream(Provider)
        /// Served by the node itself on a loopback port of its own.
        case simulated(Provider, MockSettings)
    }

    package var kind: Kind

    package var provider: Provider {
        switch kind {
        case .upstream(let provider), .simulated(let provider, _): provider
        }
    }

    package var isSimulated: Bool {
        if case .simulated = kind { true } else { false }
    }
}

/// A caller key of the file, before it is hashed.
package struct ConfiguredKey: Sendable {
    package var id: KeyID
    package var team: String?
    package var text: Secret<String>
    /// Its own limit of requests in flight; `nil` is `limits.in_flight_per_key`.
    package var maxConcurrency: Int?
}

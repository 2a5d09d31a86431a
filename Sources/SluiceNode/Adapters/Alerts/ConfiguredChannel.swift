// SPDX-License-Identifier: Apache-2.0
import SluiceControl
package import SluiceCore

/// An alert channel of the configuration, with what it takes to reach it.
package struct ConfiguredChannel: Sendable {
    package var name: String
    package var target: Target
    /// Kinds it wants to hear, as written; empty for the standard ones.
    package var kinds: [String]
    /// The environment's, where the way to its host leads through one.
    package var proxy: ProxyAddress?

    /// Where messages go, and in which format.
    package enum Target: Sendable {
        /// An incoming webhook; its URL is a secret.
        case slack(url: Secret<String>)
        /// Events API v2.
        case pagerduty(url: String, routingKey: Secret<String>)
        /// API v2; the URL is that of the server, without the path.
        case alertmanager(url: String, token: Secret<String>?)
        /// JSON, signed with HMAC-SHA256.
        case webhook(url: Secret<String>, key: Secret<String>)
    }

    package enum Kind: String, Sendable, CaseIterable {
        case slack, pagerduty, alertmanager, webhook
    }

    package var kind: Kind {
        switch target {
        case .slack: .slack
        case .pagerduty: .pagerduty
        case .alertmanager: .alertmanager
        case .webhook: .webhook
        }
    }

    /// What no log, answer or file others can read may hold.
    var secrets: [String] { targetSecrets + (proxy?.credentials.map { [$0.exposed] } ?? []) }

    /// Where it connects to; may hold a secret.
    var url: String {
        switch target {
        case .slack(let url), .webhook(let url, _): url.exposed
        case .pagerduty(let url, _), .alertmanager(let url, _): url
        }
    }

    private var targetSecrets: [String] {
        switch target {
        case .slack(let url): [url.exposed]
        case .pagerduty(_, let key): [key.exposed]
        case .alertmanager(_, let token): token.map { [$0.exposed] } ?? []
        case .webhook(let url, let key): [url.exposed, key.exposed]
        }
    }

    /// What the control plane has to know of it.
    ///
    /// Where an alert opens an incident, the news that closes it comes as well.
    var channel: AlertChannel {
        var kinds = Set(self.kinds.isEmpty ? AlertKind.standard : self.kinds)
        if self.kinds == ["all"] { kinds = Set(AlertKind.all) }
        if kind == .pagerduty || kind == .alertmanager { kinds.formUnion(AlertKind.endings) }
        return AlertChannel(name: name, kinds: kinds, type: kind.rawValue)
    }
}

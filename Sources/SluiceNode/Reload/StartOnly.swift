// SPDX-License-Identifier: Apache-2.0
import SluiceAdmin
import SluiceControl
import SluiceCore

extension NodeConfiguration {
    /// Keys that are read at the start only and differ from those of the running configuration.
    ///
    /// A reload leaves them as they were and says that a restart is needed.
    func startOnlyChanges(from running: NodeConfiguration) -> [String] {
        var changed: [String] = []
        func compare<Value>(_ name: String, _ part: (NodeConfiguration) -> Value) {
            // Descriptions show everything but secrets, which are compared below.
            if String(reflecting: part(self)) != String(reflecting: part(running)) { changed.append(name) }
        }
        compare("node") { $0.nodeName }
        compare("listen") { $0.listen }
        compare("admin") { $0.admin }
        compare("store") { $0.store }
        compare("data_dir") { $0.dataDirectory }
        compare("journal") { $0.journal }
        compare("limits") { $0.limits }
        compare("log") { $0.log }
        compare("traffic_log") { $0.trafficLog }
        compare("drain") { $0.drain }
        compare("loops") { $0.loops }
        compare("cors") { $0.crossOrigins }
        if alerts.map(\.fingerprint) != running.alerts.map(\.fingerprint) { changed.append("alerts") }
        if signIn?.fingerprint != running.signIn?.fingerprint { changed.append("auth.oidc") }
        if admin.secrets != running.admin.secrets, !changed.contains("admin") { changed.append("admin") }
        return changed
    }
}

extension NodeConfiguration.Admin {
    fileprivate var secrets: [String] {
        let named = tokens.map(\.secret.exposed)
        switch token {
        case .given(let secret): return named + [secret.exposed]
        case .file: return named
        }
    }
}

extension SignInRules {
    /// Everything about it, its secret included: only to be compared.
    fileprivate var fingerprint: String { "\(self) \(clientSecret?.exposed ?? "")" }
}

extension ConfiguredChannel {
    /// Everything about it, secrets included: only to be compared.
    fileprivate var fingerprint: [String] {
        switch target {
        case .slack(let url): [name, "slack", url.exposed] + kinds
        case .pagerduty(let url, let key): [name, "pagerduty", url, key.exposed] + kinds
        case .alertmanager(let url, let token): [name, "alertmanager", url, token?.exposed ?? ""] + kinds
        case .webhook(let url, let key): [name, "webhook", url.exposed, key.exposed] + kinds
        }
    }
}

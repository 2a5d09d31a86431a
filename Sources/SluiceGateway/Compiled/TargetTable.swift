// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP

/// Gives every provider's address an index that stays the same from one snapshot to the next, and its TLS context once.
struct TargetTable {
    private struct Peer: Hashable {
        var address: ProviderAddress
        var authorityFile: String?
        /// With its credentials: who changes those gets new connections.
        var proxy: String?
    }

    private var indices: [Peer: Int] = [:]
    private var made: [ProviderTarget?] = []
    private var used: Set<Int> = []
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// The targets in use since ``begin()``, by index.
    var current: [ProviderTarget?] { made.indices.map { used.contains($0) ? made[$0] : nil } }

    /// Begins a new snapshot.
    mutating func begin() { used = [] }

    /// The index of a provider's target, or `nil` when its TLS cannot be set up.
    mutating func index(of provider: Provider) -> (index: Int, peer: ProviderTarget)? {
        let peer = Peer(
            address: provider.address,
            authorityFile: provider.certificateAuthorityFile,
            proxy: provider.proxy.map { "\($0) \($0.credentials?.exposed ?? "")" }
        )
        let index = indices[peer] ?? make(peer, for: provider)
        guard let index, let target = made[index] else { return nil }
        used.insert(index)
        return (index, target)
    }

    private mutating func make(_ peer: Peer, for provider: Provider) -> Int? {
        let address = peer.address
        var target = ProviderTarget(host: address.host, port: address.port)
        target.proxy = provider.proxy.map {
            ProviderProxy(host: $0.host, port: $0.port, credentials: $0.credentials?.exposed)
        }
        if address.isTLS {
            do {
                target.tls = try ProviderTLS(
                    host: address.host,
                    certificateAuthorityFile: peer.authorityFile
                )
            } catch {
                logger.error(
                    "TLS to a provider cannot be set up",
                    metadata: ["sluice.provider": "\(provider.id)", "error": "\(error)"]
                )
                return nil
            }
        }
        indices[peer] = made.count
        made.append(target)
        return made.count - 1
    }
}

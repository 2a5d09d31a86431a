// SPDX-License-Identifier: Apache-2.0

/// An HTTP proxy that is asked to `CONNECT` to the provider.
package struct ProviderProxy: Sendable {
    let host: String
    let port: Int
    /// The value of `Proxy-Authorization`.
    let authorization: String?

    /// - Parameter credentials: `user:password`.
    package init(host: String, port: Int, credentials: String? = nil) {
        self.host = host
        self.port = port
        authorization = credentials.map { "Basic \(Base64.text(of: Array($0.utf8)))" }
    }
}

/// Where a provider listens and how it is spoken to.
package struct ProviderTarget: Sendable {
    package var host: String
    package var port: Int
    /// `nil` speaks plain text.
    package var tls: ProviderTLS?
    /// `nil` connects directly.
    package var proxy: ProviderProxy?
    /// Idle connections kept per event loop.
    ///
    /// Under load many rest for a moment between two requests: to close them then would mean to open as many at once.
    package var maxIdle = ProviderTarget.standardIdle
    /// How long an idle connection is kept.
    package var idleTime = Duration.seconds(45)
    /// How old a connection may get before it is not used again.
    package var maxAge = Duration.seconds(600)

    package init(host: String, port: Int, tls: ProviderTLS? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// Half of what connections may use of the process's descriptors, 4 096 at most.
    private static var standardIdle: Int { min(4_096, DescriptorBudget.connections / 2) }
}

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
        authorization = credentials.map { "Basic \(ProviderProxy.base64(Array($0.utf8)))" }
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648 §4.
    static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            for index in 0..<4 {
                let letter = letters[Int(word >> UInt32(18 - 6 * index) & 63)]
                text.append(index <= group.count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
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
